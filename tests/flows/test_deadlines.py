"""Deadlines: in time to the millisecond, parked or void as the activity says; no order keeps another from its end."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from builders import NOON, SECOND, a_count, an_activity, an_award, an_order
from fakes import MemoryLedger, Patience
from tables import TableLedger
from tombola.aws.items import order_key
from tombola.aws.prizes import PhysicalPrizes
from tombola.flows.acts import retry
from tombola.rules.acceptance import GRACE, act_of_deadline
from tombola.rules.act import RECLAIM
from tombola.rules.award_type import AwardType
from tombola.rules.order import NO_ADDRESS, PARKED, UNCLAIMED, Act, GrantState, Order
from tombola.rules.order_life import LAPSE, MISS
from tombola.rules.problem import BusyError, Problem
from tombola.rules.remedy import Report
from tombola.rules.verdict import Granted, Recorded, ShardEmpty
from user_deadlines import MS, Users

BY = NOON + 60 * SECOND
UNITS = 5
Ledger = MemoryLedger | TableLedger
WAITING = an_order(accept_by=BY, due_at=BY)
LAPSING = replace(WAITING, lapses=True)
PARCEL = replace(WAITING, award=an_award(award_type=AwardType.PHYSICAL))
OUTCOMES = [(WAITING, GrantState.PARKED), (LAPSING, GrantState.VOID), (PARCEL, GrantState.PARKED)]


@pytest.fixture(params=["memory", "dynoxide"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    return MemoryLedger() if request.param == "memory" else TableLedger(request.getfixturevalue("dynoxide_dynamodb"))


def drawn(ledger: Ledger, *orders: Order, units: int = UNITS) -> Users:
    """Return the users of ledger, in which these orders were drawn of an award of so many units."""
    ledger.apply(an_activity(), {("3", 0): units})
    for order in orders:
        assert ledger.record(order, a_count(100)) == Recorded(order)
    return Users(ledger)


def left(ledger: Ledger) -> int:
    return ledger.stock_shown("100001", {"3": 1})["3"]


def in_time(users: Users, order: Order, now: datetime) -> Order | Problem:
    """Let order's user claim the prize, or give the address that it is sent to."""
    return users.give_address(order, now) if order.award == PARCEL.award else users.accept(order, now)


@pytest.mark.parametrize("later", [-MS, timedelta()], ids=["a millisecond before", "at the deadline"])
@pytest.mark.parametrize(("order", "state"), OUTCOMES)
def test_what_is_claimed_by_its_deadline_is_its_users(
    ledger: Ledger, order: Order, state: GrantState, later: timedelta
) -> None:
    users = drawn(ledger, order)

    assert users.compensate(BY + GRACE + later).lapsed == ()
    claimed = in_time(users, order, BY + later)
    users.compensate(BY + GRACE + MS)

    assert isinstance(claimed, Order)
    assert users.on_record(order).accepted_at == BY + later
    assert users.on_record(order).grant_state is GrantState.WAITING
    users.distribute(order, BY + SECOND)
    assert users.on_record(order).grant_state is GrantState.GRANTED
    assert left(ledger) == UNITS - 1


@pytest.mark.parametrize("ended", [False, True], ids=["before compensation", "after it"])
@pytest.mark.parametrize(("order", "state"), OUTCOMES)
def test_a_millisecond_later_it_is_parked_or_void_as_its_activity_says(
    ledger: Ledger, order: Order, state: GrantState, ended: bool
) -> None:
    users = drawn(ledger, order)
    if ended:
        users.compensate(BY + GRACE + MS)

    refused = in_time(users, order, BY + MS)
    report = users.compensate(BY + GRACE + 2 * MS)

    found = users.on_record(order)
    assert isinstance(refused, Problem)
    assert (found.grant_state, found.accepted_at, found.grants) == (state, None, 0)
    assert [(act.what, act.who) for act in found.acts] == [(LAPSE.name if order.lapses else MISS.name, "deadline")]
    assert (found.lane, found.due_at is None) == ((None, True) if order.lapses else (PARKED, False))
    assert left(ledger) == (UNITS if order.lapses else UNITS - 1)
    assert [(entry.what, entry.who) for entry in ledger.log("100001", 0, 9)] == [("return", "deadline")] * order.lapses
    assert (len(report.parked), len(report.lapsed)) == ((0, 0) if ended else (1 - order.lapses, int(order.lapses)))


def test_the_unit_of_a_prize_that_is_void_is_won_again(ledger: Ledger) -> None:
    users = drawn(ledger, LAPSING, units=1)
    another = replace(LAPSING, order_id=8, user_id="fustack", idempotency_key="key-8")
    assert ledger.record(another, a_count(100)) == ShardEmpty()

    users.compensate(BY + GRACE + MS)
    users.compensate(BY + GRACE + MS)  # and comes back once

    assert ledger.record(another, a_count(100)) == Recorded(another)
    assert ledger.record(replace(another, order_id=9), a_count(100)) == ShardEmpty()


def test_a_prize_of_unlimited_stock_is_void_and_gives_nothing_back(ledger: Ledger) -> None:
    order = replace(LAPSING, shard=None)
    users = drawn(ledger, order)

    users.compensate(BY + GRACE + MS)

    assert users.on_record(order).grant_state is GrantState.VOID
    assert (left(ledger), ledger.log("100001", 0, 9)) == (UNITS, [])


def test_of_a_claim_and_a_deadline_at_one_moment_one_is_done(ledger: Ledger) -> None:
    """Both have read the order; whoever writes first has it."""
    first, second = LAPSING, replace(LAPSING, order_id=8, idempotency_key="key-8")
    users = drawn(ledger, first, second)
    act = act_of_deadline(LAPSE, first, BY + MS)

    assert ledger.accept(first, BY + SECOND, BY)
    assert not ledger.lapse(first, act)
    assert not ledger.miss(first, "late", replace(act, what=MISS.name))
    assert ledger.lapse(second, act)
    assert not ledger.accept(second, BY + SECOND, BY)

    states = [users.on_record(order).grant_state for order in (first, second)]
    assert states == [GrantState.WAITING, GrantState.VOID]
    assert left(ledger) == UNITS - 1


def test_an_operator_gives_more_time_and_the_new_deadline_ends_as_the_first(ledger: Ledger) -> None:
    parked, lapsing = WAITING, replace(LAPSING, order_id=8, idempotency_key="key-8")
    users = drawn(ledger, parked, lapsing)
    ledger.miss(lapsing, "its unit could not go back", act_of_deadline(MISS, lapsing, BY + MS))
    users.compensate(BY + GRACE + MS)

    until = BY + SECOND + RECLAIM
    for order in (parked, lapsing):
        assert retry(users.on_record(order), "ann", "they were ill", ledger, BY + SECOND) is None
        assert (users.on_record(order).lane, users.on_record(order).accept_by) == (UNCLAIMED, until)
    assert isinstance(users.accept(parked, until), Order)
    users.compensate(until + GRACE + MS)

    states = [users.on_record(order).grant_state for order in (parked, lapsing)]
    assert states == [GrantState.WAITING, GrantState.VOID]


def test_a_parcel_waits_in_a_lane_of_its_own_and_is_packed_with_the_address_that_came_last(ledger: Ledger) -> None:
    users = drawn(ledger, PARCEL)
    assert users.on_record(PARCEL).lane == NO_ADDRESS

    first = users.give_address(PARCEL, BY)
    read_before = users.on_record(PARCEL)
    assert isinstance(first, Order)
    assert isinstance(users.give_address(PARCEL, BY + SECOND, name="Li"), Order)

    prizes = PhysicalPrizes(ledger)  # type: ignore[arg-type]
    assert prizes.grant(read_before, BY + SECOND) != Granted()
    users.distribute(PARCEL, BY + SECOND)

    found = users.on_record(PARCEL)
    assert (found.grant_state, found.address, found.addresses) == (GrantState.GRANTED, None, 2)
    (shipment,) = [item for item in ledger.items() if item["pk"]["S"].startswith("SHIPMENTS#")]
    assert shipment["address"]["M"]["name"] == {"S": "Li"}


# ---- One order keeps no other from its end


@dataclass
class Troubled(MemoryLedger):
    """Ends orders as it should, but for those in trouble: there the error comes, before the write or after it."""

    trouble: dict[int, Exception] = field(default_factory=dict)
    after: bool = False

    def lapse(self, order: Order, act: Act) -> bool:
        return self._troubled(order, lambda: MemoryLedger.lapse(self, order, act))

    def miss(self, order: Order, because: str, act: Act) -> bool:
        return self._troubled(order, lambda: MemoryLedger.miss(self, order, because, act))

    def _troubled(self, order: Order, change: Any) -> bool:
        error = self.trouble.pop(order.order_id, None)
        if error is not None and not self.after:
            raise error
        done = bool(change())
        if error is not None:
            raise error
        return done


def three(order: Order) -> list[Order]:
    """Return three orders like it, whose deadlines pass one after the other."""
    return [
        replace(order, order_id=n, idempotency_key=f"key-{n}", accept_by=BY + n * MS, due_at=BY + n * MS)
        for n in (7, 8, 9)
    ]


def ends(ledger: MemoryLedger, orders: list[Order]) -> list[GrantState]:
    return [ledger.orders_by_key[order.user_id, order.order_id].grant_state for order in orders]


@pytest.mark.parametrize("after", [False, True], ids=["before the write", "after it"])
@pytest.mark.parametrize("error", [RuntimeError("nobody foresaw it"), BusyError("held")], ids=["an error", "busy"])
@pytest.mark.parametrize(("order", "state"), OUTCOMES)
def test_one_order_in_trouble_stops_no_other_and_ends_with_the_next_run(
    order: Order, state: GrantState, error: Exception, after: bool
) -> None:
    ledger, orders = Troubled(after=after), three(order)
    users = drawn(ledger, *orders)
    ledger.trouble[7] = error

    report = users.compensate(BY + GRACE + SECOND)

    assert ends(ledger, orders) == [state if after else GrantState.WAITING, state, state]
    assert list(report.errors) == ([error] if isinstance(error, RuntimeError) else [])
    assert report.lanes_busy == isinstance(error, BusyError)
    users.compensate(BY + GRACE + 2 * SECOND)
    assert ends(ledger, orders) == [state] * 3
    assert left(ledger) == (UNITS if order.lapses else UNITS - 3)
    assert len(ledger.log("100001", 0, 9)) == 3 * order.lapses


def test_an_order_that_cannot_be_read_is_set_aside_and_ends_once_it_can_be() -> None:
    ledger, orders = MemoryLedger(), three(LAPSING)
    users = drawn(ledger, *orders)
    key = order_key("xiaofuge", 7)
    ledger.damage[key["pk"]["S"], key["sk"]["S"]] = "no order"

    report = users.compensate(BY + GRACE + SECOND)
    assert len(report.set_aside) == 1
    assert ends(ledger, orders) == [GrantState.WAITING, GrantState.VOID, GrantState.VOID]

    ledger.damage.clear()
    users.compensate(BY + GRACE + timedelta(days=1))  # it stands where it stood
    users.compensate(BY + GRACE + timedelta(days=1))
    assert ends(ledger, orders) == [GrantState.VOID] * 3


def test_a_unit_that_cannot_go_back_leaves_its_order_for_an_operator_and_the_others_end() -> None:
    ledger, orders = MemoryLedger(), three(LAPSING)
    users = drawn(ledger, *orders)
    broken = replace(orders[0], shard=4)
    ledger.put(broken)

    users.compensate(BY + GRACE + SECOND)

    assert ends(ledger, orders) == [GrantState.PARKED, GrantState.VOID, GrantState.VOID]
    because = users.on_record(broken).parked_because or ""
    assert because.startswith("it was not claimed until 2026-11-23T12:01:00.007000+00:00, and it cannot be void: ")


class Closed(MemoryLedger):
    """A lane cannot be read."""

    def due(self, lane: str, until: datetime, limit: int, after: Any = None) -> Any:
        if lane == NO_ADDRESS:
            raise BusyError(lane)
        return super().due(lane, until, limit, after)


def test_a_lane_that_cannot_be_read_stops_no_other_lane() -> None:
    ledger, parcel = Closed(), replace(PARCEL, order_id=8, idempotency_key="key-8")
    users = drawn(ledger, WAITING, parcel)

    report = users.compensate(BY + GRACE + SECOND)

    assert ends(ledger, [WAITING, parcel]) == [GrantState.PARKED, GrantState.WAITING]
    assert report.lanes_busy == 1


def run_out_of_time(users: Users, looks: int) -> Report:
    users.patience = Patience(looks=looks)
    try:
        return users.compensate(BY + GRACE + SECOND)
    finally:
        users.patience = Patience()


def test_a_run_out_of_time_leaves_the_rest_for_the_next() -> None:
    ledger, orders = MemoryLedger(), three(LAPSING)
    users = drawn(ledger, *orders)
    reports = []
    for looks in range(1, 200):
        reports.append(run_out_of_time(users, looks))
        if len({order.order_id for order in orders if users.on_record(order).grant_state is GrantState.VOID}) == 3:
            break

    assert sorted(len(report.lapsed) for report in reports if report.lapsed)[:1] == [1]
    assert sum(len(report.lapsed) for report in reports) == 3
    assert left(ledger) == UNITS


@pytest.mark.parametrize(("order", "state"), OUTCOMES)
def test_a_claim_that_began_in_time_is_taken_though_compensation_comes_between(order: Order, state: GrantState) -> None:
    ledger = MemoryLedger()
    users = drawn(ledger, order)
    look, compensated = ledger.order, list[Report]()

    def looked(user_id: str, order_id: int) -> Order | None:
        found = look(user_id, order_id)
        if not compensated:
            compensated.append(users.compensate(BY + GRACE))
        return found

    ledger.order = looked  # type: ignore[method-assign]
    claimed = in_time(users, order, BY)

    assert isinstance(claimed, Order)
    assert (compensated[0].parked, compensated[0].lapsed) == ((), ())
    assert users.on_record(order).accepted_at == BY
