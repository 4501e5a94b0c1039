"""A stack's books are audited whole or not at all; what cannot be judged is told, and what passes is no breach."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from builders import NOON, SECOND, SEED, an_activity, an_order
from desk import Desk, a_desk
from tombola.aws.activity_items import activity_item
from tombola.aws.items import number, order_item
from tombola_cli.errors import TombolaError
from tombola_cli.operate import stack_books
from tombola_cli.operate.stack_books import Audited, audited, size_of
from tombola_cli.screens import audit_sheets, plain

HURT: dict[str, Any] = {"shard": None}  # a unit that is not taken from a stock that is limited
OVERSOLD = ("P2", "left 9 of 5")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        desk.now = NOON + 60 * SECOND
        yield desk


def put_stock(desk: Desk, left: int) -> None:
    desk.ledger.put_item(
        {
            "pk": {"S": "STOCK#100001#3#00"},
            "sk": {"S": "STOCK"},
            "initial": number(5),
            "left": number(left),
            "version": number(1),
        }
    )


def broken(found: Audited) -> set[tuple[str, str]]:
    return {(breach.promise, breach.what) for breach in found.verdict.breaches}


def test_a_breach_that_lasts_is_told_with_its_promise(desk: Desk) -> None:
    put_stock(desk, 9)
    found = audited(desk.stack)
    assert OVERSOLD in broken(found)
    document = plain.document(audit_sheets.verdict(found))
    assert '"balanced": false' in document
    assert found.passing == 0


def test_what_only_the_first_look_finds_is_no_breach(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    put_stock(desk, 9)
    looked: Callable[..., Audited] = stack_books._looked

    def looked_and_mended(*given: Any) -> Audited:
        found = looked(*given)
        put_stock(desk, 5)
        return found

    monkeypatch.setattr(stack_books, "_looked", looked_and_mended)
    found = audited(desk.stack)
    assert found.verdict.balanced
    assert found.passing == 1
    assert "only the first look found a breach" in str(audit_sheets.verdict(found))


def test_an_item_that_cannot_be_read_is_told_and_stops_nobody(desk: Desk) -> None:
    put_stock(desk, 9)
    desk.ledger.put_item(order_item(an_order(2)) | {"claims": number(-1)})
    found = audited(desk.stack)
    assert [item.sk for item in found.unreadable] == [order_item(an_order(2))["sk"]["S"]]
    assert OVERSOLD in broken(found)


def test_results_whose_seed_is_secret_are_told_as_not_audited(desk: Desk) -> None:
    desk.ledger.put_item(activity_item(an_activity(activity_id="secret")))
    desk.ledger.put_item(activity_item(an_activity(activity_id="told", seed=SEED)))
    assert audited(desk.stack).unrevealed == ("secret",)


def test_more_items_than_the_memory_holds_are_not_audited(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put(an_order(1), an_order(2))
    monkeypatch.setattr(stack_books, "ITEMS_MAX", 1)
    for look in (size_of, audited):
        with pytest.raises(TombolaError, match="nothing is audited"):
            look(desk.stack)


def test_a_table_that_has_grown_since_it_was_counted_is_given_up_at_the_bound(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put(an_order(1), an_order(2))
    monkeypatch.setattr(stack_books, "ITEMS_MAX", 1)
    monkeypatch.setattr(stack_books, "size_of", lambda _: stack_books.TableSize(1, 400))
    with pytest.raises(TombolaError, match="2 items or more"):
        audited(desk.stack)


def test_what_the_auditor_cannot_read_is_told_without_its_words(desk: Desk) -> None:
    desk.ledger.put_item({"pk": {"S": "STOCK#100001#3#00"}, "sk": {"S": "STOCK"}})
    with pytest.raises(TombolaError, match=r"an item that it cannot read \(KeyError\)"):
        audited(desk.stack)


def test_progress_is_told_in_items(desk: Desk) -> None:
    put_stock(desk, 5)
    desk.put(an_order(1))
    told: list[tuple[int, int]] = []
    audited(desk.stack, lambda *done: told.append(done))
    assert told[:2] == [(1, 2), (2, 2)]


def test_the_cost_is_that_of_a_consistent_scan() -> None:
    assert stack_books.TableSize(3, 4097).read_units == 2
