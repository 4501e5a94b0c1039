"""Which codes can a pool hold, in which of its shards does each stand, and which of them may be handed over?"""

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

POOL_SHARDS = 8  # a partition of DynamoDB bears 1,000 write units a second, and a claim writes some 4 of a shard
CHOICES = 50  # free codes of a shard among which one is taken by chance: claims side by side seldom meet
CODE_MAX = 255  # characters
CODE_BYTES_MAX = 1_000  # in UTF-8; DynamoDB takes 1,024 of a sort key, FREE# or USED# before the code included
EXPIRY_MARGIN = timedelta(hours=24)  # a code that expires sooner is not handed over
_MARGIN_HOURS = EXPIRY_MARGIN // timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Choices:
    """Free codes of a shard that may be handed over; whole: it has no others."""

    codes: tuple[str, ...] = field(repr=False)
    whole: bool


class Taken(Enum):
    """The result of one try to give one code to one order."""

    GRANTED = auto()
    MOVED_ON = auto()  # the order is granted or void by now: nothing was done
    GONE = auto()  # somebody else has the code: nothing was done
    HELD = auto()  # another transaction was writing one of them: nothing was done


def shard_of_code(code: str) -> int:
    """Return the shard of its pool that code stands in."""
    return hashlib.sha256(code.encode()).digest()[0] % POOL_SHARDS


def shards_for_order(order_id: int) -> Iterator[int]:
    """Yield every shard once, in the order in which a claim for that order looks at them."""
    return ((order_id + step) % POOL_SHARDS for step in range(POOL_SHARDS))


def fault_of_code(code: str) -> str | None:
    """Return why code cannot be one, or None; the words never hold it."""
    if not 1 <= len(code) <= CODE_MAX:
        return f"a code has 1 to {CODE_MAX} characters"
    if len(code.encode(errors="surrogatepass")) > CODE_BYTES_MAX:
        return f"a code has {CODE_BYTES_MAX} bytes in UTF-8 at the most"
    if not code.isprintable():
        return "a code holds printable characters only"
    if code != code.strip():
        return "a code does not begin or end with a blank"
    if not unicodedata.is_normalized("NFC", code):
        return "a code is in Unicode's normal form C (NFC)"
    return None


def may_be_handed_over(expires_at: datetime | None, now: datetime) -> bool:
    """Return whether a code that expires then may be handed over now."""
    return expires_at is None or expires_at > must_outlive(now)


def must_outlive(now: datetime) -> datetime:
    """Return the moment at which a code that is handed over now must still be good."""
    return now + EXPIRY_MARGIN


def codes_left(choices: Choices) -> int | None:
    """Return about how many codes a pool has, by one of its shards; None if they are more than one look shows."""
    return POOL_SHARDS * len(choices.codes) if choices.whole else None


def no_code_left(pool: str) -> str:
    """Return why an order of an empty pool is parked; an operator finds the orders by these words."""
    return f"pool {pool} has no code left that is good for another {_MARGIN_HOURS} hours"


def too_many_expire(pool: str) -> str:
    """Return why an order is parked whose pool may have codes behind more expired ones than a grant looks at."""
    return f"pool {pool} has no code left among those looked at: too many expire within {_MARGIN_HOURS} hours"
