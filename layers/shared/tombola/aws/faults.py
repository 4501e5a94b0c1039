"""Which errors of AWS mean "ask again", and which mean that something is wrong?"""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's name

from tombola.rules.problem import BusyError

RETRYABLE_CODES = frozenset(
    {
        "InternalFailure",
        "InternalServerError",
        "InternalError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionConflictException",  # botocore retries the others by itself, but not this one
        "TransactionInProgressException",
    }
)
SERVER_ERROR = 500  # from here on it is the service that failed, whatever it calls that
RETRYABLE_REASONS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


@contextmanager
def busy_when_unanswered() -> Iterator[None]:
    """Turn conflicts, throttling and lost answers into BusyError; let every other error through."""
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if error.response["Error"]["Code"] not in RETRYABLE_CODES and status < SERVER_ERROR:
            raise
        raise BusyError(str(error)) from error
    except (ConnectionError, HTTPClientError) as error:
        raise BusyError(str(error)) from error
