"""What comes of an answer to the question for a coupon, and is it safe to ask again?"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from tombola.rules.award_type import PROVIDER
from tombola.rules.order import Order
from tombola.rules.remedy import CLAIMS_TRUSTED, Waits
from tombola.rules.verdict import Failed, Refused

ANSWER_MAX = 64 * 1024  # bytes of an answer that are read
COUPON_MAX = 1_000  # characters
RETRY_AFTER_MAX = timedelta(hours=6)  # no provider makes a prize wait for longer at a time
QUEUE_KEEPS = timedelta(days=14)  # a message, at the most: it may stand still there, and be sent again by hand
SECONDS_DIGITS_MAX = 9  # of a Retry-After


class Meaning(StrEnum):
    """The meaning of an answer's status for the order."""

    GRANTS = "grants"
    AGAIN = "again"  # not now; counted, and parked at the maximum
    REFUSES_US = "refuses us"  # the fault is no order's: tried again, and never counted
    NEVER = "never"  # the request can never be granted: parked


MEANINGS = {
    400: Meaning.NEVER,
    401: Meaning.REFUSES_US,
    403: Meaning.REFUSES_US,
    404: Meaning.NEVER,
    410: Meaning.NEVER,
    422: Meaning.NEVER,
}
SUCCESS = range(200, 300)
REDIRECT = range(300, 400)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came; the body may hold a coupon."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str | None = None


def meaning_of(status: int) -> Meaning:
    """Return what status means; one that is in no table may mend itself, or is parked in the end."""
    return Meaning.GRANTS if status in SUCCESS else MEANINGS.get(status, Meaning.AGAIN)


def coupon_or_failure(name: str, answer: Answer, path: tuple[str, ...], now: datetime) -> str | Failed | Refused:
    """Return the coupon that provider name has given, or why it has given none, without a word of its answer."""
    failure = failure_of(name, answer, now)
    return _coupon(name, answer.body, path) if failure is None else failure


def failure_of(name: str, answer: Answer, now: datetime) -> Failed | Refused | None:
    """Return why provider name has handed nothing over, without a word of its answer; None if it has."""
    match meaning_of(answer.status):
        case Meaning.GRANTS:
            return None
        case Meaning.NEVER:
            return Refused(f"provider {name} refuses it for good with {answer.status}")
        case Meaning.REFUSES_US:
            because = f"provider {name} refuses us with {answer.status}: is the key in its definition right?"
            return Failed(because, counts=False)
    if answer.status in REDIRECT:
        return Failed(f"provider {name} redirects with {answer.status}, and no redirect is followed")
    return Failed(f"provider {name} answered {answer.status}", retry_at(answer.retry_after, now))


def retry_at(header: str | None, now: datetime) -> datetime | None:
    """Return when a Retry-After, seconds or an HTTP date, wants to be asked again; None if it says nothing usable."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=int(text)) if len(text) <= SECONDS_DIGITS_MAX else RETRY_AFTER_MAX
    else:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        wait = (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)) - now
    return now + min(max(wait, timedelta()), RETRY_AFTER_MAX)


def remembered_for(waits: Waits) -> timedelta:
    """Return how long a coupon is remembered for its order: for longer than anything asks again by itself."""
    longest = max(waits.resend_after, waits.backoff_max, RETRY_AFTER_MAX)
    return longest * (CLAIMS_TRUSTED + waits.failures_max + 1) + QUEUE_KEEPS


def calls_again(order: Order, keeps: timedelta | None, now: datetime) -> bool:
    """Return whether a retry of order by an operator may make its provider hand a second prize over.

    keeps is how long the provider knows a key again, None for ever. The first call came after the draw at the
    earliest, and may have had an effect of which nothing was heard.
    """
    if order.award is None or order.award.award_type.source != PROVIDER or keeps is None:
        return False
    return now >= order.drawn_at + keeps


def _coupon(name: str, body: bytes, path: tuple[str, ...]) -> str | Refused:
    """Return the coupon; without one an operator looks before the provider is asked again, and gives another."""
    if len(body) > ANSWER_MAX:
        return Refused(f"provider {name} answered more than {ANSWER_MAX} bytes")
    try:
        found = json.loads(body.decode())
    except (ValueError, RecursionError):
        return Refused(f"provider {name} answered well, but no JSON")
    for step in path:
        if not isinstance(found, dict) or step not in found:
            return Refused(f"provider {name} answered well, but without a coupon at {'.'.join(path)}")
        found = found[step]
    if not isinstance(found, str) or not 0 < len(found) <= COUPON_MAX or not found.isprintable():
        return Refused(f"provider {name} answered well, but its coupon is no text of 1 to {COUPON_MAX} characters")
    return found
