"""What a draw counts and takes beside its prize: quotas, the user's count and the cap, on three ledgers."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest

from builders import NOON, UNCOUNTED, a_count, a_lost_order, an_activity, an_order
from fakes import MemoryLedger
from tables import TableLedger
from tombola.rules.activity import CAP, Cap
from tombola.rules.order import Order
from tombola.rules.quota import PERIODS, TAKEN, Count, Period, Quotas, count_of
from tombola.rules.quota_answer import user_quotas_answer
from tombola.rules.verdict import CapShardEmpty, CountMoved, QuotaUsedUp, Recorded, Repeat, ShardEmpty

Ledger = MemoryLedger | TableLedger
DAY = timedelta(days=1)
LAST_TO_RENEW = (Period.ACTIVITY, Period.MONTH, Period.DAY)
SETS_OF_PERIODS = [periods for size in (1, 2, 3) for periods in combinations(LAST_TO_RENEW, size)]


def with_stock(ledger: Ledger, units: int = 5, cap: tuple[int, ...] = ()) -> Ledger:
    """Return ledger with units of award 3, and with a cap in shards of these units."""
    activity = an_activity(cap=Cap(limit=sum(cap) or 1, shards=len(cap)) if cap else None)
    ledger.apply(activity, {("3", 0): units} | {(CAP, shard): left for shard, left in enumerate(cap)})
    return ledger


def a_count_at(now: datetime = NOON, seen: int | None = None, **quotas: int) -> Count:
    return count_of(Quotas(**quotas), UTC, now, seen)


def counted(ledger: Ledger) -> dict[str, int]:
    """Return the counters of the one user who has any."""
    items = [item for item in ledger.items() if item["sk"]["S"].startswith("QUOTA#")]
    assert len(items) <= 1
    return {name: int(value["N"]) for item in items for name, value in item.items() if name not in ("pk", "sk")}


def left(ledger: Ledger, cap_shards: int = 0) -> dict[str, tuple[int, ...]]:
    return ledger.stock_left("100001", {"3": 1} | ({CAP: cap_shards} if cap_shards else {}))


def named(periods: tuple[Period, ...]) -> str:
    return "-".join(period.name for period in periods)


@pytest.mark.parametrize("periods", SETS_OF_PERIODS, ids=named)
def test_each_quota_refuses_at_its_limit_and_says_which_the_last_to_renew_first(
    ledger: Ledger, periods: tuple[Period, ...]
) -> None:
    quotas = Quotas(**{name: 2 if period in periods else 3 for name, period in PERIODS.items()})
    count = count_of(quotas, UTC, NOON)
    for order_id in (1, 2):
        assert with_stock(ledger).record(an_order(order_id), count) == Recorded(an_order(order_id))

    assert ledger.record(an_order(3), count) == QuotaUsedUp(periods)
    assert ledger.order("xiaofuge", 3) is None


@pytest.mark.parametrize("periods", SETS_OF_PERIODS, ids=named)
def test_only_limited_periods_are_counted(ledger: Ledger, periods: tuple[Period, ...]) -> None:
    quotas = Quotas(**{period.name: 5 for period in periods})
    ledger.record(a_lost_order(), count_of(quotas, UTC, NOON))

    names = {Period.ACTIVITY: "taken", Period.MONTH: "m2026-11", Period.DAY: "d2026-11-23"}
    assert counted(ledger) == {names[period]: 1 for period in periods}


def test_without_a_quota_nothing_is_counted(ledger: Ledger) -> None:
    assert with_stock(ledger).record(an_order(), UNCOUNTED) == Recorded(an_order())
    assert counted(ledger) == {}
    assert ledger.counters("xiaofuge", "100001").get(TAKEN, 0) == 0


def test_what_was_drawn_on_another_day_or_in_another_month_does_not_matter(ledger: Ledger) -> None:
    first_of_november = datetime(2026, 11, 1, tzinfo=UTC)
    for order_id, now in enumerate((first_of_november - DAY, first_of_november)):
        assert ledger.record(a_lost_order(order_id), a_count_at(now, day=1, month=2)) == Recorded(
            a_lost_order(order_id)
        )

    assert ledger.record(a_lost_order(8), a_count_at(first_of_november, day=1, month=2)) == QuotaUsedUp((Period.DAY,))
    again = ledger.record(a_lost_order(9), a_count_at(first_of_november + DAY, day=1, month=2))
    assert again == Recorded(a_lost_order(9))


def test_another_user_and_another_activity_have_quotas_of_their_own(ledger: Ledger) -> None:
    for order in (a_lost_order(1), a_lost_order(1, user_id="fustack"), a_lost_order(2, activity_id="100002")):
        assert ledger.record(order, a_count(1)) == Recorded(order)

    assert ledger.counters("xiaofuge", "100001").get(TAKEN, 0) == 1
    assert ledger.counters("fustack", "100001").get(TAKEN, 0) == 1
    assert ledger.counters("fustack", "100002").get(TAKEN, 0) == 0


def test_counters_that_nothing_asks_for_any_more_are_dropped_by_the_next_draw(ledger: Ledger) -> None:
    for days in range(120):
        count = a_count_at(NOON + days * DAY, activity=1_000, month=31, day=1)
        assert ledger.record(a_lost_order(days), count) == Recorded(a_lost_order(days))

    # The day and the month before stay: clocks differ.
    assert counted(ledger) == {"taken": 120, "d2027-03-22": 1, "d2027-03-21": 1, "m2027-03": 22, "m2027-02": 28}


def test_a_refused_draw_counts_nothing_and_drops_nothing(ledger: Ledger) -> None:
    with_stock(ledger, units=0, cap=(1, 0))
    ledger.record(a_lost_order(1), a_count_at(NOON, activity=2, day=2, month=1))
    before = counted(ledger)
    much_later = NOON + 70 * DAY

    assert ledger.record(a_lost_order(2), a_count_at(NOON, activity=2, day=2, month=1)) == QuotaUsedUp((Period.MONTH,))
    assert ledger.record(an_order(2), a_count_at(much_later, activity=2, day=2, month=1)) == ShardEmpty()
    assert ledger.record(a_lost_order(2, cap_shard=1), a_count_at(much_later, activity=2, day=2)) == CapShardEmpty()
    assert ledger.record(a_lost_order(2), a_count_at(much_later, seen=2, day=2)) == CountMoved()
    assert counted(ledger) == before == {"taken": 1, "d2026-11-23": 1, "m2026-11": 1}


def test_a_limit_that_is_raised_or_lowered_is_held_against_what_was_counted(ledger: Ledger) -> None:
    def draw(order_id: int, limit: int) -> bool:
        verdict = ledger.record(a_lost_order(order_id), a_count_at(activity=limit, day=limit))
        assert verdict in (Recorded(a_lost_order(order_id)), QuotaUsedUp((Period.ACTIVITY, Period.DAY)))
        return isinstance(verdict, Recorded)

    assert [draw(order_id, limit=3) for order_id in range(5)] == [True] * 3 + [False] * 2
    assert [draw(order_id, limit=5) for order_id in range(10, 14)] == [True] * 2 + [False] * 2
    assert not draw(20, limit=2)
    assert [draw(order_id, limit=6) for order_id in range(30, 32)] == [True, False]
    assert ledger.counters("xiaofuge", "100001").get(TAKEN, 0) == 6


def test_a_first_draw_has_seen_none_before(ledger: Ledger) -> None:
    assert ledger.record(a_lost_order(1), a_count(10, seen=1)) == CountMoved()
    assert ledger.record(a_lost_order(1), a_count(10, seen=0)) == Recorded(a_lost_order(1))
    assert ledger.counters("xiaofuge", "100001").get(TAKEN, 0) == 1


def test_a_draw_that_came_between_what_was_seen_and_the_record_moves_the_count(ledger: Ledger) -> None:
    with_stock(ledger, cap=(5,)).record(an_order(1), a_count(10, seen=0))
    order = an_order(2, cap_shard=0)

    for stale in (0, 2):
        assert ledger.record(order, a_count(10, seen=stale)) == CountMoved()
    assert ledger.order("xiaofuge", 2) is None
    assert left(ledger, cap_shards=1) == {"3": (4,), CAP: (5,)}
    assert ledger.record(order, a_count(10, seen=1)) == Recorded(order)
    assert ledger.counters("xiaofuge", "100001").get(TAKEN, 0) == 2


def test_a_count_that_only_awards_hang_on_is_counted_without_a_quota(ledger: Ledger) -> None:
    count = Count(limits=(), seen=0)

    assert ledger.record(a_lost_order(1), count) == Recorded(a_lost_order(1))
    assert ledger.record(a_lost_order(2), count) == CountMoved()
    assert counted(ledger) == {"taken": 1}


def test_a_count_that_awards_hang_on_is_counted_beside_the_quota_of_a_day(ledger: Ledger) -> None:
    ledger.record(a_lost_order(1), a_count_at(day=1, seen=0))

    assert counted(ledger) == {"taken": 1, "d2026-11-23": 1}
    assert ledger.record(a_lost_order(2), a_count_at(NOON + DAY, day=1, seen=0)) == CountMoved()
    assert ledger.record(a_lost_order(2), a_count_at(NOON + DAY, day=1, seen=1)) == Recorded(a_lost_order(2))


def test_as_many_draws_are_shown_as_left_as_can_still_be_made(ledger: Ledger) -> None:
    """Draws of yesterday count for the month alone, and those of another user or activity for nothing."""
    quotas = Quotas(activity=9, month=4, day=2)
    ledger.record(a_lost_order(90), a_count_at(NOON - DAY, activity=9, month=4, day=2))
    ledger.record(a_lost_order(91, user_id="fustack"), count_of(quotas, UTC, NOON))
    ledger.record(a_lost_order(92, activity_id="100002"), count_of(quotas, UTC, NOON))

    def left(now: datetime) -> int | None:
        counted = ledger.counters("xiaofuge", "100001")
        return user_quotas_answer("xiaofuge", "100001", quotas, UTC, counted, now)["left"]

    shown, made = [], []
    for number, now in enumerate([NOON] * 3 + [NOON + DAY] * 2):
        shown.append(left(now))
        made.append(isinstance(ledger.record(a_lost_order(number), count_of(quotas, UTC, now)), Recorded))

    assert shown == [2, 1, 0, 1, 0]
    assert made == [True, True, False, True, False]


def test_counters_of_days_say_nothing_of_the_whole(ledger: Ledger) -> None:
    ledger.record(a_lost_order(1), a_count_at(day=5))

    assert ledger.counters("xiaofuge", "100001").get(TAKEN, 0) == 0
    assert ledger.record(a_lost_order(2), a_count_at(day=5, seen=0)) == Recorded(a_lost_order(2))


def test_a_used_up_quota_is_told_before_a_count_that_moved(ledger: Ledger) -> None:
    ledger.record(a_lost_order(1), a_count(1, seen=0))

    for seen in (0, 1):
        assert ledger.record(a_lost_order(2), a_count(1, seen=seen)) == QuotaUsedUp((Period.ACTIVITY,))


@pytest.mark.parametrize("order", [an_order(cap_shard=0), a_lost_order(cap_shard=0)], ids=lambda order: order.outcome)
def test_each_order_takes_a_unit_of_the_cap_a_lost_one_too(ledger: Ledger, order: Order) -> None:
    assert with_stock(ledger, cap=(2, 3)).record(order, UNCOUNTED) == Recorded(order)
    assert left(ledger, cap_shards=2) == {"3": (5 - (order.award is not None),), CAP: (1, 3)}
    assert ledger.record(order, UNCOUNTED) == Repeat(order)
    assert left(ledger, cap_shards=2)[CAP] == (1, 3)


def test_an_empty_shard_of_the_cap_refuses_and_moves_nothing(ledger: Ledger) -> None:
    with_stock(ledger, cap=(1, 1)).record(a_lost_order(1, cap_shard=0), a_count(2))

    for refused in (an_order(2, cap_shard=0), a_lost_order(2, cap_shard=0)):
        assert ledger.record(refused, a_count(2)) == CapShardEmpty()
    assert ledger.order("xiaofuge", 2) is None
    assert left(ledger, cap_shards=2) == {"3": (5,), CAP: (0, 1)}
    assert ledger.counters("xiaofuge", "100001").get(TAKEN, 0) == 1
    other = an_order(2, cap_shard=1)
    assert ledger.record(other, a_count(2)) == Recorded(other)


def test_an_empty_shard_of_stock_gives_the_unit_of_the_cap_back(ledger: Ledger) -> None:
    with_stock(ledger, units=0, cap=(1,))

    assert ledger.record(an_order(cap_shard=0), UNCOUNTED) == ShardEmpty()
    assert left(ledger, cap_shards=1) == {"3": (0,), CAP: (1,)}


def test_of_several_refusals_the_more_final_is_told(ledger: Ledger) -> None:
    with_stock(ledger, units=1, cap=(1,))
    first = an_order(1, cap_shard=0)
    ledger.record(first, a_count(1, seen=0))

    assert ledger.record(first, a_count(1, seen=0)) == Repeat(first)
    assert ledger.record(an_order(2, cap_shard=0), a_count(1, seen=0)) == QuotaUsedUp((Period.ACTIVITY,))
    assert ledger.record(an_order(2, cap_shard=0), a_count(2, seen=0)) == CountMoved()
    assert ledger.record(an_order(2, cap_shard=0), a_count(2, seen=1)) == CapShardEmpty()
    assert ledger.record(an_order(2), a_count(2, seen=1)) == ShardEmpty()
