"""What an operator does with orders, one or very many: retry, void or release them. One bad order stops nobody."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from tombola.aws.operator_ledger import OperatorLedger
from tombola.flows import acts
from tombola.rules.act import refuse_release, refuse_retry, refuse_void
from tombola.rules.award_type import PROVIDER
from tombola.rules.coupon import calls_again
from tombola.rules.order import Order, OrderKey
from tombola.rules.problem import BusyError
from tombola.rules.unreadable import Unreadable
from tombola_cli.errors import TombolaError
from tombola_cli.operate.batch_writes import parts_of
from tombola_cli.operate.lane_walk import PAGE
from tombola_cli.operate.order_lists import Filter, View, because_of, ledger_of, standing
from tombola_cli.operate.providers import Keeps, keeping
from tombola_cli.operate.stack import Stack

WORKERS = 8  # orders that are acted on side by side
IN_VAIN_MAX = 50  # orders in a row with which AWS failed, until a run gives up
SECOND = timedelta(seconds=1)  # to which the clock of AWS is known

EVERYTHING = Filter()
Found = Order | Unreadable | OrderKey  # a key of which there is no order
Tell = Callable[[int], None]  # how many orders are done with


class What(StrEnum):
    """An operator's act, by the name of its change in rules/order_life.py."""

    RELEASE = "release"
    RETRY = "retry"
    VOID = "void"

    @property
    def view(self) -> View:
        """The list of the orders that this act can be done to."""
        return View.BY_HAND if self is What.RELEASE else View.PARKED

    @property
    def workers(self) -> int:
        """How many orders may be acted on at once: each void adds a line to its activity's log."""
        return 1 if self is What.VOID else WORKERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be done, by whom and why; not_issued: the caller has asked the provider of each prize."""

    what: What
    who: str
    why: str
    not_issued: bool = False

    def refusal(self, order: Order) -> str | None:
        """Return why this cannot be done to order, None if it can."""
        if self.what is What.VOID:
            return refuse_void(order, not_issued=self.not_issued)
        return refuse_retry(order) if self.what is What.RETRY else refuse_release(order)

    def act(self, order: Order, ledger: OperatorLedger, now: datetime) -> str | None:
        """Do it; return why not, None if it is done."""
        if self.what is What.VOID:
            return acts.void(order, self.who, self.why, ledger, now, not_issued=self.not_issued)
        do = acts.retry if self.what is What.RETRY else acts.release
        return do(order, self.who, self.why, ledger, now)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An order with which nothing was done, and why; order_id as its key has it."""

    user_id: str
    order_id: str
    because: str


@dataclass(slots=True)
class Tally:
    """What came of a run: how many orders were done, and which were not."""

    done: int = 0
    moved_on: int = 0  # granted, say, between the look and the act
    refusals: list[Refusal] = field(default_factory=list)
    perhaps_twice: int = 0  # of those to be tried again: their provider may hand over a second prize
    kinds: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)  # activity, award, its name, because


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The orders that an operator means: those that keys name; without keys those of a list that wanted lets pass."""

    keys: Sequence[OrderKey] | None = None
    wanted: Filter = EVERYTHING

    def found(self, what: What, until: datetime, stack: Stack) -> Iterator[Sequence[Found]]:
        """Yield the orders, some at a time, as they are now; of a list those that stood there at until."""
        if self.keys is None:
            yield from standing(what.view, self.wanted, until, stack)
            return
        ledger = ledger_of(stack)
        for some in parts_of(self.keys, PAGE):
            orders = ledger.orders(some)
            yield [orders.get(key, key) for key in some]


def surveyed(wish: Wish, chosen: Chosen, stack: Stack, tell: Tell = lambda _: None) -> tuple[Tally, datetime]:
    """Return what would come of wish, without doing it, and the time of the look."""
    tally, until, keeps = Tally(), stack.now() + SECOND, keeping(stack)
    for some in chosen.found(wish.what, until, stack):
        for each in some:
            refusal = _unfit(each, wish)
            if refusal is not None:
                tally.refusals.append(refusal)
            elif isinstance(each, Order):
                tally.done += 1
                tally.kinds[_kind(each)] += 1
                tally.perhaps_twice += wish.what is What.RETRY and _perhaps_twice(each, keeps, until)
        tell(tally.done + len(tally.refusals))
    return tally, until


def _perhaps_twice(order: Order, keeps: Keeps, now: datetime) -> bool:
    """Return whether a retry of order may make its provider hand a second prize over."""
    award = order.award
    if award is None or award.award_type.source != PROVIDER:
        return False
    return calls_again(order, keeps(award.source or ""), now)


def performed(wish: Wish, chosen: Chosen, until: datetime, stack: Stack, tell: Tell = lambda _: None) -> Tally:
    """Do wish to each order, those of a list that were there at until; return what came of it."""
    tally, in_vain = Tally(), 0
    client = stack.client("dynamodb")
    ledger = OperatorLedger(client, stack.table_name, stack.patience)
    with ThreadPoolExecutor(wish.what.workers) as workers:
        for some in chosen.found(wish.what, until, stack):
            now = stack.now()
            for outcome in workers.map(partial(_done, wish=wish, ledger=ledger, now=now), some):
                _count(outcome, tally)
                in_vain = in_vain + 1 if isinstance(outcome, Failure) else 0
                if isinstance(outcome, Failure) and in_vain >= IN_VAIN_MAX:
                    raise TombolaError(f"{tally.done} orders done, then {in_vain} failed in a row: {outcome.because}")
            tell(tally.done + tally.moved_on + len(tally.refusals))
    return tally


class Failure(Refusal):
    """AWS failed with this order; perhaps it was done."""

    __slots__ = ()


def _done(each: Found, wish: Wish, ledger: OperatorLedger, now: datetime) -> Refusal | str | None:
    """Return None if wish is done to each, MOVED_ON, or why nothing was done."""
    refusal = _unfit(each, wish)
    if refusal is not None or not isinstance(each, Order):
        return refusal
    try:
        because = wish.act(each, ledger, now)
    except (BusyError, ClientError, BotoCoreError) as error:
        return Failure(each.user_id, str(each.order_id), f"AWS failed: {error}")
    except ValueError as error:
        because = str(error)
    return because if because in (None, acts.MOVED_ON) else Refusal(each.user_id, str(each.order_id), because)


def _count(outcome: Refusal | str | None, tally: Tally) -> None:
    if isinstance(outcome, Refusal):
        tally.refusals.append(outcome)
    elif outcome is None:
        tally.done += 1
    else:
        tally.moved_on += 1


def _unfit(each: Found, wish: Wish) -> Refusal | None:
    """Return why nothing can be done with each, None if something can."""
    if isinstance(each, Unreadable):
        key = each.pk.removeprefix("USER#"), each.sk.removeprefix("ORDER#").lstrip("0") or "0"
        return Refusal(*key, f"it cannot be read: {each.because}")
    if not isinstance(each, Order):
        return Refusal(each[0], str(each[1]), "there is no such order")
    because = wish.refusal(each)
    return None if because is None else Refusal(each.user_id, str(each.order_id), because)


def _kind(order: Order) -> tuple[str, str, str, str]:
    award_id, name = ("", "") if order.award is None else (order.award.award_id, order.award.award_name)
    return order.activity_id, award_id, name, because_of(order) or ""
