"""The life of an order: Lottery's two states, and every change of them that is legal.

Nothing else may invent a change; docs/order.md draws these tables.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import TypeVar

from tombola.rules.activity import Award, GrantType
from tombola.rules.odds import StrategyMode

LANES = tuple(str(lane) for lane in range(128))
PARKED = "parked"
BY_HAND = "by-hand"

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


MQ_MOVES = frozenset(
    {
        (MqState.NOT_SENT, MqState.SENT),
        (MqState.NOT_SENT, MqState.FAILED),
        (MqState.FAILED, MqState.SENT),
    }
)
GRANT_MOVES = frozenset(
    {
        (GrantState.WAITING, GrantState.GRANTED),
        (GrantState.WAITING, GrantState.PARKED),
        (GrantState.PARKED, GrantState.WAITING),  # an operator tries again
        (GrantState.PARKED, GrantState.GRANTED),  # a call under way while it was parked came back well
        (GrantState.PARKED, GrantState.VOID),  # an operator gives up; the unit returns to stock
    }
)

_State = TypeVar("_State", MqState, GrantState)


class IllegalMoveError(Exception):
    """The order's state does not allow this change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What, beside the seed, it takes to compute the result again."""

    attempt: int
    excluded: tuple[str, ...]  # awards that were sold out, or locked for this user
    version: int
    taken: int | None = None  # the user's draws before this one, where awards are locked by them


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
    failed_because: str | None = None  # the last failure
    parked_because: str | None = None
    lane_before: str | None = None  # where a version with fewer lanes put it: there it stays

    def __post_init__(self) -> None:
        for moment in (self.drawn_at, self.sent_at, self.granted_at, self.grant_at, self.due_at):
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
            return BY_HAND if waits_for_a_hand(self) else self.lane_before or numbered_lane(self.order_id)
        return PARKED if self.grant_state is GrantState.PARKED else None


def numbered_lane(order_id: int) -> str:
    """Return the lane of a new order that is worked off by time."""
    return LANES[order_id % len(LANES)]


def is_waiting(order: Order) -> bool:
    """Return whether order has a prize that is neither granted nor given to a person to look at."""
    return order.award is not None and order.grant_state is GrantState.WAITING


def waits_for_a_hand(order: Order) -> bool:
    """Return whether nobody has released order's prize, which is granted by hand."""
    return order.grant_type is GrantType.BY_HAND and order.grant_at is None


def may_be_granted(order: Order, now: datetime) -> bool:
    """Return whether order's prize waits, and its time has come."""
    return is_waiting(order) and not waits_for_a_hand(order) and (order.grant_at is None or order.grant_at <= now)


def sent(order: Order, now: datetime) -> Order:
    """Return order once its invoice is with the transport; due_at stays: moving it costs two index writes."""
    return replace(order, mq_state=_move(order.mq_state, MqState.SENT), sent_at=now)


def sending_failed(order: Order, now: datetime) -> Order:
    """Return order once sending failed: due at once."""
    return replace(order, mq_state=_move(order.mq_state, MqState.FAILED), due_at=now)


def granted(order: Order, now: datetime) -> Order:
    """Return order with its prize handed over; what was received was sent."""
    return replace(
        order,
        grant_state=_move(order.grant_state, GrantState.GRANTED),
        mq_state=MqState.SENT,
        grants=order.grants + 1,
        granted_at=now,
        due_at=None,
    )


def released(order: Order, now: datetime) -> Order:
    """Return order once somebody has released its prize, which is granted by hand: due at once."""
    return replace(order, grant_at=now, due_at=now)


def grant_begun(order: Order) -> Order:
    """Return order while its prize is being handed over, so that a try which never ends is counted."""
    return replace(order, begun=order.begun + 1)


def grant_failed(order: Order, because: str, until: datetime) -> Order:
    """Return order after a grant that failed for now: its message is used up, and another is due at until."""
    failures = order.failures + 1
    failed = replace(order, failures=failures, begun=0, failed_because=because)
    return replace(failed, mq_state=MqState.SENT, sent_at=None, due_at=until)


def claimed(order: Order, until: datetime) -> Order:
    """Return order while one compensation works on it: nobody else does before until."""
    return replace(order, claims=order.claims + 1, due_at=until)


def parked(order: Order, because: str, now: datetime) -> Order:
    """Return order in the lane where an operator sees it."""
    state = _move(order.grant_state, GrantState.PARKED)
    return replace(order, grant_state=state, parked_because=because, due_at=now)


def _move(before: _State, after: _State) -> _State:
    if (before, after) not in (MQ_MOVES if isinstance(after, MqState) else GRANT_MOVES):
        raise IllegalMoveError(f"{before.name} to {after.name} is not legal")
    return after
