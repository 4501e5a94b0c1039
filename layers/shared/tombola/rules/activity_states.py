"""Which states has an activity, and which action leads from where to where? Lottery's numbers and Lottery's table.

The table is what runs: activity_life.py moves an activity by its rows, and docs/activity.md draws them.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class ActivityState(IntEnum):
    """Lottery's numbers; nothing leads to REVOKE there either: withdrawing goes back to EDIT."""

    EDIT = 1
    ARRAIGNMENT = 2
    REVOKE = 3
    PASS = 4
    DOING = 5
    REFUSE = 6
    CLOSE = 7
    OPEN = 8


class Action(StrEnum):
    """The actions on an activity, in the words of the command; Lottery's word behind each."""

    SUBMIT = "submit"  # arraignment
    APPROVE = "approve"  # checkPass
    REFUSE = "refuse"  # checkRefuse
    WITHDRAW = "withdraw"  # checkRevoke
    START = "start"  # doing: compensation does it when the window begins
    CLOSE = "close"  # close: compensation does it when the window ends
    OPEN = "open"  # open: it starts again by itself while its window lasts


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A row: from which states an action leads where; the change is written only if the log has not grown meanwhile."""

    action: Action
    state_from: tuple[ActivityState, ...]
    state_to: ActivityState
    approved: bool | None = None  # what it makes of the approval; None leaves it as it is


EDIT, ARRAIGNMENT, _, PASS, DOING, REFUSE, CLOSE, OPEN = ActivityState
MOVES = (
    Move(action=Action.SUBMIT, state_from=(EDIT,), state_to=ARRAIGNMENT),
    Move(action=Action.APPROVE, state_from=(ARRAIGNMENT,), state_to=PASS, approved=True),
    Move(action=Action.REFUSE, state_from=(ARRAIGNMENT, PASS), state_to=REFUSE, approved=False),
    Move(action=Action.WITHDRAW, state_from=(ARRAIGNMENT, REFUSE), state_to=EDIT, approved=False),
    Move(action=Action.CLOSE, state_from=(EDIT, PASS, REFUSE, DOING, OPEN), state_to=CLOSE),
    Move(action=Action.START, state_from=(PASS, OPEN), state_to=DOING),
    Move(action=Action.OPEN, state_from=(CLOSE,), state_to=OPEN),
)


class IllegalActionError(Exception):
    """The activity's state does not allow this action; the text says which are allowed."""


def move(state: ActivityState, action: Action) -> Move:
    """Return the move that action makes from state; raise IllegalActionError if there is none."""
    moves = [each for each in MOVES if state in each.state_from]
    found = next((each for each in moves if each.action is action), None)
    if found is None:
        allowed = ", ".join(each.action for each in moves) or "nothing"
        raise IllegalActionError(f"state {state.value} {state.name} does not allow {action}; it allows {allowed}")
    return found
