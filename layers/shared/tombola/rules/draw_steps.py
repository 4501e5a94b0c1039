"""What can a draw want to be done, what can come of that, and how can a draw end?"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from tombola.rules.activity import Activity
from tombola.rules.order import Order
from tombola.rules.problem import Problem
from tombola.rules.quota import Count
from tombola.rules.unreadable import Unreadable
from tombola.rules.verdict import Recorded, Repeat, Verdict

# Wants


class OpenSeed(NamedTuple):
    activity: Activity


class LookAtCounters(NamedTuple):
    user_id: str
    activity_id: str


class LookAtRecord(NamedTuple):
    """Read the order, and the counters as they are at the same moment."""

    user_id: str
    order_id: int
    activity_id: str


class Record(NamedTuple):
    order: Order
    counts: Count


class ReadStock(NamedTuple):
    """Read what every shard has left; shards are numbers by stock, which is an award's or the CAP."""

    activity_id: str
    shards: Mapping[str, int]


class NoteSoldOut(NamedTuple):
    activity: Activity
    stocks: tuple[str, ...]
    at: datetime


class NoteLooksFirst(NamedTuple):
    user_id: str
    at: datetime


Ask = Record | ReadStock | LookAtCounters | LookAtRecord  # of the ledger, which may be busy
ASKS = (Record, ReadStock, LookAtCounters, LookAtRecord)
Want = OpenSeed | Ask | NoteSoldOut | NoteLooksFirst


# Outcomes of a want; that of Record is the ledger's verdict.


class Opened(NamedTuple):
    seed: bytes


class Counted(NamedTuple):
    counters: Mapping[str, int]


class Seen(NamedTuple):
    order: Order | Unreadable | None  # None: it is not on record
    counters: Mapping[str, int]


class Left(NamedTuple):
    units: Mapping[str, tuple[int, ...]]  # of every shard, by stock


class Noted(NamedTuple):
    pass


class Busy(NamedTuple):
    by_own_draw: bool  # another one of the same user


Outcome = Opened | Counted | Seen | Verdict | Left | Noted | Busy


# Ends; a Problem is a refusal.


class GiveUp(NamedTuple):
    """Nothing final was said in so many tries."""

    tries: int


End = Recorded | Repeat | Problem | GiveUp
ENDS = (Recorded, Repeat, Problem, GiveUp)
