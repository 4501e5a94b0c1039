"""Schedule, every minute: repair what drawing and distributing left behind. A worker's event: of some lanes only."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tombola.aws import clients, clock, telemetry, transport
from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.aws.due_index import DueIndex
from tombola.aws.events import worker_lanes
from tombola.aws.settings import Settings
from tombola.aws.start import at_start
from tombola.aws.void_ledger import VoidLedger
from tombola.aws.workers import LambdaWorkers
from tombola.flows.compensate import compensate, work
from tombola.flows.repair import RepairPorts
from tombola.rules.problem import UnfinishedError

THREADS = 4  # lanes worked off at a time: more would only fill the index faster than distribution empties it


@at_start
def wire() -> RepairPorts:
    """Build the adapters, once an execution environment."""
    settings = Settings.from_env()
    dynamodb = clients.dynamodb_client()
    return RepairPorts(
        ledger=VoidLedger(dynamodb, settings.table_name),
        lanes=DueIndex(dynamodb, settings.table_name),
        activities=DynamoActivityLedger(dynamodb, settings.table_name),
        outbox=transport.outbox(settings.transport),
        workers=LambdaWorkers(
            clients.lambda_client, os.environ.get("AWS_LAMBDA_FUNCTION_NAME", ""), telemetry.tell_not_started
        ),
        workers_max=round(float(settings.repair_workers)),
        waits=settings.waits,
    )


@telemetry.log.inject_lambda_context(correlation_id_path="id")
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    lanes, deadline, now = worker_lanes(event), clock.deadline_of(context), clock.utc_now()
    with ThreadPoolExecutor(THREADS) as threads:
        if lanes is None:
            report = compensate(wire(), deadline, threads.map, now)
        else:
            report = work(wire(), deadline, threads.map, lanes, now)
    telemetry.tell_compensation(report)
    if report.errors:  # all the rest is done: now the alarm of this function's errors is to ring
        raise UnfinishedError(type(report.errors[0]).__name__) from None
    return {
        "resent": report.resent,
        "send_failed": report.send_failed,
        "parked": len(report.parked),
        "moved": len(report.moved),
    }
