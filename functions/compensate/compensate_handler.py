"""Schedule, every minute: repair what drawing and distributing left behind."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tombola.aws import clients, clock, telemetry
from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.aws.due_index import DueIndex
from tombola.aws.ledger import DynamoLedger
from tombola.aws.outbox import SqsOutbox
from tombola.aws.settings import Settings
from tombola.aws.start import at_start
from tombola.flows.compensate import World, compensate

THREADS = 4  # lanes worked off at a time


@at_start
def wire() -> World:
    """Build the adapters, once an execution environment."""
    settings = Settings.from_env()
    dynamodb = clients.dynamodb_client()
    return World(
        ledger=DynamoLedger(dynamodb, settings.table_name),
        lanes=DueIndex(dynamodb, settings.table_name),
        activities=DynamoActivityLedger(dynamodb, settings.table_name),
        outbox=SqsOutbox(clients.sqs_client(), settings.queue_url, clock.monotonic),
        waits=settings.waits,
    )


@telemetry.log.inject_lambda_context(correlation_id_path="id")
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    with ThreadPoolExecutor(THREADS) as threads:
        report = compensate(wire(), clock.deadline_of(context), threads.map, clock.utc_now())
    telemetry.tell_compensation(report)
    if report.errors:  # all the rest is done: now the alarm of this function's errors is to ring
        raise report.errors[0]
    return {
        "resent": report.resent,
        "send_failed": report.send_failed,
        "parked": len(report.parked),
        "moved": len(report.moved),
    }
