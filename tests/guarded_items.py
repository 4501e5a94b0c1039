"""What the tests of built functions put into the guarded stack, and what they find there."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from builders import SEED, a_share, an_activity, an_award, an_order, definition
from guarded_stack import GuardedStack
from tombola.aws.activity_items import activity_item, stock_item
from tombola.aws.invoices import MalformedInvoiceError, read_invoice
from tombola.aws.items import order_item, order_key
from tombola.rules.activity_states import ActivityState
from tombola.rules.award_type import AWARD_TYPES, AwardType
from tombola.rules.invoice import Invoice
from tombola.rules.order import MqState, Order

RECEIVES_MAX = 10
# The functions have the machine's clock, so what is open or overdue must be so by that clock.
NOW = datetime.now(UTC).replace(microsecond=0)
OVERDUE = NOW - timedelta(minutes=1)
NOT_YET_DUE = NOW + timedelta(days=1)


def apply_activity(stack: GuardedStack, activity_id: str, state: ActivityState = ActivityState.DOING) -> None:
    """Write an activity that everybody wins into the table, its seed sealed by the stack's key."""
    context = {"activity_id": activity_id}
    key, kms = stack.names["SeedKey"], stack.place.client("kms")
    activity = an_activity(
        a_share("3", stock=5),
        activity_id=activity_id,
        begin=NOW - timedelta(days=1),
        end=NOW + timedelta(days=1),
        state=state,
        sealed_seed=kms.encrypt(KeyId=key, Plaintext=SEED, EncryptionContext=context)["CiphertextBlob"],
    )
    _put(stack, activity_item(activity))
    _put(stack, stock_item(activity_id, "3", 0, 5))


def record_order(stack: GuardedStack, invoice: Invoice, due_at: datetime) -> None:
    """Write the waiting order that an invoice is about; sending it had failed."""
    award = an_award(
        invoice.award_id,
        award_type=AWARD_TYPES[invoice.award_type],
        award_name=invoice.award_name,
        award_content=invoice.award_content,
    )
    order = an_order(
        invoice.order_id,
        user_id=invoice.user_id,
        award=award,
        drawn_at=NOW - timedelta(hours=1),
        mq_state=MqState.FAILED,
        due_at=due_at,
    )
    _put(stack, order_item(order))


def record_coupon_order(stack: GuardedStack, url: str) -> Order:
    """Write a waiting order whose coupon provider `shop` gives, which is at url; return it."""
    prefix = stack.variables("DistributeFunction", "DistributeRole")["PROVIDER_SECRETS"]
    secrets = stack.place.client("secretsmanager")
    secrets.create_secret(Name=f"{prefix}shop", SecretString=definition(url=url))
    award = an_award(award_type=AwardType.COUPON, award_content="", source="shop")
    order = an_order(78, award=award, drawn_at=NOW - timedelta(hours=1), due_at=NOT_YET_DUE)
    _put(stack, order_item(order))
    return order


def record_parcel_order(stack: GuardedStack, order_id: int, user_id: str) -> Order:
    """Write an order of a thing that waits for its user's address; return it."""
    award = an_award(award_type=AwardType.PHYSICAL, award_content="")
    order = an_order(order_id, user_id=user_id, award=award, drawn_at=NOW, due_at=NOT_YET_DUE, accept_by=NOT_YET_DUE)
    _put(stack, order_item(order))
    return order


def failed_because(stack: GuardedStack, order: Order) -> str:
    dynamodb, key = stack.place.client("dynamodb"), order_key(order.user_id, order.order_id)
    found = dynamodb.get_item(TableName=stack.names["Table"], Key=key, ConsistentRead=True)
    return str(found["Item"]["failed_because"]["S"])


def grant_state(stack: GuardedStack, named: Invoice | Order) -> str:
    dynamodb, key = stack.place.client("dynamodb"), order_key(named.user_id, named.order_id)
    found = dynamodb.get_item(TableName=stack.names["Table"], Key=key, ConsistentRead=True)
    return str(found["Item"]["grant_state"]["N"])


def invoices_and_poison(batch: Mapping[str, Any]) -> tuple[list[Invoice], list[str]]:
    """Return the invoices of a batch, and the ids of the messages that are none."""
    invoices, poison = [], []
    for record in batch["Records"]:
        try:
            invoices.append(read_invoice(record["body"]))
        except MalformedInvoiceError:
            poison.append(record["messageId"])
    return invoices, poison


def orders_on_the_queue(stack: GuardedStack) -> set[int]:
    sqs = stack.place.client("sqs")
    named: set[int] = set()
    for _ in range(RECEIVES_MAX):
        answer = sqs.receive_message(QueueUrl=stack.names["Queue"], MaxNumberOfMessages=10)
        if not answer.get("Messages"):
            break
        named |= {json.loads(message["Body"])["orderId"] for message in answer["Messages"]}
    return named


def _put(stack: GuardedStack, item: Mapping[str, Any]) -> None:
    stack.place.client("dynamodb").put_item(TableName=stack.names["Table"], Item=item)
