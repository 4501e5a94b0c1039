"""The stack that the events are sent to: its own, with what each event needs, and quiet but for them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from builders import an_award, an_order
from sam_local.answers import Expected, Orders
from tombola.aws.items import order_item, order_key
from tombola.rules.award_type import AwardType
from tombola.rules.order import MqState
from tombola_cli.files.repository import ROOT, SAMPLE_ACTIVITIES
from tombola_cli.files.tree_file import read_tree
from tombola_cli.local import install, local_stack
from tombola_cli.local.launch import launch
from tombola_cli.local.local_stack import Tell
from tombola_cli.local.loopback import free_port
from tombola_cli.operate import rule_trees
from tombola_cli.operate.stack import LOCAL_REGION, Place, Stack

NAME = "sam-local"
TREE = ROOT / "trees/2110081902.yaml"
DAY = timedelta(days=1)
A_DAY = str(int(DAY.total_seconds()))
# Nothing falls due by itself: whatever compensation finds was put there for it.
PARAMETERS = {**local_stack.PARAMETERS, "FirstCheckSeconds": A_DAY, "ResendAfterSeconds": A_DAY}
USERS = ("xiaofuge", "fustack")  # of the events
GRANTED = "1"


@contextmanager
def running(home: Path, tell: Tell) -> Iterator[Stack]:
    """Yield the stack with the sample activities and the sample tree; it ends with the block."""
    environment = install.emulator(ROOT, tell)
    try:
        endpoint_url = local_stack.start(home, environment, free_port())
        place = Place(endpoint_url=endpoint_url, region=LOCAL_REGION)
        stack = local_stack.deployed(place, environment, tell, NAME, PARAMETERS)
        _quiet(stack)
        for file in SAMPLE_ACTIVITIES:
            launch(file, stack)
        rule_trees.apply(read_tree(TREE), stack)
        yield stack
    finally:
        local_stack.down(home)


def _quiet(stack: Stack) -> None:
    """Keep the stack's own functions from doing what the events are to do."""
    functions, schedules = stack.client("lambda"), stack.client("events")
    for mapping in functions.list_event_source_mappings(FunctionName=stack.distribute_function)["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    for rule in schedules.list_rules()["Rules"]:
        schedules.disable_rule(Name=rule["Name"])


def begin_anew(stack: Stack) -> None:
    """Remove what the users of the events have: the next one to send them finds the stack as it was."""
    dynamodb = stack.client("dynamodb")
    for user in USERS:
        found = dynamodb.query(
            TableName=stack.table_name,
            KeyConditionExpression="pk = :user",
            ExpressionAttributeValues={":user": order_key(user, 0)["pk"]},
        )
        for item in found["Items"]:
            dynamodb.delete_item(TableName=stack.table_name, Key={name: item[name] for name in ("pk", "sk")})


def put_what_it_has(expected: Expected, stack: Stack) -> None:
    """Put the orders that the event needs."""
    now, dynamodb = stack.now(), stack.client("dynamodb")
    states: Mapping[str, Mapping[str, Any]] = {
        "waiting": {"due_at": now + DAY, "wake": True},
        "overdue": {"due_at": now - DAY, "mq_state": MqState.FAILED},
        "parcel": {
            "award": an_award(award_type=AwardType.PHYSICAL, award_content=""),
            "due_at": now + DAY,
            "accept_by": now + DAY,
        },
    }
    for state, orders in expected.has.items():
        for user_id, order_id in _each(orders):
            order = an_order(order_id, user_id=user_id, drawn_at=now - 2 * DAY, **states[state])
            dynamodb.put_item(TableName=stack.table_name, Item=order_item(order))


def faults_in(expected: Expected, stack: Stack) -> list[str]:
    """Return a sentence for each order that should be granted now and is not, and for dead letters too many or few."""
    return [*_not_granted(expected, stack), *_not_buried(expected, stack)]


def _not_granted(expected: Expected, stack: Stack) -> Iterator[str]:
    dynamodb = stack.client("dynamodb")
    for user_id, order_id in _each(expected.granted):
        key = order_key(user_id, order_id)
        item = dynamodb.get_item(TableName=stack.table_name, Key=key, ConsistentRead=True)["Item"]
        if item["grant_state"]["N"] != GRANTED:
            yield f"order {order_id} of {user_id}: expected grant_state 1, got {item['grant_state']['N']}"


def _not_buried(expected: Expected, stack: Stack) -> Iterator[str]:
    """Take the dead letters away, so that the next event finds none."""
    sqs, got = stack.client("sqs"), 0
    while letters := sqs.receive_message(QueueUrl=stack.dlq_url, MaxNumberOfMessages=10).get("Messages"):
        for letter in letters:
            sqs.delete_message(QueueUrl=stack.dlq_url, ReceiptHandle=letter["ReceiptHandle"])
        got += len(letters)
    if got != expected.buried:
        yield f"expected {expected.buried} dead letters, got {got}"


def _each(orders: Orders) -> Iterator[tuple[str, int]]:
    for user_id, order_ids in orders.items():
        for order_id in order_ids:
            yield user_id, order_id
