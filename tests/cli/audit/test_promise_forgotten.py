"""The auditor counts what is left of forgotten users, and accepts no tombstone that is not somebody's draw."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from builders import NOON
from campaign import BALANCED, RICH, SINGLE, Campaign, a_campaign, told
from code_pools import POOL, an_order_of_a_code
from tombola.aws.code_items import used_item, used_key
from tombola.aws.items import number, order_item, quota_key
from tombola.aws.tombstone_items import tombstone_item
from tombola.rules.order import GrantState
from tombola.rules.tombstone import tombstone_of
from tombola_cli.audit.promise_codes import each_code_is_one_orders
from tombola_cli.audit.snapshot import books_of

USER = "xiaofuge"


@pytest.fixture
def books() -> Campaign:
    return a_campaign()


def forget(books: Campaign, name: str) -> dict[str, Any]:
    """Erase an order of the campaign as it stands, and return its tombstone."""
    order = books.orders[name]
    item = books.order(name)
    granted: dict[str, Any] = {
        "grant_state": GrantState(int(item["grant_state"]["N"])),
        "grants": int(item["grants"]["N"]),
    }
    tombstone = tombstone_item(tombstone_of(replace(order, **granted)), f"chance-{name}")
    books.items.remove(item)
    books.items.append(tombstone)
    return tombstone


def mark(books: Campaign, activity_id: str) -> None:
    books.item(quota_key(USER, activity_id))["forgetting"] = number(1)


def what(books: Campaign) -> list[str]:
    return [breach.what for breach in books.audit().breaches]


def test_books_of_a_forgotten_user_balance_and_say_how_many_draws_are_forgotten(books: Campaign) -> None:
    forget(books, "granted")
    forget(books, "lost")
    mark(books, SINGLE)

    assert books.audit() == replace(BALANCED, draws=9, won=8, lost=1, granted=2, forgotten=2)


def test_a_tombstone_that_nobody_counts_would_be_a_unit_without_a_user(books: Campaign) -> None:
    tombstone = forget(books, "granted")
    mark(books, SINGLE)
    books.items.remove(tombstone)

    assert {breach.promise for breach in books.audit().breaches} == {"P1", "P2"}
    assert books.audit().unaccounted > 0


def test_a_unit_of_the_cap_stays_taken_when_its_draw_is_forgotten(books: Campaign) -> None:
    tombstone = forget(books, "fallback")
    mark(books, RICH)
    tombstone.update(grant_state=number(3))  # it was given up
    assert what(books) == []

    del tombstone["cap_shard"]

    assert what(books) == ["+1 units gone without a winner", "its activity has a cap, and it took no unit of it"]


def test_a_prize_that_was_given_up_with_its_user_is_back_in_stock_in_public(books: Campaign) -> None:
    forget(books, "parked")
    mark(books, SINGLE)
    assert what(books) == ["+1 units gone without a winner", "1 returned units missing in the log"]

    books.log_return().edit_stock(20, 18)

    assert books.audit().breaches == ()


FALSIFIED: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "while its prize waited": (lambda item: item.update(grant_state=number(0), grants=number(0)), "grant_state 0, won"),
    "while it was parked": (lambda item: item.update(grant_state=number(2), grants=number(0)), "grant_state 2, won"),
    "granted twice": (lambda item: item.update(grants=number(2)), "2 grants in grant_state 1"),
    "granted and never counted": (lambda item: item.update(grants=number(0)), "0 grants in grant_state 1"),
    "without its award": (lambda item: item.pop("award_id"), "forgotten in grant_state 1, won"),
    "without its unit": (lambda item: item.pop("shard"), "it won a limited award and took no unit"),
}


@pytest.mark.parametrize("name", FALSIFIED)
def test_a_tombstone_of_no_draw_that_could_be_forgotten_is_a_breach(books: Campaign, name: str) -> None:
    falsify, told_of_it = FALSIFIED[name]
    tombstone = forget(books.forget_answers(), "granted")
    mark(books, SINGLE)

    falsify(tombstone)

    found = books.audit().breaches
    assert any(told_of_it in breach.what for breach in found)
    assert all(breach.promise in ("P2", "P3") for breach in found)


def test_a_lost_draw_that_has_an_award_after_all_is_a_breach(books: Campaign) -> None:
    tombstone = forget(books.forget_answers(), "lost")
    mark(books, SINGLE)

    tombstone["award_id"] = {"S": "2"}

    assert "forgotten in grant_state 0, lost" in what(books)


# ---- Quotas and numbered draws


def test_a_quota_whose_draws_are_being_erased_is_not_compared_with_them(books: Campaign) -> None:
    forget(books, "granted")
    assert [breach.promise for breach in books.audit().breaches] == ["P4"]

    mark(books, SINGLE)

    assert books.audit().balanced


def test_a_quota_is_left_by_itself_when_a_run_ends_before_it(books: Campaign) -> None:
    for name in ("granted", "waiting", "parked", "unlimited", "lost"):
        forget(books, name)
    books.forget_answers().log_return().log_return().edit_stock(20, 19)
    mark(books, SINGLE)

    assert books.audit().balanced

    del books.item(quota_key(USER, SINGLE))["forgetting"]
    assert what(books) == ["draws counted that nobody made"]


def test_a_gap_in_a_users_numbered_draws_is_one_only_while_they_are_not_being_erased(books: Campaign) -> None:
    forget(books, "fallback").update(grant_state=number(3))
    assert "the user's draws are not numbered one after the other" in what(books)

    mark(books, RICH)

    assert books.audit().balanced


def test_a_limit_holds_for_the_draws_that_are_left_as_well(books: Campaign) -> None:
    forget(books, "granted")
    mark(books, SINGLE)
    books.item({"pk": {"S": f"ACTIVITY#{SINGLE}"}, "sk": {"S": "CONFIG"}})["quotas"] = {"M": {"activity": number(3)}}

    assert "4 draws of 3" in what(books)


# ---- Answers that forgotten users were told


def test_two_answers_of_one_forgotten_draw_need_one_tombstone(books: Campaign) -> None:
    forget(books, "granted")
    mark(books, SINGLE)
    assert len([each for each in books.answers if each == told(books.orders["granted"])]) == 1
    assert len(books.answers) == len(books.orders) + 1  # the granted one was asked twice

    assert books.audit().balanced


def test_each_tombstone_bears_out_one_draw(books: Campaign) -> None:
    forget(books, "granted")
    mark(books, SINGLE)
    lost_one = books.order("waiting")
    books.items.remove(lost_one)
    books.edit_stock(20, 18)

    assert [breach.promise for breach in books.audit().breaches] == ["P1"]


@pytest.mark.parametrize(
    "told_instead",
    [{"outcome": "lost", "award": None}, {"activity_id": RICH}, {"user_id": "fustack"}, {"order_id": "1"}],
    ids=["another outcome", "another activity", "another user", "another order"],
)
def test_an_answer_that_contradicts_its_tombstone_breaks_p1(books: Campaign, told_instead: dict[str, Any]) -> None:
    forget(books, "granted")
    mark(books, SINGLE)

    books.edit_answer("granted", **told_instead)

    assert {breach.promise for breach in books.audit().breaches} == {"P1"}


def test_two_answers_that_contradict_each_other_are_not_both_borne_out(books: Campaign) -> None:
    forget(books, "granted")
    mark(books, SINGLE)
    answer = told(books.orders["granted"])
    books.answers.append(replace(answer, order={**answer.order, "outcome": "fallback"}))

    assert {breach.promise for breach in books.audit().breaches} == {"P1"}


# ---- Used codes without an owner


def codes(*tombstones: dict[str, Any], disowned: int) -> list[str]:
    used = [
        used_key(POOL, f"CODE-{each}") | {"forgotten": number(1)}
        if each < disowned
        else used_item(POOL, f"CODE-{each}", an_order_of_a_code(each), NOON)
        for each in range(2)
    ]
    owned = [
        order_item(an_order_of_a_code(each, grant_state=GrantState.GRANTED, grants=1, content=f"CODE-{each}"))
        for each in range(disowned, 2)
    ]
    return [breach.what for breach in each_code_is_one_orders(books_of([*used, *owned, *tombstones]))]


def a_tombstone(name: str = "chance", **changes: Any) -> dict[str, Any]:
    granted: dict[str, Any] = {"grant_state": GrantState.GRANTED, "grants": 1, **changes}
    return tombstone_item(tombstone_of(an_order_of_a_code(0, **granted)), name)


def test_a_code_that_is_nobodys_any_more_belongs_to_a_tombstone() -> None:
    assert codes(disowned=0) == []
    assert codes(a_tombstone(), disowned=1) == []
    assert codes(a_tombstone("one"), a_tombstone("two"), disowned=2) == []


def test_a_code_that_lost_its_owner_without_a_tombstone_is_a_breach() -> None:
    assert codes(a_tombstone(), disowned=2) == ["2 used codes are nobody's, and 1 forgotten orders had one"]
    assert codes(disowned=1) == ["1 used codes are nobody's, and 0 forgotten orders had one"]


def test_a_tombstone_of_a_code_that_was_given_up_or_still_has_its_owner_is_told() -> None:
    assert codes(a_tombstone(), disowned=0) == ["0 used codes are nobody's, and 1 forgotten orders had one"]
    assert codes(a_tombstone(grant_state=GrantState.PARKED, grants=0), disowned=0) == []
