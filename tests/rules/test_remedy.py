"""What compensation does with an order that should have been granted by now."""

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOON, SECOND, WAITS, a_lost_order, an_act, an_order
from tombola.rules.activity import GrantType
from tombola.rules.order import GrantState, MqState, Order, Outcome
from tombola.rules.order_life import RELEASE, changed
from tombola.rules.remedy import Decision, Remedy, Work, backoff, choose_remedy, sort_out

NOT_SENT, SENT, FAILED = MqState
TICK = timedelta(milliseconds=1)
LONG_AGO = NOON - timedelta(days=365)

WAIT = Decision(Remedy.WAIT, NOON + TICK)
NOTHING = Decision(Remedy.NOTHING, NOON)
RESEND = Decision(Remedy.RESEND, NOON + 600 * SECOND)  # the new message gets its time


def parked(because: str) -> Decision:
    return Decision(Remedy.PARK, NOON, because)


@pytest.mark.parametrize(
    ("order", "decision"),
    [
        (an_order(mq_state=NOT_SENT), RESEND),  # killed between recording and telling
        (an_order(mq_state=FAILED), RESEND),
        (an_order(mq_state=SENT, sent_at=NOON), Decision(Remedy.WAIT, NOON + 600 * SECOND)),
        (an_order(mq_state=SENT, sent_at=NOON - 600 * SECOND + TICK), Decision(Remedy.WAIT, NOON + TICK)),
        (an_order(mq_state=SENT, sent_at=NOON - 600 * SECOND), RESEND),  # its message is taken for lost
        (an_order(mq_state=SENT, sent_at=LONG_AGO), RESEND),
        (an_order(mq_state=SENT, sent_at=LONG_AGO, claims=3), RESEND),
        (an_order(mq_state=SENT, sent_at=LONG_AGO, claims=4), Decision(Remedy.RESEND, NOON + 960 * SECOND)),
        (an_order(mq_state=SENT, sent_at=LONG_AGO, claims=1000), Decision(Remedy.RESEND, NOON + 3600 * SECOND)),
        (an_order(mq_state=SENT, sent_at=None), RESEND),  # a grant failed, and used its message up
        (an_order(mq_state=SENT, failures=2), RESEND),
        (an_order(mq_state=SENT, failures=3), parked("3 grants failed")),
        (an_order(mq_state=SENT, failures=4, failed_because="down"), parked("4 grants failed, the last: down")),
        (an_order(mq_state=SENT, failures=3, sent_at=NOON), parked("3 grants failed")),
        (an_order(mq_state=NOT_SENT, failures=3), parked("3 grants failed")),
        (an_order(mq_state=FAILED, failures=3), parked("3 grants failed")),
        (an_order(mq_state=SENT, failures=2, begun=2), RESEND),
        (an_order(mq_state=SENT, begun=3), parked("3 grants were begun, and none ended")),
        (an_order(claims=1000), Decision(Remedy.RESEND, NOON + 3600 * SECOND)),  # a queue at rest parks nobody
        (an_order(failures=2, claims=1), RESEND),
        (a_lost_order(), NOTHING),
        (a_lost_order(failures=3), NOTHING),
        *[
            (an_order(grant_state=state, mq_state=mq_state, failures=failures), NOTHING)
            for state in (GrantState.GRANTED, GrantState.PARKED, GrantState.VOID)
            for mq_state in MqState
            for failures in (0, 3)
        ],
    ],
)
def test_the_remedy_for_an_order(order: Order, decision: Decision) -> None:
    assert choose_remedy(order, WAITS, NOON) == decision


@pytest.mark.parametrize(
    ("order", "decision"),
    [
        (an_order(grant_type=GrantType.AT_A_TIME, grant_at=NOON + TICK), WAIT),
        (an_order(grant_type=GrantType.AT_A_TIME, grant_at=NOON + TICK, failures=3), WAIT),
        (an_order(grant_type=GrantType.AT_A_TIME, grant_at=NOON + TICK, sent_at=LONG_AGO), WAIT),
        (an_order(grant_type=GrantType.AT_A_TIME, grant_at=NOON), RESEND),
        (an_order(grant_type=GrantType.AT_A_TIME, grant_at=LONG_AGO, failures=3), parked("3 grants failed")),
        (an_order(grant_type=GrantType.BY_HAND), NOTHING),
        (an_order(grant_type=GrantType.BY_HAND, failures=3, sent_at=LONG_AGO), NOTHING),
        (changed(an_order(grant_type=GrantType.BY_HAND), RELEASE, now=NOON, act=an_act()), RESEND),
        (changed(an_order(grant_type=GrantType.BY_HAND), RELEASE, now=NOON + TICK, act=an_act()), WAIT),
        (an_order(outcome=Outcome.FALLBACK), RESEND),
    ],
)
def test_a_prize_whose_time_has_not_come_waits_until_then(order: Order, decision: Decision) -> None:
    assert choose_remedy(order, WAITS, NOON) == decision


@pytest.mark.parametrize(
    ("times", "seconds"),
    [(0, 60), (1, 120), (2, 240), (5, 1920), (6, 3600), (7, 3600), (20, 3600), (21, 3600), (10**9, 3600)],
)
def test_the_backoff_doubles_up_to_its_limit(times: int, seconds: int) -> None:
    assert backoff(WAITS, times) == seconds * SECOND


@pytest.mark.parametrize(("limit", "seconds"), [(1920, 1920), (1919, 1919), (60, 60), (1, 1)])
def test_no_backoff_is_longer_than_the_limit(limit: int, seconds: int) -> None:
    assert backoff(replace(WAITS, backoff_max=limit * SECOND), 5) == seconds * SECOND


def test_huge_claims_cost_nothing_even_with_the_longest_waits() -> None:
    year = timedelta(days=365)

    assert backoff(replace(WAITS, backoff=year, backoff_max=10 * year), 10**9) == 10 * year


YOUNG = an_order(1, mq_state=SENT, sent_at=NOON)
LOST_MESSAGE = an_order(2, mq_state=SENT, sent_at=LONG_AGO)
HOPELESS = an_order(3, mq_state=SENT, failures=3)
GRANTED = an_order(4, grant_state=GrantState.GRANTED)


@pytest.mark.parametrize(
    ("orders", "work"),
    [
        ([], Work()),
        ([YOUNG], Work(claims=[(YOUNG, NOON + 600 * SECOND)])),
        ([LOST_MESSAGE], Work(claims=[(LOST_MESSAGE, NOON + 600 * SECOND)], resends={2})),
        ([HOPELESS], Work(parks=[(HOPELESS, "3 grants failed")])),
        ([GRANTED], Work(claims=[(GRANTED, NOON)])),  # nobody wins this claim: the index was older than the grant
        (
            [HOPELESS, LOST_MESSAGE, YOUNG],
            Work(
                parks=[(HOPELESS, "3 grants failed")],
                claims=[(LOST_MESSAGE, NOON + 600 * SECOND), (YOUNG, NOON + 600 * SECOND)],
                resends={2},
            ),
        ),
    ],
    ids=["none", "young", "its message is lost", "hopeless", "granted", "several"],
)
def test_each_order_of_a_lane_is_parked_or_claimed_and_only_a_lost_message_is_sent_again(
    orders: list[Order], work: Work
) -> None:
    assert sort_out(orders, WAITS, NOON) == work
