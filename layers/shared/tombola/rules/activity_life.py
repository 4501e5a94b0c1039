"""What becomes of an activity when something is done to it, and what does its log say?"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tombola.rules.activity import Activity
from tombola.rules.activity_states import Action, ActivityState, IllegalActionError, move
from tombola.rules.commitment import odds_digest
from tombola.rules.log import Entry

# How long a draw that began before an activity closed may go on: ten seconds it remembers the activity, twenty it may
# take at most (the draw function's timeout in the local stage), and the rest for clocks that differ.
LAST_DRAW = timedelta(minutes=2)
CHANGES_MAX = 100  # lines of an entry; a thousand renamed awards would not fit into one item


def moved(activity: Activity, action: Action, who: str, why: str, now: datetime) -> tuple[Activity, Entry]:
    """Return activity after action, and the log's line; raise IllegalActionError if its state does not allow it."""
    step = move(activity.state, action)
    if action is Action.OPEN:
        _check_openable(activity, now)
    changes: list[str] = []
    if action is Action.APPROVE:
        changes = [f"commitment: {activity.commitment}", f"odds: {odds_digest(activity)}"]
    approved = activity.approved if step.approved is None else step.approved
    after = replace(activity, state=step.state_to, since=now, approved=approved)
    return logged(activity, after, action, who, why, now, changes)


def revealed(activity: Activity, seed: bytes, who: str, why: str, now: datetime) -> tuple[Activity, Entry]:
    """Return activity with its seed for all to see; raise IllegalActionError if it may not be, or is another."""
    check_revealable(activity, now)
    if hashlib.sha256(seed).hexdigest() != activity.commitment:
        raise IllegalActionError("this is not the seed that was committed to")
    after = replace(activity, seed=seed)
    return logged(activity, after, "reveal", who, why, now, (f"seed: {seed.hex()}",))


def check_revealable(activity: Activity, now: datetime) -> None:
    """Raise IllegalActionError while a draw may still hang on the seed, or if it is revealed already."""
    if activity.state is not ActivityState.CLOSE:
        raise IllegalActionError(f"only a closed activity is revealed, and this one is in state {activity.state.name}")
    if activity.seed is not None:
        raise IllegalActionError("its seed is revealed already")
    if now < activity.since + LAST_DRAW:
        until = activity.since + LAST_DRAW
        raise IllegalActionError(f"draws may be under way until {until.isoformat()}: reveal it then")


def stock_returned(activity: Activity, award_id: str, who: str, now: datetime) -> tuple[Activity, Entry]:
    """Return activity, of which an order was voided, and the log's line that a unit of its award is in stock again.

    The line is for all to see: it names no user and no order, and an operator's reason might.
    """
    changes = (f"award {award_id} stock: 1 returned",)
    return logged(activity, activity, "return", who, "an order was voided", now, changes)


def logged(
    before: Activity | None, after: Activity, what: str, who: str, why: str, now: datetime, changes: Sequence[str]
) -> tuple[Activity, Entry]:
    """Return after with one more entry on its log, and the entry."""
    entry = Entry(
        number=after.entries + 1,
        at=now,
        who=who,
        what=str(what),
        why=why,
        state_from=None if before is None else before.state,
        state_to=after.state,
        version=after.version,
        changes=_bounded(changes),
        before=after.digest,
    )
    return replace(after, entries=entry.number, digest=entry.digest), entry


def _bounded(changes: Sequence[str]) -> tuple[str, ...]:
    more = len(changes) - CHANGES_MAX
    return (*changes[:CHANGES_MAX], f"and {more} more") if more > 0 else tuple(changes)


def _check_openable(activity: Activity, now: datetime) -> None:
    if activity.seed is not None:
        raise IllegalActionError("its seed is revealed: anybody could compute winning keys, so it never opens again")
    if not activity.approved:
        raise IllegalActionError("it was closed while it was not approved: nobody stands by its commitment")
    if now > activity.end:
        raise IllegalActionError(f"its window ended at {activity.end.isoformat()}: apply it with a later end first")
