"""Spans of time as a file has them: a whole number and a unit."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from tombola.rules.activity import CLAIM_WITHIN_MAX
from tombola_cli.files.yaml_lines import shown

UNITS = ("seconds", "minutes", "hours", "days")
FORM = re.compile(rf"([1-9][0-9]{{0,8}}) ({'|'.join(UNITS)}|{'|'.join(unit[:-1] for unit in UNITS)})")
ADDRESS_WITHIN = timedelta(days=30)  # in which a user gives an address, where the file says no other time
EXAMPLES = "14 days, 48 hours, 90 minutes or 30 seconds"


def read_span(text: object) -> timedelta:
    """Return the time that text is; raise ValueError with what to write."""
    found = FORM.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"{shown(str(text))}: write such a time as {EXAMPLES}")
    number, unit = found.groups()
    days = CLAIM_WITHIN_MAX.days
    if int(number) > CLAIM_WITHIN_MAX.total_seconds():
        raise ValueError(f"must be at most {days} days, and is {text}")
    span = timedelta(**{f"{unit.removesuffix('s')}s": int(number)})
    if span > CLAIM_WITHIN_MAX:
        raise ValueError(f"must be at most {days} days, and is {text}")
    return span


def span_words(span: timedelta) -> str:
    """Return span, in whole seconds, as a file has it, in the largest unit in which it is whole."""
    sizes = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
    seconds = span // timedelta(seconds=1)
    unit, size = next((unit, size) for unit, size in sizes.items() if seconds % size == 0)
    number = seconds // size
    return f"{number} {unit if number > 1 else unit.removesuffix('s')}"


_SCHEMA: dict[str, Any] = {"type": "string", "pattern": f"^{FORM.pattern}$"}
Span = Annotated[timedelta, BeforeValidator(read_span), WithJsonSchema(_SCHEMA)]
