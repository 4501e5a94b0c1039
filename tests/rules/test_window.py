"""When an activity starts and closes by itself."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON, a_request, an_activity
from tombola.rules.activity_states import Action, ActivityState, move
from tombola.rules.admission import refuse_draw
from tombola.rules.window import START_AHEAD, due_at, next_action

EDIT, ARRAIGNMENT, REVOKE, PASS, DOING, REFUSE, CLOSE, OPEN = ActivityState
MICRO, MILLI = timedelta(microseconds=1), timedelta(milliseconds=1)
BEGIN, END = NOON - timedelta(days=1), NOON + timedelta(days=1)
AHEAD = timedelta(seconds=90)
FAR = timedelta(days=999)


@pytest.mark.parametrize(
    ("state", "due"),
    [(PASS, BEGIN - AHEAD), (OPEN, BEGIN - AHEAD), (DOING, END + MILLI)]
    + [(state, None) for state in (EDIT, ARRAIGNMENT, REVOKE, REFUSE, CLOSE)],
)
def test_an_activity_is_due_ahead_of_its_begin_and_after_its_end(state: ActivityState, due: datetime | None) -> None:
    assert due_at(an_activity(state=state)) == due


@pytest.mark.parametrize(
    ("state", "now", "action"),
    [
        *[
            (state, now, action)
            for state in (PASS, OPEN)
            for now, action in (
                (BEGIN - FAR, None),
                (BEGIN - AHEAD - MICRO, None),
                (BEGIN - AHEAD, Action.START),
                (BEGIN, Action.START),
                (NOON, Action.START),
                (END, Action.START),
                (END + MICRO, Action.CLOSE),  # nobody came by while it could be drawn
                (END + FAR, Action.CLOSE),
            )
        ],
        (DOING, BEGIN - AHEAD, None),
        (DOING, NOON, None),
        (DOING, END, None),
        (DOING, END + MILLI - MICRO, None),
        (DOING, END + MILLI, Action.CLOSE),
        (DOING, END + FAR, Action.CLOSE),
        *[
            (state, now, None)
            for state in (EDIT, ARRAIGNMENT, REVOKE, REFUSE, CLOSE)
            for now in (BEGIN - AHEAD, NOON, END + MILLI, END + FAR)
        ],
    ],
)
def test_compensation_starts_and_closes_in_time(state: ActivityState, now: datetime, action: Action | None) -> None:
    assert next_action(an_activity(state=state), now) is action


moments = st.timedeltas(timedelta(days=-3), timedelta(days=3)).map(lambda offset: NOON + offset) | st.sampled_from(
    [edge + by for edge in (BEGIN - AHEAD, BEGIN, END) for by in (-MILLI, -MICRO, 0 * MICRO, MICRO, MILLI)]
)


@given(st.sampled_from(ActivityState), moments)
def test_doing_what_is_due_ends_where_nothing_is_due(state: ActivityState, now: datetime) -> None:
    activity = an_activity(state=state)

    for _ in range(2):
        action = next_action(activity, now)
        if action is not None:  # and it is legal
            activity = replace(activity, state=move(activity.state, action).state_to)

    assert next_action(activity, now) is None
    due = due_at(activity)
    assert due is None or due > now


@given(st.sampled_from([PASS, OPEN, DOING]), moments)
def test_who_comes_every_minute_leaves_no_moment_of_the_window_out(state: ActivityState, now: datetime) -> None:
    """An activity that was looked at at most 80 seconds ago, 60 by the clock and 20 late, is drawn in its window."""
    before = now - timedelta(seconds=80)
    activity = an_activity(state=state)
    action = next_action(activity, before)
    if action is not None:
        activity = replace(activity, state=move(activity.state, action).state_to)

    if BEGIN <= now <= END and state is not DOING:
        assert refuse_draw(activity, a_request(), now) is None


def test_an_activity_starts_so_early_that_a_minute_and_a_remembered_state_fit_in() -> None:
    assert timedelta(seconds=60 + 10) <= START_AHEAD
