"""The table of refusals: status, code and field of each, as the design has them."""

from datetime import datetime

import pytest

from builders import NOON
from tombola.rules import problem
from tombola.rules.problem import Problem
from tombola.rules.quota import Period

REFUSALS = [
    (problem.malformed("facts", "facts must be …"), 400, "0002", "facts", "facts must be …"),
    (problem.unknown("activity", "100009"), 404, "0002", "activity_id", "'100009'"),
    (problem.unknown("tree", "7"), 404, "0002", "tree_id", "there is no tree '7'"),
    (problem.unknown("order", "7"), 404, "0002", "order_id", "'7'"),
    (problem.not_open("100001", "CLOSE"), 409, "0001", None, "activity 100001 is in state CLOSE"),
    (problem.not_open_yet("100001", NOON), 409, "0001", None, "opens at 2026-11-23T12:00:00+00:00"),
    (problem.closed("100001", NOON), 409, "0001", None, "closed at 2026-11-23T12:00:00+00:00"),
    (problem.blocked("100001"), 409, "0001", "user_id", "activity 100001 is not open to this user"),
    (problem.quota_used_up("100001", Period.ACTIVITY, 10, None), 409, "0004", "user_id", "10 draws in all"),
    (problem.quota_used_up("100001", Period.MONTH, 5, NOON), 409, "0004", "user_id", "5 draws a month"),
    (problem.quota_used_up("100001", Period.DAY, 2, NOON), 409, "0004", "user_id", "2 draws a day"),
    (problem.cap_reached("100001", 1000), 409, "D004", None, "all 1000 draws of activity 100001 are made"),
    (problem.no_activity("7", "12", "the fact age is missing"), 422, "D002", "facts", "node 12: the fact age is"),
    (problem.another_request(), 422, "0003", "Idempotency-Key", "a new draw needs a new key"),
    (problem.somebody_else(), 403, None, "user_id", "the token is another user's"),
    (problem.busy(), 503, "0001", None, "a draw with the same Idempotency-Key"),
]


@pytest.mark.parametrize(("refusal", "status", "code", "field", "words"), REFUSALS)
def test_each_refusal_has_its_status_code_and_field(
    refusal: Problem, status: int, code: str | None, field: str | None, words: str
) -> None:
    assert (refusal.status, refusal.code, refusal.field) == (status, code, field)
    assert words in refusal.detail


def test_the_titles_tell_the_refusals_apart() -> None:
    titles = [refusal.title for refusal, *_ in REFUSALS]

    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("period", "renews", "detail"),
    [
        (Period.ACTIVITY, None, "allows a user 2 draws in all, and all are used up; it does not renew"),
        (Period.MONTH, NOON, "allows a user 2 draws a month, and all are used up; it renews at 2026-11-23T12:00:00+"),
        (Period.DAY, NOON, "allows a user 2 draws a day, and all are used up; it renews at 2026-11-23T12:00:00+00:00"),
    ],
)
def test_a_used_up_quota_says_which_it_is_and_when_it_renews(
    period: Period, renews: datetime | None, detail: str
) -> None:
    refusal = problem.quota_used_up("100001", period, 2, renews)

    assert refusal.title == f"quota of the {period.name} used up"
    assert detail in refusal.detail


def test_who_is_blocked_is_not_told_who_else_is() -> None:
    assert problem.blocked("100001").detail == "activity 100001 is not open to this user"


def test_a_name_that_is_unknown_is_told_shortened_and_without_control_characters() -> None:
    detail = problem.unknown("activity", "\n" + "x" * 10_000).detail

    assert detail == "there is no activity '\\n" + "x" * 63 + "'"
