"""Which types of award are there, and what is special about each? Their numbers are Lottery's.

A type is one value in AWARD_TYPES. A file may name it once it is told what it is, and tombola.aws.prizes hands it over.
"""

from typing import ClassVar, NamedTuple


class _AwardType(NamedTuple):  # as tombola.rules.quota._Period
    number: int  # in the file, the item, the invoice and the answers
    name: str
    told: str | None = None  # what it is, for the file's schema; None: nobody hands it over, so no file may name it
    source: str | None = None  # the field of a file that names where its content comes from; None: it stands there
    addressed: bool = False  # a parcel takes it to the address that its user gives


class AwardType(_AwardType):
    """A kind of prize."""

    __slots__ = ()
    TEXT: ClassVar["AwardType"]
    CODE: ClassVar["AwardType"]
    COUPON: ClassVar["AwardType"]
    PHYSICAL: ClassVar["AwardType"]

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
AWARD_TYPES: dict[int, AwardType] = {
    each.number: each for each in (AwardType.TEXT, AwardType.CODE, AwardType.COUPON, AwardType.PHYSICAL)
}
