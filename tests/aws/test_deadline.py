"""Deadlines: pauses that grow, with jitter, while there is time."""

from tombola.aws.deadline import PAUSE_SECONDS, PAUSE_SECONDS_MAX, Deadline


def a_deadline(seconds: float, waits: list[float], chance: float = 1.0) -> Deadline:
    return Deadline(seconds_left=lambda: seconds - sum(waits), sleep=waits.append, chance=lambda: chance)


def test_each_pause_is_longer_up_to_a_limit() -> None:
    waits: list[float] = []
    deadline = a_deadline(60, waits)

    assert all(deadline.pause(tries) for tries in range(8))
    assert waits[:3] == [PAUSE_SECONDS, 2 * PAUSE_SECONDS, 4 * PAUSE_SECONDS]
    assert waits[-1] == PAUSE_SECONDS_MAX


def test_a_pause_is_jittered() -> None:
    waits: list[float] = []
    a_deadline(60, waits, chance=0.5).pause(0)

    assert waits == [PAUSE_SECONDS / 2]


def test_there_is_no_pause_when_there_is_no_time_for_it() -> None:
    waits: list[float] = []

    assert not a_deadline(PAUSE_SECONDS / 2, waits).pause(0)
    assert waits == []
