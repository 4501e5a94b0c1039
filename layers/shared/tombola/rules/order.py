"""What is an order, and in which lane does it stand?

order_life.py has the table of its changes.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from tombola.rules.activity import Award, GrantType
from tombola.rules.odds import StrategyMode
from tombola.rules.shipping_address import ShippingAddress

LANES = tuple(str(lane) for lane in range(128))
PARKED = "parked"
BY_HAND = "by-hand"
NO_ADDRESS = "no-address"  # of prizes that a parcel takes
UNCLAIMED = "unclaimed"  # of other prizes that their user has to claim
DEADLINES = (NO_ADDRESS, UNCLAIMED)  # lanes whose orders are due at the deadline of their users

OrderKey = tuple[str, int]  # user_id, order_id


class Outcome(StrEnum):
    WON = "won"
    LOST = "lost"
    FALLBACK = "fallback"  # the ticket lost, and the activity has an award for that


class MqState(IntEnum):
    NOT_SENT = 0
    SENT = 1
    FAILED = 2


class GrantState(IntEnum):
    WAITING = 0
    GRANTED = 1
    PARKED = 2
    VOID = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The inputs that, beside the seed, it takes to compute the result again."""

    attempt: int
    excluded: tuple[str, ...]  # awards that were sold out, or locked for this user
    version: int
    taken: int | None = None  # the user's draws before this one, where awards are locked by them


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A change that an operator made to an order; ended is why it was parked until then, since parked_at."""

    at: datetime
    what: str  # the change of rules/order_life.py
    who: str
    why: str
    ended: str | None = None
    parked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One draw on record, which is its own outbox: while lane is set, something must still happen to it."""

    order_id: int
    user_id: str
    activity_id: str
    tree_id: str | None = None  # the rule tree that chose the activity
    idempotency_key: str
    request_hash: str
    outcome: Outcome
    award: Award | None
    shard: int | None  # of the award's stock; None when it lost or the stock is unlimited
    cap_shard: int | None = None  # of the activity's cap; None when it has none
    strategy_mode: StrategyMode
    grant_type: GrantType
    proof: Proof
    drawn_at: datetime
    win: str | None = None  # where the index of wins lists it (rules/wins.py); None also where a version before won it
    mq_state: MqState = MqState.NOT_SENT
    grant_state: GrantState = GrantState.WAITING
    grants: int = 0  # grants that were written: the auditor's evidence, 1 at most
    claims: int = 0
    failures: int = 0
    begun: int = 0  # grants that were begun since the last failure, counted where messages went without effect before
    sent_at: datetime | None = None
    granted_at: datetime | None = None
    grant_at: datetime | None = None  # not before; None: at once, or by hand until somebody releases it
    due_at: datetime | None = None
    failed_at: datetime | None = None  # the last failure
    failed_because: str | None = None
    parked_because: str | None = None
    lane_before: str | None = None  # where a version with fewer lanes put it: there it stays
    wake: bool = False  # its last change is one that a stream is to hand to distribution
    content: str | None = field(default=None, repr=False)  # the code or coupon that the winner got: a secret
    acts: tuple[Act, ...] = ()  # of operators, and of the deadline, the oldest first
    accept_by: datetime | None = None  # the last moment at which its user can claim it; None: nobody has to
    accepted_at: datetime | None = None  # when its user claimed it, or first gave an address
    lapses: bool = False  # it is void after that moment, where others are parked
    address: ShippingAddress | None = field(default=None, repr=False)  # until the grant, which hands it to the shipment
    addresses: int = 0  # how often its user has given one
    batch: str | None = None  # the export with which its parcel left
    carrier: str | None = None
    tracking: str | None = field(default=None, repr=False)  # leads to an address
    shipped_at: datetime | None = None

    def __post_init__(self) -> None:
        moments = (self.drawn_at, self.sent_at, self.granted_at, self.grant_at, self.due_at, self.failed_at)
        for moment in (*moments, self.accept_by, self.accepted_at, self.shipped_at):
            if moment is not None and (moment.utcoffset() is None or moment.microsecond % 1000):
                raise ValueError(f"order {self.order_id}: {moment.isoformat()} needs a zone and whole milliseconds")
        if (self.outcome is Outcome.LOST) != (self.award is None):
            raise ValueError(f"order {self.order_id}: {self.outcome} and its award contradict each other")

    @property
    def lane(self) -> str | None:
        """The queue of the `due` index that this order stands in, None when nothing is left to do."""
        if self.award is None:
            return None
        if self.grant_state is GrantState.WAITING:
            if waits_for_its_user(self):
                return NO_ADDRESS if self.award.award_type.addressed else UNCLAIMED
            return BY_HAND if waits_for_a_hand(self) else self.lane_before or numbered_lane(self.order_id)
        return PARKED if self.grant_state is GrantState.PARKED else None


def numbered_lane(order_id: int) -> str:
    """Return the lane of a new order that is worked off by time."""
    return LANES[order_id % len(LANES)]


def is_waiting(order: Order) -> bool:
    """Return whether order has a prize that is neither granted nor given to a person to look at."""
    return order.award is not None and order.grant_state is GrantState.WAITING


def waits_for_its_user(order: Order) -> bool:
    """Return whether order's user has to claim the prize, or to give an address, and has not."""
    return order.accept_by is not None and order.accepted_at is None


def waits_for_a_hand(order: Order) -> bool:
    """Return whether nobody has released order's prize, which is granted by hand."""
    return order.grant_type is GrantType.BY_HAND and order.grant_at is None


def is_for_time(order: Order) -> bool:
    """Return whether order's prize waits for nobody: it is granted as soon as its time has come."""
    return is_waiting(order) and not waits_for_its_user(order) and not waits_for_a_hand(order)


def due_when_retried(order: Order, now: datetime) -> datetime:
    """Return when order's prize is due if it is tried again: at once, and not before its time."""
    return now if order.grant_at is None else max(now, order.grant_at)


def may_be_granted(order: Order, now: datetime) -> bool:
    """Return whether order's prize waits, and its time has come."""
    return is_for_time(order) and (order.grant_at is None or order.grant_at <= now)
