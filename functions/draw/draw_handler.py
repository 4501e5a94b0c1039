"""HTTP API: draw, and show an order or an activity."""

from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from tombola.aws import clients, clock, http, telemetry
from tombola.aws.activities import CachedActivities
from tombola.aws.ledger import DynamoLedger
from tombola.aws.outbox import SqsOutbox
from tombola.aws.settings import Settings
from tombola.aws.start import at_start
from tombola.flows.draw import World, draw
from tombola.flows.show import show_activity, show_order
from tombola.rules.problem import Problem
from tombola.rules.request import read_draw_request

app = http.resolver()


@at_start
def wire() -> World:
    """Build the adapters, once an execution environment."""
    settings = Settings.from_env()
    ledger = DynamoLedger(clients.dynamodb_client(), settings.table_name)
    activities = CachedActivities(ledger, clients.kms_client())
    outbox = SqsOutbox(clients.sqs_client(), settings.queue_url)
    return World(activities=activities, ledger=ledger, outbox=outbox, waits=settings.waits)


@app.post("/activities/<activity_id>/draws")
def post_draw(activity_id: str) -> Response[str]:
    event, deadline = app.current_event.raw_event, clock.deadline_of(app.lambda_context)
    request = read_draw_request(
        unquote(activity_id), event.get("headers", {}).get("idempotency-key"), http.body_text(event)
    )
    result = request if isinstance(request, Problem) else draw(request, wire(), deadline, clock.utc_now())
    telemetry.tell_draw(result)
    return http.drawn(result)


@app.get("/users/<user_id>/draws/<order_id>")
def get_order(user_id: str, order_id: str) -> Response[str]:
    return http.shown(show_order(unquote(user_id), unquote(order_id), wire().ledger))


@app.get("/activities/<activity_id>")
def get_activity(activity_id: str) -> Response[str]:
    return http.shown(show_activity(unquote(activity_id), wire().activities, wire().ledger, clock.utc_now()))


@telemetry.log.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    telemetry.log.set_correlation_id(event["requestContext"]["requestId"])
    return app.resolve(http.as_routed(event), context)
