"""What a draw costs in write units: a lost one no index at all, a win one entry in each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import boto3
import pytest

from builders import NOON, SECOND, a_count, a_lost_order, an_activity, an_order
from emulated_aws import emulated_aws
from tables import INDEXES, TableLedger
from tombola.rules.order import Order
from tombola_cli.files.repository import ROOT

TRANSACTED, ALONE = 2, 1  # write units of an item below 1 KB
WON = an_order(7, win="100001#00")

Images = dict[tuple[str, str], Mapping[str, Any]]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[TableLedger]:
    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with emulated_aws():
        made = TableLedger(boto3.client("dynamodb"))
        made.apply(an_activity(), {("3", 0): 9})
        yield made


def images_of(table: TableLedger) -> Images:
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in table.items()}


def units_of(table: TableLedger, write: Callable[[], object], each: int) -> int:
    """Return the write units of what write changes: each item, and each entry of an index that comes, goes or moves."""
    before = images_of(table)
    write()
    after = images_of(table)
    changed = [key for key in before | after if before.get(key) != after.get(key)]
    places = [
        (place(before.get(key, {}), index), place(after.get(key, {}), index)) for key in changed for index in INDEXES
    ]
    return each * len(changed) + sum((was is not None) + (now is not None) for was, now in places if was != now)


def place(item: Mapping[str, Any], index: str) -> tuple[Any, ...] | None:
    """Return where an index has its entry of item, None if it has none."""
    names = INDEXES[index]
    return tuple(map(item.get, names)) if all(name in item for name in names) else None


def drawn(table: TableLedger, order: Order) -> int:
    return units_of(table, lambda: table.record(order, a_count(10)), TRANSACTED)


def sent(table: TableLedger, order: Order) -> int:
    return units_of(table, lambda: table.mark_sent(order, NOON), ALONE)


def granted(table: TableLedger, order: Order) -> int:
    return units_of(table, lambda: table.grant(order, NOON + SECOND), ALONE)


def test_a_lost_draw_costs_its_order_and_its_quota_and_nothing_for_any_index(table: TableLedger) -> None:
    assert drawn(table, a_lost_order(7)) == 4


def test_a_win_costs_one_unit_for_the_index_of_wins_and_one_for_that_of_what_is_due(table: TableLedger) -> None:
    assert drawn(table, WON) + sent(table, WON) == 9


def test_nothing_that_follows_a_win_writes_the_index_of_wins_again(table: TableLedger) -> None:
    assert drawn(table, WON) + sent(table, WON) + granted(table, WON) == 11


def test_before_there_was_an_index_of_wins_a_win_cost_one_unit_less(table: TableLedger) -> None:
    assert drawn(table, an_order(7)) + sent(table, an_order(7)) == 8


def test_the_page_of_transports_tells_what_a_win_costs_on_each(table: TableLedger) -> None:
    marked, carried, lost = replace(WON, order_id=8), replace(WON, order_id=9, wake=True), a_lost_order(10)
    by_queue, by_stream = drawn(table, marked) + sent(table, marked), drawn(table, carried)

    page = (ROOT / "docs/transports.md").read_text("utf-8").replace("\n", " ")
    told = f"A win costs {by_queue} write units by a queue and {by_stream} by a stream, and a text's grant"
    assert f"{told} {granted(table, carried)} more; a lost draw costs {drawn(table, lost)} on each." in page


def test_where_a_stream_carries_it_a_win_costs_no_mark(table: TableLedger) -> None:
    win = replace(WON, wake=True)

    assert (drawn(table, win), granted(table, win)) == (8, 2)


def test_before_there_was_an_index_of_wins_a_stream_cost_seven_units_and_nine_with_the_grant(
    table: TableLedger,
) -> None:
    win = an_order(7, wake=True)

    assert drawn(table, a_lost_order(8)) == 4
    assert drawn(table, win) == 7
    assert granted(table, win) == 2
