"""Which part of a list is asked for: what may stand in the address, and what is refused by name."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON, an_order
from tombola.rules.page import PageRequest, number_after, page_size, place_after, place_of
from tombola.rules.problem import Problem

ODD = ["", " 1", "1 ", "1\n", "+1", "1.0", "1e1", "0x1", "x", "\u0661", "\uff11"]


@pytest.mark.parametrize(
    ("limit", "size"), [(None, 20), ("1", 1), ("20", 20), ("99", 99), ("100", 100), ("007", 7), ("0" * 14 + "1", 1)]
)
def test_a_page_holds_twenty_or_what_is_asked_for(limit: str | None, size: int) -> None:
    assert page_size(PageRequest(limit=limit)) == size


@pytest.mark.parametrize("limit", ["0", "000", "101", "-1", "9" * 15, "1" * 16, "9" * 5_000, *ODD])
def test_no_page_or_too_long_a_page_is_refused_by_name(limit: str) -> None:
    problem = page_size(PageRequest(limit=limit))

    assert isinstance(problem, Problem)
    assert (problem.status, problem.code, problem.field) == (400, "0002", "limit")
    assert problem.detail == "limit must be 1 to 100"


@pytest.mark.parametrize(("after", "number"), [(None, 0), ("0", 0), ("7", 7), ("9" * 15, 10**15 - 1)])
def test_a_log_is_read_on_from_the_number_of_an_entry(after: str | None, number: int) -> None:
    assert number_after(PageRequest(after=after)) == number


@pytest.mark.parametrize("after", ["-1", "1" * 16, "9" * 5_000, "1-2", *ODD])
def test_any_other_place_in_a_log_is_refused_by_name(after: str) -> None:
    problem = number_after(PageRequest(after=after))

    assert isinstance(problem, Problem)
    assert (problem.status, problem.code, problem.field) == (400, "0002", "after")


@pytest.mark.parametrize(
    ("after", "place"),
    [(None, None), ("1795435200000-7", (1795435200000, 7)), ("0-0", (0, 0)), ("1-" + "9" * 19, (1, 10**19 - 1))],
)
def test_draws_are_read_on_from_a_time_and_an_id(after: str | None, place: tuple[int, int] | None) -> None:
    assert place_after(PageRequest(after=after)) == place


@pytest.mark.parametrize(
    "after", ["-", "1-", "-1", "1", "1-2-3", "1--2", "-1-2", "1-2\n", "1" * 16 + "-1", "1-" + "1" * 20, *ODD]
)
def test_any_other_place_among_draws_is_refused_by_name(after: str) -> None:
    problem = place_after(PageRequest(after=after))

    assert isinstance(problem, Problem)
    assert (problem.status, problem.code, problem.field) == (400, "0002", "after")
    assert problem.detail == "after must be the `next` of a page before"


def test_a_page_says_nothing_of_its_end_to_the_other() -> None:
    assert page_size(PageRequest(after="x")) == 20
    assert number_after(PageRequest(limit="x")) == 0


def test_draws_are_sorted_by_time_and_then_by_id() -> None:
    later = NOON + timedelta(milliseconds=1)
    orders = [an_order(1, drawn_at=later), an_order(9), an_order(2)]

    assert [order.order_id for order in sorted(orders, key=place_of)] == [2, 9, 1]
    assert place_of(an_order(7)) == (1795435200000, 7)


@given(st.integers(0, 4 * 10**12), st.integers(0, 2**63 - 1))
def test_the_place_of_any_draw_can_be_asked_for(milliseconds: int, order_id: int) -> None:
    drawn_at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)

    place = place_of(an_order(order_id, drawn_at=drawn_at))

    assert place == (milliseconds, order_id)
    assert place_after(PageRequest(after="{}-{}".format(*place))) == place
