"""What can come of recording a draw, of sending invoices, and of granting a prize?"""

from dataclasses import dataclass, field
from datetime import datetime

from tombola.rules.order import Order
from tombola.rules.quota import Period
from tombola.rules.unreadable import Unreadable


@dataclass(frozen=True, slots=True)
class Recorded:
    """The order is on record now, its quota counted and its stock taken."""

    order: Order


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same draw was recorded before; nothing was changed."""

    order: Order | Unreadable


@dataclass(frozen=True, slots=True)
class QuotaUsedUp:
    """Nothing was recorded: the user has no draw left in these periods; the first renews last."""

    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class CountMoved:
    """Nothing was recorded: the user has drawn meanwhile, and what is unlocked may be another."""


@dataclass(frozen=True, slots=True)
class CapShardEmpty:
    """Nothing was recorded: the order's shard of the cap has no draw left; another shard may have."""


@dataclass(frozen=True, slots=True)
class ShardEmpty:
    """Nothing was recorded: the order's shard has no unit left; another shard may have."""


Verdict = Recorded | Repeat | QuotaUsedUp | CountMoved | CapShardEmpty | ShardEmpty


@dataclass(frozen=True, slots=True)
class Drawn:
    """The answer to the client: the order on record; repeat if an earlier request made it.

    error is one that the draw met, that nobody foresaw and that the answer hides.
    """

    order: Order
    repeat: bool
    error: Exception | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Granted:
    """The prize is the winner's, by this call."""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Nothing was done: the order is granted, parked or void already."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Not now; retry_at is the provider's own wish.

    Where the fault is no order's, as with a key that has expired, it does not count: it parks nobody.
    """

    because: str
    retry_at: datetime | None = None
    counts: bool = True
    error: Exception | None = field(default=None, compare=False, repr=False)  # that nobody foresaw, with its words


@dataclass(frozen=True, slots=True)
class Refused:
    """Never: an operator must look."""

    because: str


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Another call hands this prize over just now: nothing is to be written, and nobody has failed."""


Grant = Granted | Unchanged | Failed | Refused | UnderWay


@dataclass(frozen=True, slots=True)
class Sent:
    """The orders whose invoice the transport took, and those it will never take; the rest may be sent again.

    Of an order that is carried the write before has told distribution: nothing was sent, and nothing is to be marked.
    """

    taken: frozenset[int] = frozenset()
    refused: frozenset[int] = frozenset()
    carried: frozenset[int] = frozenset()

    @property
    def gone(self) -> frozenset[int]:
        """The orders that are on their way."""
        return self.taken | self.carried
