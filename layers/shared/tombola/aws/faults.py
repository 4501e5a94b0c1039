"""Which errors of AWS mean "ask again", and which mean that something is wrong?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's name

from tombola.aws.deadline import Deadline
from tombola.rules.problem import BusyError

CONFLICT = "TransactionConflictException"  # botocore retries the other codes by itself, but not this one
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
        CONFLICT,
        "TransactionInProgressException",
    }
)
SERVER_ERROR = 500  # from here on it is the service that failed, whatever it calls that
RETRYABLE_REASONS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
CAUSES_MAX = 5  # of one error, each the cause of the one before
TRIES_MAX = 16  # of one call; its deadline may end them sooner

T = TypeVar("T")


@contextmanager
def busy_when_unanswered() -> Iterator[None]:
    """Turn conflicts, throttling and lost answers into BusyError; let every other error through.

    Its words are told: they name what AWS answered and nothing of its text, which may quote what was written.
    """
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if error.response["Error"]["Code"] not in RETRYABLE_CODES and status < SERVER_ERROR:
            raise
        raise BusyError(answer_of(error)) from error
    except (ConnectionError, HTTPClientError) as error:
        raise BusyError(f"{type(error).__name__} of {error.kwargs.get('endpoint_url', 'a connection')}") from error


def answer_of(error: ClientError) -> str:
    """Return what AWS answered: a code, those of a transaction's parts, and the call."""
    codes = [error.response["Error"]["Code"]]
    codes += [reason["Code"] for reason in error.response.get("CancellationReasons", []) if reason["Code"] != "None"]
    return f"{', '.join(codes)} of {error.operation_name}"


def answer_behind(error: BaseException) -> str | None:
    """Return what AWS answered, if that is what an error comes from."""
    behind: BaseException | None = error
    for _ in range(CAUSES_MAX):
        if isinstance(behind, ClientError):
            return answer_of(behind)
        behind = behind and (behind.__cause__ or behind.__context__)
    return None


@contextmanager
def busy_in_words(words: str) -> Iterator[None]:
    """Turn a BusyError into one that says only this: its words are told, and those of AWS might repeat an address."""
    try:
        yield
    except BusyError:
        raise BusyError(words) from None


def try_again(call: Callable[[], T], deadline: Deadline) -> T:
    """Return what call answers, tried again while it meets conflicts or is busy, and while there is time."""
    for tries in range(TRIES_MAX - 1):
        try:
            return call()
        except (BusyError, ClientError) as error:
            if not is_conflict(error) or not deadline.pause(tries):
                raise
    return call()


def is_conflict(error: BusyError | ClientError) -> bool:
    """Return whether conflicts, or throttled parts of a transaction, are all that was wrong."""
    if isinstance(error, BusyError):
        return True
    reasons = error.response.get("CancellationReasons", [{"Code": error.response["Error"]["Code"]}])
    codes = {reason["Code"] for reason in reasons} - {"None"}
    return bool(codes) and codes <= RETRYABLE_REASONS | {CONFLICT}
