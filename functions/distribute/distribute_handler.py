"""SQS, Kafka or a stream: grant the prize that each message names; one that fails goes back to its transport."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tombola.aws import clients, clock, telemetry, transport
from tombola.aws.code_ledger import DynamoCodePool
from tombola.aws.ledger import DynamoLedger
from tombola.aws.prizes import Means, providers
from tombola.aws.settings import Settings
from tombola.aws.start import at_start
from tombola.flows.distribute import DistributePorts
from tombola.flows.distribute_batch import Done, distribute_batch

THREADS = 10  # as many as a batch has messages (template.yaml): a grant waits for answers nearly all the time


@at_start
def wire() -> DistributePorts:
    """Build the adapters, once an execution environment."""
    settings = Settings.from_env()
    dynamodb = clients.dynamodb_client()
    ledger = DynamoLedger(dynamodb, settings.table_name)
    means = Means(
        ledger=ledger,
        pool=DynamoCodePool(dynamodb, settings.table_name),
        codes_low=settings.codes_low,
        tell_low=telemetry.tell_low_pool,
    )
    return DistributePorts(ledger=ledger, prizes=providers(means), waits=settings.waits)


@telemetry.log.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    clock.begin_invocation(context)
    inbox, deadline, now = transport.inbox(event), clock.deadline_of(context), clock.utc_now()
    messages, back = inbox.messages(event), {}
    with ThreadPoolExecutor(THREADS) as threads:
        for ended in distribute_batch(messages, wire(), deadline, threads.map, now):
            if isinstance(ended, Done):
                telemetry.tell_grant(ended.order, ended.grant, clock.utc_now(), ended.message_id)
            else:
                telemetry.tell_back(ended.message_id, ended.error)
                back[ended.message_id] = ended.error
    return inbox.answer(event, back)
