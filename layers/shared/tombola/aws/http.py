"""Requests and answers of the HTTP API."""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from tombola.aws import telemetry
from tombola.aws.settings import Settings
from tombola.rules.answer import order_answer
from tombola.rules.page import PageRequest
from tombola.rules.problem import BusyError, Problem, busy
from tombola.rules.request import Bearer, DrawRequest, Target, read_draw_request
from tombola.rules.verdict import Drawn

RETRY_AFTER_SECONDS = "1"
BUSY_STATUS = 503


def resolver() -> APIGatewayHttpResolver:
    """Return a router, without validation (it costs a cold start), that answers 503 when asking again is safe."""
    app = APIGatewayHttpResolver()

    def refuse_busy(error: BusyError) -> Response[str]:
        telemetry.tell_busy(error)
        return refused(busy())

    app.exception_handler(BusyError)(refuse_busy)
    return app


def drawn(result: Drawn | Problem) -> Response[str]:
    """Answer a draw: 201 for a new order, 200 for the same one again."""
    if isinstance(result, Problem):
        return refused(result)
    return _json(200 if result.repeat else 201, order_answer(result.order))


def shown(result: Mapping[str, Any] | Problem) -> Response[str]:
    return refused(result) if isinstance(result, Problem) else _json(200, result)


def refused(problem: Problem) -> Response[str]:
    """Answer with problem as an RFC 9457 document."""
    body = {
        "type": "about:blank",
        **{name: value for name, value in asdict(problem).items() if value is not None},
    }
    headers = {"Retry-After": RETRY_AFTER_SECONDS} if problem.status == BUSY_STATUS else {}
    return Response(problem.status, "application/problem+json", json.dumps(body, ensure_ascii=False), dict(headers))


def _json(status: int, body: Mapping[str, Any]) -> Response[str]:
    return Response(status, "application/json", json.dumps(body, ensure_ascii=False))


def draw_request(event: Mapping[str, Any], target: Target, settings: Settings) -> DrawRequest | Problem:
    key = event.get("headers", {}).get("idempotency-key")
    return read_draw_request(target, key, body_text(event), bearer_of(event, settings))


def page_of(event: Mapping[str, Any]) -> PageRequest:
    asked = event.get("queryStringParameters") or {}
    return PageRequest(after=asked.get("after"), limit=asked.get("limit"))


def bearer_of(event: Mapping[str, Any], settings: Settings) -> Bearer | None:
    """Return whom the request's token stands for; None where callers sign for themselves and name the user.

    The gateway has verified the token, and hands no request on without one; its claims are texts.
    """
    if settings.authorization != "jwt":
        return None
    claims: Mapping[str, str] = event["requestContext"]["authorizer"]["jwt"]["claims"]
    names = [name.strip() for name in settings.fact_claims.split(",") if name.strip()]
    return Bearer(claims.get("sub", ""), {name: claims[name] for name in names if name in claims})


def body_text(event: Mapping[str, Any]) -> str | None:
    """Return the body as text, None if there is none or it is no text."""
    body: str | None = event.get("body")
    if body is None or not event.get("isBase64Encoded"):
        return body
    try:
        return base64.b64decode(body, validate=True).decode()
    except ValueError:
        return None


def as_routed(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return event with the path that the gateway matched, each parameter encoded again.

    The gateway decodes the path, so that a user id with a slash or a quote would match no route here.
    """
    _, _, path = event["routeKey"].partition(" ")
    for name, value in (event.get("pathParameters") or {}).items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return {**event, "rawPath": path, "requestContext": {**event["requestContext"], "stage": "$default"}}
