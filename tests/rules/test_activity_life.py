"""What becomes of an activity: each line of its log, the chain of their hashes, approval, opening and revealing."""

import hashlib
import json
from dataclasses import fields, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON, SECOND, SEED, a_share, an_activity
from tombola.rules.activity import Activity
from tombola.rules.activity_life import CHANGES_MAX, LAST_DRAW, logged, moved, revealed
from tombola.rules.activity_states import MOVES, Action, ActivityState, IllegalActionError
from tombola.rules.log import START, Entry
from tombola.rules.odds import StrategyMode

EDIT, ARRAIGNMENT, REVOKE, PASS, DOING, REFUSE, CLOSE, OPEN = ActivityState
LEADS_TO = {(before, move.action): move.state_to for move in MOVES for before in move.state_from}
TICK = timedelta(milliseconds=1)
WHOLE_LIFE = [Action.SUBMIT, Action.APPROVE, Action.START, Action.CLOSE, Action.OPEN, Action.START, Action.CLOSE]


def hash_of(entry: Entry) -> str:
    """Return entry's hash as anybody works it out from the public log."""
    told = {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "who": entry.who,
        "what": entry.what,
        "why": entry.why,
        "state_from": None if entry.state_from is None else entry.state_from.value,
        "state_to": entry.state_to.value,
        "version": entry.version,
        "changes": list(entry.changes),
        "before": entry.before,
    }
    text = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def is_unbroken(entries: list[Entry], last: str) -> bool:
    hashes = [START, *map(hash_of, entries)]
    return [entry.before for entry in entries] == hashes[:-1] and last == hashes[-1]


def applied(**changes: Any) -> tuple[Activity, Entry]:
    """Return an activity as its first file makes it."""
    fresh = an_activity(**{"state": EDIT, "approved": False, **changes})
    return logged(None, fresh, "apply", "xiaofuge", "a first try", NOON, ("created",))


def went(activity: Activity, *actions: Action) -> Activity:
    for action in actions:
        activity, _ = moved(activity, action, "xiaofuge", "", NOON)
    return activity


def a_history() -> tuple[Activity, list[Entry]]:
    """Return an activity that was applied, drawn, opened anew and revealed, and its log."""
    activity, entry = applied()
    entries = [entry]
    for number, action in enumerate(WHOLE_LIFE):
        activity, entry = moved(activity, action, f"user {number}", "因为", NOON + number * SECOND)
        entries.append(entry)
    activity, entry = revealed(activity, SEED, "xiaofuge", "the end", NOON + timedelta(hours=1))
    return activity, [*entries, entry]


@pytest.mark.parametrize(("before", "action"), LEADS_TO)
def test_a_move_is_told_with_who_when_why_from_and_to(before: ActivityState, action: Action) -> None:
    activity = an_activity(state=before, version=3, entries=4, digest="d" * 64)

    _, entry = moved(activity, action, "fustack", "as agreed", NOON + SECOND)

    assert (entry.who, entry.what, entry.why, entry.at) == ("fustack", action.value, "as agreed", NOON + SECOND)
    assert (entry.state_from, entry.state_to) == (before, LEADS_TO[before, action])
    assert (entry.number, entry.version, entry.before) == (5, 3, "d" * 64)
    assert type(entry.what) is str


@pytest.mark.parametrize(("before", "action"), LEADS_TO)
def test_a_move_changes_state_time_approval_and_log_and_nothing_else(before: ActivityState, action: Action) -> None:
    activity = an_activity(state=before, entries=4)

    after, entry = moved(activity, action, "fustack", "", NOON + SECOND)

    assert after == replace(
        activity,
        state=LEADS_TO[before, action],
        since=NOON + SECOND,
        approved=action not in (Action.REFUSE, Action.WITHDRAW),
        entries=5,
        digest=entry.digest,
    )


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("state", ActivityState)
def test_a_move_that_the_state_does_not_allow_is_refused(state: ActivityState, action: Action) -> None:
    if (state, action) not in LEADS_TO:
        with pytest.raises(IllegalActionError):
            moved(an_activity(state=state), action, "xiaofuge", "", NOON)


def test_the_first_entry_comes_from_nowhere() -> None:
    activity, entry = applied()

    assert (entry.number, entry.state_from, entry.state_to, entry.before) == (1, None, EDIT, START)
    assert (activity.entries, activity.digest) == (1, hash_of(entry))


def test_a_change_of_the_file_leaves_the_state_and_tells_the_changes() -> None:
    before, _ = applied()

    after, entry = logged(before, replace(before, version=2), "apply", "fustack", "", NOON, ["quota: 1 -> 2", "end"])

    assert (entry.state_from, entry.state_to, entry.version) == (EDIT, EDIT, 2)
    assert entry.changes == ("quota: 1 -> 2", "end")
    assert (after.version, after.state, after.entries) == (2, EDIT, 2)


def test_each_entry_holds_the_hash_of_the_one_before() -> None:
    activity, entries = a_history()

    assert [entry.number for entry in entries] == list(range(1, len(WHOLE_LIFE) + 3))
    assert all(after.before == hash_of(before) for before, after in pairwise(entries))
    assert is_unbroken(entries, activity.digest)
    assert activity.entries == len(entries)


OTHERWISE: dict[str, Any] = {
    "number": 99,
    "at": NOON - SECOND,
    "who": "somebody else",
    "what": "something else",
    "why": "another reason",
    "state_from": REVOKE,
    "state_to": REVOKE,
    "version": 99,
    "changes": ("another change",),
    "before": "f" * 64,
}


@pytest.mark.parametrize("name", [field.name for field in fields(Entry)])
def test_altering_any_field_of_any_entry_breaks_the_chain(name: str) -> None:
    activity, entries = a_history()
    assert is_unbroken(entries, activity.digest)

    for place, entry in enumerate(entries):
        forged = replace(entry, **{name: OTHERWISE[name]})
        assert not is_unbroken([*entries[:place], forged, *entries[place + 1 :]], activity.digest)


def test_dropping_or_swapping_entries_breaks_the_chain() -> None:
    activity, entries = a_history()
    assert is_unbroken(entries, activity.digest)

    for place in range(len(entries)):
        assert not is_unbroken(entries[:place] + entries[place + 1 :], activity.digest)
    for place in range(len(entries) - 1):
        swapped = [*entries[:place], entries[place + 1], entries[place], *entries[place + 2 :]]
        assert not is_unbroken(swapped, activity.digest)


def test_approval_publishes_the_commitment_and_the_hash_of_the_odds() -> None:
    shares = a_share("1", weight=50_000, unlock_after=3), a_share("2", weight=150_000, stock=None)
    activity = an_activity(*shares, state=ARRAIGNMENT, fallback="2", strategy_mode=StrategyMode.SINGLE)

    _, entry = moved(activity, Action.APPROVE, "fustack", "", NOON)

    table = '{"awards":[["1",50000,3],["2",150000,0]],"fallback":"2","strategy_mode":1}'
    assert entry.changes == (
        f"commitment: {hashlib.sha256(SEED).hexdigest()}",
        f"odds: {hashlib.sha256(table.encode()).hexdigest()}",
    )


@pytest.mark.parametrize(("before", "action"), [pair for pair in LEADS_TO if pair[1] is not Action.APPROVE])
def test_no_other_move_publishes_anything(before: ActivityState, action: Action) -> None:
    _, entry = moved(an_activity(state=before), action, "fustack", "", NOON)

    assert entry.changes == ()


@pytest.mark.parametrize("approved", [True, False])
@pytest.mark.parametrize(("before", "action"), [pair for pair in LEADS_TO if pair[1] is not Action.OPEN])
def test_approval_lasts_until_it_is_refused_or_withdrawn(before: ActivityState, action: Action, approved: bool) -> None:
    expected = {Action.APPROVE: True, Action.REFUSE: False, Action.WITHDRAW: False}

    after, _ = moved(an_activity(state=before, approved=approved), action, "fustack", "", NOON)

    assert after.approved is expected.get(action, approved)


@pytest.mark.parametrize(
    "way",
    [
        [Action.CLOSE],
        [Action.SUBMIT, Action.WITHDRAW, Action.CLOSE],
        [Action.SUBMIT, Action.REFUSE, Action.CLOSE],
        [Action.SUBMIT, Action.APPROVE, Action.REFUSE, Action.CLOSE],
        [Action.SUBMIT, Action.APPROVE, Action.REFUSE, Action.WITHDRAW, Action.CLOSE],
        [Action.SUBMIT, Action.APPROVE, Action.REFUSE, Action.WITHDRAW, Action.SUBMIT, Action.REFUSE, Action.CLOSE],
    ],
    ids=" ".join,
)
def test_what_was_closed_while_it_was_not_approved_never_opens(way: list[Action]) -> None:
    closed = went(applied()[0], *way)

    with pytest.raises(IllegalActionError, match="closed while it was not approved"):
        went(closed, Action.OPEN)


def test_what_was_refused_and_approved_anew_opens() -> None:
    refused = went(applied()[0], Action.SUBMIT, Action.APPROVE, Action.REFUSE, Action.WITHDRAW)

    opened = went(refused, Action.SUBMIT, Action.APPROVE, Action.CLOSE, Action.OPEN)

    assert (opened.state, opened.approved) == (OPEN, True)


@given(st.lists(st.sampled_from(Action), max_size=40))
def test_whatever_is_done_nothing_starts_that_is_not_approved(actions: list[Action]) -> None:
    activity, entry = applied()
    entries = [entry]
    for action in actions:
        try:
            activity, entry = moved(activity, action, "xiaofuge", "", NOON)
        except IllegalActionError:
            continue
        entries.append(entry)

    told = [entry.what for entry in entries if entry.what in ("approve", "refuse", "withdraw")]
    assert activity.approved == (told[-1:] == ["approve"])
    assert activity.approved or activity.state not in (PASS, DOING, OPEN)
    assert is_unbroken(entries, activity.digest)


END = an_activity().end


@pytest.mark.parametrize("now", [END - TICK, END])
def test_a_closed_activity_opens_while_its_window_lasts(now: datetime) -> None:
    after, entry = moved(an_activity(state=CLOSE), Action.OPEN, "xiaofuge", "", now)

    assert (after.state, entry.state_to, after.since) == (OPEN, OPEN, now)


@pytest.mark.parametrize(
    ("changes", "now", "words"),
    [
        ({}, END + TICK, f"its window ended at {END.isoformat()}"),
        ({"seed": SEED}, NOON, "its seed is revealed"),
        ({"approved": False}, NOON, "closed while it was not approved"),
        ({"seed": SEED, "approved": False}, END + TICK, "its seed is revealed"),
    ],
)
def test_what_must_not_be_drawn_again_does_not_open(changes: dict[str, Any], now: datetime, words: str) -> None:
    with pytest.raises(IllegalActionError) as refusal:
        moved(an_activity(state=CLOSE, **changes), Action.OPEN, "xiaofuge", "", now)

    assert words in str(refusal.value)


def test_a_seed_is_revealed_in_the_log_as_well() -> None:
    activity = an_activity(state=CLOSE, since=NOON, entries=4)

    after, entry = revealed(activity, SEED, "fustack", "the end", NOON + LAST_DRAW)

    assert after == replace(activity, seed=SEED, entries=5, digest=entry.digest)
    assert (entry.who, entry.what, entry.why, entry.at) == ("fustack", "reveal", "the end", NOON + LAST_DRAW)
    assert (entry.state_from, entry.state_to) == (CLOSE, CLOSE)
    assert entry.changes == (f"seed: {SEED.hex()}",)


@pytest.mark.parametrize("state", [state for state in ActivityState if state is not CLOSE])
def test_only_a_closed_activity_is_revealed(state: ActivityState) -> None:
    with pytest.raises(IllegalActionError, match=f"only a closed activity is revealed.*{state.name}"):
        revealed(an_activity(state=state), SEED, "xiaofuge", "", NOON)


@pytest.mark.parametrize("now", [NOON, NOON + LAST_DRAW - TICK])
def test_nothing_is_revealed_while_a_draw_may_be_under_way(now: datetime) -> None:
    with pytest.raises(IllegalActionError) as refusal:
        revealed(an_activity(state=CLOSE, since=NOON), SEED, "xiaofuge", "", now)

    assert str(refusal.value) == f"draws may be under way until {(NOON + LAST_DRAW).isoformat()}: reveal it then"


def test_a_seed_is_revealed_once() -> None:
    activity, _ = revealed(an_activity(state=CLOSE), SEED, "xiaofuge", "", NOON)

    with pytest.raises(IllegalActionError, match="revealed already"):
        revealed(activity, SEED, "xiaofuge", "", NOON)


def test_a_draw_that_began_with_an_old_state_is_over_before_the_seed_is_revealed() -> None:
    remembered, longest_draw = 10 * SECOND, 20 * SECOND  # the draw function's cache, and its timeout

    assert remembered + longest_draw < LAST_DRAW


def test_an_entry_of_very_many_changes_still_fits_into_one_item() -> None:
    changes = [f"change {number}" for number in range(CHANGES_MAX + 3)]

    _, entry = logged(None, an_activity(), "apply", "xiaofuge", "", NOON, changes)

    assert entry.changes == (*changes[:CHANGES_MAX], "and 3 more")
