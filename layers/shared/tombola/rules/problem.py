"""Which refusal gets which status and code? The table of the HTTP API, with Lottery's response codes."""

from dataclasses import dataclass
from datetime import datetime

from tombola.rules.quota import Period


class UnreadableSeedError(Exception):
    """The activity's seed cannot be opened, or is not the one committed to: nobody can draw until that is mended."""


class BusyError(Exception):
    """Conflict, throttling or no answer: nothing is known of the effect, and asking again is safe.

    error is one that nobody foresaw and that this one hides.
    """

    error: Exception | None = None


class TooLittleTimeError(BusyError):
    """There is not enough time left for this, and nothing of it was begun."""


class UnfinishedError(Exception):
    """A part of a run failed, and the log tells where: Lambda logs an error's own words, which may quote a prize."""


class OwnItemsBusyError(BusyError):
    """Another draw of the same user is under way: it holds his order or his quota, which nobody else touches."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal as RFC 9457 tells it, but for the HTTP around it."""

    status: int
    code: str | None
    title: str
    detail: str
    field: str | None = None
    request_id: str | None = None  # to be told to the operator, whose log has it


def malformed(field: str, detail: str) -> Problem:
    return Problem(400, "0002", "illegal parameter", detail, field)


def unknown(what: str, name: str) -> Problem:
    return Problem(404, "0002", f"unknown {what}", f"there is no {what} {name[:64]!r}", f"{what}_id")


def nobody_is_me() -> Problem:
    detail = "`me` is the user of a token, and none is asked for here: name the user"
    return Problem(404, "0002", "unknown user", detail, "user_id")


def not_open(activity_id: str, state: str) -> Problem:
    return Problem(409, "0001", "activity not open", f"activity {activity_id} is in state {state}")


def not_open_yet(activity_id: str, begin: datetime) -> Problem:
    return Problem(409, "0001", "activity not open yet", f"activity {activity_id} opens at {begin.isoformat()}")


def closed(activity_id: str, end: datetime) -> Problem:
    return Problem(409, "0001", "activity closed", f"activity {activity_id} closed at {end.isoformat()}")


def blocked(activity_id: str) -> Problem:
    detail = f"activity {activity_id} is not open to this user"
    return Problem(409, "0001", "activity not open to this user", detail, "user_id")


def not_this_way(activity_id: str, ways: str) -> Problem:
    return Problem(409, "0001", "not the way in", f"activity {activity_id} is drawn {ways}")


def not_admitted(activity_id: str, because: str) -> Problem:
    """Tell which condition does not hold; because names the fact, never its value, which may be personal."""
    detail = f"activity {activity_id} is not open with these facts: {because}"
    return Problem(409, "0001", "activity not open with these facts", detail, "facts")


def quota_used_up(activity_id: str, period: Period, draws: int, renews: datetime | None) -> Problem:
    """Tell which quota it is and when it renews."""
    whole = "in all" if period.first_day is None else f"a {period.name}"
    again = "it does not renew" if renews is None else f"it renews at {renews.isoformat()}"
    detail = f"activity {activity_id} allows a user {draws} draws {whole}, and all are used up; {again}"
    return Problem(409, "0004", f"quota of the {period.name} used up", detail, "user_id")


def cap_reached(activity_id: str, limit: int) -> Problem:
    detail = f"all {limit} draws of activity {activity_id} are made"
    return Problem(409, "D004", "activity cap reached", detail)


def no_activity(tree_id: str, node_id: str, because: str) -> Problem:
    detail = f"tree {tree_id} leads to no activity: node {node_id}: {because}"
    return Problem(422, "D002", "no activity for these facts", detail, "facts")


def not_yours_to_claim(order_id: int, because: str) -> Problem:
    return Problem(409, "0001", "nothing to claim", f"draw {order_id}: {because}", "order_id")


def too_late(order_id: int, because: str) -> Problem:
    return Problem(409, "0001", "too late", f"draw {order_id}: {because}", "order_id")


def somebody_else() -> Problem:
    detail = "the token is another user's: draw and look in your own name"
    return Problem(403, None, "another user", detail, "user_id")


def another_request() -> Problem:
    detail = "this Idempotency-Key was used for another request; a new draw needs a new key"
    return Problem(422, "0003", "same key, another request", detail, "Idempotency-Key")


def unreadable(what: str, name: str) -> Problem:
    detail = f"{what} {name[:64]!r} is on record and cannot be read now; its operator is told"
    return Problem(500, "0001", f"{what} unreadable", detail, f"{what}_id")


def unforeseen(request_id: str) -> Problem:
    detail = "an error that nobody foresaw: a draw may be asked again with the same Idempotency-Key"
    return Problem(500, "0001", "internal error", detail, request_id=request_id)


def busy() -> Problem:
    detail = "this could not be completed now: ask again, a draw with the same Idempotency-Key"
    return Problem(503, "0001", "busy", detail)
