"""Where the pages about an order, a user, an activity's winners and its parcels are; an id may hold any character."""

from urllib.parse import quote, urlencode

DOTS = (".", "..")  # which a browser takes out of a path, quoted or not


def to_order(user_id: str, order_id: str | int) -> str:
    if user_id in DOTS:
        return _asked(f"/orders/-/{order_id}", user=user_id)
    return f"/orders/{quote(user_id, safe='')}/{order_id}"


def to_user(user_id: str, **more: str | list[str]) -> str:
    return _asked("/users", user=user_id, **more)


def to_activity(activity_id: str) -> str:
    return f"/activities/{quote(activity_id, safe='')}"


def to_winners(**asked: str | list[str]) -> str:
    return _asked("/winners", **asked)


def to_shipments(activity_id: str, **more: str | list[str]) -> str:
    return _asked("/shipments", activity=activity_id, **more)


def to_waiting(**asked: str) -> str:
    return _asked("/waiting", **asked)


def to_pools() -> str:
    return "/pools"


def _asked(path: str, **asked: str | list[str]) -> str:
    """Return path with what is asked for there; what is empty is left out."""
    return f"{path}?{urlencode({name: value for name, value in asked.items() if value}, doseq=True)}"
