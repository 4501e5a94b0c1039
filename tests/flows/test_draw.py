"""The draw: what is recorded, what is told, and what a client hears."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

import pytest

from builders import NOON, SECOND, WAITS, a_request, a_share, an_activity
from fakes import MemoryOutbox, Patience
from stage import Stage, WatchedLedger
from tombola.rules.activity import GrantType
from tombola.rules.draw_machine import TRIES_MAX
from tombola.rules.odds import StrategyMode
from tombola.rules.order import BY_HAND, LANES, MqState, Order, Outcome
from tombola.rules.problem import BusyError
from tombola.rules.quota import Count
from tombola.rules.request import Target
from tombola.rules.verdict import Drawn, Verdict

Answer = TypeVar("Answer")


def test_a_win_is_recorded_told_and_marked() -> None:
    stage = Stage()

    order = stage.drawn(a_request())

    assert (order.outcome, order.mq_state, order.sent_at) == (Outcome.WON, MqState.SENT, NOON)
    assert order.due_at == NOON + WAITS.first_check
    assert stage.recorded(order) == order
    assert len(stage.outbox.bodies) == 1


def test_a_loss_is_recorded_and_nobody_is_told() -> None:
    stage = Stage(an_activity(a_share(weight=0), a_share("4", weight=1), strategy_mode=StrategyMode.SINGLE))

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
    class Unmarkable(WatchedLedger):
        def mark_sent(self, order: Order, now: datetime) -> bool:
            raise BusyError

    stage = Stage(ledger=Unmarkable())

    assert stage.drawn(a_request()).mq_state is MqState.NOT_SENT


@pytest.mark.parametrize(
    ("grant_at", "due_at"),
    [(NOON + timedelta(hours=3), NOON + timedelta(hours=3)), (None, NOON + timedelta(days=1)), (NOON - SECOND, NOON)],
    ids=["at a time", "at the activity's end", "at a time gone by: at once"],
)
def test_a_prize_granted_at_a_time_is_due_then_and_nobody_is_told_before(
    grant_at: datetime | None, due_at: datetime
) -> None:
    stage = Stage(an_activity(grant_type=GrantType.AT_A_TIME, grant_at=grant_at))

    order = stage.drawn(a_request())

    assert (order.grant_at, order.due_at) == (due_at, due_at)
    assert order.lane in LANES
    assert (order.mq_state, stage.outbox.bodies) == (MqState.NOT_SENT, [])
    assert stage.recorded(order) == order


def test_a_prize_granted_by_hand_waits_where_an_operator_sees_it_and_nobody_is_told() -> None:
    stage = Stage(an_activity(grant_type=GrantType.BY_HAND))

    order = stage.drawn(a_request())

    assert (order.lane, order.grant_at) == (BY_HAND, None)
    assert order.due_at is not None
    assert (order.mq_state, stage.outbox.bodies) == (MqState.NOT_SENT, [])


@pytest.mark.parametrize("grant_type", [GrantType.AT_A_TIME, GrantType.BY_HAND])
def test_a_loss_has_nothing_to_grant_ever(grant_type: GrantType) -> None:
    stage = Stage(an_activity(a_share(stock=0), grant_type=grant_type))

    order = stage.drawn(a_request())

    assert (order.outcome, order.grant_at, order.due_at, order.lane) == (Outcome.LOST, None, None, None)


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

    refusal = stage.refused(a_request(request_hash="another"))

    assert (refusal.status, refusal.code, refusal.field) == (422, "0003", "Idempotency-Key")


def test_an_unknown_activity_is_refused() -> None:
    refusal = Stage().refused(a_request(target=Target("activity", "999")))

    assert (refusal.status, refusal.code, refusal.field) == (404, "0002", "activity_id")


@dataclass
class BusyLedger(WatchedLedger):
    """A ledger that conflicts a while before it records; what an effectful conflict recorded stands."""

    conflicts: int = 0
    effect: bool = False

    def record(self, order: Order, count: Count) -> Verdict:
        if self.conflicts > 0:
            self.conflicts -= 1
            if self.effect:
                super().record(order, count)
            raise BusyError("conflict")
        return super().record(order, count)


def test_a_conflict_is_tried_again_and_won() -> None:
    assert Stage(ledger=BusyLedger(conflicts=3)).drawn(a_request()).outcome is Outcome.WON


def test_a_read_that_is_busy_is_tried_again_too() -> None:
    class BusyReads(WatchedLedger):
        """Each read is busy when it is asked for the first time."""

        def counters(self, user_id: str, activity_id: str) -> dict[str, int]:
            counters = super().counters(user_id, activity_id)
            return self._unless_first("counters", counters)

        def stock_left(self, activity_id: str, shards: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
            left = super().stock_left(activity_id, shards)
            return self._unless_first({"1", "2"}, left)

        def _unless_first(self, asked: object, answer: Answer) -> Answer:
            if self.asked.count(asked) == 1:
                raise BusyError
            return answer

    shares = a_share("1", weight=999_999, stock=0), a_share("2", weight=1), a_share("3", stock=None, unlock_after=1)
    stage = Stage(an_activity(*shares), ledger=BusyReads())

    order = stage.drawn(a_request())

    assert (order.award and order.award.award_id, order.proof.attempt, order.proof.taken) == ("2", 1, 0)
    assert stage.ledger.asked == ["counters", "counters", "record", {"1", "2"}, "record", {"1", "2"}, "record"]


@pytest.mark.parametrize("unlock_after", [0, 1])
def test_a_transaction_whose_answer_was_lost_is_found_when_it_is_tried_again(unlock_after: int) -> None:
    shares = a_share("1", stock=2), a_share("2", stock=2, unlock_after=unlock_after)
    stage = Stage(an_activity(*shares), ledger=BusyLedger(conflicts=1, effect=True))

    result = stage.draw(a_request())

    assert isinstance(result, Drawn)
    assert result.repeat
    assert stage.recorded(result.order) == result.order
    assert sum(stage.ledger.left.values()) == 3


def test_conflicts_beyond_the_deadline_are_busy_and_never_a_false_loss() -> None:
    stage = Stage(ledger=BusyLedger(conflicts=4))

    with pytest.raises(BusyError, match=r"^order \d+ of 100001: conflict$"):
        stage.draw(a_request())
    assert stage.ledger.orders_by_key == {}


def test_a_draw_that_runs_out_of_time_tells_what_it_waited_for() -> None:
    """Neither is there time for another try, nor to read at last what is on record: that hides no reason."""
    stage = Stage(ledger=BusyLedger(conflicts=10**6), patience=Patience(pauses=10**6, looks=5))

    with pytest.raises(BusyError, match=r"^order \d+ of 100001: conflict$"):
        stage.draw(a_request())


@pytest.mark.parametrize("looks", [0, 1])
def test_a_draw_that_cannot_end_in_time_is_busy_before_it_begins(looks: int) -> None:
    stage = Stage(patience=Patience(looks=looks))

    with pytest.raises(BusyError):
        stage.draw(a_request())
    assert stage.ledger.orders_by_key == {}


@pytest.mark.parametrize("looks", [0, 1, 2])
def test_a_draw_with_locks_looks_at_the_time_before_it_reads_the_count(looks: int) -> None:
    stage = Stage(an_activity(a_share(unlock_after=1), a_share("4")), patience=Patience(looks=looks))

    with pytest.raises(BusyError):
        stage.draw(a_request())
    assert stage.ledger.asked == ["counters"] * (looks == 2)


def test_conflicts_beyond_every_bound_are_busy() -> None:
    stage = Stage(ledger=BusyLedger(conflicts=10**6), patience=Patience(pauses=10**6))

    with pytest.raises(BusyError, match=f"{TRIES_MAX} tries"):
        stage.draw(a_request())


def test_an_order_recorded_by_its_twin_while_every_try_failed_is_answered() -> None:
    class Late(BusyLedger):
        """The twin commits during the last try, which hears only of a conflict."""

        def record(self, order: Order, count: Count) -> Verdict:
            if self.conflicts == 1:
                self.put(replace(order, claims=7))
            return super().record(order, count)

    stage = Stage(ledger=Late(conflicts=TRIES_MAX), patience=Patience(pauses=10**6))

    result = stage.draw(a_request())

    assert isinstance(result, Drawn)
    assert (result.repeat, result.order.claims) == (True, 7)
