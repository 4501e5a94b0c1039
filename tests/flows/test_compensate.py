"""Compensation: what is due is sent again, waited for or parked, and claimed by one run only."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from builders import NOON, SECOND, WAITS, an_act, an_order
from fakes import MemoryLedger, MemoryOutbox, MemoryWorkers, Patience
from tombola.aws.items import milliseconds, order_key
from tombola.flows import repair as flow
from tombola.flows.compensate import compensate, work
from tombola.flows.repair import RepairPorts
from tombola.rules.activity import Activity, GrantType
from tombola.rules.due import LanePage, Standing
from tombola.rules.order import DEADLINES, LANES, PARKED, Act, GrantState, MqState, Order
from tombola.rules.problem import BusyError
from tombola.rules.remedy import Report
from tombola.rules.unreadable import LOOK_AGAIN, Unreadable
from tombola.rules.verdict import Sent

MINUTE = 60 * SECOND
WORKERS_MAX = 3


def a_world(ledger: MemoryLedger, outbox: MemoryOutbox, workers: MemoryWorkers | None = None) -> RepairPorts:
    ports: Any = {"ledger": ledger, "lanes": ledger, "activities": ledger, "outbox": outbox}
    return RepairPorts(**ports, workers=workers or MemoryWorkers(), workers_max=WORKERS_MAX, waits=WAITS)


class Separate(MemoryLedger):
    """Some order keeps every transaction of claims from being written."""

    def claim_all(self, claims: Sequence[tuple[Order, datetime]]) -> None:
        return None


class Old(MemoryLedger):
    """Its index shows an order where it stood before."""

    def due(self, lane: str, until: datetime, limit: int, after: LanePage | None = None) -> LanePage:
        key = {name: value["S"] for name, value in order_key("xiaofuge", 7).items()}
        entry = Standing(**key, lane=lane, due_at=str(milliseconds(NOON)), at=NOON)
        return LanePage((entry,) if lane == "7" else ())


@dataclass
class Stage:
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    outbox: MemoryOutbox = field(default_factory=MemoryOutbox)
    patience: Patience = field(default_factory=Patience)
    workers: MemoryWorkers = field(default_factory=MemoryWorkers)

    @property
    def world(self) -> RepairPorts:
        return a_world(self.ledger, self.outbox, self.workers)

    def run(self, now: datetime) -> Report:
        return compensate(self.world, self.patience, map, now)

    def work(self, *lanes: str) -> Report:
        return work(self.world, self.patience, map, lanes, NOON + MINUTE)

    def with_order(self, **changes: Any) -> "Stage":
        self.ledger.put(an_order(**changes))
        return self

    @property
    def order(self) -> Order:
        (order,) = self.ledger.orders_by_key.values()
        return order


SENT_LONG_AGO = NOON - WAITS.resend_after
UNTOLD: dict[str, dict[str, Any]] = {
    "killed between transaction and publish": {},
    "publish failed": {"mq_state": MqState.FAILED, "due_at": NOON},
    "its grant failed": {"mq_state": MqState.SENT, "failures": 1},
    "its message was lost": {"mq_state": MqState.SENT, "sent_at": SENT_LONG_AGO},
}


@pytest.mark.parametrize("case", UNTOLD)
def test_what_is_due_and_not_on_its_way_is_sent_again(case: str) -> None:
    stage = Stage().with_order(**UNTOLD[case])

    report = stage.run(NOON + MINUTE)

    assert (report.resent, len(stage.outbox.bodies)) == (1, 1)
    assert (stage.order.claims, stage.order.due_at) == (1, NOON + MINUTE + WAITS.resend_after)


def test_a_young_message_is_waited_for() -> None:
    stage = Stage().with_order(mq_state=MqState.SENT, sent_at=NOON)

    report = stage.run(NOON + MINUTE)

    assert (report.resent, stage.outbox.bodies) == (0, [])
    assert stage.order.due_at == NOON + WAITS.resend_after


def test_nothing_is_touched_before_it_is_due() -> None:
    stage = Stage().with_order()
    before = stage.order

    assert stage.run(NOON + MINUTE - SECOND).oldest_due == timedelta(0)
    assert stage.order == before


def test_each_claim_waits_longer_while_the_queue_stands_still_and_nothing_is_parked() -> None:
    stage = Stage(outbox=MemoryOutbox(up=False)).with_order()
    now, gaps = NOON, []
    for _ in range(12):
        assert stage.order.due_at is not None
        gaps.append(stage.order.due_at - now)
        now = stage.order.due_at
        assert stage.run(now).send_failed == 1

    assert gaps[:5] == [minutes * MINUTE for minutes in (1, 1, 2, 4, 8)]
    assert gaps[-1] == WAITS.backoff_max
    assert stage.order.grant_state is GrantState.WAITING


def test_a_claim_wakes_the_stream_and_waits_as_long_as_for_a_message() -> None:
    stage = Stage(outbox=MemoryOutbox(carries=True)).with_order(wake=False)

    report = stage.run(NOON + MINUTE)

    assert (report.resent, report.send_failed, stage.order.wake) == (1, 0, True)
    assert stage.order.due_at == NOON + MINUTE + WAITS.resend_after


def test_an_order_whose_grants_failed_too_often_is_parked_and_seen() -> None:
    stage = Stage().with_order(failures=WAITS.failures_max)

    report = stage.run(NOON + MINUTE)

    assert ([order.order_id for order in report.parked], report.parked_now) == ([7], 1)
    assert (stage.order.grant_state, stage.order.lane) == (GrantState.PARKED, "parked")
    assert stage.run(NOON + MINUTE).parked_now == 1


def test_an_order_whose_grant_is_begun_and_never_ends_is_parked_with_the_reason() -> None:
    stage = Stage().with_order(mq_state=MqState.SENT, sent_at=SENT_LONG_AGO, claims=9, begun=WAITS.failures_max)

    stage.run(NOON + MINUTE)

    assert stage.order.parked_because == "3 grants were begun, and none ended"


def test_an_invoice_that_the_transport_never_takes_parks_its_order_and_no_other() -> None:
    stage = Stage(outbox=MemoryOutbox(refuses=frozenset({7}))).with_order().with_order(order_id=7 + 128)

    report = stage.run(NOON + MINUTE)

    refused, sent = (stage.ledger.orders_by_key["xiaofuge", order_id] for order_id in (7, 7 + 128))
    assert (refused.grant_state, refused.parked_because) == (
        GrantState.PARKED,
        "the transport does not take its invoice",
    )
    assert (sent.claims, report.resent, [order.order_id for order in report.parked]) == (1, 1, [7])


def damaged(stage: Stage, *order_ids: int) -> Stage:
    for order_id in order_ids:
        stage.with_order(order_id=order_id)
        stage.ledger.damage["USER#xiaofuge", f"ORDER#{order_id:019d}"] = "proof is missing"
    return stage


def test_orders_that_nobody_can_read_are_set_aside_and_those_behind_them_are_sent() -> None:
    stage = damaged(Stage(), *(7 + 128 * number for number in range(flow.PAGE)))
    stage.with_order(order_id=7 + 128 * flow.PAGE, due_at=NOON + MINUTE)

    report = stage.run(NOON + MINUTE)

    assert (report.resent, len(report.set_aside), report.unreadable_now) == (1, flow.PAGE, flow.PAGE)
    assert {str(item).partition(": ")[2] for item in report.set_aside} == {"proof is missing"}


def test_what_can_be_read_again_comes_back_and_is_sent_and_what_cannot_is_looked_at_later() -> None:
    stage = damaged(Stage(), 7, 8)
    stage.run(NOON + MINUTE)
    del stage.ledger.damage["USER#xiaofuge", f"ORDER#{7:019d}"]

    early = stage.run(NOON + MINUTE + LOOK_AGAIN - SECOND)
    then = stage.run(NOON + MINUTE + LOOK_AGAIN)
    after = stage.run(NOON + MINUTE + LOOK_AGAIN)

    assert (early.given_back, then.given_back, then.resent, after.resent) == (0, 1, 0, 1)
    assert (then.unreadable_now, after.given_back, len(stage.outbox.bodies)) == (1, 0, 1)


def test_what_cannot_be_read_is_not_looked_at_in_every_run() -> None:
    stage = damaged(Stage(), 7)
    stage.run(NOON + MINUTE)
    stage.run(NOON + MINUTE + LOOK_AGAIN)

    assert stage.ledger.asides(NOON + 2 * LOOK_AGAIN, limit=10) == []
    assert len(stage.ledger.asides(NOON + MINUTE + 2 * LOOK_AGAIN, limit=10)) == 1


def test_an_order_that_is_finished_and_stands_in_a_lane_is_set_aside() -> None:
    class Left(MemoryLedger):
        """Shows an order in its lane although it is granted: its item says both."""

        def _standings(self, lane: str, until: datetime) -> list[Standing]:
            key = {name: value["S"] for name, value in order_key("xiaofuge", 7).items()}
            entry = Standing(**key, lane="7", due_at=str(milliseconds(NOON)), at=NOON)
            return [entry] if lane == "7" and not self.aside else super()._standings(lane, until)

    stage = Stage(ledger=Left()).with_order(grant_state=GrantState.GRANTED, due_at=None)

    report = stage.run(NOON + MINUTE)

    assert [item.because for item in report.set_aside] == ["nothing is to be done for it"]
    assert stage.run(NOON + MINUTE).set_aside == ()


def test_an_error_that_nobody_foresaw_is_told_and_keeps_no_other_order() -> None:
    class Broken(Separate):
        def claim(self, order: Order, until: datetime) -> Order | None:
            if order.order_id == 7:
                raise ZeroDivisionError
            return super().claim(order, until)

    stage = Stage(ledger=Broken()).with_order().with_order(order_id=7 + 128)

    report = stage.run(NOON + MINUTE)

    assert ([type(error) for error in report.errors], report.resent) == ([ZeroDivisionError], 1)


def test_a_lane_that_breaks_is_told_and_keeps_no_other_lane() -> None:
    class Broken(MemoryLedger):
        def standing(self, entries: Sequence[Standing]) -> list[tuple[Standing, Order | Activity | Unreadable]]:
            if any(entry.lane == "7" for entry in entries):
                raise ZeroDivisionError
            return super().standing(entries)

    report = Stage(ledger=Broken()).with_order().with_order(order_id=8).run(NOON + MINUTE)

    assert ([type(error) for error in report.errors], report.resent) == ([ZeroDivisionError], 1)


def test_what_never_comes_is_left_where_it_is_once_the_time_is_needed_to_report() -> None:
    class Never(MemoryLedger):
        """Shows an order as one whose time no clock will show."""

        def never(self, lane: str, limit: int) -> LanePage:
            return self.due("7", NOON + MINUTE, limit)

    stage = Stage(ledger=Never(), patience=Patience(looks=len(LANES))).with_order()

    assert stage.run(NOON).set_aside == ()
    assert Stage(ledger=stage.ledger).run(NOON).set_aside != ()


@pytest.mark.parametrize("broken", ["set_aside", "give_back", "put_off", "never", "asides"])
def test_what_the_table_refuses_about_unreadable_items_is_told_and_keeps_nobody_else(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> None:
        raise ZeroDivisionError

    stage = damaged(Stage(), 7, 8)
    stage.run(NOON + MINUTE)
    del stage.ledger.damage["USER#xiaofuge", f"ORDER#{7:019d}"]  # it is to come back, and the other to wait
    damaged(stage, 9).with_order(order_id=9 + 128)
    monkeypatch.setattr(stage.ledger, broken, refuses)

    report = stage.run(NOON + MINUTE + LOOK_AGAIN)

    assert ([type(error) for error in report.errors], report.resent) == ([ZeroDivisionError], 1)


def test_a_prize_granted_at_a_time_is_sent_then_and_not_a_moment_before() -> None:
    stage = Stage().with_order(grant_type=GrantType.AT_A_TIME, grant_at=NOON + MINUTE, due_at=NOON + MINUTE)
    before = stage.order

    assert (stage.run(NOON + MINUTE - SECOND).resent, stage.order) == (0, before)
    assert stage.run(NOON + MINUTE).resent == 1


def test_a_prize_granted_by_hand_is_left_alone_until_somebody_releases_it() -> None:
    stage = Stage().with_order(grant_type=GrantType.BY_HAND)
    before = stage.order

    assert (stage.run(NOON + 60 * MINUTE).resent, stage.order) == (0, before)
    assert stage.ledger.release(stage.order, an_act(at=NOON + 60 * MINUTE))
    assert stage.run(NOON + 60 * MINUTE).resent == 1


def test_an_order_that_an_old_index_shows_before_its_time_is_not_claimed() -> None:
    stage = Stage(ledger=Old()).with_order(
        grant_type=GrantType.AT_A_TIME, grant_at=NOON + 9 * MINUTE, due_at=NOON + 9 * MINUTE
    )
    before = stage.order

    assert (stage.run(NOON + MINUTE).resent, stage.order) == (0, before)


def test_an_order_at_the_head_of_its_lane_whose_time_has_not_come_moves_to_that_time() -> None:
    stage = Stage().with_order(grant_type=GrantType.AT_A_TIME, grant_at=NOON + 9 * MINUTE, due_at=NOON)

    assert stage.run(NOON + MINUTE).resent == 0
    assert stage.order.due_at == NOON + 9 * MINUTE


def test_two_runs_side_by_side_send_once() -> None:
    stage, slow = Stage().with_order(), MemoryOutbox()
    seen, page = stage.order, stage.ledger.due("7", NOON + MINUTE, limit=10)

    @dataclass
    class Stale(MemoryLedger):
        """Reads what the other run read, before that one claimed."""

        def standing(self, entries: Sequence[Standing]) -> list[tuple[Standing, Order | Activity | Unreadable]]:
            return [(entry, seen) for entry in page.entries] if page.entries[0].lane == "7" else []

        def due(self, lane: str, until: datetime, limit: int, after: LanePage | None = None) -> LanePage:
            return page if lane == "7" else LanePage(())

    stale = Stale(orders_by_key=stage.ledger.orders_by_key)
    stage.run(NOON + MINUTE)
    compensate(a_world(stale, slow), Patience(), map, NOON + MINUTE)

    assert (len(stage.outbox.bodies), slow.bodies) == (1, [])


def test_an_index_that_is_a_moment_old_changes_nothing() -> None:
    stage = Stage(ledger=Old()).with_order(grant_state=GrantState.GRANTED, due_at=None)
    before = stage.order

    assert stage.run(NOON + MINUTE).resent == 0
    assert stage.order == before


def test_one_order_that_is_busy_does_not_hold_up_the_others() -> None:
    @dataclass
    class Busy(Separate):
        def claim(self, order: Order, until: datetime) -> Order | None:
            if order.order_id == 7:
                raise BusyError("throttled")
            return super().claim(order, until)

    stage = Stage(ledger=Busy()).with_order().with_order(order_id=7 + 128)

    report = stage.run(NOON + MINUTE)

    assert (report.resent, report.left) == (1, ("order 7 of 100001: throttled",))
    assert stage.ledger.orders_by_key["xiaofuge", 7].due_at == NOON + MINUTE


@pytest.mark.parametrize("method", ["due", "standing"])
def test_a_lane_that_is_busy_does_not_hold_up_the_others(method: str) -> None:
    @dataclass
    class Busy(MemoryLedger):
        def due(self, lane: str, until: datetime, limit: int, after: LanePage | None = None) -> LanePage:
            if method == "due" and lane == "7":
                raise BusyError("throttled")
            return super().due(lane, until, limit, after)

        def standing(self, entries: Sequence[Standing]) -> list[tuple[Standing, Order | Activity | Unreadable]]:
            if method == "standing" and any(entry.lane == "7" for entry in entries):
                raise BusyError("throttled")
            return super().standing(entries)

    stage = Stage(ledger=Busy())
    for order_id in range(len(LANES)):
        stage.with_order(order_id=order_id)

    report = stage.run(NOON + MINUTE)

    assert (report.resent, report.lanes_busy) == (len(LANES) - 1, 1)
    assert report.left == ("lane 7: throttled",)


def test_a_run_that_can_read_no_lane_fails() -> None:
    class Busy(MemoryLedger):
        def due(self, lane: str, until: datetime, limit: int, after: LanePage | None = None) -> LanePage:
            raise BusyError("throttled")

    with pytest.raises(BusyError, match=r"^no lane could be read, such as lane \d+: throttled$"):
        Stage(ledger=Busy()).run(NOON + MINUTE)


def test_a_parked_lane_that_is_busy_is_counted_by_the_next_run() -> None:
    class Busy(MemoryLedger):
        def due(self, lane: str, until: datetime, limit: int, after: LanePage | None = None) -> LanePage:
            if lane == PARKED:
                raise BusyError
            return super().due(lane, until, limit, after)

    report = Stage(ledger=Busy()).with_order().run(NOON + MINUTE)

    assert (report.resent, report.parked_now) == (1, None)


def test_each_minute_begins_with_another_lane() -> None:
    first: list[str] = []

    def spread(work: Any, lanes: Iterable[str]) -> Iterator[Any]:
        lanes = list(lanes)
        if lanes != list(DEADLINES):
            first.append(lanes[0])
            assert sorted(lanes) == sorted(LANES)
        return map(work, lanes)

    world = a_world(MemoryLedger(), MemoryOutbox())
    for minute in range(len(LANES)):
        compensate(world, Patience(), spread, NOON + minute * MINUTE)

    assert sorted(first) == sorted(LANES)


def test_what_is_claimed_is_sent_even_when_time_runs_out_in_between() -> None:
    stage = many(Stage(patience=Patience(looks=3)), 3 * flow.CHUNK)  # one for the page, one before each chunk

    stage.work("0")

    claimed = [order for order in stage.ledger.orders_by_key.values() if order.claims]
    assert len(claimed) == len(stage.outbox.bodies) == 2 * flow.CHUNK


def many(stage: Stage, count: int, lane: int = 0) -> Stage:
    for number in range(count):
        stage.with_order(order_id=lane + 128 * number)
    return stage


def test_more_than_a_page_is_worked_off_in_one_run() -> None:
    stage = many(Stage(), flow.PAGE + 5)

    assert stage.run(NOON + MINUTE).resent == flow.PAGE + 5


def test_a_run_stops_at_its_bound_and_the_next_takes_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "PAGE", 2)
    monkeypatch.setattr(flow, "PAGES_MAX", 2)
    stage = many(Stage(), 5)

    assert [stage.run(NOON + MINUTE).resent for _ in range(2)] == [4, 1]


def test_a_run_without_time_to_look_at_any_lane_fails_and_leaves_everything_to_the_next() -> None:
    stage = Stage(patience=Patience(looks=0)).with_order()

    with pytest.raises(BusyError, match="no lane"):
        stage.run(NOON + MINUTE)
    assert (stage.order.claims, stage.outbox.bodies) == (0, [])


def test_lanes_that_a_run_has_no_time_to_look_at_are_told_and_those_of_a_worker_are_not() -> None:
    assert Stage(patience=Patience(looks=100)).run(NOON + MINUTE).lanes_busy == len(LANES) - 100
    assert Stage(patience=Patience(looks=1)).work("0", "1").lanes_busy == 0


def test_an_order_that_moved_within_the_index_while_a_page_was_read_is_claimed_and_sent_once() -> None:
    class Twice(MemoryLedger):
        def due(self, lane: str, until: datetime, limit: int, after: LanePage | None = None) -> LanePage:
            page = super().due(lane, until, limit, after)
            earlier = (replace(entry, due_at=str(milliseconds(NOON)), at=NOON) for entry in page.entries)
            return LanePage((*earlier, *page.entries), page.then)

        def claim_all(self, claims: Sequence[tuple[Order, datetime]]) -> list[Order] | None:
            assert len({order.order_id for order, _ in claims}) == len(claims), "DynamoDB refuses it"
            return super().claim_all(claims)

    stage = Stage(ledger=Twice()).with_order()

    report = stage.run(NOON + MINUTE)

    assert (report.errors, report.resent, len(stage.outbox.bodies)) == ((), 1, 1)


def test_the_oldest_due_order_is_told_by_its_age() -> None:
    stage = Stage().with_order().with_order(order_id=8, due_at=NOON)

    assert stage.run(NOON + 2 * MINUTE).oldest_due == 2 * MINUTE


def test_an_order_stays_in_the_lane_where_a_version_with_fewer_lanes_put_it() -> None:
    stage = Stage().with_order(order_id=7 + 16, lane_before="7")

    report = stage.run(NOON + MINUTE)

    assert (report.resent, stage.order.lane) == (1, "7")


@pytest.mark.parametrize("lane", ["15", "16", "127"])
def test_every_numbered_lane_is_worked_off(lane: str) -> None:
    stage = Stage().with_order(order_id=int(lane))

    assert stage.order.lane == lane
    assert stage.run(NOON + MINUTE).resent == 1


# ---- Workers


def test_a_lane_with_more_than_a_page_is_given_to_a_worker_and_the_others_are_worked_off() -> None:
    stage = many(Stage(workers=MemoryWorkers(up=True)), flow.PAGE + 1, lane=7).with_order(order_id=8)

    report = stage.run(NOON + MINUTE)

    assert (report.resent, report.given, stage.workers.shares) == (1, 1, [["7"]])
    assert stage.work("7").resent == flow.PAGE + 1


def test_lanes_are_shared_by_a_bounded_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "PAGE", 1)
    stage = Stage(workers=MemoryWorkers(up=True))
    for lane in range(len(LANES)):
        many(stage, 2, lane)

    stage.run(NOON + MINUTE)

    assert len(stage.workers.shares) == WORKERS_MAX
    assert sorted(lane for share in stage.workers.shares for lane in share) == sorted(LANES)


def test_a_worker_starts_no_worker_and_looks_at_its_lanes_alone() -> None:
    stage = many(Stage(workers=MemoryWorkers(up=True)), flow.PAGE + 1, lane=7).with_order(order_id=8)

    report = stage.work("7")

    assert (report.resent, stage.workers.shares) == (flow.PAGE + 1, [])
    assert (report.parked_now, report.unreadable_now, report.activities_late) == (None, None, None)


def test_lanes_that_no_worker_can_be_started_for_are_worked_off_by_the_run_that_found_them() -> None:
    stage = many(Stage(), flow.PAGE + 1)

    report = stage.run(NOON + MINUTE)

    assert (report.resent, report.given, report.not_given) == (flow.PAGE + 1, 0, 1)


@pytest.mark.parametrize("up", [False, True], ids=["without workers", "with workers"])
def test_many_deadlines_delay_neither_workers_nor_a_lane_that_is_full(up: bool) -> None:
    spent = [0.0]

    class Slow(MemoryLedger):
        def miss(self, order: Order, because: str, act: Act) -> bool:
            spent[0] += 1
            return super().miss(order, because, act)

    class Minute(Patience):
        def allows(self, seconds: float) -> bool:
            return 60 - spent[0] >= seconds

    class Punctual(MemoryWorkers):
        def start(self, lanes: Sequence[str]) -> bool:
            assert spent[0] == 0
            return super().start(lanes)

    stage = many(Stage(ledger=Slow(), patience=Minute(), workers=Punctual(up=up)), flow.PAGE + 1, lane=7)
    for number in range(100):
        stage.with_order(order_id=1_000_000 + number, accept_by=NOON, due_at=NOON)

    report = stage.run(NOON + MINUTE)

    assert (report.resent, report.given) == ((0, 1) if up else (flow.PAGE + 1, 0))
    assert len(report.parked) == 51  # the next run takes the others


def test_two_workers_on_one_lane_send_each_order_once() -> None:
    stage = many(Stage(), flow.PAGE + 1)
    before = dict(stage.ledger.orders_by_key)

    class Stale(MemoryLedger):
        """Reads what the other worker read, before that one claimed."""

        def standing(self, entries: Sequence[Standing]) -> list[tuple[Standing, Order | Activity | Unreadable]]:
            return MemoryLedger(orders_by_key=before).standing(entries)

        def due(self, lane: str, until: datetime, limit: int, after: LanePage | None = None) -> LanePage:
            return MemoryLedger(orders_by_key=before).due(lane, until, limit, after)

    stage.work("0")
    other = Stage(ledger=Stale(orders_by_key=stage.ledger.orders_by_key))

    assert (other.work("0").resent, len(stage.outbox.bodies)) == (0, flow.PAGE + 1)


def test_without_any_worker_a_full_lane_is_worked_off_by_the_run_that_found_it() -> None:
    stage = many(Stage(workers=MemoryWorkers(up=True)), flow.PAGE + 1)

    report = compensate(replace(stage.world, workers_max=0), stage.patience, map, NOON + MINUTE)

    assert (report.resent, report.given, report.not_given) == (flow.PAGE + 1, 0, 1)


# ---- A transport that takes nothing


def test_once_the_time_is_needed_to_report_what_was_claimed_in_vain_is_left() -> None:
    stage = many(Stage(outbox=MemoryOutbox(up=False), patience=Patience(looks=2)), flow.CHUNK)  # the page, the chunk

    report = stage.work("0")

    assert report.send_failed == flow.CHUNK
    assert {order.due_at for order in stage.ledger.orders_by_key.values()} == {NOON + MINUTE + WAITS.resend_after}


def test_once_the_time_is_needed_to_report_nothing_more_is_parked() -> None:
    stage = Stage(patience=Patience(looks=3))  # the page, the chunk, and one that is parked
    for number in range(2):
        stage.with_order(order_id=128 * number, failures=WAITS.failures_max)

    assert len(stage.work("0").parked) == 1


def test_a_run_whose_transport_takes_nothing_claims_no_more_in_vain() -> None:
    stage = many(many(Stage(outbox=MemoryOutbox(up=False)), flow.PAGE), flow.PAGE, lane=1)

    report = stage.run(NOON + MINUTE)

    assert report.send_failed == flow.IN_VAIN_MAX * flow.CHUNK
    assert sum(order.claims for order in stage.ledger.orders_by_key.values()) == flow.IN_VAIN_MAX * flow.CHUNK


def test_one_order_that_the_transport_does_not_take_is_no_sign_that_it_takes_nothing() -> None:
    class Flaky(MemoryOutbox):
        """Fails each second send, and blames no message."""

        sends = 0

        def publish(self, orders: Sequence[Order]) -> Sent:
            self.sends += 1
            return Sent() if self.sends % 2 else super().publish(orders)

    stage = Stage(outbox=Flaky())
    for order_id in range(16):
        stage.with_order(order_id=order_id)

    report = stage.run(NOON + MINUTE)

    assert (report.resent, report.send_failed) == (8, 8)


def test_nothing_is_given_to_workers_while_the_transport_takes_nothing() -> None:
    stage = many(Stage(outbox=MemoryOutbox(up=False), workers=MemoryWorkers(up=True)), flow.PAGE + 1)
    for order_id in range(1, 1 + flow.IN_VAIN_MAX):
        stage.with_order(order_id=order_id)

    assert stage.run(NOON + MINUTE).given == 0
    assert stage.workers.shares == []


# ---- Is it getting on?


def test_a_lane_of_which_a_page_was_taken_is_no_sign_that_repair_stands_still() -> None:
    stage = many(Stage(), flow.PAGE)

    assert stage.run(NOON + MINUTE + flow.BACKLOG).oldest_due == timedelta(0)


def test_a_backlog_that_is_not_worked_off_in_its_time_is_told() -> None:
    stage = many(Stage(), flow.PAGE)

    assert stage.run(NOON + 4 * MINUTE + flow.BACKLOG).oldest_due == 3 * MINUTE


def test_a_lane_that_was_given_to_a_worker_who_never_came_is_told() -> None:
    stage = many(Stage(workers=MemoryWorkers(up=True)), flow.PAGE + 1)

    assert stage.run(NOON + MINUTE + flow.BACKLOG).oldest_due == timedelta(0)
    assert stage.run(NOON + 7 * MINUTE + flow.BACKLOG).oldest_due == 6 * MINUTE


def test_what_another_run_has_claimed_is_no_sign_that_a_lane_stands_still() -> None:
    stage = Stage(ledger=Old()).with_order(due_at=NOON + 9 * MINUTE, claims=1)  # NOON is where its entry still stands

    assert stage.run(NOON + 8 * MINUTE).oldest_due == timedelta(0)


def test_a_full_lane_whose_first_entry_has_no_readable_time_is_told_by_the_next_one() -> None:
    class Damaged(MemoryLedger):
        """Shows a time before all others, which is none that a clock shows."""

        def due(self, lane: str, until: datetime, limit: int, after: LanePage | None = None) -> LanePage:
            page = super().due(lane, until, limit, after)
            first = tuple(replace(entry, due_at="-1", at=None) for entry in page.entries[:1])
            return LanePage(first + page.entries[1:], page.then)

    stage = many(Stage(ledger=Damaged(), workers=MemoryWorkers(up=True)), flow.PAGE + 1)

    assert stage.run(NOON + 7 * MINUTE + flow.BACKLOG).oldest_due == 6 * MINUTE


def test_an_empty_page_with_another_behind_it_is_no_error() -> None:
    class Empty(MemoryLedger):
        def due(self, lane: str, until: datetime, limit: int, after: LanePage | None = None) -> LanePage:
            page = super().due(lane, until, limit, after)
            return LanePage((), {"place": (0, "", "")}) if lane == "7" and after is None else page

    stage = Stage(ledger=Empty()).with_order()

    report = stage.run(NOON + MINUTE)

    assert (report.errors, report.resent, report.not_given) == ((), 1, 1)


def test_a_worker_that_gets_nowhere_tells_of_its_lane_at_once() -> None:
    stage = many(Stage(patience=Patience(looks=1)), flow.PAGE + 1)  # one page, and no time to claim

    report = work(stage.world, stage.patience, map, ["0"], NOON + 6 * MINUTE)

    assert (report.resent, report.oldest_due) == (0, 5 * MINUTE)
