"""Which states has an activity, and who may move it where? Lottery's numbers and Lottery's table."""

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
    """What may be done to an activity, in the words of the command; Lottery's word behind each."""

    SUBMIT = "submit"  # arraignment
    APPROVE = "approve"  # checkPass
    REFUSE = "refuse"  # checkRefuse
    WITHDRAW = "withdraw"  # checkRevoke
    START = "start"  # doing: compensation does it when the window begins
    CLOSE = "close"  # close: compensation does it when the window ends
    OPEN = "open"  # open: it starts again by itself while its window lasts


MOVES = {
    (ActivityState.EDIT, Action.SUBMIT): ActivityState.ARRAIGNMENT,
    (ActivityState.EDIT, Action.CLOSE): ActivityState.CLOSE,
    (ActivityState.ARRAIGNMENT, Action.APPROVE): ActivityState.PASS,
    (ActivityState.ARRAIGNMENT, Action.REFUSE): ActivityState.REFUSE,
    (ActivityState.ARRAIGNMENT, Action.WITHDRAW): ActivityState.EDIT,
    (ActivityState.PASS, Action.REFUSE): ActivityState.REFUSE,
    (ActivityState.PASS, Action.CLOSE): ActivityState.CLOSE,
    (ActivityState.PASS, Action.START): ActivityState.DOING,
    (ActivityState.REFUSE, Action.WITHDRAW): ActivityState.EDIT,
    (ActivityState.REFUSE, Action.CLOSE): ActivityState.CLOSE,
    (ActivityState.DOING, Action.CLOSE): ActivityState.CLOSE,
    (ActivityState.CLOSE, Action.OPEN): ActivityState.OPEN,
    (ActivityState.OPEN, Action.CLOSE): ActivityState.CLOSE,
    (ActivityState.OPEN, Action.START): ActivityState.DOING,
}


class IllegalActionError(Exception):
    """The activity's state does not allow this action; the text says which are allowed."""


def move(state: ActivityState, action: Action) -> ActivityState:
    """Return the state that action leads to; raise IllegalActionError if none."""
    after = MOVES.get((state, action))
    if after is None:
        allowed = ", ".join(allowed for before, allowed in MOVES if before is state) or "nothing"
        raise IllegalActionError(f"state {state.value} {state.name} does not allow {action}; it allows {allowed}")
    return after
