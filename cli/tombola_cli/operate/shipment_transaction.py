"""A transaction of parcels: made whole or not at all, tried again where it meets others or its answer is lost."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tombola.aws.deadline import Deadline
from tombola.aws.faults import busy_in_words, busy_when_unanswered, try_again
from tombola.aws.ledger import CANCELED
from tombola.aws.transaction import CONDITION_FAILED
from tombola.rules.problem import BusyError
from tombola_cli.errors import TombolaError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

INVALID = "ValidationException"
Reasons = dict[str, Mapping[str, Any]]


def transact(dynamodb: "DynamoDBClient", writes: Mapping[str, Any], patience: Callable[[], Deadline]) -> Reasons:
    """Make writes, named by their roles; return why those were refused whose conditions did not hold, by role.

    One whose answer was lost may have been made: then its conditions do not hold any more. Raise BusyError where it
    met others for too long, and TombolaError where a write is no request at all: no words hold any part of the writes.
    """
    try:
        with busy_in_words("a parcel or its batch was not written: the table does not answer"):
            try_again(lambda: _send(dynamodb, writes), patience())
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == INVALID:  # whose words repeat the request, in which addresses are
            raise TombolaError(f"the table takes a parcel for no valid item: {code}") from None
        if code != CANCELED:
            raise
        refusal: Any = error.response
        reasons = dict(zip(writes, refusal["CancellationReasons"], strict=True))
        refused = {role: reason for role, reason in reasons.items() if reason["Code"] == CONDITION_FAILED}
        if not refused:
            codes = sorted({reason["Code"] for reason in reasons.values()} - {"None"})
            raise BusyError(f"a parcel or its batch was not written: {', '.join(codes)}") from None
        return refused
    return {}


def _send(dynamodb: "DynamoDBClient", writes: Mapping[str, Any]) -> None:
    items: Any = list(writes.values())
    with busy_when_unanswered():
        dynamodb.transact_write_items(TransactItems=items)
