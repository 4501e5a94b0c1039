"""The clock: whole milliseconds, and deadlines that know how much time is left."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from tombola.aws.clock import CONFLICT_SECONDS, conflict_deadline, deadline_in, deadline_of, utc_now


@dataclass
class Context:
    milliseconds: int

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


def test_now_is_in_utc_and_in_whole_milliseconds() -> None:
    for _ in range(100):
        now = utc_now()
        assert (now.utcoffset(), now.microsecond % 1000) == (timedelta(), 0)


@pytest.mark.parametrize(("seconds", "allowed"), [(4.9, True), (5.0, True), (5.1, False)])
def test_an_invocation_has_the_time_that_lambda_leaves_it(seconds: float, allowed: bool) -> None:
    assert deadline_of(Context(5000)).allows(seconds) is allowed


def test_a_deadline_comes_nearer_as_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([100.0, 101.0, 103.5])
    monkeypatch.setattr("time.monotonic", lambda: next(times))
    deadline = deadline_in(3.0)

    assert deadline.allows(2.0)
    assert not deadline.allows(0.0)


def test_a_write_tries_to_get_past_conflicts_for_a_moment_only() -> None:
    assert not conflict_deadline().allows(CONFLICT_SECONDS)
    assert conflict_deadline().allows(CONFLICT_SECONDS / 10)
