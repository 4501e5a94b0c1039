"""The orders that are parked because a pool had no code for them, and trying them again once it has some."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tombola.rules.order import Order
from tombola_cli.operate.code_counts import free_codes
from tombola_cli.operate.order_acts import SECOND, Chosen, What, Wish, performed, surveyed
from tombola_cli.operate.order_lists import Filter, View, standing
from tombola_cli.operate.stack import Stack

Tell = Callable[[int], None]  # orders that are looked at, or tried again


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """The orders that were parked for want of a code of a pool at a time, and how many of them have one there now."""

    pool: str
    orders: int
    with_a_code: int
    until: datetime


def parked_for(pool: str, stack: Stack, tell: Tell = lambda _: None) -> Parked:
    """Return how many orders are parked for want of a code of pool."""
    tally, until = surveyed(_wish(pool, ""), Chosen(wanted=_wanted(pool)), stack, tell)
    free = free_codes(pool, stack, until, enough=tally.done) if tally.done else 0
    return Parked(pool=pool, orders=tally.done, with_a_code=min(free, tally.done), until=until)


def parked_by_pool(stack: Stack, now: datetime) -> Counter[str]:
    """Return how many orders are parked for want of a code, by pool; no order is read twice for two pools."""
    found = Counter[str]()
    for some in standing(View.PARKED, Filter(), now + SECOND, stack):
        found.update(pool for each in some if isinstance(each, Order) and (pool := lacking(each)) is not None)
    return found


def lacking(order: Order) -> str | None:
    """Return the pool for want of whose code order is parked."""
    pool = None if order.award is None else order.award.source
    return pool if pool is not None and _wanted(pool).lets(order) else None


def retry_parked(parked: Parked, who: str, stack: Stack, tell: Tell = lambda _: None) -> int:
    """Let as many of the orders be tried again as have a code, the oldest first; return how many it were.

    The others would only be parked once more.
    """
    done = 0
    for some in standing(View.PARKED, _wanted(parked.pool), parked.until, stack):
        keys = [(each.user_id, each.order_id) for each in some if isinstance(each, Order)]
        chosen = Chosen(keys=keys[: parked.with_a_code - done])
        done += performed(_wish(parked.pool, who), chosen, parked.until, stack).done
        tell(done)
        if done >= parked.with_a_code:
            break
    return done


def _wish(pool: str, who: str) -> Wish:
    return Wish(what=What.RETRY, who=who, why=f"codes were imported into pool {pool}")


def _wanted(pool: str) -> Filter:
    return Filter(source=("pool", pool), because=f"pool {pool} ")
