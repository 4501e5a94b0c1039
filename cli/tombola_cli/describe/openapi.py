"""The HTTP API as OpenAPI 3.1, made from the code that takes the requests and gives the answers.

docs/openapi.json holds text(): `.venv/bin/python -m tombola_cli.describe.openapi > docs/openapi.json` renews it.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from enum import Enum
from typing import Any, Literal

from pydantic import TypeAdapter

from tombola.aws import http
from tombola.rules import activity, answer, order, page, problem, request, user_id
from tombola.rules.admission import ways_in
from tombola.rules.facts import LIST_MAX, Operator
from tombola.rules.odds import StrategyMode
from tombola.rules.problem import Problem
from tombola.rules.quota import Period
from tombola.rules.request import FIELDS
from tombola.rules.state import ActivityState
from tombola_cli.describe.examples import (
    ACTIVITY,
    ACTIVITY_ID,
    FACTS,
    KEY,
    NOON,
    TREE,
    TREE_ID,
    USER_ID,
    a_campaign,
    an_order,
)

Schema = dict[str, Any]

BAD_ID, BUSY = user_id.check_user_id("") or problem.busy(), problem.busy()
ENUMS: dict[str, type[Enum]] = {
    "award_type": activity.AwardType,
    "grant_state": order.GrantState,
    "grant_type": activity.GrantType,
    "mq_state": order.MqState,
    "operator": Operator,
    "outcome": order.Outcome,
    "strategy_mode": StrategyMode,
    **dict.fromkeys(("state", "state_from", "state_to"), ActivityState),
}
GATEWAY = {401: "Unauthorized", 403: "Forbidden", 429: "Too Many Requests"}

NAME, PLACE, KEY_TEXT, ORDER_ID = (
    {"pattern": f"^{each.pattern}$"} for each in (request.ACTIVITY_ID, page.PLACE, request.KEY, request.ORDER_ID)
)
TEXT, MOMENT, DIGEST = {"type": "string"}, {"format": "date-time"}, {"pattern": "^[0-9a-f]{64}$"}
# Surrogates are no part of JSON's texts, and validators stumble over them.
USER = TEXT | {
    "minLength": 1,
    "maxLength": user_id.USER_ID_MAX,
    "pattern": r"^[^\u0000-\u001f\u007f-\u009f\ufffd-\uffff]*$",
}
WHOSE = (
    "With a token: its `sub`, or left out. A server chooses ids that a path carries, without '/', '?', '%', '#' and "
    "'\\', and neither '.' nor '..' nor 'me'; without blanks at either end, without characters that are invisible, "
    "give a direction or are not assigned, and in Unicode's normal form C."
)
BODY_FIELDS = {
    "user_id": USER | {"description": WHOSE},
    "facts": {
        "type": "object",
        "description": "What rule trees and the conditions of activities ask for; a number is its shortest plain text. "
        "With a token they come from its claims: leave them out.",
        "maxProperties": request.FACTS_MAX,
        "additionalProperties": {
            "type": ["string", "number", "boolean", "array"],
            "items": TEXT,
            "maxItems": LIST_MAX,
        },
    },
}
# What the texts in answers look like, by the name of their field.
TEXTS: dict[str, Schema] = {
    **dict.fromkeys(("activity_id", "tree_id"), NAME),
    **dict.fromkeys(("at", "begin", "drawn_at", "end", "grant_at"), MOMENT),
    **dict.fromkeys(("before", "commitment", "hash", "seed"), DIGEST),
    "code": {"enum": list(answer.INFO)},
    "info": {"enum": list(answer.INFO.values())},
    "next": PLACE,
    "order_id": ORDER_ID,
    "rate": {"pattern": r"^(0(\.[0-9]{1,6})?|1)$"},
}


def document() -> Schema:
    """Return the document, every time the same."""
    host = {"api_id": {"default": "example"}, "region": {"default": "eu-central-1"}}
    signed = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
    token = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Tombola",
            "summary": "Prize draws: answered at once, granted afterwards, the same again for the same key.",
            "version": "1",
            "description": "A stack takes either requests that servers sign (`sigv4`; the body names the user) or the "
            "tokens of users (`jwt`; the user is the token's `sub`); on the local stack neither is asked for.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "https://{api_id}.execute-api.{region}.amazonaws.com", "variables": host}],
        "security": [{"sigv4": []}, {"jwt": []}],
        "paths": {**_draws(), **_shows()},
        "components": {
            "schemas": _schemas(),
            "parameters": _parameters(),
            "securitySchemes": {"sigv4": signed, "jwt": token},
        },
    }


def text() -> str:
    """Return the document as docs/openapi.json holds it."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _draws() -> Schema:
    keyed, lost = "Idempotency-Key", problem.no_activity(TREE_ID, "11", "fact 'age' is missing")
    drawn = _drawn({}, _responses("OrderAnswer", an_order(ACTIVITY), _refusals("activity")))
    through = _drawn({"facts": FACTS}, _responses("OrderAnswer", an_order(TREE), [*_refusals("tree"), lost]))
    drawn = _operation("draw", "Draw an activity", ["activity_id", keyed]) | drawn
    through = _operation("drawThroughTree", "Draw the activity that facts lead to", ["tree_id", keyed]) | through
    return {"/activities/{activity_id}/draws": {"post": drawn}, "/trees/{tree_id}/draws": {"post": through}}


def _drawn(facts: Schema, responses: Schema) -> Schema:
    """Return the body of a draw, and responses with 201 for a new order."""
    content = {"schema": _reference("schemas", "DrawRequest"), "example": {"user_id": USER_ID, **facts}}
    again = responses.pop("200") | {"description": "The order that an earlier request with this key made."}
    said = {"200": again, "201": again | {"description": "A new order."}, **responses}
    return {"requestBody": {"required": True, "content": {"application/json": content}}, "responses": said}


def _shows() -> Schema:
    (campaign, entries), drawn = a_campaign(), an_order(ACTIVITY)
    stock = {share.award.award_id: share.stock for share in campaign.shares if share.stock is not None}
    shown, log = answer.activity_answer(campaign, stock), [answer.entry_answer(each) for each in entries]
    users = [BAD_ID, problem.somebody_else(), problem.nobody_is_me(), BUSY]
    nowhere = problem.unknown("activity", "nowhere")
    cursor = problem.malformed("after", page.CURSOR)
    told = {
        "listDraws": _responses("OrdersAnswer", {"draws": [drawn], "unreadable": 0, "next": None}, [*users, cursor]),
        "showDraw": _responses("OrderAnswer", drawn, [*users, problem.unknown("order", "7")]),
        "showActivity": _responses("ActivityAnswer", shown, [nowhere, BUSY], http.FOR_ANYBODY),
        "showLog": _responses(
            "LogAnswer", {"entries": log, "unreadable": 0, "next": None}, [cursor, nowhere, BUSY], http.FOR_ANYBODY
        ),
    }
    said = {
        "/users/{user_id}/draws": ("listDraws", "Show a user's draws, newest first", ["user_id", "limit", "place"]),
        "/users/{user_id}/draws/{order_id}": ("showDraw", "Show a draw", ["user_id", "order_id"]),
        "/activities/{activity_id}": ("showActivity", "Show an activity: odds, stock, commitment", ["activity_id"]),
        "/activities/{activity_id}/log": ("showLog", "Show its log, oldest first", ["activity_id", "limit", "number"]),
    }
    return {path: {"get": _operation(*words) | {"responses": told[words[0]]}} for path, words in said.items()}


def _operation(operation_id: str, summary: str, parameters: Iterable[str]) -> Schema:
    named = [_reference("parameters", each) for each in parameters]
    return {"operationId": operation_id, "summary": summary, "parameters": named}


def _responses(
    shape: str, example: object, refusals: Iterable[Problem], kept: Mapping[str, str] = http.FOR_NOBODY_ELSE
) -> Schema:
    """Return what may come back: an answer, a refusal, or what the gateway says by itself."""
    content = {"schema": _reference("schemas", shape), "example": example}
    groups: dict[int, list[Problem]] = {status: [] for status in GATEWAY}
    for each in (*refusals, problem.unforeseen("request-1")):
        groups.setdefault(each.status, []).append(each)
    caches = {"description": "Who may keep the answer.", "schema": {"const": kept["Cache-Control"]}, "required": True}
    shown: Schema = {"200": {"description": "As it is on record.", "headers": {"Cache-Control": caches}}}
    shown["200"]["content"] = {"application/json": content}
    return shown | {str(status): _refused(status, groups[status]) for status in sorted(groups)}


def _refused(status: int, group: Sequence[Problem]) -> Schema:
    words, content = list(dict.fromkeys(each.title for each in group)), {}
    if group:
        codes = sorted({each.code for each in group if each.code is not None})
        only: Schema = {"status": {"const": status}} | ({"code": {"enum": codes}} if codes else {})
        content["application/problem+json"] = {
            "schema": _reference("schemas", "Problem") | {"properties": only, "required": list(only)},
            "examples": {each.title: {"value": json.loads(http.refused(each).body or "")} for each in group},
        }
    if status in GATEWAY:
        words.append(f"{GATEWAY[status]}, says the gateway")
        example = {"message": GATEWAY[status]}
        content["application/json"] = {"schema": _reference("schemas", "Message"), "example": example}
    seconds = {"type": "integer", "minimum": 1, "examples": [int(http.RETRY_AFTER_SECONDS)]}
    headers = {"Retry-After": {"description": "Seconds.", "required": True, "schema": seconds}}
    said = {"headers": headers} if status == http.BUSY_STATUS else {}
    return {"description": "; ".join(words), **said, "content": content}


def _refusals(kind: Literal["activity", "tree"]) -> list[Problem]:
    """Return what a draw may be refused with."""
    return [
        BAD_ID,
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
        BUSY,
    ]


def _parameters() -> Schema:
    size = {"type": "integer", "minimum": 1, "maximum": page.SIZE_MAX, "default": page.SIZE}
    number = {"type": "integer", "minimum": 0, "maximum": 10**15 - 1}
    after = {"name": "after", "in": "query", "description": "The `next` of the page before."}
    told = "Chosen by the client, new for each draw and kept over its retries; without a comma."
    return {
        "activity_id": _path("activity_id", TEXT | NAME, ACTIVITY_ID),
        "tree_id": _path("tree_id", TEXT | NAME, TREE_ID),
        "user_id": _path("user_id", USER, USER_ID) | {"description": "`me` is the token's `sub`."},
        "order_id": _path("order_id", TEXT | ORDER_ID, an_order(ACTIVITY)["order_id"]),
        "Idempotency-Key": _path("Idempotency-Key", TEXT | KEY_TEXT, KEY) | {"in": "header", "description": told},
        "limit": {"name": "limit", "in": "query", "description": "How many at the most.", "schema": size},
        "place": after | {"schema": TEXT | PLACE},
        "number": after | {"schema": number},
    }


def _path(name: str, schema: Schema, example: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": example}


def _schemas() -> Schema:
    shapes = (answer.ActivityAnswer, answer.LogAnswer, answer.OrdersAnswer, Problem)
    adapters: Any = [(shape.__name__, "serialization", TypeAdapter(shape)) for shape in shapes]
    _, made = TypeAdapter.json_schemas(adapters, ref_template=_reference("schemas", "{model}")["$ref"])
    answers, refusal = made["$defs"], made["$defs"].pop("Problem")
    for schema in answers.values():
        del schema["title"]  # it only repeats the name, as the fields' own do
        for name, field in schema["properties"].items():
            field.pop("title", None)
            _narrow(name, field)
    limits = {"description": f"At most {request.BODY_MAX} characters in all.", "additionalProperties": False}
    return {
        "DrawRequest": limits | _object({name: BODY_FIELDS[name] for name in sorted(FIELDS)}, ["user_id"]),
        **answers,
        **{kind.__name__: _enum(kind) for kind in ENUMS.values()},
        "Problem": _problem(refusal["properties"]),
        "Message": {"description": "What the gateway says by itself."} | _object({"message": TEXT}, ["message"]),
    }


def _narrow(name: str, field: Schema) -> None:
    """Put into field what its type does not tell: a number's meaning, a text's shape."""
    for each in field.get("anyOf", [field]):
        if name in ENUMS and each["type"] != "null":
            each.clear()
            each.update(_reference("schemas", ENUMS[name].__name__))
        elif each.get("type") == "string":
            each.update(TEXTS.get(name, {}))


def _enum(kind: type[Enum]) -> Schema:
    words = ", ".join(f"{each.value} {each.name}" for each in kind)
    schema = TEXT if issubclass(kind, str) else {"type": "integer"}
    return schema | {"enum": [each.value for each in kind], "description": words}


def _problem(fields: Schema) -> Schema:
    """Return what an answer holds of a problem: a type, and no nulls."""
    told = {name: {"type": field.get("anyOf", [field])[0]["type"]} for name, field in fields.items()}
    kind = {"type": TEXT | {"const": "about:blank"}}
    words = {"description": "A refusal as RFC 9457 tells it; status and code say which, field what it is about."}
    return words | _object(kind | told, ["type", "status", "title", "detail"])


def _object(fields: Schema, required: list[str]) -> Schema:
    return {"type": "object", "properties": fields, "required": required}


def _reference(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


if __name__ == "__main__":
    sys.stdout.write(text())
