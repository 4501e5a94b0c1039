"""One order, one item, one message or one activity that does not go on."""

from typing import Any

from builders import NOON, an_activity, an_award, an_order
from operations.ledger_down import answered
from operations.scene import MINUTE, Scene
from tombola.aws.items import order_item, stock_key
from tombola.aws.ledger import DynamoLedger
from tombola.aws.prizes import TextPrizes
from tombola.rules.activity_states import ActivityState
from tombola.rules.award_type import AwardType
from tombola.rules.invoice import invoice_json
from tombola.rules.order import LANES, MqState

MINUTES = 4
MINUTES_BUSY = 5
DUE_MINUTES = 9  # until an order is overdue for 5 minutes, for 3 minutes on end


def poison(scene: Scene) -> None:
    scene.lies_until_dead("no invoice")


def order_stays_due(scene: Scene) -> None:
    """Nobody can claim it, so that it is found in every run."""
    scene.cloud.ledger.put(an_order(7, due_at=scene.cloud.now))
    conflicts = {
        "UpdateItem": answered("TransactionConflictException"),
        "TransactWriteItems": answered("TransactionCanceledException"),
    }
    with scene.broken("dynamodb", lambda name, given: conflicts[name](name, given) if name in conflicts else None):
        for _ in scene.minutes(DUE_MINUTES):
            scene.compensates()


def lane_busy(scene: Scene) -> None:
    """Throttle one lane, and leave the others."""
    throttled = answered("ThrottlingException")

    def spoil(operation: str, given: dict[str, Any]) -> Exception | None:
        lane = given.get("ExpressionAttributeValues", {}).get(":lane")
        return throttled(operation, given) if operation == "Query" and lane == {"S": LANES[3]} else None

    with scene.broken("dynamodb", spoil):
        for _ in scene.minutes(MINUTES_BUSY):
            scene.compensates()


def unforeseen(scene: Scene) -> None:
    """Let the claim of one order raise what nobody foresaw; the rest of the run is done, and reported."""
    scene.cloud.ledger.put(an_order(7, due_at=scene.cloud.now))

    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    with scene.monkeypatch.context() as patch:
        patch.setattr(DynamoLedger, "claim_all", broken)
        patch.setattr(DynamoLedger, "claim", broken)
        for _ in scene.minutes(1):
            scene.compensates()


def grants_fail(scene: Scene) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    with scene.monkeypatch.context() as patch:
        patch.setattr(TextPrizes, "grant", broken)
        for minute in scene.minutes(MINUTES):
            scene.cloud.ledger.put(an_order(minute))
            assert scene.distributes(invoice_json(an_order(minute))) == set()
            scene.rests()


def pool_low(scene: Scene) -> None:
    """Let an order ask for a code where none is left: it is parked, and the pool told."""
    order = an_order(7, award=an_award(award_type=AwardType.CODE, award_content="", source="vouchers"))
    scene.cloud.ledger.put(order)
    for _ in scene.minutes(1):
        assert scene.distributes(invoice_json(order)) == set()


def parked(scene: Scene) -> None:
    scene.cloud.ledger.put(an_order(7, failures=3, mq_state=MqState.SENT, due_at=scene.cloud.now))
    for _ in scene.minutes(1):
        scene.compensates()


def unreadable(scene: Scene) -> None:
    """Compensation sets it aside, and its user asks for it."""
    item = {**order_item(an_order(7, due_at=scene.cloud.now)), "outcome": {"S": "?"}}
    scene.cloud.ledger.put_item(item)
    for _ in scene.minutes(2):
        scene.compensates()
        assert scene.looks("/users/{user_id}/draws/{order_id}", user_id="xiaofuge", order_id="7") == 500


def missing_shard(scene: Scene) -> None:
    scene.cloud.ledger.dynamodb.delete_item(TableName=scene.cloud.ledger.table, Key=stock_key("100001", "3", 0))
    for _ in scene.minutes(1):
        assert scene.looks("/activities/{activity_id}", activity_id="100001") == 200
        scene.rests()


def activity_late(scene: Scene) -> None:
    """Its start is due, and the table takes no transaction."""
    late = an_activity(activity_id="late", state=ActivityState.PASS, begin=NOON, end=NOON + 60 * MINUTE)
    scene.cloud.apply(late, {})
    busy = answered("ThrottlingException")
    with scene.broken("dynamodb", lambda name, given: busy(name, given) if name == "TransactWriteItems" else None):
        for _ in scene.minutes(DUE_MINUTES):
            scene.compensates()
