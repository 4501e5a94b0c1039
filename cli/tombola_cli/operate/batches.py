"""Writing many shards at once: in few transactions while nobody draws, in small ones where draws are in the way."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tombola.aws.deadline import Deadline
from tombola.aws.faults import RETRYABLE_REASONS, busy_when_unanswered
from tombola.rules.activity import CAP
from tombola.rules.problem import BusyError
from tombola_cli.errors import TombolaError
from tombola_cli.operate.guard import Guard

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ACTIONS_MAX = 100  # of one transaction
TRIES_MAX = 40  # transactions in a row of which none is written
CONFLICT = "TransactionConflict"
REFUSED = "ConditionalCheckFailed"


class OvertakenError(Exception):
    """The activity has changed since its stock was planned."""


class Setback(StrEnum):
    """Why a transaction was not written."""

    CONFLICT = "met other transactions on the same items"
    DRAWN = "found units won that were to go"
    CHANGED = "found the stock changed by somebody else"


@dataclass(frozen=True, slots=True)
class Step:
    """One write of one shard, conditional on the version that was seen; 0: it was not there."""

    award_id: str
    version: int
    action: Mapping[str, Any]  # a part of a transaction


@dataclass(slots=True)
class Batches:
    """The writes of one run, each made only while its guard holds.

    A transaction holds every shard in it for some milliseconds, also when it is cancelled: so a setback halves the next
    one, and a success doubles it. The activity is checked in one transaction at a time: two would meet on it.
    """

    dynamodb: "DynamoDBClient"
    table: str
    activity_id: str
    guard: Guard
    patience: Callable[[], Deadline]
    size: int = ACTIONS_MAX
    setbacks: Counter[Setback] = field(default_factory=Counter)  # since the last success
    tries: int = 0
    deadline: Deadline = field(init=False)

    def __post_init__(self) -> None:
        self.deadline = self.patience()

    def write(self, steps: Iterable[Step], tell: Callable[[int], None] = lambda _: None) -> bool:
        """Write steps; return False if some found their shards not as they were seen. Sent twice, each acts once.

        tell is told how many are still to be written. Raise OvertakenError if the activity has changed.
        """
        waiting, stale = deque(steps), 0
        while waiting:
            batch = [waiting.popleft() for _ in range(min(self.size, ACTIONS_MAX - 1, len(waiting)))]
            reasons = self._transact(batch)
            if reasons:
                again = [step for step, reason in zip(batch, reasons, strict=False) if reason["Code"] != REFUSED]
                stale += len(batch) - len(again)
                waiting.extendleft(reversed(again))
                self._give_way(batch, reasons)
            else:
                self.size = min(ACTIONS_MAX, 2 * self.size)
                self.tries, self.deadline = 0, self.patience()
                self.setbacks.clear()
            tell(len(waiting))
        return not stale

    def _transact(self, batch: Sequence[Step]) -> Sequence[Mapping[str, Any]]:
        """Write batch, all or nothing; return why each step was not written, and the guard, nothing if all were."""
        actions: Any = [*(step.action for step in batch), self.guard.check(self.table, self.activity_id)]
        try:
            with busy_when_unanswered():
                self.dynamodb.transact_write_items(TransactItems=actions)
        except BusyError:  # perhaps written: then the steps find other versions
            return [{"Code": CONFLICT}] * len(actions)
        except ClientError as error:
            refusal: Any = error.response
            reasons: list[dict[str, Any]] = refusal.get("CancellationReasons", [])
            codes = {reason["Code"] for reason in reasons} - {"None"}
            if not codes or codes - {REFUSED, *RETRYABLE_REASONS}:
                raise
            if reasons[-1]["Code"] == REFUSED:
                raise OvertakenError from None
            return reasons
        return ()

    def _give_way(self, batch: Sequence[Step], reasons: Sequence[Mapping[str, Any]]) -> None:
        """Wait a jittered moment; raise TombolaError if nothing was written for too long."""
        met = {_setback(step, reason) for step, reason in zip(batch, reasons, strict=False) if reason["Code"] != "None"}
        self.setbacks.update(met or {Setback.CONFLICT})  # none of the shards: it met somebody on the activity alone
        self.tries += 1
        if met:
            self.size = max(1, len(batch) // 2)
        if self.tries >= TRIES_MAX or not self.deadline.pause(self.tries - 1):
            why = ", ".join(f"{times} {setback}" for setback, times in self.setbacks.most_common())
            name = f"activity {self.activity_id}, {stock_name(batch[0].award_id)}"
            words = f"none of the last {self.tries} transactions was written: {why}"
            raise TombolaError(f"{name}: {words}; apply again, it goes on from here")


def stock_name(award_id: str) -> str:
    """Return how people call the stock of an award, or the cap."""
    return "the cap" if award_id == CAP else f"the stock of {award_id}"


def _setback(step: Step, reason: Mapping[str, Any]) -> Setback:
    if reason["Code"] != REFUSED:
        return Setback.CONFLICT
    found = int(reason.get("Item", {}).get("version", {"N": "0"})["N"])
    return Setback.DRAWN if found == step.version else Setback.CHANGED
