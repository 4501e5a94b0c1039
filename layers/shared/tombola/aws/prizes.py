"""Who hands over which type of award? Each type that a file may name has its provider in PROVIDERS, no other has."""

from dataclasses import dataclass
from datetime import datetime

from tombola.aws.ledger import DynamoLedger
from tombola.rules.award_type import AwardType
from tombola.rules.order import Order
from tombola.rules.verdict import Grant, Granted, Unchanged


@dataclass(frozen=True, slots=True)
class TextPrizes:
    """A text is the prize itself: it stands on the order, and the conditional write makes it the winner's."""

    ledger: DynamoLedger

    def grant(self, order: Order, now: datetime) -> Grant:
        return Granted() if self.ledger.grant(order, now) else Unchanged()


PROVIDERS = {AwardType.TEXT: TextPrizes}


def providers(ledger: DynamoLedger) -> dict[AwardType, TextPrizes]:
    """Return the provider of each type of award."""
    return {award_type: provider(ledger) for award_type, provider in PROVIDERS.items()}
