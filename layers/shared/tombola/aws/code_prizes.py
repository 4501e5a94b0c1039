"""Handing over a code: one order gets one code of its award's pool, and no other order gets that one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tombola.aws.clock import chosen, conflict_deadline
from tombola.aws.deadline import Deadline
from tombola.rules.code_pool import Choices, Taken, codes_left, no_code_left, shards_for_order, too_many_expire
from tombola.rules.order import Order
from tombola.rules.problem import BusyError
from tombola.rules.verdict import Grant, Granted, Refused, Unchanged

CLAIMS_MAX = 64  # tries of one grant to claim a code; its deadline may end them sooner

TellLow = Callable[[str, int], None]  # a pool, and about how many codes it has left


class CodePool(Protocol):
    """Where codes wait for their orders."""

    def choices(self, pool: str, shard: int, now: datetime) -> Choices: ...

    def take(self, pool: str, code: str, order: Order, now: datetime) -> Taken: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePrizes:
    """A code becomes used and the winner's in one transaction; which one is left to chance.

    chance returns a number below its argument: claims side by side seldom choose the same code. tell_low hears of a
    pool that has fewer codes left than low.
    """

    pool: CodePool
    low: int
    tell_low: TellLow
    chance: Callable[[int], int] = chosen
    patience: Callable[[], Deadline] = conflict_deadline

    def grant(self, order: Order, now: datetime) -> Grant:
        name = None if order.award is None else order.award.source
        if name is None:
            return Refused("its award names no pool")
        deadline, tries, held, all_seen = self.patience(), 0, 0, True
        for shard in shards_for_order(order.order_id):
            while (choices := self.pool.choices(name, shard, now)).codes:
                code = choices.codes[self.chance(len(choices.codes))]
                taken = self.pool.take(name, code, order, now)
                if taken is Taken.GRANTED:
                    self._tell(name, choices)
                    return Granted()
                if taken is Taken.MOVED_ON:
                    return Unchanged()
                tries, held = tries + 1, held + (taken is Taken.HELD)
                if tries >= CLAIMS_MAX or (taken is Taken.HELD and not deadline.pause(held - 1)):
                    raise BusyError(f"order {order.order_id}: {tries} claims of a code met others")
            all_seen = all_seen and choices.whole
        self.tell_low(name, 0)
        return Refused(no_code_left(name) if all_seen else too_many_expire(name))

    def _tell(self, name: str, choices: Choices) -> None:
        left = codes_left(choices)
        if left is not None and left < self.low:
            self.tell_low(name, left)
