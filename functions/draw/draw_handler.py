"""HTTP API: draw, and show orders, activities and their logs."""

from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from tombola.aws import clients, clock, http, telemetry
from tombola.aws.activities import CachedActivities
from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.aws.ledger import DynamoLedger
from tombola.aws.outbox import SqsOutbox
from tombola.aws.settings import Settings
from tombola.aws.start import at_start
from tombola.flows.draw import World, draw
from tombola.flows.show import show_activity, show_log, show_order, show_orders
from tombola.rules.problem import Problem
from tombola.rules.request import Target

app = http.resolver()


@at_start
def wire() -> tuple[World, Settings]:
    """Build the adapters, once an execution environment."""
    settings, dynamodb = Settings.from_env(), clients.dynamodb_client()
    activities = CachedActivities(DynamoActivityLedger(dynamodb, settings.table_name), clients.kms_client())
    outbox = SqsOutbox(clients.sqs_client(), settings.queue_url)
    ledger = DynamoLedger(dynamodb, settings.table_name)
    return World(activities=activities, ledger=ledger, outbox=outbox, waits=settings.waits), settings


@app.post("/activities/<name>/draws")
def post_draw(name: str) -> Response[str]:
    return _draw(Target("activity", unquote(name)))


@app.post("/trees/<name>/draws")
def post_tree_draw(name: str) -> Response[str]:
    return _draw(Target("tree", unquote(name)))


def _draw(target: Target) -> Response[str]:
    world, settings = wire()
    request = http.draw_request(app.current_event.raw_event, target, settings)
    deadline = clock.deadline_of(app.lambda_context)
    result = request if isinstance(request, Problem) else draw(request, world, deadline, clock.utc_now())
    telemetry.tell_draw(result)
    return http.drawn(result)


@app.get("/users/<user_id>/draws")
def get_orders(user_id: str) -> Response[str]:
    world, settings = wire()
    event = app.current_event.raw_event
    return http.shown(show_orders(unquote(user_id), http.page_of(event), http.bearer_of(event, settings), world.ledger))


@app.get("/users/<user_id>/draws/<order_id>")
def get_order(user_id: str, order_id: str) -> Response[str]:
    world, settings = wire()
    bearer = http.bearer_of(app.current_event.raw_event, settings)
    return http.shown(show_order(unquote(user_id), unquote(order_id), bearer, world.ledger))


@app.get("/activities/<activity_id>")
def get_activity(activity_id: str) -> Response[str]:
    world, _ = wire()
    return http.shown(show_activity(unquote(activity_id), world.activities, world.ledger, clock.utc_now()))


@app.get("/activities/<activity_id>/log")
def get_log(activity_id: str) -> Response[str]:
    page, (world, _) = http.page_of(app.current_event.raw_event), wire()
    return http.shown(show_log(unquote(activity_id), page, world.activities, clock.utc_now()))


@telemetry.log.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    telemetry.log.set_correlation_id(event["requestContext"]["requestId"])
    return app.resolve(http.as_routed(event), context)
