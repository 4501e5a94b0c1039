"""Compensation starts and closes activities by their window, and none of them keeps the others."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from builders import NOON, SECOND, WAITS, a_request, an_activity, an_order
from fakes import MemoryLedger, MemoryOutbox, MemoryWorkers, Patience
from stage import Stage
from tables import activities_due
from tombola.flows import start_and_close as flow
from tombola.flows.compensate import compensate
from tombola.flows.repair import RepairPorts
from tombola.flows.start_and_close import start_and_close
from tombola.rules.activity import Activity
from tombola.rules.activity_states import Action, ActivityState
from tombola.rules.due import ACTIVITIES, LanePage, Standing
from tombola.rules.order import Order
from tombola.rules.problem import BusyError
from tombola.rules.remedy import Moved
from tombola.rules.unreadable import Unreadable
from tombola.rules.window import START_AHEAD

BEGIN, END = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
TICK = timedelta(milliseconds=1)


@dataclass
class ActivityLedger(MemoryLedger):
    """Is busy with some activities, and cannot make sense of others."""

    busy: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)

    def move(self, activity: Activity, action: Action, who: str, why: str, now: datetime) -> Activity | None:
        if activity.activity_id in self.busy:
            raise BusyError("throttled")
        if activity.activity_id in self.broken:
            raise ZeroDivisionError
        return super().move(activity, action, who, why, now)


def a_ledger(*names: str, **changes: Any) -> ActivityLedger:
    """Return a ledger with an activity of each name, approved and about to begin."""
    ledger = ActivityLedger()
    for name in names or ("100001",):
        fields = {"state": ActivityState.PASS, "begin": BEGIN, "end": END, **changes}
        ledger.apply(an_activity(activity_id=name, **fields), {})
    return ledger


def run(ledger: MemoryLedger, now: datetime, patience: Patience | None = None) -> tuple[tuple[Moved, ...], int | None]:
    starts = start_and_close(ledger, ledger, patience or Patience(), now)
    return starts.moved, starts.late


def state_of(ledger: MemoryLedger, name: str = "100001") -> ActivityState:
    return ledger.activities[name].state


@pytest.mark.parametrize("state", [ActivityState.PASS, ActivityState.OPEN])
def test_an_activity_starts_shortly_before_its_window_and_says_so_in_its_log(state: ActivityState) -> None:
    ledger, due = a_ledger(state=state), BEGIN - START_AHEAD

    assert run(ledger, due - TICK) == ((), 0)
    assert run(ledger, due) == ((Moved("100001", Action.START, ActivityState.DOING),), 0)
    (entry,) = ledger.logs["100001"]
    assert (entry.who, entry.what, entry.at) == ("compensation", "start", due)
    assert (entry.state_from, entry.state_to) == (state, ActivityState.DOING)


def test_who_draws_between_the_start_and_the_window_is_told_when_it_opens() -> None:
    stage = Stage(an_activity(state=ActivityState.PASS, begin=BEGIN, end=END))
    run(stage.ledger, BEGIN - START_AHEAD)

    assert stage.refused(a_request(), BEGIN - SECOND).title == "activity not open yet"
    assert stage.drawn(a_request(), BEGIN).award is not None


def test_an_activity_closes_after_its_window_whose_last_moment_still_draws() -> None:
    stage = Stage(an_activity(begin=NOON, end=END))

    assert run(stage.ledger, END) == ((), 0)
    assert stage.drawn(a_request(), END).award is not None
    assert run(stage.ledger, END + TICK) == ((Moved("100001", Action.CLOSE, ActivityState.CLOSE),), 0)
    assert stage.ledger.logs["100001"][0].what == "close"
    assert run(stage.ledger, END + SECOND) == ((), 0)


def test_an_activity_whose_whole_window_went_by_is_closed_and_never_started() -> None:
    ledger = a_ledger()

    assert run(ledger, END + TICK)[0] == (Moved("100001", Action.CLOSE, ActivityState.CLOSE),)


@pytest.mark.parametrize("state", [ActivityState.EDIT, ActivityState.ARRAIGNMENT, ActivityState.REFUSE])
def test_an_activity_that_nobody_approved_does_not_move_by_itself(state: ActivityState) -> None:
    ledger = a_ledger(state=state)

    assert run(ledger, END + SECOND) == ((), 0)
    assert state_of(ledger) is state


def test_one_that_is_opened_again_starts_again_by_itself() -> None:
    ledger = a_ledger(state=ActivityState.CLOSE)
    ledger.move(ledger.activities["100001"], Action.OPEN, "operator", "back in stock", BEGIN)

    assert run(ledger, BEGIN + SECOND)[0] == (Moved("100001", Action.START, ActivityState.DOING),)


def test_a_busy_and_a_broken_activity_keep_nobody_else() -> None:
    ledger = a_ledger("100001", "100002", "100003")
    ledger.busy, ledger.broken = {"100001"}, {"100002"}

    starts = start_and_close(ledger, ledger, Patience(), BEGIN)

    assert ([each.activity_id for each in starts.moved], starts.late) == (["100003"], 2)
    assert starts.left == ["activity 100001: throttled", "activity 100002: ZeroDivisionError"]
    ledger.busy.clear()
    assert [each.activity_id for each in run(ledger, BEGIN)[0]] == ["100001"]


def test_a_hundred_activities_that_nobody_can_read_keep_nobody_else_and_are_set_aside() -> None:
    damaged = [f"damaged-{number:03d}" for number in range(flow.PAGE * (flow.PAGES_MAX - 1))]
    ledger = a_ledger(*damaged, "sound")
    ledger.damage = {(f"ACTIVITY#{name}", "CONFIG"): "begin cannot be read" for name in damaged}

    starts = start_and_close(ledger, ledger, Patience(), BEGIN)

    assert [each.activity_id for each in starts.moved] == ["sound"]
    assert {item.because for item in starts.set_aside} == {"begin cannot be read"}
    assert len(starts.set_aside) == len(damaged)
    assert activities_due(ledger, BEGIN, limit=1_000) == []


def test_a_hundred_activities_that_stand_too_early_keep_nobody_else_and_go_to_their_time() -> None:
    early = [f"early-{number:03d}" for number in range(flow.PAGE * flow.PAGES_MAX)]
    ledger = a_ledger(*early, begin=BEGIN + 60 * SECOND)
    ledger.apply(an_activity(activity_id="sound", state=ActivityState.PASS, begin=BEGIN, end=END), {})
    ledger.due_in_index = {(f"ACTIVITY#{name}", "CONFIG"): NOON for name in early}

    assert run(ledger, BEGIN - START_AHEAD) == ((), 0)
    assert [each.activity_id for each in run(ledger, BEGIN - START_AHEAD)[0]] == ["sound"]
    assert len(run(ledger, BEGIN + 60 * SECOND - START_AHEAD)[0]) == len(early)


def test_nothing_is_put_off_in_the_time_that_belongs_to_orders() -> None:
    ledger = a_ledger("early", begin=BEGIN + 60 * SECOND)
    ledger.due_in_index = {("ACTIVITY#early", "CONFIG"): NOON}

    run(ledger, NOON, Patience(looks=0))

    assert activities_due(ledger, NOON, limit=10) != []


def test_an_item_that_the_table_refuses_to_move_keeps_nobody_else_and_is_told() -> None:
    class Refusing(ActivityLedger):
        def set_aside(self, entry: Standing, until: datetime) -> bool:
            raise ZeroDivisionError

        def put_off(self, entry: Standing, until: datetime) -> bool:
            raise ZeroDivisionError

    ledger = Refusing(activities=a_ledger("damaged", "early", "sound").activities)
    ledger.apply(an_activity(activity_id="early", state=ActivityState.PASS, begin=END, end=END + SECOND), {})
    ledger.due_in_index = {("ACTIVITY#early", "CONFIG"): NOON}
    ledger.damage = {("ACTIVITY#damaged", "CONFIG"): "begin cannot be read"}

    starts = start_and_close(ledger, ledger, Patience(), BEGIN)

    assert [each.activity_id for each in starts.moved] == ["sound"]
    assert [type(error) for error in starts.errors] == [ZeroDivisionError, ZeroDivisionError]


def test_an_error_that_nobody_foresaw_is_told_and_keeps_nobody_else() -> None:
    ledger = a_ledger("100001", "100002")
    ledger.broken = {"100001"}

    starts = start_and_close(ledger, ledger, Patience(), BEGIN)

    assert [each.activity_id for each in starts.moved] == ["100002"]
    assert [type(error) for error in starts.errors] == [ZeroDivisionError]


def test_an_index_that_is_a_moment_old_moves_nothing() -> None:
    ledger = a_ledger(state=ActivityState.PASS)
    page = ledger.due(ACTIVITIES, BEGIN, limit=10)

    class Old(ActivityLedger):
        def due(self, lane: str, until: datetime, limit: int, after: LanePage | None = None) -> LanePage:
            return page

    run(ledger, BEGIN)
    old = Old(activities=dict(ledger.activities))

    assert run(old, BEGIN) == ((), 0)
    assert run(Old(), BEGIN) == ((), 0)  # it is gone
    assert (old.logs, old.aside) == ({}, {})


def test_two_runs_side_by_side_move_once() -> None:
    ledger = a_ledger()
    seen, page = dict(ledger.activities), ledger.due(ACTIVITIES, BEGIN, limit=10)

    class Stale(ActivityLedger):
        """Reads what the other run read, before that one moved."""

        def standing(self, entries: Sequence[Standing]) -> list[tuple[Standing, Order | Activity | Unreadable]]:
            return [(entry, seen["100001"]) for entry in entries]

        def due(self, lane: str, until: datetime, limit: int, after: LanePage | None = None) -> LanePage:
            return page

    stale = Stale(activities=ledger.activities, logs=ledger.logs)
    operated = replace(seen["100001"], entries=1, digest="another's")

    assert len(run(ledger, BEGIN)[0]) == 1
    run(stale, BEGIN)
    assert len(ledger.logs["100001"]) == 1
    ledger.activities["100001"] = operated
    assert run(stale, BEGIN) == ((), 0)
    assert ledger.activities["100001"] == operated


def test_a_run_moves_so_many_at_most_and_the_next_takes_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "PAGE", 1)
    monkeypatch.setattr(flow, "PAGES_MAX", 2)
    ledger = a_ledger("100001", "100002", "100003")

    assert [len(run(ledger, BEGIN)[0]) for _ in range(3)] == [2, 1, 0]


def test_a_run_whose_time_ends_moves_no_more_and_tells_how_many_are_late() -> None:
    ledger = a_ledger("100001", "100002", "100003")

    moved, late = run(ledger, BEGIN, Patience(looks=1))

    assert ([each.activity_id for each in moved], late) == (["100001"], 2)


def test_a_lane_of_activities_that_is_busy_does_not_hold_up_the_orders() -> None:
    class Busy(ActivityLedger):
        def due(self, lane: str, until: datetime, limit: int, after: LanePage | None = None) -> LanePage:
            if lane == ACTIVITIES:
                raise BusyError
            return super().due(lane, until, limit, after)

    ledger = Busy()
    ledger.put(an_order())
    world = RepairPorts(
        ledger=ledger, lanes=ledger, activities=ledger, outbox=MemoryOutbox(), workers=MemoryWorkers(), waits=WAITS
    )

    report = compensate(world, Patience(), map, NOON + 60 * SECOND)

    assert (report.resent, report.moved, report.activities_late) == (1, (), None)


def test_activities_come_before_orders_and_both_are_reported() -> None:
    steps: list[str] = []

    class Watched(ActivityLedger):
        def due(self, lane: str, until: datetime, limit: int, after: LanePage | None = None) -> LanePage:
            steps.append(lane)
            return super().due(lane, until, limit, after)

    ledger = Watched(activities=a_ledger("100001", "100002").activities, broken={"100002"})
    ledger.put(an_order())
    world = RepairPorts(
        ledger=ledger, lanes=ledger, activities=ledger, outbox=MemoryOutbox(), workers=MemoryWorkers(), waits=WAITS
    )

    report = compensate(world, Patience(), map, BEGIN)

    assert (steps[0], steps.count(ACTIVITIES)) == (ACTIVITIES, 1)
    assert [each.activity_id for each in report.moved] == ["100001"]
    assert (report.activities_late, report.resent) == (1, 1)
