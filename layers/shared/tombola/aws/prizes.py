"""Who hands over which type of award? Each type that a file may name has its provider in PROVIDERS, no other has."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tombola.aws.code_ledger import DynamoCodePool
from tombola.aws.code_prizes import CodePrizes, TellLow
from tombola.aws.ledger import DynamoLedger
from tombola.rules.award_type import AwardType
from tombola.rules.order import Order
from tombola.rules.verdict import Grant, Granted, Unchanged


class Provider(Protocol):
    """As the port Prizes of the flows, which adapters do not import."""

    def grant(self, order: Order, now: datetime) -> Grant: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """The parts that providers are made of."""

    ledger: DynamoLedger
    pool: DynamoCodePool
    codes_low: int
    tell_low: TellLow


@dataclass(frozen=True, slots=True)
class TextPrizes:
    """A text is the prize itself: it stands on the order, and the conditional write makes it the winner's."""

    ledger: DynamoLedger

    def grant(self, order: Order, now: datetime) -> Grant:
        return Granted() if self.ledger.grant(order, now) else Unchanged()


PROVIDERS: dict[AwardType, Callable[[Means], Provider]] = {
    AwardType.TEXT: lambda means: TextPrizes(means.ledger),
    AwardType.CODE: lambda means: CodePrizes(pool=means.pool, low=means.codes_low, tell_low=means.tell_low),
}


def providers(means: Means) -> dict[AwardType, Provider]:
    """Return the provider of each type of award."""
    return {award_type: provider(means) for award_type, provider in PROVIDERS.items()}
