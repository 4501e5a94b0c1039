"""Telling distribution of an order: sent and marked, or left to compensation; never an error for the draw."""

from dataclasses import dataclass, field

import pytest

from builders import NOON, SECOND, a_lost_order, an_order
from fakes import MemoryLedger, MemoryOutbox, Patience
from tombola.flows.tell import CALL_SECONDS, PUBLISH_SECONDS, tell
from tombola.rules.activity import GrantType
from tombola.rules.order import MqState, Order
from tombola.rules.order_life import CLAIM, MARK_FAILED, MARK_SENT, changed
from tombola.rules.problem import BusyError

LATER = NOON + SECOND
FOR_EVER = Patience()


@dataclass
class TimeLeft:
    """A deadline that allows calls which take no longer than so many seconds; it notes what it is asked."""

    seconds: float
    asked: list[float] = field(default_factory=list)

    def allows(self, seconds: float) -> bool:
        self.asked.append(seconds)
        return seconds <= self.seconds

    def pause(self, tries: int) -> bool:
        return False


class BusyLedger(MemoryLedger):
    """A ledger whose marks do not come through."""

    def mark_sent(self, order: Order, now: object) -> bool:
        raise BusyError("the table does not answer")

    mark_failed = mark_sent


def a_ledger(order: Order, ledger: MemoryLedger | None = None) -> MemoryLedger:
    ledger = ledger or MemoryLedger()
    ledger.put(order)
    return ledger


@pytest.mark.parametrize(("up", "change"), [(True, MARK_SENT), (False, MARK_FAILED)], ids=["taken", "not taken"])
def test_an_order_is_marked_as_the_transport_answers(up: bool, change: object) -> None:
    ledger, outbox = a_ledger(an_order()), MemoryOutbox(up=up)

    told = tell(an_order(), outbox, ledger, FOR_EVER, LATER)

    assert told == changed(an_order(), change, now=LATER) == ledger.order("xiaofuge", 7)  # type: ignore[arg-type]
    assert len(outbox.bodies) == up


@pytest.mark.parametrize(
    "order",
    [a_lost_order(), an_order(grant_type=GrantType.AT_A_TIME, grant_at=LATER), an_order(grant_type=GrantType.BY_HAND)],
    ids=["lost", "at a time", "by hand"],
)
def test_only_a_prize_that_is_granted_at_once_is_told(order: Order) -> None:
    outbox = MemoryOutbox()

    assert tell(order, outbox, a_ledger(order), FOR_EVER, LATER) == order
    assert outbox.bodies == []


def test_an_order_that_its_own_write_has_told_of_is_not_marked() -> None:
    order = an_order(wake=True)

    assert tell(order, MemoryOutbox(carries=True), ledger := a_ledger(order), FOR_EVER, LATER) == order
    assert ledger.order("xiaofuge", 7) == order


@pytest.mark.parametrize("up", [True, False])
def test_an_order_that_has_moved_on_is_answered_as_it_was(up: bool) -> None:
    moved_on = changed(an_order(mq_state=MqState.SENT), CLAIM, until=LATER)
    ledger = a_ledger(moved_on)

    assert tell(an_order(), MemoryOutbox(up=up), ledger, FOR_EVER, LATER) == an_order()
    assert ledger.order("xiaofuge", 7) == moved_on


@pytest.mark.parametrize("up", [True, False])
def test_a_mark_that_does_not_come_through_fails_no_draw(up: bool) -> None:
    outbox = MemoryOutbox(up=up)

    assert tell(an_order(), outbox, a_ledger(an_order(), BusyLedger()), FOR_EVER, LATER) == an_order()
    assert len(outbox.bodies) == up


@pytest.mark.parametrize(
    ("seconds", "asked", "sent"),
    [
        (PUBLISH_SECONDS - 0.1, [PUBLISH_SECONDS], 0),  # compensation sends
        (CALL_SECONDS - 0.1, [PUBLISH_SECONDS, CALL_SECONDS], 1),  # unmarked, it is sent once more
    ],
)
def test_too_little_time_leaves_the_rest_to_compensation(seconds: float, asked: list[float], sent: int) -> None:
    outbox, left = MemoryOutbox(), TimeLeft(seconds)
    ledger = a_ledger(an_order())

    assert tell(an_order(), outbox, ledger, left, LATER) == an_order() == ledger.order("xiaofuge", 7)
    assert (left.asked, len(outbox.bodies)) == (asked, sent)
