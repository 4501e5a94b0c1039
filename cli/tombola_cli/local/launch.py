"""From a file to a started activity in one step: the local stack and the demo begin with it."""

from datetime import datetime
from pathlib import Path

from tombola.rules.activity_states import Action, ActivityState
from tombola.rules.window import next_action
from tombola_cli.errors import TombolaError
from tombola_cli.files.activity_file import read_activity
from tombola_cli.operate import activity_moves
from tombola_cli.operate.apply import apply
from tombola_cli.operate.stack import Stack


def launch(file: Path, stack: Stack) -> None:
    """Apply file, approve it and start it, each if that is still to be done: the local stack begins with this."""
    wanted, now = read_activity(file), stack.now()
    apply(wanted, stack, "tombola", "launch", now)
    activity = activity_moves.found(wanted.activity_id, stack)
    for action, states in ((Action.SUBMIT, "EDIT"), (Action.APPROVE, "ARRAIGNMENT")):
        if activity.state.name == states:
            activity = activity_moves.take(action, activity.activity_id, stack, "tombola", "launch", now)
    if next_action(activity, now) is Action.START:
        _start(activity.activity_id, stack, now)


def _start(activity_id: str, stack: Stack, now: datetime) -> None:
    """Start an activity, unless compensation was faster."""
    try:
        activity_moves.take(Action.START, activity_id, stack, "tombola", "launch", now)
    except TombolaError:
        if activity_moves.found(activity_id, stack).state is not ActivityState.DOING:
            raise
