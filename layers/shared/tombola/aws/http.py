"""Requests and answers of the HTTP API."""

import base64
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from tombola.aws import telemetry
from tombola.aws.activity_cache import SHOWN
from tombola.aws.settings import Settings
from tombola.rules.answer import order_answer
from tombola.rules.claims import facts_in
from tombola.rules.order import Order
from tombola.rules.page import PageRequest
from tombola.rules.problem import BusyError, Problem, busy, unforeseen
from tombola.rules.request import CLAIM_ROUTE, Asked, Bearer, DrawRequest, Target, read_draw_request
from tombola.rules.verdict import Drawn

RETRY_AFTER_SECONDS = "1"
BUSY_STATUS = 503
PUBLIC_ROUTES = frozenset({"GET /activities/{activity_id}", "GET /activities/{activity_id}/log"})
# A cache keeps an answer as long as the function keeps the stock. The gateway names the page's origin in each answer,
# so that a cache must tell the origins apart.
FOR_ANYBODY = {"Cache-Control": f"public, max-age={SHOWN.seconds}", "Vary": "Origin"}
FOR_NOBODY_ELSE = {"Cache-Control": "no-store"}
ANY_PATH = r"(?s:.+)"  # a decoded name may hold a slash, or anything


def resolver() -> APIGatewayHttpResolver:
    """Return a router, without validation (it costs a cold start), that answers whatever happens.

    503 when asking again is safe, 500 with the request's id for an error that nobody foresaw.
    """
    app = APIGatewayHttpResolver()

    def refuse_busy(error: BusyError) -> Response[str]:
        telemetry.tell_busy(error)
        return refused(busy())

    def refuse_unforeseen(error: Exception) -> Response[str]:
        telemetry.tell_unforeseen(error)
        return refused(unforeseen(app.current_event.request_context.request_id))

    app.exception_handler(BusyError)(refuse_busy)
    app.exception_handler(Exception)(refuse_unforeseen)
    return app


def drawn(result: Drawn | Problem) -> Response[str]:
    """Answer a draw: 201 for a new order, 200 for the same one again."""
    if isinstance(result, Problem):
        return refused(result)
    return _json(200 if result.repeat else 201, order_answer(result.order), FOR_NOBODY_ELSE)


def accepted(result: Order | Problem, route_key: str) -> Response[str]:
    """Answer a claim, or an address, with the order as it is now; the address is in no answer and in no log."""
    if isinstance(result, Problem):
        return shown(result, route_key)
    telemetry.tell_accepted(result, "claimed" if route_key == CLAIM_ROUTE else "address given")
    return shown(order_answer(result), route_key)


def shown(result: Mapping[str, Any] | Problem, route_key: str) -> Response[str]:
    """Answer a look at what is on record; caches may keep what everybody may see, and no error."""
    if isinstance(result, Problem):
        telemetry.tell_problem(result)
        return refused(result)
    return _json(200, result, FOR_ANYBODY if route_key in PUBLIC_ROUTES else FOR_NOBODY_ELSE)


def refused(problem: Problem) -> Response[str]:
    """Answer with problem as an RFC 9457 document."""
    body = {"type": "about:blank", **{name: value for name, value in asdict(problem).items() if value is not None}}
    again = {"Retry-After": RETRY_AFTER_SECONDS} if problem.status == BUSY_STATUS else {}
    headers = {**FOR_NOBODY_ELSE, **again}
    return Response(problem.status, "application/problem+json", json.dumps(body, ensure_ascii=False), dict(headers))


def _json(status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> Response[str]:
    return Response(status, "application/json", json.dumps(body, ensure_ascii=False), dict(headers))


def draw_request(event: Mapping[str, Any], settings: Settings) -> DrawRequest | Problem:
    names, key = _names(event), header(event, "idempotency-key")
    target = Target("tree", names["tree_id"]) if "tree_id" in names else Target("activity", names["activity_id"])
    return read_draw_request(target, key, body_text(event), bearer_of(event, settings))


def asked(event: Mapping[str, Any], settings: Settings) -> Asked:
    query = event.get("queryStringParameters") or {}
    page = PageRequest(after=query.get("after"), limit=query.get("limit"))
    return Asked(names=_names(event), page=page, bearer=bearer_of(event, settings))


def header(event: Mapping[str, Any], name: str) -> str | None:
    """Return the header of that name, in whatever case it came; more than one joined by commas, as a gateway does."""
    headers: Mapping[str, str] = event.get("headers") or {}
    found = [value for each, value in headers.items() if each.lower() == name]
    return ",".join(found) if found else None


def _names(event: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the names that the gateway found in the path; one that is missing is empty, which nothing is called."""
    return defaultdict(str, event.get("pathParameters") or {})


def bearer_of(event: Mapping[str, Any], settings: Settings) -> Bearer | None:
    """Return whom the request's token stands for; None where callers sign for themselves and name the user.

    The gateway has verified the token. Where tokens are asked for, none stands for nobody.
    """
    if settings.authorization != "jwt":
        return None
    authorizer = event["requestContext"].get("authorizer") or {}
    claims: Mapping[str, str] = authorizer.get("jwt", {}).get("claims", {})
    return Bearer(claims.get("sub", ""), facts_in(claims, settings.fact_claims))


def body_text(event: Mapping[str, Any]) -> str | None:
    """Return the body as text, None if there is none; bytes that are no UTF-8 become U+FFFD, as in the gateway."""
    body: str | None = event.get("body")
    if body is None or not event.get("isBase64Encoded"):
        return body
    try:
        return base64.b64decode(body, validate=True).decode(errors="replace")
    except ValueError:
        return None
