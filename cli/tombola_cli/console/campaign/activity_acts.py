"""What may be done with an activity now: only what the rules allow in its state."""

from datetime import datetime

from tombola.rules.activity import Activity
from tombola.rules.activity_life import check_revealable, moved
from tombola.rules.activity_states import Action, ActivityState, IllegalActionError
from tombola_cli.console import texts
from tombola_cli.console.act_buttons import Act, Blocks
from tombola_cli.console.desk import Desk
from tombola_cli.operate import activity_moves
from tombola_cli.operate.pool_shortage import shortages
from tombola_cli.operate.reveal import reveal
from tombola_cli.screens import activity_sheets, code_sheets
from tombola_cli.screens.blocks import Facts

BEFORE_DRAWS = (Action.SUBMIT, Action.APPROVE)
BY_ITSELF = Action.START  # compensation does it when the window begins


def allowed(activity: Activity, now: datetime) -> list[Action]:
    """Return the actions that an operator may take."""
    return [action for action in Action if action is not BY_ITSELF and _allows(activity, action, now)]


def unrevealable(activity: Activity, now: datetime) -> str | None:
    """Return why the seed cannot be revealed; None where it can."""
    try:
        check_revealable(activity, now)
    except IllegalActionError as error:
        return str(error)
    return None


def soon_revealable(activity: Activity, now: datetime) -> str | None:
    """Return why the seed of a closed activity has to wait, if it does."""
    waits = activity.state is ActivityState.CLOSE and activity.seed is None
    return unrevealable(activity, now) if waits else None


def acts(desk: Desk, activity: Activity, now: datetime) -> list[Act]:
    """Return what may be done, as it was seen now."""
    moves = [_move(desk, activity, action, now) for action in allowed(activity, now)]
    return moves if unrevealable(activity, now) is not None else [*moves, _reveal(desk, activity)]


def _allows(activity: Activity, action: Action, now: datetime) -> bool:
    try:
        moved(activity, action, "", "", now)
    except IllegalActionError:
        return False
    return True


def _move(desk: Desk, activity: Activity, action: Action, now: datetime) -> Act:
    stack, activity_id = desk.stack, activity.activity_id

    def plan() -> Blocks:
        now = stack.now()
        after, _ = activity_moves.planned(action, activity, stack, desk.who, "", now)
        warnings = shortages(activity, stack, now) if action in BEFORE_DRAWS else []
        told = Facts({}, texts.MOVE_TOLD[action.value])
        return [code_sheets.shortages(warnings), told, *activity_sheets.moved(after)]

    def run(why: str) -> Blocks:
        after = activity_moves.take(action, activity_id, stack, desk.who, why, stack.now(), activity)
        return activity_sheets.moved(after)

    after, _ = moved(activity, action, "", "", now)
    return Act(
        label=texts.MOVES[action.value],
        question=texts.MOVE_QUESTION.format(move=texts.MOVES[action.value], activity_id=activity_id),
        command=lambda why: desk.command("activity", action.value, activity_id, "--who", desk.who, "--why", why),
        plan=plan,
        run=run,
        final=not allowed(after, now),
    )


def _reveal(desk: Desk, activity: Activity) -> Act:
    stack, activity_id = desk.stack, activity.activity_id

    def run(why: str) -> Blocks:
        found = activity_moves.found(activity_id, stack)
        return activity_sheets.revealed(activity_id, reveal(found, stack, desk.who, why, stack.now()))

    return Act(
        label=texts.REVEAL,
        question=texts.MOVE_QUESTION.format(move=texts.REVEAL, activity_id=activity_id),
        command=lambda why: desk.command("activity", "reveal", activity_id, "--who", desk.who, "--why", why),
        plan=lambda: [Facts({}, texts.REVEALS)],
        run=run,
        final=True,
    )
