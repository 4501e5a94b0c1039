"""Who hands over which type of award? Each of Tombola's types that a file may name has its provider in PROVIDERS.

A type of the stack's owner names its own: docs/award-types.md.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from tombola.aws import clock, telemetry
from tombola.aws.code_ledger import DynamoCodePool
from tombola.aws.code_prizes import CodePrizes, TellLow
from tombola.aws.ledger import DynamoLedger
from tombola.aws.settings import CouponSettings, Settings
from tombola.rules.award_type import AWARD_TYPES, AwardType
from tombola.rules.order import Order
from tombola.rules.verdict import Grant, Granted, Refused, Unchanged

if TYPE_CHECKING:
    from tombola.aws.coupons import Coupons


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


@dataclass(frozen=True, slots=True)
class PhysicalPrizes:
    """A thing is sent in a parcel: the grant and the shipment are one transaction."""

    ledger: DynamoLedger

    def grant(self, order: Order, now: datetime) -> Grant:
        if order.address is None:
            return Refused("it has no shipping address")
        return Granted() if self.ledger.grant_shipment(order, order.address, now) else Unchanged()


@dataclass
class CouponPrizes:
    """A coupon comes from an outside service; all that a call takes is imported with the first one."""

    ledger: DynamoLedger
    settings: CouponSettings = field(default_factory=CouponSettings.from_env)
    _building: Lock = field(default_factory=Lock)
    _built: "Coupons | None" = None

    def grant(self, order: Order, now: datetime) -> Grant:
        return self._coupons().grant(order, clock.deadline_of_invocation(), now)

    def _coupons(self) -> "Coupons":
        """Return the one who asks for coupons, built once: a batch grants beside each other."""
        from tombola.aws import coupons  # noqa: PLC0415 - it brings Powertools' idempotency and boto3

        with self._building:
            if self._built is None:
                self._built = coupons.wired(self.ledger, self.settings, Settings.from_env().waits, telemetry)
            return self._built


@dataclass
class OwnPrizes:
    """A provider by its name, module:name: built of means with the first grant, which imports all that it takes.

    So a module that is wrong fails the orders of its own type, and nobody else's.
    """

    named: str
    means: Means
    _building: Lock = field(default_factory=Lock)
    _built: Provider | None = None

    def grant(self, order: Order, now: datetime) -> Grant:
        return self._provider().grant(order, now)

    def _provider(self) -> Provider:
        from pkgutil import resolve_name  # noqa: PLC0415 - as all that a provider takes

        with self._building:
            if self._built is None:
                build: Callable[[Means], Provider] = resolve_name(self.named)
                self._built = build(self.means)
            return self._built


PROVIDERS: dict[AwardType, Callable[[Means], Provider]] = {
    AwardType.TEXT: lambda means: TextPrizes(means.ledger),
    AwardType.CODE: lambda means: CodePrizes(pool=means.pool, low=means.codes_low, tell_low=means.tell_low),
    AwardType.COUPON: lambda means: CouponPrizes(means.ledger),
    AwardType.PHYSICAL: lambda means: PhysicalPrizes(means.ledger),
}


def providers(means: Means) -> dict[AwardType, Provider]:
    """Return the provider of each type of award."""
    own = {each: OwnPrizes(each.provider, means) for each in AWARD_TYPES.values() if each.provider is not None}
    return {award_type: provider(means) for award_type, provider in PROVIDERS.items()} | own
