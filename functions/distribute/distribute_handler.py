"""SQS: grant the prize that each invoice of the batch names; a message that fails goes back to the queue."""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from tombola.aws import clients, clock, telemetry
from tombola.aws.code_ledger import DynamoCodePool
from tombola.aws.events import sqs_records
from tombola.aws.invoices import MalformedInvoiceError, orders_named, read_invoice
from tombola.aws.ledger import DynamoLedger
from tombola.aws.prizes import Means, providers
from tombola.aws.settings import Settings
from tombola.aws.start import at_start
from tombola.flows.distribute import DistributePorts, PoisonError, distribute, order_named
from tombola.rules.problem import BusyError

# One poison message is no failure of the function: it goes back alone, and in the end to the dead letters.
processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)


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
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    clock.begin_invocation(context)
    records = sqs_records(event)
    orders = wire().ledger.orders(orders_named(record.get("body") for record in records))

    def deliver(record: SQSRecord) -> None:
        telemetry.log.set_correlation_id(record.message_id)
        try:
            invoice, now = read_invoice(record.get("body")), clock.utc_now()
            order = order_named(invoice, orders)
            telemetry.tell_grant(order, distribute(order, wire(), now), now)
        except (BusyError, MalformedInvoiceError, PoisonError) as error:
            telemetry.tell_undelivered(record.message_id, f"{type(error).__name__}: {error}")
            raise
        except Exception as error:
            telemetry.tell_undelivered(record.message_id, type(error).__name__)  # its text may hold anything
            raise

    return process_partial_response(event=event, record_handler=deliver, processor=processor, context=context)
