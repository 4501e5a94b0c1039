"""One contract for the lanes of the index, on the in-memory twin and on DynamoDB: entries, pages, and what is aside."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from builders import NOON, SECOND, an_activity, an_order
from fakes import MemoryLedger
from tables import TableLedger, orders_due
from tombola.aws.items import order_item
from tombola.rules.activity_states import ActivityState
from tombola.rules.due import ACTIVITIES, Standing
from tombola.rules.order import GrantState, Order
from tombola.rules.unreadable import UNREADABLE, Aside

Ledger = MemoryLedger | TableLedger
LATER, MUCH_LATER = NOON + 60 * SECOND, NOON + 600 * SECOND


def only(ledger: Ledger, lane: str = "7", until: datetime = LATER) -> Standing:
    (entry,) = ledger.due(lane, until, limit=10).entries
    return entry


def aside(ledger: Ledger) -> Aside:
    (found,) = ledger.asides(MUCH_LATER, limit=10)
    return found


def test_a_lane_is_read_page_by_page_and_what_has_moved_meanwhile_does_not_shift_the_next(ledger: Ledger) -> None:
    for number in range(5):
        ledger.put(an_order(7 + 128 * number, due_at=NOON + number * SECOND))
    first = ledger.due("7", LATER, limit=2)
    ledger.set_aside(first.entries[0], MUCH_LATER)
    second = ledger.due("7", LATER, limit=2, after=first)
    third = ledger.due("7", LATER, limit=2, after=second)

    ids = [[int(entry.sk[-4:]) for entry in page.entries] for page in (first, second, third)]
    assert ids == [[7, 135], [263, 391], [519]]
    assert third.then is None


def test_an_entry_leads_to_what_stands_there_now_and_to_nothing_when_it_is_gone(ledger: Ledger) -> None:
    order, activity = an_order(), an_activity(state=ActivityState.PASS)
    ledger.put(order)
    ledger.apply(activity, {})
    entries = [only(ledger), only(ledger, ACTIVITIES, NOON)]
    ledger.grant(order, LATER)
    gone = Standing(pk="USER#nobody", sk=entries[0].sk, lane="7", due_at="1", at=None)

    (_, granted), (_, found) = ledger.standing([*entries, gone])

    assert isinstance(granted, Order)
    assert (granted.grant_state, found) == (GrantState.GRANTED, activity)


def test_two_entries_of_one_item_which_moved_meanwhile_both_lead_to_it(ledger: Ledger) -> None:
    order = an_order()
    ledger.put(order)
    entry = only(ledger)
    earlier = replace(entry, due_at="1", at=None)

    assert ledger.standing([earlier, entry]) == [(earlier, order), (entry, order)]


def test_a_time_that_nobody_waits_for_is_never_and_not_due(ledger: Ledger) -> None:
    if isinstance(ledger, MemoryLedger):
        return  # a value in memory has no such time
    times = {7: "253402300799999", 135: "9" * 38, 263: "221845392000000", 391: "221845391999999"}
    for order_id, due_at in times.items():
        ledger.put_item(order_item(an_order(order_id)) | {"due_at": {"N": due_at}})

    assert [int(entry.sk[-4:]) for entry in ledger.never("7", limit=10).entries] == [263, 7, 135]
    assert [entry.at for entry in ledger.never("7", limit=10).entries] == [None] * 3


def test_what_is_set_aside_leaves_its_lane_and_comes_back_to_where_it_stood(ledger: Ledger) -> None:
    ledger.put(an_order())
    before = only(ledger)

    assert ledger.set_aside(before, MUCH_LATER)
    assert orders_due(ledger, "7", MUCH_LATER) == []
    assert ledger.asides(LATER, limit=10) == []
    found = aside(ledger)
    assert (found.lane, found.due_at, found.because) == ("7", before.at, None)
    assert ledger.give_back(found, before.at or NOON)
    assert only(ledger) == before
    assert orders_due(ledger, UNREADABLE, MUCH_LATER) == []


MOVES: dict[str, Callable[[Ledger], bool]] = {
    "set aside": lambda ledger: ledger.set_aside(only(ledger), LATER),
    "put off": lambda ledger: ledger.put_off(only(ledger), LATER),
    "given back": lambda ledger: ledger.set_aside(only(ledger), LATER) and ledger.give_back(aside(ledger), NOON),
}


@pytest.mark.parametrize("name", MOVES)
def test_an_item_that_is_moved_between_lanes_wakes_no_stream(ledger: Ledger, name: str) -> None:
    ledger.put(an_order(wake=True))

    assert MOVES[name](ledger)
    (item,) = [item for item in ledger.items() if item["sk"]["S"].startswith("ORDER#")]
    assert "wake" not in item


def test_what_has_moved_on_is_not_set_aside(ledger: Ledger) -> None:
    order = an_order()
    ledger.put(order)
    before = only(ledger)
    ledger.claim(order, MUCH_LATER)

    assert not ledger.set_aside(before, MUCH_LATER)
    assert orders_due(ledger, "7", MUCH_LATER) == [7]


def test_what_cannot_be_read_yet_is_looked_at_again_later(ledger: Ledger) -> None:
    ledger.put(an_order())
    ledger.set_aside(only(ledger), LATER)
    found = ledger.asides(LATER, limit=10)[0]

    assert ledger.put_off(found.standing, MUCH_LATER)
    assert ledger.asides(LATER, limit=10) == []
    assert aside(ledger).lane == "7"


def test_what_is_put_off_stays_in_its_lane_and_is_due_then(ledger: Ledger) -> None:
    ledger.apply(an_activity(state=ActivityState.PASS, begin=NOON, end=LATER), {})
    before = only(ledger, ACTIVITIES)

    assert ledger.put_off(before, MUCH_LATER)
    assert ledger.due(ACTIVITIES, LATER, limit=10).entries == ()
    assert only(ledger, ACTIVITIES, MUCH_LATER).at == MUCH_LATER
    assert not ledger.put_off(before, LATER)


@pytest.mark.parametrize("state", [ActivityState.PASS, ActivityState.DOING])
def test_an_activity_is_set_aside_and_given_back_like_an_order(ledger: Ledger, state: ActivityState) -> None:
    ledger.apply(an_activity(state=state, begin=NOON, end=LATER), {})
    before = only(ledger, ACTIVITIES, MUCH_LATER)

    assert ledger.set_aside(before, MUCH_LATER)
    found = aside(ledger)
    assert (found.lane, found.because) == (ACTIVITIES, None)
    assert ledger.give_back(found, before.at or NOON)
    assert only(ledger, ACTIVITIES, MUCH_LATER) == before


def test_a_grant_takes_an_order_out_of_the_lane_it_was_set_aside_to(ledger: Ledger) -> None:
    order = an_order()
    ledger.put(order)
    ledger.set_aside(only(ledger), MUCH_LATER)

    assert ledger.grant(order, LATER)
    assert orders_due(ledger, UNREADABLE, MUCH_LATER) == []


def test_a_grant_that_is_begun_is_counted_once_for_who_saw_it_last(ledger: Ledger) -> None:
    order = an_order()
    ledger.put(order)

    assert ledger.begin(order)
    assert not ledger.begin(order)
    assert ledger.order("xiaofuge", 7) == an_order(begun=1)
    assert ledger.begin(an_order(begun=1))
    assert ledger.postpone(an_order(begun=2), "down", LATER, NOON)
    failed = ledger.order("xiaofuge", 7)
    assert failed is not None
    assert (failed.begun, failed.failures) == (0, 1)
