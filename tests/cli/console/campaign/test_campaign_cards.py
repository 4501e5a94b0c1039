"""A card says in words how long an activity goes on, and counts draws only where they are counted."""

from datetime import datetime, timedelta

import pytest

from builders import NOON, an_activity
from tombola.rules.activity import CAP, Cap
from tombola.rules.activity_states import ActivityState
from tombola_cli.console.campaign.campaign_cards import tally, time_left
from tombola_cli.operate.campaigns import Campaign

DAY = timedelta(days=1)
ACTIVITY = an_activity(begin=NOON, end=NOON + 3 * DAY)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (NOON - DAY - timedelta(minutes=90), "begins in 1 day 1 hour"),
        (NOON, "3 days left"),
        (NOON + 3 * DAY - timedelta(minutes=61), "1 hour 1 minute left"),
        (NOON + 3 * DAY + SECOND, "is over"),
    ],
)
def test_a_card_says_how_long_it_is_until_the_window_begins_or_ends(now: datetime, words: str) -> None:
    assert time_left(ACTIVITY, now) == words


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ActivityState.EDIT, "a draft: nobody can draw before it is submitted and approved"),
        (ActivityState.ARRAIGNMENT, "waits for approval: nobody can draw"),
        (ActivityState.REFUSE, "refused: nobody can draw"),
    ],
)
def test_what_is_not_approved_is_not_told_as_if_users_could_draw(state: ActivityState, words: str) -> None:
    assert time_left(an_activity(begin=NOON, end=NOON + DAY, state=state), NOON) == words


def test_a_closed_activity_has_no_time_left() -> None:
    assert time_left(an_activity(begin=NOON, end=NOON + DAY, state=ActivityState.CLOSE), NOON) == "is over"


def test_draws_are_told_where_a_cap_counts_them() -> None:
    capped = an_activity(cap=Cap(limit=2000))
    assert tally(Campaign(activity=ACTIVITY, left={}, wins=1234)) == "wins: 1,234"
    assert tally(Campaign(activity=capped, left={CAP: 500}, wins=7)) == "draws: 1,500, wins: 7"
    assert tally(Campaign(activity=capped, left={}, wins=None, troubles=("gone",))) == "wins: unknown"
    assert tally(Campaign(activity=ACTIVITY, left={}, wins=None)) == "wins: counting …"
