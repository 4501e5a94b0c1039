"""The responses of the HTTP API as OpenAPI tells them: answers, refusals, and those of the gateway itself."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Literal

from tombola.aws import http
from tombola.rules import page, problem, user_id
from tombola.rules.activity_states import ActivityState
from tombola.rules.policy import ways_in
from tombola.rules.problem import Problem
from tombola.rules.quota import Period
from tombola_cli.describe.examples import ACTIVITY_ID, NOON, TREE_ID
from tombola_cli.describe.openapi_shapes import Schema

GATEWAY = {
    401: "Unauthorized",
    403: "Forbidden",
    429: "Too Many Requests",
}


def answered(shape: str, example: object, description: str, kept: Mapping[str, str] = http.FOR_NOBODY_ELSE) -> Schema:
    """Return an answer of that shape, and who may keep it."""
    kept_by = {
        "description": "Who may keep the answer.",
        "schema": {"const": kept["Cache-Control"]},
        "required": True,
    }
    return {
        "description": description,
        "headers": {"Cache-Control": kept_by},
        "content": {"application/json": {"schema": reference("schemas", shape), "example": example}},
    }


def refused(problems: Iterable[Problem]) -> dict[str, Schema]:
    """Return the refusals by their status, with those that any request may meet."""
    groups: dict[int, list[Problem]] = {status: [] for status in GATEWAY}
    for each in (*problems, problem.unforeseen("request-1")):
        groups.setdefault(each.status, []).append(each)
    return {str(status): _refusal(status, groups[status]) for status in sorted(groups)}


def reference(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def _refusal(status: int, group: Sequence[Problem]) -> Schema:
    words = list(dict.fromkeys(each.title for each in group))
    content = {"application/problem+json": _problems(status, group)} if group else {}
    if status in GATEWAY:
        words.append(f"{GATEWAY[status]}, says the gateway")
        content["application/json"] = {
            "schema": reference("schemas", "Message"),
            "example": {"message": GATEWAY[status]},
        }
    headers = {"headers": _retry_after()} if status == http.BUSY_STATUS else {}
    return {"description": "; ".join(words), **headers, "content": content}


def _problems(status: int, group: Sequence[Problem]) -> Schema:
    codes = sorted({each.code for each in group if each.code is not None})
    only: Schema = {"status": {"const": status}}
    if codes:
        only["code"] = {"enum": codes}
    return {
        "schema": reference("schemas", "Problem") | {"properties": only, "required": list(only)},
        "examples": {each.title: {"value": json.loads(http.refused(each).body or "")} for each in group},
    }


def _retry_after() -> Schema:
    seconds = {"type": "integer", "minimum": 1, "examples": [int(http.RETRY_AFTER_SECONDS)]}
    return {"Retry-After": {"description": "Seconds.", "required": True, "schema": seconds}}


def draw_refusals(kind: Literal["activity", "tree"]) -> list[Problem]:
    """Return the refusals that a draw of an activity, or through a tree, may get."""
    refusals = [
        _no_user_id(),
        problem.somebody_else(),
        problem.unknown(kind, "nowhere"),
        problem.not_open(ACTIVITY_ID, ActivityState.PASS.name),
        problem.not_open_yet(ACTIVITY_ID, NOON),
        problem.closed(ACTIVITY_ID, NOON),
        problem.not_this_way(ACTIVITY_ID, ways_in([TREE_ID])),
        problem.blocked(ACTIVITY_ID),
        problem.not_admitted(ACTIVITY_ID, "fact 'age' is missing"),
        problem.quota_used_up(ACTIVITY_ID, Period.DAY, 3, NOON + timedelta(hours=12)),
        problem.cap_reached(ACTIVITY_ID, 1_000),
        problem.another_request(),
        problem.busy(),
    ]
    lost = [problem.no_activity(TREE_ID, "11", "fact 'age' is missing")]
    return refusals + lost if kind == "tree" else refusals


def user_refusals() -> list[Problem]:
    """Return the refusals that a look at a user's draws may get."""
    return [
        _no_user_id(),
        problem.somebody_else(),
        problem.nobody_is_me(),
        problem.busy(),
    ]


def accept_refusals() -> list[Problem]:
    """Return the refusals that a claim, or an address, may get."""
    return [
        *user_refusals(),
        problem.unknown("order", "7"),
        problem.not_yours_to_claim(7, "the draw did not win"),
        problem.too_late(7, f"it was not claimed until {NOON.isoformat()}"),
    ]


def activity_refusals() -> list[Problem]:
    """Return the refusals that a look at an activity may get."""
    return [problem.unknown("activity", "nowhere"), problem.busy()]


def _no_user_id() -> Problem:
    return user_id.check_user_id("") or problem.busy()  # never busy: the empty id is refused


def bad_cursor() -> Problem:
    return problem.malformed("after", page.CURSOR)
