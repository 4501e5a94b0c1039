"""Numbers as a file has them: digits for a count, a decimal or a percentage for a rate."""

import re
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import partial
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from tombola.rules.odds import WHOLE
from tombola.rules.stock import SHARDS_MAX, WINS_A_SHARD
from tombola_cli.files.yaml_lines import shown

COUNT_MAX = 10**12  # units and draws: exact in every table, in JSON and in a browser
PEAK_MAX = SHARDS_MAX * WINS_A_SHARD
LENGTH_MAX = 40  # of a number's text

DIGITS = r"(0|[1-9][0-9]*)"
RATE = rf"{DIGITS}(\.[0-9]+)?( ?%)?"
GROUPED = r"\+?[0-9]{1,3}([.,'_ ][0-9]{3})+"  # 10.000: a thousand times what a decimal point makes it
PERCENT = 100


def whole_number(text: object, *, least: int, most: int) -> int:
    """Return the whole number that text is; raise ValueError with what to write instead."""
    if not isinstance(text, str):
        raise ValueError("must be a whole number")  # noqa: TRY004 - pydantic tells it with its field
    if not re.fullmatch(f"-?{DIGITS}", text):
        raise ValueError(_unfit(text, "write whole numbers as digits", map(str, _whole_readings(text)), "10"))
    # More digits than most has are not even converted: that takes time, and Python refuses thousands of them.
    if text.startswith("-") or len(text) > len(str(most)) or not least <= int(text) <= most:
        raise ValueError(f"must be {least} to {most}, and is {shown(text)}")
    return int(text)


def parts_per_million(text: object) -> int:
    """Return the rate that text is, in parts per million; raise ValueError with what to write instead."""
    if not isinstance(text, str):
        raise ValueError("must be a rate, such as 0.05 or 5 %")  # noqa: TRY004 - as whole_number
    if len(text) > LENGTH_MAX or not re.fullmatch(f"-?{RATE}", text):
        words = "write a rate as a decimal with a point, or in percent"
        raise ValueError(_unfit(text, words, _rate_readings(text), "0.05 or 5 %"))
    number = Fraction(text.rstrip(" %")) / (PERCENT if text.endswith("%") else 1)
    if number > 1 or text.startswith("-"):
        raise ValueError(f"must be 0 to 1, such as 0.05 or 5 %, and is {text}")
    if (number * WHOLE).denominator != 1:
        raise ValueError(f"must be whole millionths, such as 0.000001 or 0.0001 %, and {text} is finer")
    return int(number * WHOLE)


def _count(least: int, most: int) -> tuple[BeforeValidator, WithJsonSchema]:
    """Return how a count is read, and what an editor, that reads digits as a number, is told of it."""
    schema = {"type": ["integer", "string"], "minimum": least, "maximum": most, "pattern": f"^{DIGITS}$"}
    return BeforeValidator(partial(whole_number, least=least, most=most)), WithJsonSchema(schema)


Units = Annotated[int, *_count(0, COUNT_MAX)]
Draws = Annotated[int, *_count(1, COUNT_MAX)]
Peak = Annotated[int, *_count(1, PEAK_MAX)]
Rate = Annotated[
    int,
    BeforeValidator(parts_per_million),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0, "maximum": 1, "pattern": f"^{RATE}$"}),
]


def _unfit(text: str, words: str, readings: Iterator[str], example: str) -> str:
    meant = " or ".join(dict.fromkeys(readings))
    return f"{shown(text)}: {words}{f': {meant}' if meant else f', such as {example}'}"


def _whole_readings(text: str) -> Iterator[int]:
    """Yield the whole numbers that text may have been meant for, the likelier first."""
    plain = text.strip()
    if len(plain) > LENGTH_MAX:
        return
    if re.fullmatch(GROUPED, plain):
        yield int(re.sub(r"[^0-9]", "", plain))
    with suppress(InvalidOperation):
        number = Decimal(plain.replace(",", ".", 1).replace("_", ""))  # knows +5, 1e3 and the digits of every script
        if number.is_finite() and 0 <= number <= COUNT_MAX and number == int(number):
            yield int(number)
    with suppress(ValueError):
        if not plain.startswith("-"):
            yield int(plain, 0)  # 0x10


def _rate_readings(text: str) -> Iterator[str]:
    """Yield the rate that text may have been meant for."""
    plain = text.strip().replace(",", ".", 1).replace("_", "")
    sign = " %" if plain.endswith("%") else ""
    if len(plain) > LENGTH_MAX:
        return
    with suppress(InvalidOperation):
        number = Decimal(plain.rstrip(" %"))
        if number.is_finite() and 0 <= number <= (PERCENT if sign else 1) and number.adjusted() > -LENGTH_MAX:
            yield f"{number.normalize() if number else 0:f}{sign}"
