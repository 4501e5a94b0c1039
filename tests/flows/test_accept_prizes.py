"""A user accepts a prize: once, in time, and whatever else happens to the order meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from addresses import an_address
from builders import NOON, SECOND, WAITS, a_lost_order, an_activity, an_award, an_order
from fakes import MemoryLedger, MemoryOutbox, Patience
from tombola.flows.accept import TRIES_MAX, AcceptPorts, claim_prize, give_address
from tombola.rules.acceptance import act_of_deadline
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.order import BY_HAND, NO_ADDRESS, UNCLAIMED, GrantState, MqState, Order
from tombola.rules.order_life import MISS
from tombola.rules.page import PageRequest
from tombola.rules.problem import BusyError, Problem
from tombola.rules.request import Asked, Bearer
from tombola.rules.shipping_address import ShippingAddress
from tombola.rules.unreadable import Unreadable

BY = NOON + 60 * SECOND
WAITING = an_order(accept_by=BY, due_at=BY)
PARCEL = replace(WAITING, award=an_award(award_type=AwardType.PHYSICAL))
HOME, WORK = an_address(), an_address(address="西长安街 2 号")


@dataclass
class Watched(MemoryLedger):
    """Moves an order on, as another one might, before each of the changes that a user makes to it."""

    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    changes: int = 0

    def accept(self, order: Order, until: datetime, now: datetime) -> bool:
        self._moves_on()
        return super().accept(order, until, now)

    def give_address(self, order: Order, address: ShippingAddress, until: datetime, now: datetime) -> bool:
        self._moves_on()
        return super().give_address(order, address, until, now)

    def change_address(self, order: Order, address: ShippingAddress) -> bool:
        self._moves_on()
        return super().change_address(order, address)

    def change_shipment(self, order: Order, address: ShippingAddress) -> bool:
        self._moves_on()
        return super().change_shipment(order, address)

    def _moves_on(self) -> None:
        self.changes += 1
        if self.meanwhile:
            self.meanwhile.pop(0)()


@dataclass
class Desk:
    """A user's way to one order, whose outbox is up or down."""

    drawn: Order = WAITING
    ledger: Watched = field(default_factory=Watched)
    outbox: MemoryOutbox = field(default_factory=MemoryOutbox)
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        self.ledger.apply(an_activity(), {("3", 0): 5})
        self.ledger.put(self.drawn)

    @property
    def order(self) -> Order:
        return self.ledger.orders_by_key[self.drawn.user_id, self.drawn.order_id]

    def claim(self, now: datetime = NOON, user_id: str = "xiaofuge", bearer: Bearer | None = None) -> Order | Problem:
        return claim_prize(self._asked(user_id, bearer), self._ports(), self.patience, now)

    def give(self, address: ShippingAddress = HOME, now: datetime = NOON) -> Order | Problem:
        return give_address(self._asked("xiaofuge", None), address, self._ports(), self.patience, now)

    def _asked(self, user_id: str, bearer: Bearer | None) -> Asked:
        return Asked({"user_id": user_id, "order_id": str(self.drawn.order_id)}, PageRequest(), bearer)

    def _ports(self) -> AcceptPorts:
        return AcceptPorts(ledger=self.ledger, outbox=self.outbox, waits=WAITS)


def title(answer: Order | Problem) -> str:
    assert isinstance(answer, Problem)
    return f"{answer.status} {answer.title}"


def test_a_claim_is_written_told_and_answered() -> None:
    desk = Desk()

    answer = desk.claim(BY)

    assert answer == desk.order
    assert (desk.order.accepted_at, desk.order.lane) == (BY, "7")
    assert (desk.order.mq_state, desk.order.due_at) == (MqState.SENT, BY + WAITS.first_check)
    assert len(desk.outbox.bodies) == 1


def test_a_claim_that_is_sent_again_changes_nothing_whatever_has_happened_since() -> None:
    desk = Desk()
    desk.claim()
    first = desk.order

    assert desk.claim(BY + SECOND) == first
    desk.ledger.grant(first, BY)
    granted = desk.order
    assert desk.claim(BY + 2 * SECOND) == granted

    assert (desk.order, desk.ledger.changes, len(desk.outbox.bodies)) == (granted, 1, 1)


def test_a_claim_that_nobody_can_be_told_of_is_told_by_compensation_soon() -> None:
    desk = Desk(outbox=MemoryOutbox(up=False))

    assert desk.claim() == desk.order

    assert (desk.order.mq_state, desk.order.due_at, desk.order.lane) == (MqState.FAILED, NOON, "7")


def test_a_prize_that_is_granted_by_hand_goes_on_to_wait_for_a_hand_and_is_not_told() -> None:
    desk = Desk(replace(WAITING, grant_type=GrantType.BY_HAND))
    assert desk.order.lane == UNCLAIMED

    desk.claim()

    assert (desk.order.lane, desk.outbox.bodies) == (BY_HAND, [])


def test_a_prize_that_is_granted_later_is_due_at_its_time_and_not_told() -> None:
    desk = Desk(replace(WAITING, grant_type=GrantType.AT_A_TIME, grant_at=BY))

    desk.claim()

    assert (desk.order.lane, desk.order.due_at, desk.outbox.bodies) == ("7", BY, [])


def test_nobody_claims_what_another_user_drew() -> None:
    desk = Desk()

    assert title(desk.claim(user_id="fustack")) == "404 unknown order"
    assert title(desk.claim(bearer=Bearer("fustack", {}))) == "403 another user"
    assert desk.order == WAITING


@pytest.mark.parametrize(
    "drawn", [a_lost_order(), PARCEL, replace(WAITING, grant_state=GrantState.VOID, accepted_at=NOON)]
)
def test_what_cannot_be_claimed_stays_as_it_is(drawn: Order) -> None:
    desk = Desk(drawn)

    assert title(desk.claim()) == "409 nothing to claim"
    assert (desk.order, desk.outbox.bodies) == (drawn, [])


def test_an_order_that_cannot_be_read_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    monkeypatch.setattr(desk.ledger, "order", lambda *_: Unreadable(pk="", sk="", because="damaged"))

    assert title(desk.claim()) == "500 order unreadable"


# ---- Addresses


def test_the_first_address_is_a_claim_and_a_later_one_replaces_it_until_the_grant() -> None:
    desk = Desk(PARCEL)
    assert desk.order.lane == NO_ADDRESS

    first = desk.give(HOME, BY)
    assert (first, desk.order.address, desk.order.accepted_at, desk.order.lane) == (desk.order, HOME, BY, "7")
    desk.give(WORK, BY + SECOND)

    assert (desk.order.address, desk.order.addresses, desk.order.accepted_at) == (WORK, 2, BY)


def test_after_the_grant_the_address_is_the_shipments_until_its_parcel_leaves() -> None:
    desk = Desk(PARCEL)
    desk.give(HOME)
    desk.ledger.grant_shipment(desk.order, HOME, BY)
    granted = desk.order

    assert desk.give(WORK, BY + SECOND) == granted
    shipment = desk.ledger.shipments["xiaofuge", 7]
    assert shipment["address"]["M"]["address"] == {"S": WORK.address}
    assert desk.order.address is None

    desk.ledger.put(replace(granted, batch="1"))
    assert title(desk.give(HOME, BY + SECOND)) == "409 too late"
    assert shipment["address"]["M"]["address"] == {"S": WORK.address}


def test_a_parcel_that_could_not_be_granted_may_be_sent_elsewhere() -> None:
    desk = Desk(PARCEL)
    desk.give(HOME)
    desk.ledger.park(desk.order, "refused", NOON)

    assert isinstance(desk.give(WORK), Order)
    assert (desk.order.grant_state, desk.order.address) == (GrantState.PARKED, WORK)


# ---- An order that moves on meanwhile


def test_an_order_that_moves_on_is_looked_at_again() -> None:
    """Distribution grants the parcel between the look at the order and the change of its address."""
    desk = Desk(PARCEL)
    desk.give(HOME)
    desk.ledger.meanwhile = [lambda: desk.ledger.grant_shipment(desk.order, HOME, BY)]

    assert isinstance(desk.give(WORK), Order)

    assert desk.ledger.shipments["xiaofuge", 7]["address"]["M"]["address"] == {"S": WORK.address}
    assert desk.ledger.changes == 3


def test_a_claim_that_the_deadline_overtakes_is_too_late() -> None:
    desk = Desk()
    act = act_of_deadline(MISS, WAITING, BY + SECOND)
    desk.ledger.meanwhile = [lambda: desk.ledger.miss(WAITING, act.why, act)]

    assert title(desk.claim(BY)) == "409 too late"
    assert (desk.order.grant_state, desk.order.accepted_at, desk.outbox.bodies) == (GrantState.PARKED, None, [])


def test_two_claims_at_one_moment_are_one() -> None:
    desk = Desk()
    desk.ledger.meanwhile = [lambda: desk.claim(NOON + SECOND)]

    answer = desk.claim(NOON + 2 * SECOND)

    assert answer == desk.order
    assert (desk.order.accepted_at, len(desk.outbox.bodies)) == (NOON + SECOND, 1)


class Slippery(Watched):
    """An order that moves on at each look at it."""

    def accept(self, order: Order, until: datetime, now: datetime) -> bool:
        self.changes += 1
        return False


def test_an_order_that_never_stands_still_is_busy_and_not_tried_for_ever() -> None:
    desk = Desk(ledger=Slippery())

    with pytest.raises(BusyError, match="moved on"):
        desk.claim()

    assert desk.ledger.changes == TRIES_MAX


def test_without_time_nothing_is_begun() -> None:
    desk = Desk(patience=Patience(looks=0))

    with pytest.raises(BusyError):
        desk.claim()

    assert desk.order == WAITING


def test_no_answer_and_no_error_shows_an_address() -> None:
    desk: Any = Desk(PARCEL)
    answers = [desk.give(HOME), desk.give(WORK), desk.claim(BY), desk.give(HOME, BY + SECOND)]

    shown = repr(answers) + str(answers)
    assert not [text for text in (HOME.address, WORK.address, HOME.name, HOME.phone) if text and text in shown]


@pytest.mark.parametrize("order", [WAITING, PARCEL])
def test_what_there_is_no_time_to_write_is_not_begun(order: Order) -> None:
    desk = Desk(order, patience=Patience(looks=1))

    with pytest.raises(BusyError, match="too little time"):
        desk.claim() if order is WAITING else desk.give()

    assert (desk.order, desk.ledger.changes) == (order, 0)
