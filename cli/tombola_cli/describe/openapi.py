"""The HTTP API as OpenAPI 3.1, made from the code that takes the requests and gives the answers.

docs/openapi.json holds text(): `.venv/bin/python -m tombola_cli.describe.openapi > docs/openapi.json` renews it.
"""

import json
import sys
from collections.abc import Sequence
from typing import Any

from tombola.aws import http
from tombola.rules import answer, problem
from tombola_cli.describe import openapi_shapes as shapes
from tombola_cli.describe.examples import (
    ACTIVITY,
    ACTIVITY_ID,
    ADDRESS,
    FACTS,
    KEY,
    TREE,
    TREE_ID,
    USER_ID,
    a_campaign,
    an_order,
    some_quotas,
)
from tombola_cli.describe.openapi_responses import (
    accept_refusals,
    activity_refusals,
    answered,
    bad_cursor,
    draw_refusals,
    reference,
    refused,
    user_refusals,
)
from tombola_cli.describe.openapi_shapes import Schema

ON_RECORD = "As it is on record."


def document() -> Schema:
    """Return the document, every time the same."""
    return {
        "openapi": "3.1.1",
        "info": _info(),
        "servers": [_server()],
        "security": [{"sigv4": []}, {"jwt": []}],
        "paths": {
            "/activities/{activity_id}/draws": {"post": _draw()},
            "/trees/{tree_id}/draws": {"post": _draw_through_tree()},
            "/users/{user_id}/draws": {"get": _list_draws()},
            "/users/{user_id}/draws/{order_id}": {"get": _show_draw()},
            "/users/{user_id}/draws/{order_id}/claim": {"post": _claim()},
            "/users/{user_id}/draws/{order_id}/shipping-address": {"put": _give_address()},
            "/users/{user_id}/quotas/{activity_id}": {"get": _show_quotas()},
            "/activities/{activity_id}": {"get": _show_activity()},
            "/activities/{activity_id}/log": {"get": _show_log()},
        },
        "components": {
            "schemas": shapes.schemas(),
            "parameters": _parameters(),
            "securitySchemes": _security_schemes(),
        },
    }


def text() -> str:
    """Return the document as docs/openapi.json holds it."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _info() -> Schema:
    return {
        "title": "Tombola",
        "summary": "Prize draws: answered at once, granted afterwards, the same again for the same key.",
        "version": "1",
        "description": "A stack takes either requests that servers sign (`sigv4`; the body names the user) or the "
        "tokens of users (`jwt`; the user is the token's `sub`); on the local stack neither is asked for.",
        "license": {"name": "MIT", "identifier": "MIT"},
    }


def _server() -> Schema:
    return {
        "url": "https://{api_id}.execute-api.{region}.amazonaws.com",
        "variables": {"api_id": {"default": "example"}, "region": {"default": "eu-central-1"}},
    }


def _security_schemes() -> Schema:
    return {
        "sigv4": {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "x-amazon-apigateway-authtype": "awsSigv4",
        },
        "jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    }


def _draw() -> Schema:
    return _operation(
        "draw",
        "Draw an activity",
        parameters=["activity_id", "Idempotency-Key"],
        responses=_drawn(an_order(ACTIVITY)) | refused(draw_refusals("activity")),
        body=("DrawRequest", {"user_id": USER_ID}),
    )


def _draw_through_tree() -> Schema:
    return _operation(
        "drawThroughTree",
        "Draw the activity that facts lead to",
        parameters=["tree_id", "Idempotency-Key"],
        responses=_drawn(an_order(TREE)) | refused(draw_refusals("tree")),
        body=("DrawRequest", {"user_id": USER_ID, "facts": FACTS}),
    )


def _drawn(order: answer.OrderAnswer) -> Schema:
    return {
        "200": answered("OrderAnswer", order, "The order that an earlier request with this key made."),
        "201": answered("OrderAnswer", order, "A new order."),
    }


def _list_draws() -> Schema:
    draws = {"draws": [an_order(ACTIVITY)], "unreadable": 0, "next": None}
    return _operation(
        "listDraws",
        "Show a user's draws, newest first",
        parameters=["user_id", "limit", "place"],
        responses={"200": answered("OrdersAnswer", draws, ON_RECORD), **refused([*user_refusals(), bad_cursor()])},
    )


def _show_draw() -> Schema:
    refusals = [*user_refusals(), problem.unknown("order", "7")]
    return _operation(
        "showDraw",
        "Show a draw",
        parameters=["user_id", "order_id"],
        responses={"200": answered("OrderAnswer", an_order(ACTIVITY), ON_RECORD), **refused(refusals)},
    )


def _claim() -> Schema:
    return _operation(
        "claim",
        "Claim a prize before its deadline",
        parameters=["user_id", "order_id"],
        responses=_accepted("The draw, whose prize is claimed, now or before.") | refused(accept_refusals()),
    )


def _give_address() -> Schema:
    bad = problem.malformed("postcode", "postcode has not the form of that country's postcodes")
    return _operation(
        "giveShippingAddress",
        "Give the address that a prize is sent to, or another one until its parcel leaves; this claims it, too",
        parameters=["user_id", "order_id"],
        responses=_accepted("The draw; no answer shows the address.") | refused([bad, *accept_refusals()]),
        body=("ShippingAddress", ADDRESS),
    )


def _accepted(description: str) -> Schema:
    return {"200": answered("OrderAnswer", an_order(ACTIVITY), description)}


def _show_quotas() -> Schema:
    shown = answered("UserQuotasAnswer", some_quotas(), "As the user's last draw left it.")
    return _operation(
        "showQuotas",
        "Show how many draws of an activity are left to a user, and when there are more",
        parameters=["user_id", "activity_id"],
        responses={"200": shown, **refused([*user_refusals(), *activity_refusals()])},
    )


def _show_activity() -> Schema:
    campaign, _ = a_campaign()
    stock = {share.award.award_id: share.stock for share in campaign.shares if share.stock is not None}
    shown = answered("ActivityAnswer", answer.activity_answer(campaign, stock), ON_RECORD, kept=http.FOR_ANYBODY)
    return _operation(
        "showActivity",
        "Show an activity: odds, stock, commitment",
        parameters=["activity_id"],
        responses={"200": shown, **refused(activity_refusals())},
    )


def _show_log() -> Schema:
    _, entries = a_campaign()
    log = {"entries": [answer.entry_answer(each) for each in entries], "unreadable": 0, "next": None}
    shown = answered("LogAnswer", log, ON_RECORD, kept=http.FOR_ANYBODY)
    return _operation(
        "showLog",
        "Show its log, oldest first",
        parameters=["activity_id", "limit", "number"],
        responses={"200": shown, **refused([bad_cursor(), *activity_refusals()])},
    )


def _operation(
    operation_id: str,
    summary: str,
    *,
    parameters: Sequence[str],
    responses: Schema,
    body: tuple[str, Schema] | None = None,
) -> Schema:
    """Return an operation; body is the shape of its request, and an example."""
    said: Schema = {
        "operationId": operation_id,
        "summary": summary,
        "parameters": [reference("parameters", each) for each in parameters],
    }
    if body:
        shape, example = body
        content = {"schema": reference("schemas", shape), "example": example}
        said["requestBody"] = {"required": True, "content": {"application/json": content}}
    return said | {"responses": responses}


def _parameters() -> Schema:
    return {
        "activity_id": _in_path("activity_id", shapes.Name, ACTIVITY_ID),
        "tree_id": _in_path("tree_id", shapes.Name, TREE_ID),
        "user_id": _in_path("user_id", shapes.UserId, USER_ID) | {"description": "`me` is the token's `sub`."},
        "order_id": _in_path("order_id", shapes.OrderId, an_order(ACTIVITY)["order_id"]),
        "Idempotency-Key": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "schema": shapes.schema_of(shapes.Key),
            "example": KEY,
            "description": "Chosen by the client, new for each draw and kept over its retries; without a comma.",
        },
        "limit": _in_query("limit", shapes.PageSize, "How many at the most."),
        "place": _in_query("after", shapes.Place, "The `next` of the page before."),
        "number": _in_query("after", shapes.EntryNumber, "The `next` of the page before."),
    }


def _in_path(name: str, shape: Any, example: str) -> Schema:  # noqa: ANN401 - as schema_of
    return {"name": name, "in": "path", "required": True, "schema": shapes.schema_of(shape), "example": example}


def _in_query(name: str, shape: Any, description: str) -> Schema:  # noqa: ANN401 - as schema_of
    return {"name": name, "in": "query", "description": description, "schema": shapes.schema_of(shape)}


if __name__ == "__main__":
    sys.stdout.write(text())
