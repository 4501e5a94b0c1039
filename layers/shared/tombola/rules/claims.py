"""Which claims of a token are facts?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tombola.rules.facts import Fact, Facts, list_of, text_of

LIST_MARK = "[]"


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim that is named as a fact; only one that is marked as a list is read as one."""

    name: str
    is_list: bool = False

    def fact(self, value: object) -> Fact | None:
        """Return the fact that the claim's value is, None if it is none.

        A gateway hands the array ["gold", "staff"] over as the text "[gold staff]", and any user may call themselves
        that: it is a list only where the issuer is known to fill the claim with one.
        """
        if not self.is_list:
            return text_of(value)
        if isinstance(value, list):
            return list_of(value)
        text = text_of(value)
        if text is None:
            return None
        if text.startswith("[") and text.endswith("]"):
            return list_of([member for member in text[1:-1].split(" ") if member])
        return (text,)


def claims_named(names: str) -> tuple[Claim, ...]:
    """Return the claims that names has, separated by commas; groups[] is the claim groups, a list."""
    words = (name.strip() for name in names.split(","))
    return tuple(Claim(word.removesuffix(LIST_MARK), word.endswith(LIST_MARK)) for word in words if word)


def facts_in(claims: Mapping[str, object], named: Iterable[Claim]) -> Facts:
    """Return the facts that claims hold; a claim that is no fact is as if it were missing."""
    found = {claim.name: claim.fact(claims[claim.name]) for claim in named if claim.name in claims}
    return {name: fact for name, fact in found.items() if fact is not None}
