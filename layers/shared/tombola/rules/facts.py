"""What is a fact, and does it fit?"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

TEXT_MAX = 16_384  # characters of a text: as many as a request's body has at the most
LIST_MAX = 100  # texts of a list
NUMBER_MAX = 5_000  # characters of a number

Fact = str | tuple[str, ...]
Facts = Mapping[str, Fact]

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


class Operator(StrEnum):
    EQUAL = "="
    GREATER = ">"
    LESS = "<"
    AT_LEAST = ">="
    AT_MOST = "<="
    IN = "in"


UNORDERED = frozenset({Operator.EQUAL, Operator.IN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Texts are the same or not, character by character; numbers are compared by size, and exactly."""

    operator: Operator
    values: tuple[str, ...]

    def fits(self, fact: Fact) -> bool:
        """Return whether fact, or a member of it, compares with the value, or for IN with one of the values."""
        return any(self._takes(text) for text in texts_of(fact))

    def fault(self) -> str | None:
        """Return why this compares nothing, None if it does."""
        if self.operator is Operator.IN:
            return None if self.values else "'in' needs a value at least"
        if len(self.values) != 1:
            return f"'{self.operator}' takes one value, not {len(self.values)}"
        if self.operator is not Operator.EQUAL and number_of(self.values[0]) is None:
            return f"'{self.operator}' takes a number, not {self.values[0]!r}"
        return None

    def _takes(self, text: str) -> bool:
        if self.operator in UNORDERED:
            return text in self.values
        number, limit = number_of(text), number_of(self.values[0])
        if number is None or limit is None:
            return False
        match self.operator:
            case Operator.GREATER:
                return number > limit
            case Operator.LESS:
                return number < limit
            case Operator.AT_LEAST:
                return number >= limit
            case _:
                return number <= limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(Comparison):
    """Holds when the fact of this name fits."""

    fact: str

    def __str__(self) -> str:
        return f"{self.fact} {self.operator} {', '.join(self.values)}"

    def unmet(self, facts: Facts) -> str | None:
        """Return why this does not hold, without the fact's value, which may be personal; None if it holds."""
        if self.fact not in facts:
            return f"fact {self.fact!r} is missing"
        return None if self.fits(facts[self.fact]) else f"fact {self.fact!r} does not fit"


def fact_of(value: object) -> Fact | None:
    """Return the fact that value, as JSON has it, is: a text or a list of texts; None if it is none."""
    return list_of(value) if isinstance(value, list) else text_of(value)


def list_of(values: Sequence[object]) -> tuple[str, ...] | None:
    """Return values as a list of texts, None if there are too many, or one is no text."""
    texts = tuple(each for each in values if isinstance(each, str) and len(each) <= TEXT_MAX)
    return texts if len(texts) == len(values) <= LIST_MAX else None


def text_of(value: object) -> str | None:
    """Return the text that value is: of a number the shortest digits without an exponent, so that 1.0 is 1."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value if len(value) <= TEXT_MAX else None
        case int() | Decimal():
            return _digits(Decimal(value))
        case float():
            return _digits(Decimal(repr(value)))
        case _:
            return None


def texts_of(fact: Fact) -> tuple[str, ...]:
    return (fact,) if isinstance(fact, str) else fact


def number_of(text: str) -> Decimal | None:
    """Return the exact number that text spells in plain digits, or None."""
    return Decimal(text) if len(text) <= NUMBER_MAX and _NUMBER.fullmatch(text) else None


def _digits(number: Decimal) -> str | None:
    # An exponent of a few characters may stand for more digits than there is memory.
    if not number.is_finite() or abs(number.adjusted()) > NUMBER_MAX:
        return None
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if len(text) > NUMBER_MAX:
        return None
    return "0" if text == "-0" else text
