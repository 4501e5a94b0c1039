"""The draw: what is recorded, what is told, and what a client hears."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from builders import NOON, SECOND, WAITS, a_request, a_share, an_activity
from fakes import MemoryActivities, MemoryLedger, MemoryOutbox, Patience
from tombola.flows.draw import TRIES_MAX, World, draw
from tombola.rules.activity import Activity, ActivityState, StrategyMode
from tombola.rules.order import MqState, Order, Outcome
from tombola.rules.problem import BusyError, Problem
from tombola.rules.request import DrawRequest
from tombola.rules.verdict import Drawn, Verdict

SINGLE, TOTAL = StrategyMode.SINGLE, StrategyMode.TOTAL


@dataclass
class Stage:
    """One activity with five units, on fakes."""

    activity: Activity = field(default_factory=an_activity)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    outbox: MemoryOutbox = field(default_factory=MemoryOutbox)
    patience: Patience = field(default_factory=Patience)
    hints: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        stock = {
            (share.award.award_id, shard): share.stock if shard == 0 else 0
            for share in self.activity.shares
            if share.stock is not None
            for shard in range(share.shards)
        }
        self.ledger.apply(self.activity, stock)
        self.activities = MemoryActivities(self.ledger, self.hints)

    def draw(self, request: DrawRequest, now: datetime = NOON) -> Drawn | Problem:
        world = World(activities=self.activities, ledger=self.ledger, outbox=self.outbox, waits=WAITS)
        return draw(request, world, self.patience, now)

    def drawn(self, request: DrawRequest, now: datetime = NOON) -> Order:
        result = self.draw(request, now)
        assert isinstance(result, Drawn)
        return result.order

    def recorded(self, order: Order) -> Order | None:
        return self.ledger.order(order.user_id, order.order_id)


def test_a_win_is_recorded_told_and_marked() -> None:
    stage = Stage()

    order = stage.drawn(a_request())

    assert (order.outcome, order.mq_state, order.sent_at) == (Outcome.WON, MqState.SENT, NOON)
    assert order.due_at == NOON + WAITS.first_check
    assert stage.recorded(order) == order
    assert len(stage.outbox.bodies) == 1


def test_a_loss_is_recorded_and_nobody_is_told() -> None:
    stage = Stage(an_activity(a_share(weight=0), a_share("4", weight=1), strategy_mode=SINGLE))

    order = stage.drawn(a_request())

    assert (order.outcome, order.award, order.due_at, order.lane) == (Outcome.LOST, None, None, None)
    assert stage.recorded(order) == order
    assert stage.outbox.bodies == []


def test_a_publish_that_failed_is_marked_and_due_at_once() -> None:
    stage = Stage(outbox=MemoryOutbox(up=False))

    order = stage.drawn(a_request())

    assert (order.mq_state, order.due_at) == (MqState.FAILED, NOON)
    assert stage.recorded(order) == order


def test_without_time_left_the_draw_is_answered_and_compensation_tells() -> None:
    stage = Stage(patience=Patience(looks=2))

    order = stage.drawn(a_request())

    assert (order.mq_state, stage.outbox.bodies) == (MqState.NOT_SENT, [])


def test_without_time_left_after_publishing_the_draw_is_answered_unmarked() -> None:
    stage = Stage(patience=Patience(looks=3))

    order = stage.drawn(a_request())

    assert (order.mq_state, len(stage.outbox.bodies)) == (MqState.NOT_SENT, 1)


def test_a_mark_that_fails_does_not_fail_the_draw() -> None:
    class Unmarkable(MemoryLedger):
        def mark_sent(self, order: Order, now: datetime) -> bool:
            raise BusyError

    stage = Stage(ledger=Unmarkable())

    assert stage.drawn(a_request()).mq_state is MqState.NOT_SENT


def test_the_same_draw_twice_is_one_order_and_one_message() -> None:
    stage = Stage()
    first = stage.drawn(a_request())

    again = stage.draw(a_request(), NOON + SECOND)

    assert again == Drawn(first, repeat=True)
    assert len(stage.outbox.bodies) == 1
    assert stage.ledger.left["100001", "3", 0] == 4


def test_the_same_key_of_another_user_is_another_draw() -> None:
    stage = Stage()

    assert stage.drawn(a_request()).order_id != stage.drawn(a_request(user_id="fustack")).order_id


def test_the_same_key_with_another_request_is_refused() -> None:
    stage = Stage()
    stage.draw(a_request())

    refusal = stage.draw(a_request(request_hash="another"))

    assert isinstance(refusal, Problem)
    assert (refusal.status, refusal.code, refusal.field) == (422, "0003", "Idempotency-Key")


def test_an_unknown_activity_is_refused() -> None:
    refusal = Stage().draw(a_request(activity_id="999"))

    assert isinstance(refusal, Problem)
    assert (refusal.status, refusal.field) == (404, "activity_id")


CLOSING = {
    "closed": lambda activity: replace(activity, end=NOON - SECOND),
    "not open yet": lambda activity: replace(activity, begin=NOON + SECOND),
    "in another state": lambda activity: replace(activity, state=ActivityState.CLOSE),
}


@pytest.mark.parametrize("case", CLOSING)
def test_an_activity_that_is_not_open_refuses_new_draws_and_still_answers_old_ones(case: str) -> None:
    stage = Stage()
    first = stage.drawn(a_request())
    stage.ledger.activities["100001"] = CLOSING[case](stage.activity)

    refusal = stage.draw(a_request("new"))

    assert isinstance(refusal, Problem)
    assert (refusal.status, refusal.code) == (409, "0001")
    assert stage.draw(a_request()) == Drawn(first, repeat=True)
    assert stage.draw(a_request(request_hash="another")) != Drawn(first, repeat=True)


def test_a_used_up_quota_refuses_new_draws_and_still_answers_old_ones() -> None:
    stage = Stage(an_activity(quota=1))
    first = stage.drawn(a_request())

    refusal = stage.draw(a_request("new"))

    assert isinstance(refusal, Problem)
    assert (refusal.status, refusal.code, refusal.field) == (409, "0004", "user_id")
    assert stage.draw(a_request()) == Drawn(first, repeat=True)


def test_in_single_mode_a_sold_out_award_loses_and_the_ticket_stands() -> None:
    # Half of the tickets win award 1, which is sold out; the other half wins award 2.
    stage = Stage(
        an_activity(
            a_share("1", weight=500_000, stock=0),
            a_share("2", weight=500_000, stock=None),
            strategy_mode=SINGLE,
            quota=None,
        )
    )

    orders = [stage.drawn(a_request(f"key-{number}")) for number in range(40)]

    lost = [order for order in orders if order.outcome is Outcome.LOST]
    assert 8 < len(lost) < 32
    assert {order.proof.attempt for order in orders} == {0}
    assert all(order.proof.excluded == ("1",) for order in lost)
    assert stage.activities.noted == ["1"] * len(lost)


def test_in_total_mode_a_sold_out_award_is_excluded_and_drawn_anew() -> None:
    stage = Stage(
        an_activity(a_share("1", weight=500_000, stock=0), a_share("2", weight=500_000, stock=None), quota=None)
    )

    orders = [stage.drawn(a_request(f"key-{number}")) for number in range(40)]

    assert {order.award.award_id for order in orders if order.award} == {"2"}
    assert {(order.proof.attempt, order.proof.excluded) for order in orders} == {(0, ()), (1, ("1",))}


def test_when_everything_is_sold_out_the_draw_is_lost_with_its_exclusions() -> None:
    stage = Stage(an_activity(a_share("1", weight=1, stock=0), a_share("2", weight=1, stock=0)))

    order = stage.drawn(a_request())

    assert order.outcome is Outcome.LOST
    assert (order.proof.attempt, order.proof.excluded) == (2, ("1", "2"))


def test_a_hint_spares_the_look_at_what_is_sold_out() -> None:
    stage = Stage(an_activity(a_share("1", stock=0), a_share("2", weight=1, stock=9)), hints={"1"})

    order = stage.drawn(a_request())

    assert order.award is not None
    assert (order.award.award_id, order.proof.attempt, order.proof.excluded) == ("2", 0, ("1",))


def test_an_award_is_sold_out_only_when_every_shard_is_empty() -> None:
    stage = Stage(an_activity(a_share(stock=6, shards=4), quota=None))  # all six units lie in shard 0

    orders = [stage.drawn(a_request(f"key-{number}")) for number in range(8)]

    assert [order.shard for order in orders[:6]] == [0] * 6
    assert [order.outcome for order in orders[6:]] == [Outcome.LOST] * 2


@dataclass
class Busy(MemoryLedger):
    """A ledger that conflicts a while before it records."""

    conflicts: int = 0

    def record(self, order: Order, quota: int | None) -> Verdict:
        if self.conflicts > 0:
            self.conflicts -= 1
            raise BusyError("conflict")
        return super().record(order, quota)


def test_a_conflict_is_tried_again_and_won() -> None:
    assert Stage(ledger=Busy(conflicts=3)).drawn(a_request()).outcome is Outcome.WON


def test_conflicts_beyond_the_deadline_are_busy_and_never_a_false_loss() -> None:
    stage = Stage(ledger=Busy(conflicts=4))

    with pytest.raises(BusyError):
        stage.draw(a_request())
    assert stage.ledger.orders_by_key == {}


@pytest.mark.parametrize("looks", [0, 1])
def test_a_draw_that_cannot_end_in_time_is_busy_before_it_begins(looks: int) -> None:
    stage = Stage(patience=Patience(looks=looks))

    with pytest.raises(BusyError):
        stage.draw(a_request())
    assert stage.ledger.orders_by_key == {}


def test_conflicts_beyond_every_bound_are_busy() -> None:
    stage = Stage(ledger=Busy(conflicts=10**6), patience=Patience(pauses=10**6))

    with pytest.raises(BusyError, match=f"{TRIES_MAX} tries"):
        stage.draw(a_request())
