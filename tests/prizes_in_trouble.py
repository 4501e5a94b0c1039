"""Prizes of the simulation: a provider outside that fails in every way, and a table that is busy at any write."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from code_pools import MemoryCodePool
from fakes import MemoryLedger
from tombola.rules.code_pool import Taken
from tombola.rules.order import Order, OrderKey
from tombola.rules.problem import BusyError, TooLittleTimeError
from tombola.rules.verdict import Failed, Grant, Granted, Refused, Unchanged, UnderWay

T = TypeVar("T")
ANOTHER = "is asked by another, who grants it"
LATE = "answers when its order is parked"


class KilledError(BaseException):
    """The function's process died here; nothing in it may catch this."""


@dataclass
class Trouble:
    """Spoils one write of an invocation: before it, or when it has had its effect."""

    at: int = 0  # 1 for the first write; 0: none
    effect: bool = False
    kills: bool = False

    def write(self, call: Callable[[], T]) -> T:
        self.at -= 1
        if self.at == 0 and not self.effect:
            self._spoil()
        result = call()
        if self.at == 0:
            self._spoil()
        return result

    def _spoil(self) -> None:
        raise KilledError if self.kills else BusyError("the table does not answer")


@dataclass
class TroubledPool(MemoryCodePool):
    """The pools, whose one write may be spoiled; others take codes between a look and a claim."""

    trouble: Trouble = field(default_factory=Trouble)
    stolen: int = 0  # claims that find their code gone
    held: int = 0  # claims that meet another transaction

    def take(self, pool: str, code: str, order: Order, now: datetime) -> Taken:
        if self.held > 0:
            self.held -= 1
            return Taken.HELD
        if self.stolen > 0:
            self.stolen -= 1
            self.free.pop((pool, code), None)
        return self.trouble.write(lambda: super(TroubledPool, self).take(pool, code, order, now))


@dataclass
class Shop:
    """A provider outside, which keeps its keys for ever: one coupon an order, however often it is asked."""

    issued: dict[OrderKey, str] = field(default_factory=dict)
    then: str = "answers"

    def grant(self, order: Order, ledger: MemoryLedger, now: datetime) -> Grant:
        if self.then in TROUBLES:
            return TROUBLES[self.then]()
        key = order.user_id, order.order_id
        coupon = self.issued.setdefault(key, f"coupon-{len(self.issued)}")
        if self.then in EFFECTS:
            return EFFECTS[self.then]()
        if self.then == ANOTHER:
            MemoryLedger.grant_with(ledger, order, coupon, now)
            return UnderWay()
        if self.then == LATE:
            MemoryLedger.park(ledger, order, "the call was taken for one that never ends", now)
        return Granted() if ledger.grant_with(order, coupon, now) else Unchanged()


@dataclass(frozen=True)
class Coupons:
    """The port of the flows: a shop, and the ledger that an invocation writes to."""

    shop: Shop
    ledger: MemoryLedger

    def grant(self, order: Order, now: datetime) -> Grant:
        return self.shop.grant(order, self.ledger, now)


def _raise(error: BaseException) -> Grant:
    raise error


TROUBLES: dict[str, Callable[[], Grant]] = {
    "is down": lambda: Failed("no answer"),
    "refuses": lambda: Refused("no such article"),
    "is asked by another": UnderWay,
    "knows us no more": lambda: Failed("401", counts=False),
    "has no time": lambda: _raise(TooLittleTimeError("too little time")),
    "raises": lambda: _raise(RuntimeError("secret")),
}
EFFECTS: dict[str, Callable[[], Grant]] = {  # it has issued the coupon by then
    "times out": lambda: Failed("no answer in time"),
    "answers a function that dies": lambda: _raise(KilledError()),
}
