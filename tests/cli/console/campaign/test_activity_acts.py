"""A page offers what the rules allow in an activity's state, says what it leads to, and does it as it was seen."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from builders import NOON, an_activity
from tombola.rules.activity import Activity
from tombola.rules.activity_states import MOVES, Action, ActivityState
from tombola_cli.console import texts
from tombola_cli.console.act_buttons import Act
from tombola_cli.console.campaign.activity_acts import acts, allowed, soon_revealable
from tombola_cli.console.desk import Desk
from tombola_cli.operate import activity_moves
from tombola_cli.screens.plain import words

MINUTE = timedelta(minutes=1)


class AStack:
    """A stack that says what time it is, and no more."""

    def now(self) -> datetime:
        return NOON


def offered(**changes: Any) -> dict[str, Act]:
    return {act.label: act for act in acts(a_desk(), an_activity(**changes), NOON)}


def a_desk() -> Desk:
    stack: Any = AStack()
    return Desk(stack=stack, who="olga", options=("--stack", "prod"))


@pytest.mark.parametrize("state", ActivityState)
def test_only_what_a_state_allows_is_offered_and_no_operator_starts(state: ActivityState) -> None:
    moves = {move.action for move in MOVES if state in move.state_from} - {Action.START}
    assert allowed(an_activity(state=state), NOON) == [action for action in Action if action in moves]


def test_a_closed_activity_is_offered_what_its_approval_its_window_and_its_seed_allow() -> None:
    closed: Any = {"state": ActivityState.CLOSE, "since": NOON - 3 * MINUTE}
    assert [*offered(**closed)] == ["Open again", "Reveal the seed"]
    assert [*offered(**closed, approved=False)] == ["Reveal the seed"]
    assert [*offered(**closed, end=NOON - MINUTE)] == ["Reveal the seed"]
    assert [*offered(**closed, seed=b"seed")] == []
    assert [*offered(**{**closed, "since": NOON - MINUTE})] == ["Open again"]


def test_why_a_seed_has_to_wait_is_told_only_where_waiting_helps() -> None:
    closed: Any = {"state": ActivityState.CLOSE, "since": NOON - MINUTE}
    assert "until 2026-11-23T12:01:00+00:00" in (soon_revealable(an_activity(**closed), NOON) or "")
    assert soon_revealable(an_activity(**closed), NOON + MINUTE) is None
    assert soon_revealable(an_activity(**closed, seed=b"seed"), NOON) is None
    assert soon_revealable(an_activity(), NOON) is None


def test_what_cannot_be_undone_is_marked_so() -> None:
    finals = {
        (state.name, act.label)
        for state in ActivityState
        for approved in (True, False)
        for act in offered(state=state, approved=approved, since=NOON - 3 * MINUTE).values()
        if act.final
    }
    assert finals == {
        ("EDIT", "Close the activity"),
        ("REFUSE", "Close the activity"),
        ("CLOSE", "Reveal the seed"),
        ("DOING", "Close the activity"),
        ("PASS", "Close the activity"),
        ("OPEN", "Close the activity"),
    }
    assert not offered()["Close the activity"].final  # it was approved, and its window goes on


def test_an_act_names_the_command_that_does_the_same() -> None:
    command = offered()["Close the activity"].command("it's over")
    assert command == """tombola activity close 100001 --who olga --why 'it'"'"'s over' --stack prod"""
    revealed = offered(state=ActivityState.CLOSE, since=NOON - 3 * MINUTE)["Reveal the seed"].command("")
    assert revealed == "tombola activity reveal 100001 --who olga --why '' --stack prod"


def test_an_act_is_planned_by_the_rules_and_done_to_the_activity_that_was_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen, done = an_activity(), []

    def take(*told: Any) -> Activity:
        done.append(told)
        return an_activity(state=ActivityState.CLOSE)

    monkeypatch.setattr(activity_moves, "take", take)
    desk = a_desk()
    (act,) = acts(desk, seen, NOON)
    assert words(_told(act.plan()[2:])).startswith("activity 100001: 7 CLOSE")
    act.run("over")
    assert done == [(Action.CLOSE, "100001", desk.stack, "olga", "over", NOON, seen)]


def test_every_action_of_an_operator_has_words() -> None:
    assert set(texts.MOVES) == {action.value for action in Action} - {"start"}


def _told(blocks: Any) -> Any:
    (block,) = blocks
    return block.told
