"""Distribution: each prize once, each failure on record, each poison refused alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from builders import NOON, SECOND, WAITS, a_lost_order, an_act, an_award, an_order
from fakes import MemoryLedger
from tombola.aws.invoices import read_message
from tombola.flows.distribute import DistributePorts, distribute, order_named
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.invoice import Message, PoisonError, invoice_json
from tombola.rules.order import GrantState, MqState, Order, Outcome
from tombola.rules.problem import BusyError, TooLittleTimeError
from tombola.rules.remedy import CLAIMS_TRUSTED, Remedy, choose_remedy, had_no_effect
from tombola.rules.verdict import Failed, Grant, Granted, Refused, Unchanged, UnderWay

LATER = NOON + 5 * SECOND


@dataclass
class Provider:
    """Hands prizes over as it is told to, and keeps what it handed over."""

    ledger: MemoryLedger
    answers: Sequence[Grant] = ()
    asked: int = 0
    handed_over: list[int] = field(default_factory=list)

    def grant(self, order: Order, now: datetime) -> Grant:
        self.asked += 1
        if self.answers:
            answer, *self.answers = self.answers
            return answer
        if not self.ledger.grant(order, now):
            return Unchanged()
        self.handed_over.append(order.order_id)
        return Granted()


def a_world(order: Order, *answers: Grant) -> tuple[DistributePorts, Provider, MemoryLedger]:
    ledger = MemoryLedger()
    ledger.put(order)
    provider = Provider(ledger, answers)
    return DistributePorts(ledger=ledger, prizes={AwardType.TEXT: provider}, waits=WAITS), provider, ledger


def on_record(ledger: MemoryLedger) -> Order:
    (order,) = ledger.orders_by_key.values()
    return order


def test_a_waiting_prize_is_granted() -> None:
    world, provider, ledger = a_world(an_order())

    assert distribute(an_order(), world, LATER) == Granted()
    assert provider.handed_over == [7]
    assert (on_record(ledger).grant_state, on_record(ledger).granted_at) == (GrantState.GRANTED, LATER)


def test_a_doubled_message_grants_nothing_more() -> None:
    world, provider, ledger = a_world(an_order())
    distribute(an_order(), world, LATER)

    assert distribute(an_order(), world, LATER) == Unchanged()  # two workers that read before either wrote
    assert distribute(on_record(ledger), world, LATER) == Unchanged()
    assert provider.handed_over == [7]


def test_a_prize_that_was_handed_over_while_its_order_was_parked_is_granted() -> None:
    """The provider is slow: compensation takes the call for one that never ends."""

    class SlowProvider(Provider):
        def grant(self, order: Order, now: datetime) -> Grant:
            assert self.ledger.park(order, "5 grants were begun, and none ended", now)
            return super().grant(order, now)

    ledger = MemoryLedger()
    ledger.put(an_order())
    provider = SlowProvider(ledger)
    world = DistributePorts(ledger=ledger, prizes={AwardType.TEXT: provider}, waits=WAITS)

    assert distribute(an_order(), world, LATER) == Granted()
    assert provider.handed_over == [7]
    assert (on_record(ledger).grant_state, on_record(ledger).lane) == (GrantState.GRANTED, None)


@pytest.mark.parametrize("state", [GrantState.GRANTED, GrantState.PARKED, GrantState.VOID])
def test_a_late_message_asks_nobody_and_changes_nothing(state: GrantState) -> None:
    order = an_order(grant_state=state)
    world, provider, ledger = a_world(order)

    assert distribute(order, world, LATER) == Unchanged()
    assert (provider.asked, on_record(ledger)) == (0, order)


TOO_EARLY: dict[str, Order] = {
    "before its time": an_order(grant_type=GrantType.AT_A_TIME, grant_at=LATER + SECOND, due_at=LATER + SECOND),
    "not released by anybody": an_order(grant_type=GrantType.BY_HAND),
}


@pytest.mark.parametrize("case", TOO_EARLY)
def test_an_early_message_asks_nobody_and_changes_nothing(case: str) -> None:
    order = TOO_EARLY[case]
    world, provider, ledger = a_world(order)

    assert distribute(order, world, LATER) == Unchanged()
    assert (provider.asked, on_record(ledger)) == (0, order)


def test_a_prize_granted_at_a_time_is_granted_from_then_on() -> None:
    world, provider, ledger = a_world(an_order(grant_type=GrantType.AT_A_TIME, grant_at=LATER, due_at=LATER))

    assert distribute(on_record(ledger), world, LATER) == Granted()
    assert provider.handed_over == [7]


def test_a_prize_that_somebody_released_is_granted() -> None:
    world, provider, ledger = a_world(an_order(grant_type=GrantType.BY_HAND))
    assert ledger.release(on_record(ledger), an_act(at=LATER))

    assert distribute(on_record(ledger), world, LATER) == Granted()
    assert provider.handed_over == [7]


def test_a_fallback_prize_is_granted_like_any_other() -> None:
    world, provider, ledger = a_world(an_order(outcome=Outcome.FALLBACK, shard=None))

    assert distribute(on_record(ledger), world, LATER) == Granted()
    assert provider.handed_over == [7]


def test_a_failed_grant_is_on_record_with_its_next_time() -> None:
    world, _, ledger = a_world(an_order(mq_state=MqState.SENT, sent_at=NOON), Failed("provider down"))

    distribute(on_record(ledger), world, LATER)

    order = on_record(ledger)
    assert (order.failures, order.due_at, order.sent_at) == (1, LATER + WAITS.backoff, None)


def test_a_provider_that_says_when_is_asked_again_then() -> None:
    world, _, ledger = a_world(an_order(), Failed("busy", retry_at=NOON + 77 * SECOND))

    distribute(an_order(), world, LATER)

    assert on_record(ledger).due_at == NOON + 77 * SECOND


def test_a_refusal_for_good_is_parked_with_its_reason() -> None:
    world, _, ledger = a_world(an_order(), Refused("no such coupon"))

    assert distribute(an_order(), world, LATER) == Refused("no such coupon")
    order = on_record(ledger)
    assert (order.grant_state, order.lane, order.parked_because) == (GrantState.PARKED, "parked", "no such coupon")


class Crash(Provider):
    """Raises what it is given, or dies with its whole process."""

    error: BaseException = ZeroDivisionError("a redeem code")

    def grant(self, order: Order, now: datetime) -> Grant:
        raise self.error


def test_whatever_a_provider_raises_is_a_failure_of_that_order_without_its_words() -> None:
    order = an_order()
    world, _, ledger = a_world(order)
    world = replace(world, prizes={AwardType.TEXT: Crash(ledger)})

    assert distribute(order, world, LATER) == Failed("ZeroDivisionError")
    failed = on_record(ledger)
    assert (failed.failures, failed.failed_because, failed.due_at) == (1, "ZeroDivisionError", LATER + WAITS.backoff)


def test_a_table_that_does_not_answer_sends_the_message_back_and_records_nothing() -> None:
    order = an_order()
    world, _, ledger = a_world(order)
    provider = Crash(ledger)
    provider.error = BusyError("throttled")

    with pytest.raises(BusyError):
        distribute(order, replace(world, prizes={AwardType.TEXT: provider}), LATER)
    assert on_record(ledger) == order


def test_a_grant_that_is_tried_for_the_first_time_is_not_counted_before_it_is_begun() -> None:
    order = an_order(claims=CLAIMS_TRUSTED - 1)
    world, _, ledger = a_world(order)
    world = replace(world, prizes={AwardType.TEXT: Crash(ledger)})

    distribute(order, world, LATER)

    assert on_record(ledger).failures == 1
    assert not had_no_effect(order)


def test_a_grant_that_never_ends_is_counted_before_it_is_begun_once_messages_went_without_effect() -> None:
    order = an_order(claims=CLAIMS_TRUSTED)
    world, _, ledger = a_world(order)
    provider = Crash(ledger)
    provider.error = KeyboardInterrupt()  # the process is gone
    dying = replace(world, prizes={AwardType.TEXT: provider})

    for begun in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            distribute(on_record(ledger), dying, LATER)
        assert (on_record(ledger).begun, on_record(ledger).failures) == (begun, 0)
    assert distribute(order, dying, LATER) == Unchanged()  # somebody else has begun it since
    assert distribute(on_record(ledger), world, LATER) == Granted()


def test_a_failure_that_is_no_fault_of_the_order_is_on_record_and_never_parks_it() -> None:
    order = an_order(mq_state=MqState.SENT, sent_at=NOON, claims=3, begun=1, failures=WAITS.failures_max - 1)
    refused = Failed("the provider refuses us", counts=False)
    world, _, ledger = a_world(order, *[refused] * 20)

    for _ in range(20):
        assert distribute(on_record(ledger), world, LATER) == refused
    held = on_record(ledger)
    assert (held.failures, held.begun, held.failed_because) == (WAITS.failures_max - 1, 0, "the provider refuses us")
    assert held.due_at == LATER + WAITS.backoff * 2**3  # a claim comes before each try
    assert choose_remedy(held, WAITS, LATER + timedelta(days=1)).remedy is Remedy.RESEND


@pytest.mark.parametrize("claims", [0, CLAIMS_TRUSTED])
def test_a_call_that_is_under_way_elsewhere_is_no_failure_and_nothing_is_written(claims: int) -> None:
    order = an_order(claims=claims, begun=2)
    world, _, ledger = a_world(order, *[UnderWay()] * 9)

    for _ in range(9):
        assert distribute(on_record(ledger), world, LATER) == UnderWay()
    assert on_record(ledger) == order


def test_a_prize_that_there_is_no_time_for_goes_back_and_nothing_is_written() -> None:
    order = an_order(claims=CLAIMS_TRUSTED)
    world, _, ledger = a_world(order)
    provider = Crash(ledger)
    provider.error = TooLittleTimeError("no time")

    with pytest.raises(BusyError):
        distribute(order, replace(world, prizes={AwardType.TEXT: provider}), LATER)
    assert on_record(ledger) == order


def test_an_award_that_nobody_hands_over_is_parked() -> None:
    order = an_order(award=an_award(award_type=AwardType.COUPON))
    world, _, ledger = a_world(order)

    distribute(order, world, LATER)

    assert on_record(ledger).parked_because == "nobody hands over awards of type COUPON"


def an_invoice(order: Order) -> Message:
    return read_message("1", invoice_json(order))


@pytest.mark.parametrize("message", [an_invoice(an_order()), Message("1", ("xiaofuge", 7))], ids=["invoice", "key"])
def test_a_message_names_its_order(message: Message) -> None:
    order = an_order()

    assert order_named(message, {("xiaofuge", 7): order}) == order


def test_a_key_without_its_order_is_poison() -> None:
    with pytest.raises(PoisonError, match="order 7 does not exist"):
        order_named(Message("1", ("xiaofuge", 7)), {})


@pytest.mark.parametrize(
    ("orders", "why"),
    [
        ({}, "does not exist"),
        ({("xiaofuge", 7): a_lost_order()}, "award"),
        ({("xiaofuge", 7): an_order(award=an_award("4"))}, "awardId"),
        ({("xiaofuge", 7): an_order(award=replace(an_award(), award_content="other"))}, "awardContent"),
    ],
)
def test_a_message_without_its_order_or_against_it_is_poison(orders: dict[tuple[str, int], Order], why: str) -> None:
    with pytest.raises(PoisonError, match=why):
        order_named(an_invoice(an_order()), orders)
