"""The table of refusals: status, code and field of each, as the design has them."""

import pytest

from builders import NOON
from tombola.rules import problem
from tombola.rules.problem import Problem


@pytest.mark.parametrize(
    ("refusal", "status", "code", "field", "words"),
    [
        (problem.malformed("facts", "facts must be …"), 400, "0002", "facts", "facts must be …"),
        (problem.unknown("activity", "100009"), 404, "0002", "activity_id", "'100009'"),
        (problem.unknown("order", "7"), 404, "0002", "order_id", "'7'"),
        (problem.not_open("100001", "CLOSE"), 409, "0001", None, "activity 100001 is in state CLOSE"),
        (problem.not_open_yet("100001", NOON), 409, "0001", None, "opens at 2026-11-23T12:00:00+00:00"),
        (problem.closed("100001", NOON), 409, "0001", None, "closed at 2026-11-23T12:00:00+00:00"),
        (problem.quota_used_up("100001", 10), 409, "0004", "user_id", "all 10 draws that activity 100001 allows"),
        (problem.another_request(), 422, "0003", "Idempotency-Key", "a new draw needs a new key"),
        (problem.busy(), 503, "0001", None, "a draw with the same Idempotency-Key"),
    ],
)
def test_each_refusal_has_its_status_code_and_field(
    refusal: Problem, status: int, code: str, field: str | None, words: str
) -> None:
    assert (refusal.status, refusal.code, refusal.field) == (status, code, field)
    assert words in refusal.detail


def test_the_titles_tell_the_refusals_apart() -> None:
    refusals = [
        problem.malformed("facts", ""),
        problem.unknown("activity", ""),
        problem.unknown("order", ""),
        problem.not_open("", ""),
        problem.not_open_yet("", NOON),
        problem.closed("", NOON),
        problem.quota_used_up("", 1),
        problem.another_request(),
        problem.busy(),
    ]

    assert len({refusal.title for refusal in refusals}) == len(refusals)


def test_a_name_that_is_unknown_is_told_shortened_and_without_control_characters() -> None:
    detail = problem.unknown("activity", "\n" + "x" * 10_000).detail

    assert detail == "there is no activity '\\n" + "x" * 63 + "'"
