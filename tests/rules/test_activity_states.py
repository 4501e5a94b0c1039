"""Lottery's states and Lottery's table: every pair of state and action, and what a refusal says."""

from itertools import product
from pathlib import Path

import pytest

from call_sites import FOLDERS
from tombola.rules.activity_states import MOVES, Action, ActivityState, IllegalActionError, move

ROOT = Path(__file__).parents[2]
# Lottery's stateflow, in its own numbers and with its own words: seven actions on seven states that have a class,
# and REVOKE (3), which has none.
WORDS = {
    "arraignment": Action.SUBMIT,
    "checkPass": Action.APPROVE,
    "checkRefuse": Action.REFUSE,
    "checkRevoke": Action.WITHDRAW,
    "doing": Action.START,
    "close": Action.CLOSE,
    "open": Action.OPEN,
}
STATEFLOW: dict[int, dict[str, int]] = {
    1: {"arraignment": 2, "close": 7},
    2: {"checkPass": 4, "checkRefuse": 6, "checkRevoke": 1},
    3: {},
    4: {"checkRefuse": 6, "close": 7, "doing": 5},
    5: {"close": 7},
    6: {"checkRevoke": 1, "close": 7},
    7: {"open": 8},
    8: {"close": 7, "doing": 5},
}


def test_the_states_have_lotterys_numbers() -> None:
    names = ["EDIT", "ARRAIGNMENT", "REVOKE", "PASS", "DOING", "REFUSE", "CLOSE", "OPEN"]

    assert {state.name: state.value for state in ActivityState} == {name: n for n, name in enumerate(names, start=1)}


@pytest.mark.parametrize(("number", "word"), list(product(STATEFLOW, WORDS)))
def test_an_action_leads_where_lotterys_does_and_nowhere_else(number: int, word: str) -> None:
    after = STATEFLOW[number].get(word)

    if after is not None:
        assert move(ActivityState(number), WORDS[word]).state_to == after
    else:
        with pytest.raises(IllegalActionError):
            move(ActivityState(number), WORDS[word])


def test_the_table_covers_every_state_and_every_action() -> None:
    assert set(STATEFLOW) == set(ActivityState)
    assert set(WORDS.values()) == set(Action)
    assert sum(len(move.state_from) for move in MOVES) == sum(map(len, STATEFLOW.values()))
    assert [move.action for move in MOVES] == list(dict.fromkeys(move.action for move in MOVES))


@pytest.mark.parametrize(
    ("state", "action", "words"),
    [
        (ActivityState.EDIT, Action.APPROVE, "state 1 EDIT does not allow approve; it allows submit, close"),
        (ActivityState.CLOSE, Action.START, "state 7 CLOSE does not allow start; it allows open"),
        (ActivityState.REVOKE, Action.WITHDRAW, "state 3 REVOKE does not allow withdraw; it allows nothing"),
    ],
)
def test_a_refusal_says_what_is_allowed(state: ActivityState, action: Action, words: str) -> None:
    with pytest.raises(IllegalActionError) as refusal:
        move(state, action)

    assert str(refusal.value) == words


@pytest.mark.parametrize(("number", "word"), list(product(STATEFLOW, WORDS)))
def test_every_refusal_lists_every_action_that_is_allowed(number: int, word: str) -> None:
    if word in STATEFLOW[number]:
        return
    with pytest.raises(IllegalActionError) as refusal:
        move(ActivityState(number), WORDS[word])

    listed = str(refusal.value).rpartition("it allows ")[2].split(", ")
    assert set(listed) == ({str(WORDS[allowed]) for allowed in STATEFLOW[number]} or {"nothing"})


def test_no_activity_gets_into_a_state_that_it_cannot_leave() -> None:
    assert {move.state_to for move in MOVES if not STATEFLOW[move.state_to]} == set()


@pytest.mark.parametrize("action", Action)
def test_every_action_is_taken_by_a_flow_or_a_command(action: Action) -> None:
    rules = ("rules/activity_states.py", "rules/activity_life.py")
    sources = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py") if not str(file).endswith(rules)]

    assert any(f"Action.{action.name}" in file.read_text("utf-8") for file in sources)
