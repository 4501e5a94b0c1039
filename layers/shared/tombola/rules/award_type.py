"""Which types of award are there, and what is special about each? Their numbers are Lottery's.

A type is one value in AWARD_TYPES. A file may name it once it is told what it is. Those of Tombola are handed over by
tombola.aws.prizes; a type of the stack's owner, a row of OWN, names who hands it over.
"""

from typing import ClassVar, NamedTuple

OWN_FROM = 100  # the numbers of a stack's owner; those below are Tombola's, now and later
PROVIDER = "provider"  # the source that is defined in Secrets Manager


class _AwardType(NamedTuple):  # as tombola.rules.quota._Period
    number: int  # in the file, the item, the invoice and the answers
    name: str
    told: str | None = None  # what it is, for the file's schema; None: nobody hands it over, so no file may name it
    source: str | None = None  # the field of a file that names where its content comes from; None: it stands there
    addressed: bool = False  # a parcel takes it to the address that its user gives
    provider: str | None = None  # who hands one's own over, as module:name; docs/award-types.md says what it must do


class AwardType(_AwardType):
    """A kind of prize."""

    __slots__ = ()
    TEXT: ClassVar["AwardType"]
    CODE: ClassVar["AwardType"]
    COUPON: ClassVar["AwardType"]
    PHYSICAL: ClassVar["AwardType"]

    @property
    def outside(self) -> bool:
        """Return whether a call that failed may have handed it over all the same."""
        return self.source == PROVIDER or self.provider is not None

    def __str__(self) -> str:
        return str(self.number)

    def __repr__(self) -> str:
        return f"AwardType({self.name})"


AwardType.TEXT = AwardType(number=1, name="TEXT", told="a text, which is granted by being told")
AwardType.CODE = AwardType(number=2, name="CODE", told="a code of a pool, which nobody else gets", source="pool")
AwardType.COUPON = AwardType(number=3, name="COUPON", told="a coupon, which a provider gives", source="provider")
AwardType.PHYSICAL = AwardType(
    number=4, name="PHYSICAL", told="a thing, which is sent to the address that the user gives", addressed=True
)
TOMBOLAS = (AwardType.TEXT, AwardType.CODE, AwardType.COUPON, AwardType.PHYSICAL)

# The one place for types of your own: a row each, as docs/award-types.md shows.
OWN: tuple[AwardType, ...] = ()


def by_number(tombolas: tuple[AwardType, ...], own: tuple[AwardType, ...]) -> dict[int, AwardType]:
    """Return the types by number; raise ValueError naming the row of own that is wrong."""
    found = {each.number: each for each in tombolas}
    for each in own:
        if each.number < OWN_FROM or each.number in found:
            raise ValueError(f"award type {each!r}: its number must be {OWN_FROM} or more, and no other type's")
        if not each.told or not each.provider or each.addressed:
            raise ValueError(f"award type {each!r}: it needs told and provider, and cannot be addressed")
        found[each.number] = each
    return found


AWARD_TYPES = by_number(TOMBOLAS, OWN)
