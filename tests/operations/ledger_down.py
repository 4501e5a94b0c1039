"""Table, index, queue or key: what the functions need and do not get."""

from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from builders import an_order
from operations.scene import Scene, Spoils
from tombola.rules.invoice import invoice_json

MINUTES = 8  # longer than each alarm waits
DRAWS = 12  # a minute
INVOICE = invoice_json(an_order(7))
BUSY, DEFECT = 503, 500


def unreachable(_operation: str, _given: dict[str, Any]) -> Exception:
    return EndpointConnectionError(endpoint_url="https://aws.example")


def answered(code: str, status: int = 400) -> Spoils:
    """Return what answers every call with an error of that code."""

    def spoil(operation: str, _given: dict[str, Any]) -> Exception:
        answer: Any = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}
        return ClientError(answer, operation)

    return spoil


def cancelled(operation: str, given: dict[str, Any]) -> Exception:
    """Return the answer to a transaction whose first item is throttled."""
    reasons = [{"Code": "ThrottlingError"}, *[{"Code": "None"}] * (len(given["TransactItems"]) - 1)]
    answer: Any = {"Error": {"Code": "TransactionCanceledException", "Message": ""}, "CancellationReasons": reasons}
    return ClientError(answer, operation)


def table_unreachable(scene: Scene) -> None:
    with scene.broken("dynamodb", unreachable):
        for minute in scene.minutes(MINUTES):
            assert scene.draws(DRAWS) == [BUSY] * DRAWS
            assert scene.distributes(INVOICE) == {0}
            scene.lies(minute)
            scene.compensates()


def table_gone(scene: Scene) -> None:
    with scene.broken("dynamodb", answered("ResourceNotFoundException")):
        for minute in scene.minutes(MINUTES):
            assert scene.draws() == [DEFECT]
            assert scene.distributes(INVOICE) == {0}
            scene.lies(minute)
            scene.compensates()


def table_throttled(scene: Scene) -> None:
    """Throttled are the table's own calls; what is due is still found, and is nothing."""
    throttled = answered("ThrottlingException")
    with scene.broken(
        "dynamodb", lambda operation, given: None if "IndexName" in given else throttled(operation, given)
    ):
        for minute in scene.minutes(MINUTES):
            scene.aws("table WriteThrottleEvents", DRAWS)
            scene.aws("table ReadThrottleEvents", DRAWS)
            assert scene.draws(DRAWS) == [BUSY] * DRAWS
            assert scene.distributes(INVOICE) == {0}
            scene.lies(minute)
            scene.rests()


def index_throttled(scene: Scene) -> None:
    """Let the index take no write: then the table's fails too, while its own reads go on."""
    scene.cloud.ledger.put(an_order(7))

    def spoil(operation: str, given: dict[str, Any]) -> Exception | None:
        if operation == "TransactWriteItems":
            return cancelled(operation, given)
        return answered("ThrottlingException")(operation, given) if operation in ("UpdateItem", "Query") else None

    with scene.broken("dynamodb", spoil):
        for minute in scene.minutes(MINUTES):
            scene.aws("index WriteThrottleEvents", DRAWS)
            assert scene.draws(DRAWS) == [BUSY] * DRAWS
            assert scene.distributes(INVOICE) == {0}
            scene.lies(minute)
            scene.compensates()


def index_of_wins_throttled(scene: Scene) -> None:
    """Let the index take no win: whatever is on record is repaired and granted as ever."""

    def spoil(operation: str, given: dict[str, Any]) -> Exception | None:
        return cancelled(operation, given) if operation == "TransactWriteItems" else None

    with scene.broken("dynamodb", spoil):
        for _ in scene.minutes(MINUTES):
            scene.aws("index of wins WriteThrottleEvents", DRAWS)
            assert scene.draws(DRAWS) == [BUSY] * DRAWS
            scene.compensates()


def dynamodb_fails(scene: Scene) -> None:
    with scene.broken("dynamodb", answered("InternalServerError", status=500)):
        for minute in scene.minutes(MINUTES):
            scene.aws("table SystemErrors TransactWriteItems", DRAWS)
            assert scene.draws(DRAWS) == [BUSY] * DRAWS
            assert scene.distributes(INVOICE) == {0}
            scene.lies(minute)
            scene.compensates()


def queue_gone(scene: Scene) -> None:
    """One draw is all that comes: compensation tries it again, after longer and longer waits."""
    scene.cloud.sqs.delete_queue(QueueUrl=scene.cloud.queue_url)
    for minute in scene.minutes(10):
        if minute == 0:
            assert scene.draws() == [201]
        scene.compensates()


def queue_unreachable(scene: Scene) -> None:
    with scene.broken("sqs", unreachable):
        for _ in scene.minutes(MINUTES):
            assert scene.draws(3) == [201] * 3
            scene.compensates()


def key_unusable(scene: Scene) -> None:
    with scene.broken("kms", answered("DisabledException")):
        for _ in scene.minutes(1):
            assert scene.draws() == [DEFECT]
            scene.rests()


def key_unreachable(scene: Scene) -> None:
    with scene.broken("kms", unreachable):
        for _ in scene.minutes(MINUTES):
            assert scene.draws(DRAWS) == [BUSY] * DRAWS
            scene.rests()
