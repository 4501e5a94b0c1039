"""What a batch write leaves is sent again, within bounds, and what may have been written twice is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from conflicts import Clock
from tombola.rules.problem import BusyError
from tombola_cli.operate.batch_writes import TRIES_MAX, batch_write, parts_of

WRITES = [{"PutRequest": {"Item": {"pk": {"S": str(number)}}}} for number in range(25)]


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "BatchWriteItem")


@dataclass
class Table:
    """Takes so many writes of each call as taken says, and then all; an exception is raised."""

    taken: Sequence[Any] = ()
    sdk_retries: int = 0
    sent: list[list[Any]] = field(default_factory=list)

    def batch_write_item(self, RequestItems: Any) -> Any:  # noqa: N803 - as boto3
        ((name, writes),) = RequestItems.items()
        taken = self.taken[len(self.sent)] if len(self.sent) < len(self.taken) else len(writes)
        self.sent.append(list(writes))
        if isinstance(taken, Exception):
            raise taken
        left = writes[taken:]
        return {
            "UnprocessedItems": {name: left} if left else {},
            "ResponseMetadata": {"RetryAttempts": self.sdk_retries},
        }


@pytest.fixture
def clock() -> Clock:
    return Clock()


def patience(clock: Clock) -> Callable[[], Any]:
    return lambda: clock.deadline_in(20)


def test_what_is_left_is_sent_again_until_all_is_written(clock: Clock) -> None:
    table: Any = Table([20, 0, 3])

    assert batch_write(table, "t", WRITES, patience(clock)) is False

    assert [len(writes) for writes in table.sent] == [25, 5, 5, 2]
    assert table.sent[1] == WRITES[20:]
    assert len(clock.slept) == 3


@pytest.mark.parametrize(
    "lost",
    [error("InternalServerError"), error("TransactionConflictException"), ReadTimeoutError(endpoint_url="x")],
)
def test_after_a_lost_answer_all_is_sent_again_and_told_as_perhaps_written_twice(clock: Clock, lost: Exception) -> None:
    table: Any = Table([20, lost])

    assert batch_write(table, "t", WRITES, patience(clock)) is True
    assert [len(writes) for writes in table.sent] == [25, 5, 5]


def test_what_the_sdk_sent_again_by_itself_is_told_as_well(clock: Clock) -> None:
    table: Any = Table(sdk_retries=1)

    assert batch_write(table, "t", WRITES, patience(clock)) is True


def test_a_refusal_for_good_is_raised_at_once(clock: Clock) -> None:
    table: Any = Table([error("ValidationException")])

    with pytest.raises(ClientError, match="ValidationException"):
        batch_write(table, "t", WRITES, patience(clock))
    assert len(table.sent) == 1


@pytest.mark.parametrize("seconds", [0.5, 1e9])
def test_where_nothing_is_written_it_ends_within_its_time_and_tries(clock: Clock, seconds: float) -> None:
    table: Any = Table([20, *[0] * 1_000])

    with pytest.raises(BusyError, match=r"5 of 25 writes were not taken in \d+ tries: run it again"):
        batch_write(table, "t", WRITES, lambda: clock.deadline_in(seconds))
    assert len(table.sent) <= TRIES_MAX + 1
    assert sum(clock.slept) <= seconds


def test_a_write_that_gets_on_has_all_its_time_again(clock: Clock) -> None:
    table: Any = Table([each for _ in range(25) for each in (0, 0, 0, 1)])

    batch_write(table, "t", WRITES, lambda: clock.deadline_in(1))

    assert sum(clock.slept) > 1


def test_items_come_in_parts_of_which_the_last_may_be_short() -> None:
    assert list(parts_of(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(parts_of([], 2)) == []
