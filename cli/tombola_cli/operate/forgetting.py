"""Forgetting a user: which activities' draws can be erased, and erasing them. Run again, it goes on from there."""

import secrets
from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.aws.belongings import Belongings, Unit
from tombola.aws.forget_ledger import ForgetLedger
from tombola.rules.activity import Activity
from tombola.rules.activity_life import LAST_DRAW
from tombola.rules.award_type import AwardType
from tombola.rules.order import GrantState, Order
from tombola.rules.problem import BusyError
from tombola.rules.tombstone import is_finished, is_over, refuse_forget
from tombola_cli.operate.stack import Stack

ROUNDS_MAX = 5  # looks at a unit whose user goes on drawing, or whose prizes are handed over meanwhile
TOMBSTONE_BYTES = 16  # of chance, which says nothing of the order
LEFT_MAX = 10_000  # units that stay and are told one by one; more are counted
STILL_MOVING = "it changed at each look: run it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How far to go, and who says so: the log tells it of each unit that goes back to stock."""

    who: str
    give_up: bool = False
    not_issued: bool = False
    while_open: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """What stays of a user, and why; activity_id is None for an item that names none."""

    user_id: str
    activity_id: str | None
    because: str


class Failure(Left):
    """A unit with which AWS failed; perhaps a part of it is erased."""

    __slots__ = ()


@dataclass(slots=True)
class Tally:
    """What is erased, by activity and kind, and what is left."""

    users: int = 0
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    left: list[Left] = field(default_factory=list)
    left_untold: int = 0

    def add(self, activity_id: str, unit: Unit) -> None:
        """Count what unit has."""
        for kind, number in kinds_of(unit).items():
            self.kinds[activity_id, kind] += number

    def leave(self, *found: Left) -> None:
        room = LEFT_MAX - len(self.left)
        self.left += found[:room]
        self.left_untold += len(found[room:])

    def take(self, other: "Tally") -> None:
        """Add what other has."""
        self.users += other.users
        self.kinds.update(other.kinds)
        self.leave(*other.left)

    @property
    def orders(self) -> int:
        return sum(number for (_, kind), number in self.kinds.items() if kind == "orders")

    @property
    def given_up(self) -> int:
        return sum(number for (_, kind), number in self.kinds.items() if kind == "given_up")

    @property
    def leaves(self) -> int:
        return len(self.left) + self.left_untold


class Forgetting:
    """One run, by whoever wishes it; it reads each activity once."""

    def __init__(self, wish: Wish, stack: Stack, client: Any) -> None:  # noqa: ANN401 - boto3's
        self.wish = wish
        self.ledger = ForgetLedger(client, stack.table_name, stack.deliveries_table_name, stack.patience)
        self._activities = DynamoActivityLedger(client, stack.table_name, stack.patience)
        self._over: dict[str, str | None] = {}
        self._left: set[tuple[str, str]] = set()  # batches

    def survey(self, found: Belongings, wanted: Container[str] | None, now: datetime) -> Tally:
        """Return the result that perform would have, without erasing anything; wanted None: all activities."""
        tally = Tally(users=1)
        for activity_id, unit in units(found, wanted):
            because = self.refusal(found, activity_id, now)
            if because is None:
                tally.add(activity_id, unit)
            else:
                tally.leave(Left(found.user_id, activity_id, because))
        if wanted is None:
            tally.leave(*(Left(found.user_id, None, why) for why in _nowhere(found)))
        return tally

    def perform(self, found: Belongings, wanted: Container[str] | None, now: datetime) -> Tally:
        """Forget the user to whom found belongs, in the activities wanted; return the result."""
        tally = Tally(users=1)
        for activity_id, _ in units(found, wanted):
            try:
                because = self._forget(found.user_id, activity_id, now, tally)
            except ValueError as error:
                because = str(error)
            except (BusyError, ClientError, BotoCoreError) as error:
                tally.leave(Failure(found.user_id, activity_id, _told(error)))
                continue
            if because is not None:
                tally.leave(Left(found.user_id, activity_id, because))
        if wanted is None:
            tally.leave(*(Left(found.user_id, None, why) for why in _nowhere(found)))
        return tally

    def refusal(self, found: Belongings, activity_id: str, now: datetime) -> str | None:
        """Return why the unit cannot be erased, None if it can."""
        wish, unit = self.wish, found.units.get(activity_id, Unit())
        refusals: Iterable[str | None] = (
            found.why_kept(activity_id),
            None if wish.while_open else self._goes_on(activity_id, now),
            *(refuse_forget(order, give_up=wish.give_up, not_issued=wish.not_issued) for order in unit.orders),
            *(self._still_leaves(order) for order in unit.orders),
        )
        return next((because for because in refusals if because is not None), None)

    def _forget(self, user_id: str, activity_id: str, now: datetime, tally: Tally) -> str | None:
        """Erase a unit; return why it is left, in whole or in part, None if nothing is left of it."""
        for _ in range(ROUNDS_MAX):
            found = self.ledger.belongings(user_id)
            unit = found.units.get(activity_id)
            if unit is None:
                return None
            because = self.refusal(found, activity_id, now)
            if because is not None:
                return because
            if unit.quota is not None and not self.ledger.mark_forgetting(user_id, activity_id):
                continue
            for order in unit.orders:
                if self.ledger.erase(order, secrets.token_hex(TOMBSTONE_BYTES), self.wish.who, now):
                    tally.add(activity_id, Unit([order]))
            if unit.quota is not None and self.ledger.erase_quota(user_id, activity_id, unit.quota, now):
                tally.add(activity_id, Unit(quota=unit.quota))
        return STILL_MOVING

    def _still_leaves(self, order: Order) -> str | None:
        """Return why order's parcel would be missing in the file of its batch, None if it has none or has left."""
        if order.batch is None or (batch := (order.activity_id, order.batch)) in self._left:
            return None
        if not self.ledger.has_left(*batch):
            return f"a parcel leaves with batch {order.batch}, whose export has not ended: run the export again"
        self._left.add(batch)
        return None

    def _goes_on(self, activity_id: str, now: datetime) -> str | None:
        """Return why a user who is forgotten might start anew in the activity, None if nobody draws in it any more."""
        if activity_id not in self._over:
            self._over[activity_id] = self._why_not_over(activity_id, now)
        return self._over[activity_id]

    def _why_not_over(self, activity_id: str, now: datetime) -> str | None:
        activity = self._activities.activity(activity_id)
        if not isinstance(activity, Activity):
            because = "is not on record" if activity is None else "cannot be read"
            return f"the activity {because}, and draws may go on: add --while-open"
        if is_over(activity, now):
            return None
        minutes = LAST_DRAW // timedelta(minutes=1)
        open_still = f"its activity is open, or closed for less than {minutes} minutes"
        return f"{open_still}: the user could start anew; close it, or add --while-open"


def units(found: Belongings, wanted: Container[str] | None) -> list[tuple[str, Unit]]:
    """Return the units of the activities wanted, by activity_id."""
    return [(each, found.units[each]) for each in sorted(found.units) if wanted is None or each in wanted]


def kinds_of(unit: Unit) -> dict[str, int]:
    """Return how many things of each kind are erased with unit."""
    return {
        "orders": len(unit.orders),
        "codes": sum(_has(order, AwardType.CODE) for order in unit.orders),
        "coupons": sum(_has(order, AwardType.COUPON) for order in unit.orders),
        "parcels": sum(_has(order, AwardType.PHYSICAL) for order in unit.orders),
        "given_up": sum(not is_finished(order) for order in unit.orders),
        "quotas": int(unit.quota is not None),
    }


def _told(error: BusyError | ClientError | BotoCoreError) -> str:
    """Return what failed, without words of AWS, which may repeat a key."""
    if isinstance(error, BusyError) and error.__cause__ is None:
        return str(error)
    cause = error.__cause__ or error
    code = cause.response["Error"]["Code"] if isinstance(cause, ClientError) else type(cause).__name__
    return f"AWS failed ({code}): run it again"


def _has(order: Order, award_type: AwardType) -> bool:
    granted = order.grant_state is GrantState.GRANTED
    return granted and order.award is not None and order.award.award_type is award_type


def _nowhere(found: Belongings) -> list[str]:
    """Return what is said of items that name no activity."""
    return [f"{item.sk} cannot be read: {item.because}" for named, item in found.unreadable if named is None]
