"""Times as a file has them: which moment a date, or a date and time, is in the time zone of its activity."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from tombola.rules.activity import YEARS
from tombola.rules.window import INSTANT
from tombola_cli.files.yaml_lines import shown

DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,3})?"
OFFSET = r"(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])"
FORM = rf"^{DATE}(T{CLOCK}{OFFSET}?)?$"
EXAMPLES = "a date as 2027-03-31, or a date and time as 2027-03-31T23:59:59"
LENGTH_MAX = 40  # of a time's text

# What people write instead: the day first, other marks, a week, no seconds, more than milliseconds, a short offset.
LOOSE = re.compile(
    r"""(?: (?P<year>[0-9]{4}) (?P<mark>[-./]?) (?P<month>[0-9]{1,2}) (?P=mark) (?P<day>[0-9]{1,2})
          | (?P<one>[0-9]{1,2}) (?P<sign>[-./]) (?P<other>[0-9]{1,2}) (?P=sign) (?P<year_last>[0-9]{4})
          | (?P<week>[0-9]{4}-?W[0-9]{2}-?[1-7]) )
        (?: (?:T|[ ]+) (?P<hour>[0-9]{1,2}) [:.H]? (?P<minute>[0-9]{2})
            (?: [:.]? (?P<second>[0-9]{2}) (?: [.,] (?P<fraction>[0-9]+) )? )?
            [ ]* (?P<offset> Z | UTC | [+-][0-9]{1,2} (?: :?[0-9]{2} )? )? )?""",
    re.VERBOSE,
)


def read_moment(text: object, zone: ZoneInfo, *, last: bool) -> datetime:
    """Return the moment that text is, with an offset, in whole milliseconds; raise ValueError with what to write.

    A date is its first moment in zone, or its last.
    """
    if not isinstance(text, str):
        raise ValueError(f"must be {EXAMPLES.replace('as ', 'such as ')}")  # noqa: TRY004 - pydantic names the field
    if not re.fullmatch(FORM, text):
        meant = " or ".join(dict.fromkeys(each for each in _readings(text) if re.fullmatch(FORM, each)))
        raise ValueError(f"{shown(text)}: write {meant or EXAMPLES}")
    try:
        written = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text}: there is no such day or time") from None
    if written.year not in YEARS:
        raise ValueError(f"must be in the years {YEARS[0]} to {YEARS[-1]}, and is {text}")
    if re.fullmatch(DATE, text):
        return _edge_of(written.date(), zone, last=last)
    return _plain(written) if written.utcoffset() is not None else _in_zone(written, zone)


def _in_zone(written: datetime, zone: ZoneInfo) -> datetime:
    """Return the one moment at which clocks in zone show the written time."""
    early, late = (written.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() == late.utcoffset():
        return _plain(early)
    # Where clocks go forward fold 0 is the later moment of the two.
    readings = sorted(_plain(each.astimezone(UTC).astimezone(zone)) for each in (early, late))
    happens = "happens twice" if _shows(readings[0], written) else "does not exist"
    words = " or ".join(_written(each) for each in readings)
    raise ValueError(f"{_written(written)} {happens} in {zone.key}, where clocks change then: write {words}")


def _edge_of(day: date, zone: ZoneInfo, *, last: bool) -> datetime:
    """Return the first or last moment of day in zone, whose midnight may not exist, or happen twice."""
    midnight = datetime.combine(day + timedelta(days=last), datetime.min.time(), zone)
    moments = [midnight.replace(fold=fold).astimezone(UTC) - INSTANT * last for fold in (0, 1)]
    of_day = [moment for each in moments if (moment := each.astimezone(zone)).date() == day]
    if not of_day:
        raise ValueError(f"{day} does not exist in {zone.key}")
    return _plain((max if last else min)(of_day, key=lambda moment: moment.astimezone(UTC)))


def _plain(moment: datetime) -> datetime:
    """Return moment with its offset as a number, as the table keeps it."""
    return datetime.fromisoformat(moment.isoformat(timespec="milliseconds"))


def _shows(moment: datetime, written: datetime) -> bool:
    return moment.replace(tzinfo=None) == written


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def _readings(text: str) -> Iterator[str]:
    """Yield the dates, or dates and times, that text may have been meant for."""
    found = LOOSE.fullmatch(text.strip().upper()) if len(text) <= LENGTH_MAX else None
    if found is None:
        return
    for day in _days(found):
        with suppress(ValueError, OverflowError):  # there is no day after the last
            yield _spelled(day(), found)


def _days(found: re.Match[str]) -> Iterator[Callable[[], date]]:
    """Yield what makes each day that may be meant; there may be no such day."""
    if found["week"]:
        yield partial(date.fromisoformat, found["week"])
    elif found["year"]:
        yield partial(date, int(found["year"]), int(found["month"]), int(found["day"]))
    else:
        year, one, other = int(found["year_last"]), int(found["one"]), int(found["other"])
        yield partial(date, year, other, one)
        if found["sign"] == "/":  # the month first, as some have it
            yield partial(date, year, one, other)


def _spelled(day: date, found: re.Match[str]) -> str:
    """Return a date, or a date and time, in the form that is read."""
    if found["hour"] is None:
        return day.isoformat()
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if (hour, minute, second) == (24, 0, 0):
        day, hour = day + timedelta(days=1), 0
    clock = time(hour, minute, second).isoformat()
    fraction = f".{found['fraction'][:3]}" if found["fraction"] else ""
    return f"{day.isoformat()}T{clock}{fraction}{_offset(found['offset'] or '')}"


def _offset(written: str) -> str:
    """Return +2, +0200 and UTC as an offset in full."""
    if not written or written.startswith(("Z", "U")):
        return "Z" if written else ""
    digits = written[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "00")  # noqa: PLR2004 - hours alone
    return f"{written[0]}{hours:0>2}:{minutes}"
