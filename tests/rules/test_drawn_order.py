"""The order that a draw writes by what it knows: what the ticket wins, of which shards, and when that is due."""

from datetime import UTC, timedelta
from typing import Any

import pytest

from builders import NOON, SEED, WAITS, a_request, a_share, an_activity
from tombola.rules.activity import CAP, Activity, Cap, GrantType
from tombola.rules.choice import choose
from tombola.rules.drawn_order import OWN, Draw, order_of
from tombola.rules.odds import WHOLE, StrategyMode
from tombola.rules.order import Order, Outcome, Proof, numbered_lane
from tombola.rules.request import DrawRequest, Target
from tombola.rules.stock import shard_of
from tombola.rules.ticket import order_id_of
from tombola.rules.wins import win_of

REQUEST = a_request()
ORDER_ID = order_id_of("100001", "xiaofuge", "key")
NEVER = an_activity(a_share("1", weight=0), a_share("9", weight=1, stock=None), strategy_mode=StrategyMode.SINGLE)
FALLBACK = an_activity(a_share("1", weight=WHOLE), a_share("9", weight=0, stock=None), fallback="9")
LOCKED = an_activity(a_share("1", weight=WHOLE, unlock_after=2), a_share("2", weight=1))
SHARDED = an_activity(a_share("1", shards=40), cap=Cap(limit=9, shards=30))


def drawn(activity: Activity, request: DrawRequest = REQUEST, **known: Any) -> Order:
    known = {"sold_out": frozenset(), "seed": SEED, **known}
    return order_of(Draw(request, ORDER_ID, activity, UTC, NOON, NOON + WAITS.first_check, **known))


def test_the_order_says_what_was_asked_for_and_what_came_of_it() -> None:
    activity = an_activity(version=7)

    assert drawn(activity) == Order(
        order_id=ORDER_ID,
        user_id="xiaofuge",
        activity_id="100001",
        idempotency_key="key",
        request_hash="hash",
        outcome=Outcome.WON,
        award=activity.shares[0].award,
        shard=0,
        strategy_mode=StrategyMode.TOTAL,
        grant_type=GrantType.AT_ONCE,
        proof=Proof(attempt=0, excluded=(), version=7),
        drawn_at=NOON,
        win="100001#00",
        due_at=NOON + WAITS.first_check,
        wake=True,
    )


@pytest.mark.parametrize("grant_type", GrantType)
def test_only_a_new_prize_that_is_granted_at_once_wakes_a_stream(grant_type: GrantType) -> None:
    wins = drawn(an_activity(grant_type=grant_type))

    assert wins.award is not None
    assert wins.wake is (grant_type is GrantType.AT_ONCE)
    assert not drawn(NEVER).wake


def test_a_win_is_listed_in_a_shard_of_its_activity() -> None:
    activity = an_activity(win_shards=40)

    assert drawn(activity).win == win_of("100001", SEED, ORDER_ID, 40) != "100001#00"


def test_a_fallback_is_listed_as_a_win_and_a_lost_draw_is_not() -> None:
    assert drawn(FALLBACK, sold_out=frozenset({"1"})).win == "100001#00"
    assert drawn(NEVER).win is None


def test_an_order_through_a_tree_names_the_tree() -> None:
    assert drawn(an_activity(), a_request(target=Target("tree", "crowd"))).tree_id == "crowd"


def test_a_ticket_that_falls_on_nothing_loses_and_is_never_due() -> None:
    order = drawn(NEVER)

    assert (order.outcome, order.award, order.shard, order.grant_at, order.due_at) == (Outcome.LOST, *[None] * 4)


def test_a_draw_that_would_lose_gets_the_fallback_award() -> None:
    order = drawn(FALLBACK, sold_out=frozenset({"1"}))

    assert (order.outcome, order.award and order.award.award_id, order.shard) == (Outcome.FALLBACK, "9", None)


@pytest.mark.parametrize(
    ("taken", "sold_out", "excluded"),
    [
        (0, set[str](), ("1",)),
        (2, set[str](), ()),
        (2, {"2"}, ("2",)),
        (1, {"2"}, ("1", "2")),
        (None, {"2", "1"}, ("1", "2")),
    ],
)
def test_what_is_sold_out_or_locked_is_excluded(
    taken: int | None, sold_out: set[str], excluded: tuple[str, ...]
) -> None:
    proof = drawn(LOCKED, taken=taken, sold_out=frozenset(sold_out)).proof

    assert (proof.taken, proof.excluded) == (taken, excluded)


@pytest.mark.parametrize("attempt", range(8))
def test_each_attempt_has_a_ticket_of_its_own(attempt: int) -> None:
    activity = an_activity(*(a_share(str(number), weight=1) for number in range(9)))
    share = choose(activity, SEED, ORDER_ID, "xiaofuge", attempt, frozenset())

    order = drawn(activity, attempt=attempt)

    assert share is not None
    assert (order.award, order.proof.attempt) == (share.award, attempt)


@pytest.mark.parametrize(("found", "cap_found"), [(OWN, OWN), (0, OWN), (OWN, 0), (39, 29)])
def test_a_unit_is_taken_of_the_shard_that_was_found_or_else_of_the_draw_s_own(found: int, cap_found: int) -> None:
    own = shard_of(SEED, ORDER_ID, "1", 40), shard_of(SEED, ORDER_ID, CAP, 30)

    order = drawn(SHARDED, shard=found, cap_shard=cap_found)

    assert (order.shard, order.cap_shard) == (
        own[0] if found == OWN else found,
        own[1] if cap_found == OWN else cap_found,
    )


def test_a_lost_draw_takes_a_unit_of_the_cap_and_of_nothing_else() -> None:
    order = drawn(an_activity(a_share("1"), cap=Cap(limit=9)), sold_out=frozenset({"1"}))

    assert (order.outcome, order.shard, order.cap_shard) == (Outcome.LOST, None, 0)


@pytest.mark.parametrize(
    ("changes", "grant_at", "due_at"),
    [
        ({"grant_type": GrantType.AT_ONCE}, None, NOON + WAITS.first_check),
        ({"grant_type": GrantType.BY_HAND}, None, NOON + WAITS.first_check),
        ({"grant_type": GrantType.AT_A_TIME}, NOON + timedelta(days=1), NOON + timedelta(days=1)),
    ],
)
def test_a_prize_is_due_when_it_may_be_granted_or_when_compensation_first_looks(
    changes: Any, grant_at: object, due_at: object
) -> None:
    order = drawn(an_activity(**changes))

    assert (order.grant_at, order.due_at) == (grant_at, due_at)


@pytest.mark.parametrize(
    ("own", "grant_at", "due_at", "wake"),
    [
        (GrantType.AT_ONCE, None, NOON + WAITS.first_check, True),
        (GrantType.AT_A_TIME, NOON + timedelta(days=1), NOON + timedelta(days=1), False),
        (GrantType.BY_HAND, None, NOON + WAITS.first_check, False),
    ],
)
@pytest.mark.parametrize("activity_s", GrantType)
def test_a_prize_is_granted_as_its_award_says_whatever_the_activity_says(
    own: GrantType, grant_at: object, due_at: object, wake: bool, activity_s: GrantType
) -> None:
    order = drawn(an_activity(a_share("1", grant_type=own), grant_type=activity_s))

    assert (order.grant_type, order.grant_at, order.due_at, order.wake) == (own, grant_at, due_at, wake)


def test_a_fallback_is_granted_as_it_says_itself() -> None:
    """A hundred stickers need no hand, though the bikes do."""
    sticker = a_share("2", weight=0, stock=None, grant_type=GrantType.AT_ONCE)
    activity = an_activity(a_share("1"), sticker, fallback="2", grant_type=GrantType.BY_HAND)

    order = drawn(activity, sold_out=frozenset({"1"}))

    assert (order.outcome, order.grant_type, order.lane, order.wake) == (
        Outcome.FALLBACK,
        GrantType.AT_ONCE,
        numbered_lane(order.order_id),
        True,
    )


def test_a_lost_draw_has_the_activitys_own_grant_type_and_nothing_is_due() -> None:
    activity = an_activity(a_share("1", grant_type=GrantType.AT_ONCE), grant_type=GrantType.AT_A_TIME)

    order = drawn(activity, sold_out=frozenset({"1"}))

    assert (order.grant_type, order.grant_at, order.due_at, order.wake) == (GrantType.AT_A_TIME, None, None, False)
