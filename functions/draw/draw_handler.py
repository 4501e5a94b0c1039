"""HTTP API: draw, accept prizes, show what is on record. The gateway has matched the route; rawPath says no more."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from tombola.aws import clock, http, telemetry
from tombola.aws.adapters import Adapters, draw_adapters
from tombola.aws.events import check_http_event
from tombola.aws.start import at_start
from tombola.flows.draw import DrawPorts, draw
from tombola.flows.show import SHOWS
from tombola.rules.problem import Problem

app = http.resolver()


@at_start
def wire() -> tuple[DrawPorts, Adapters]:
    """Build the adapters, once an execution environment."""
    activities, ledger, outbox, settings = made = draw_adapters()
    return DrawPorts(activities=activities, ledger=ledger, outbox=outbox, waits=settings.waits), made


@app.post(http.ANY_PATH)
def post() -> Response[str]:
    (ports, made), event = wire(), app.current_event.raw_event
    if not event["routeKey"].endswith("/draws"):
        return accept_prize()
    request, deadline = http.draw_request(event, made.settings), clock.deadline_of(app.lambda_context)
    result = request if isinstance(request, Problem) else draw(request, ports, deadline, clock.utc_now())
    telemetry.tell_draw(result)
    return http.drawn(result)


@app.put(http.ANY_PATH)
def accept_prize() -> Response[str]:
    from tombola.flows.accept import AcceptPorts, accept  # noqa: PLC0415 - it brings the check of addresses

    (_, made), event, deadline = wire(), app.current_event.raw_event, clock.deadline_of(app.lambda_context)
    ports = AcceptPorts(ledger=made.ledger, outbox=made.outbox, waits=made.settings.waits)
    asked, body, route = http.asked(event, made.settings), http.body_text(event), event["routeKey"]
    return http.accepted(accept(route, asked, body, ports, deadline, clock.utc_now()), route)


@app.get(http.ANY_PATH)
def get_record() -> Response[str]:
    (ports, made), event = wire(), app.current_event.raw_event
    show, asked = SHOWS[event["routeKey"]], http.asked(event, made.settings)
    return http.shown(show(asked, ports.activities, ports.ledger, clock.utc_now()), event["routeKey"])


@telemetry.log.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    check_http_event(event)
    telemetry.log.set_correlation_id(event["requestContext"]["requestId"])
    return app.resolve(event, context)
