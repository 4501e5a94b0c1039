"""HTTP API: draw, and show what is on record. The gateway has matched the route; rawPath says nothing more."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from tombola.aws import clients, clock, http, telemetry
from tombola.aws.activity_cache import CachedActivities
from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.aws.events import check_http_event
from tombola.aws.ledger import DynamoLedger
from tombola.aws.outbox import SqsOutbox
from tombola.aws.settings import Settings
from tombola.aws.start import at_start
from tombola.flows.draw import DrawPorts, draw
from tombola.flows.show import show_activity, show_log, show_order, show_orders
from tombola.rules.problem import Problem

app = http.resolver()
SHOWS = {
    "GET /users/{user_id}/draws": show_orders,
    "GET /users/{user_id}/draws/{order_id}": show_order,
    "GET /activities/{activity_id}": show_activity,
    "GET /activities/{activity_id}/log": show_log,
}


@at_start
def wire() -> tuple[DrawPorts, Settings]:
    """Build the adapters, once an execution environment."""
    settings, dynamodb = Settings.from_env(), clients.dynamodb_client()
    ledger = DynamoLedger(dynamodb, settings.table_name, tell_missing=telemetry.tell_missing)
    on_record = DynamoActivityLedger(dynamodb, settings.table_name)
    activities = CachedActivities(on_record, clients.kms_client(), ledger.stock_shown)
    outbox = SqsOutbox(clients.sqs_client(), settings.queue_url, clock.monotonic)
    return DrawPorts(activities=activities, ledger=ledger, outbox=outbox, waits=settings.waits), settings


@app.post(http.ANY_PATH)
def post_draw() -> Response[str]:
    (ports, settings), event = wire(), app.current_event.raw_event
    request, deadline = http.draw_request(event, settings), clock.deadline_of(app.lambda_context)
    result = request if isinstance(request, Problem) else draw(request, ports, deadline, clock.utc_now())
    telemetry.tell_draw(result)
    return http.drawn(result)


@app.get(http.ANY_PATH)
def get_record() -> Response[str]:
    (ports, settings), event = wire(), app.current_event.raw_event
    show, asked = SHOWS[event["routeKey"]], http.asked(event, settings)
    return http.shown(show(asked, ports.activities, ports.ledger, clock.utc_now()), event["routeKey"])


@telemetry.log.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    check_http_event(event)
    telemetry.log.set_correlation_id(event["requestContext"]["requestId"])
    return app.resolve(event, context)
