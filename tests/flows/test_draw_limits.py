"""The draw, where a user or everybody has had enough: quotas, the cap, locks, blocked users, and what retries hear."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from builders import NOON, SECOND, a_request, a_share, an_activity
from stage import Stage, WatchedLedger
from tombola.rules.activity import CAP, Activity, Cap
from tombola.rules.activity_states import ActivityState
from tombola.rules.draw_machine import TRIES_MAX
from tombola.rules.facts import Condition, Operator
from tombola.rules.odds import StrategyMode
from tombola.rules.order import Outcome
from tombola.rules.problem import BusyError
from tombola.rules.quota import TAKEN, Quotas
from tombola.rules.verdict import Drawn

SINGLE = StrategyMode.SINGLE
DAY = timedelta(days=1)
FREE = Quotas()
ADULT = Condition(fact="age", operator=Operator.AT_LEAST, values=("18",))
REFUSED: dict[str, tuple[Quotas, str, str]] = {
    "day": (Quotas(activity=9, day=1), "allows a user 1 draws a day", "it renews at 2026-11-24T00:00:00+08:00"),
    "month": (Quotas(month=1), "allows a user 1 draws a month", "it renews at 2026-12-01T00:00:00+08:00"),
    "activity": (Quotas(activity=1), "allows a user 1 draws in all", "it does not renew"),
    "the one that renews last": (Quotas(day=1, month=1), "1 draws a month", "2026-12-01T00:00:00+08:00"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_used_up_quota_says_which_it_is_and_when_it_renews(case: str) -> None:
    quotas, which, when = REFUSED[case]
    stage = Stage(an_activity(quotas=quotas, time_zone="Asia/Shanghai"))
    first = stage.drawn(a_request())

    refusal = stage.refused(a_request("new"))

    assert (refusal.status, refusal.code, refusal.field) == (409, "0004", "user_id")
    assert which in refusal.detail
    assert when in refusal.detail
    assert stage.draw(a_request()) == Drawn(first, repeat=True)
    assert stage.ledger.left["100001", "3", 0] == 4


def test_a_day_begins_in_the_activity_s_own_time_zone() -> None:
    stage = Stage(an_activity(quotas=Quotas(day=1), time_zone="Asia/Shanghai"))
    midnight = datetime(2026, 11, 23, 16, tzinfo=UTC)
    stage.drawn(a_request())

    assert stage.refused(a_request("late"), midnight - SECOND).code == "0004"
    assert stage.drawn(a_request("early"), midnight).outcome is Outcome.WON


def test_the_cap_counts_winners_and_losers_of_all_users_and_then_refuses() -> None:
    stage = Stage(an_activity(a_share(stock=1), cap=Cap(limit=2)))
    first = stage.drawn(a_request(user_id="u1"))
    second = stage.drawn(a_request(user_id="u2"))

    refusal = stage.refused(a_request(user_id="u3"))

    assert (first.outcome, second.outcome) == (Outcome.WON, Outcome.LOST)
    assert (refusal.status, refusal.code) == (409, "D004")
    assert "all 2 draws of activity 100001" in refusal.detail
    assert stage.draw(a_request(user_id="u2")) == Drawn(second, repeat=True)
    assert stage.ledger.counters("u3", "100001").get(TAKEN, 0) == 0
    assert stage.activities.noted[-1] == CAP


def test_the_cap_is_reached_only_when_every_shard_is_empty() -> None:
    stage = Stage(an_activity(cap=Cap(limit=6, shards=4), quotas=FREE))  # all six lie in shard 0
    strays = [number for number in range(6) if stage.shard(f"key-{number}", CAP)]

    orders = stage.draws(6)

    assert strays
    assert [order.cap_shard for order in orders] == [0] * 6
    assert stage.ledger.asked.count({CAP}) == len(strays)
    assert stage.refused(a_request("new")).code == "D004"


def test_a_shard_of_the_cap_and_a_shard_of_stock_are_found_in_one_draw() -> None:
    stage = Stage(an_activity(a_share(stock=9, shards=4), cap=Cap(limit=9, shards=4)))
    key = next(key for key in map(str, range(99)) if stage.shard(key, "3") and stage.shard(key, CAP))

    order = stage.drawn(a_request(key))

    assert (order.outcome, order.shard, order.cap_shard) == (Outcome.WON, 0, 0)
    assert stage.ledger.asked == ["record", {CAP}, "record", {"3"}, "record"]


def test_a_hint_that_the_cap_is_reached_spares_the_transaction_and_still_answers_repeats() -> None:
    stage = Stage(an_activity(cap=Cap(limit=1)))
    first = stage.drawn(a_request())
    stage.hints.add(CAP)
    stage.ledger.asked.clear()

    assert stage.refused(a_request("new")).code == "D004"
    assert stage.draw(a_request()) == Drawn(first, repeat=True)
    assert stage.ledger.asked == []


@pytest.mark.parametrize("mode", StrategyMode)
def test_an_award_is_locked_until_its_user_has_drawn_often_enough(mode: StrategyMode) -> None:
    stage = Stage(an_activity(a_share("1", unlock_after=2), strategy_mode=mode))

    orders = stage.draws(3)

    assert [order.outcome for order in orders] == [Outcome.LOST, Outcome.LOST, Outcome.WON]
    assert [(order.proof.taken, order.proof.excluded) for order in orders] == [(0, ("1",)), (1, ("1",)), (2, ())]
    assert stage.drawn(a_request(user_id="fustack")).outcome is Outcome.LOST


def test_where_nothing_else_counts_draws_a_lock_does() -> None:
    stage = Stage(an_activity(a_share(unlock_after=1), quotas=FREE))

    assert [order.outcome for order in stage.draws(2)] == [Outcome.LOST, Outcome.WON]


def test_only_an_activity_with_locks_pays_for_a_look_at_the_count() -> None:
    free = Stage(an_activity(a_share()))
    locked = Stage(an_activity(a_share(), a_share("4", unlock_after=1)))
    free.drawn(a_request())
    locked.drawn(a_request())

    assert free.ledger.asked == ["record"]
    assert locked.ledger.asked == ["counters", "record"]
    assert free.ledger.orders_by_key.popitem()[1].proof.taken is None


def test_a_draw_that_was_overtaken_is_decided_anew_with_the_new_count() -> None:
    stage = Stage(an_activity(a_share("1", unlock_after=1)), ledger=WatchedLedger(race=range(1)))

    order = stage.drawn(a_request())

    assert stage.ledger.asked == ["counters", "record", "counters", "record"]
    assert (order.outcome, order.proof.taken, order.proof.excluded) == (Outcome.WON, 1, ())


def test_a_draw_that_is_overtaken_for_ever_is_busy_and_never_a_false_loss() -> None:
    stage = Stage(an_activity(a_share("1", unlock_after=10**6), quotas=FREE), ledger=WatchedLedger(race=range(10**6)))

    with pytest.raises(BusyError, match=f"{TRIES_MAX} tries"):
        stage.draw(a_request())
    assert stage.ledger.orders_by_key == {}


def test_a_shard_found_for_one_award_is_forgotten_when_the_count_unlocks_another() -> None:
    # Award 1 has its units in shard 0 of 4, which the draw learns; then award 2 opens, with no unit in shard 0.
    shares = a_share("1", weight=1, stock=9, shards=4), a_share("2", weight=999_999, stock=9, shards=4, unlock_after=1)
    stage = Stage(an_activity(*shares), ledger=WatchedLedger(race=range(1, 2)))
    keys = (key for key in map(str, range(99)) if stage.shard(key, "1") and stage.shard(key, "2") == 3)
    stage.ledger.left |= {("100001", "2", 0): 0, ("100001", "2", 3): 9}

    order = stage.drawn(a_request(next(keys)))

    assert stage.ledger.asked == ["counters", "record", {"1", "2"}, "record", "counters", "record"]
    assert (order.award and order.award.award_id, order.shard) == ("2", 3)


def test_a_blocked_user_is_refused_and_nobody_else() -> None:
    stage = Stage(an_activity(blocked=("xiaofuge",)))

    refusal = stage.refused(a_request())

    assert (refusal.status, refusal.code, refusal.field) == (409, "0001", "user_id")
    assert stage.drawn(a_request(user_id="fustack")).outcome is Outcome.WON


def changed(change: Callable[[Activity], Activity]) -> Callable[[Stage], None]:
    def into(stage: Stage) -> None:
        stage.ledger.activities["100001"] = change(stage.activity)

    return into


CLOSING: dict[str, tuple[Callable[[Stage], None], str]] = {
    "closed": (changed(lambda activity: replace(activity, end=NOON - SECOND)), "0001"),
    "not open yet": (changed(lambda activity: replace(activity, begin=NOON + SECOND)), "0001"),
    "in another state": (changed(lambda activity: replace(activity, state=ActivityState.CLOSE)), "0001"),
    "blocked": (changed(lambda activity: replace(activity, blocked=("xiaofuge",))), "0001"),
    "by another way": (changed(lambda activity: replace(activity, through=("crowd",))), "0001"),
    "with other facts": (changed(lambda activity: replace(activity, admit=(ADULT,))), "0001"),
    "used up": (changed(lambda activity: replace(activity, quotas=Quotas(activity=1))), "0004"),
    "used up for today": (lambda stage: stage.ledger.counted["xiaofuge", "100001"].update({"d2026-11-23": 5}), "0004"),
    "capped": (lambda stage: stage.ledger.left.update({("100001", CAP, 0): 0}), "D004"),
    "gone": (lambda stage: stage.ledger.activities.clear(), "0002"),
}


@pytest.mark.parametrize("case", CLOSING)
def test_where_new_draws_are_refused_old_ones_are_still_answered(case: str) -> None:
    close, code = CLOSING[case]
    stage = Stage(an_activity(quotas=Quotas(activity=9, day=5), cap=Cap(limit=9)))
    first = stage.drawn(a_request())
    close(stage)

    assert stage.refused(a_request("new")).code == code
    assert stage.draw(a_request()) == Drawn(first, repeat=True)
    assert stage.refused(a_request(request_hash="another")).code == "0003"


def test_where_stock_has_ended_a_winner_s_retry_is_still_a_win() -> None:
    stage = Stage(an_activity(a_share(stock=1)))
    first = stage.drawn(a_request())

    assert stage.drawn(a_request("new")).outcome is Outcome.LOST
    assert stage.draw(a_request()) == Drawn(first, repeat=True)


def test_the_day_after_a_new_draw_is_open_and_yesterday_s_is_a_repeat() -> None:
    stage = Stage(an_activity(quotas=Quotas(day=1), end=NOON + 9 * DAY))
    first = stage.drawn(a_request())

    assert stage.draw(a_request(), NOON + DAY) == Drawn(first, repeat=True)
    assert stage.drawn(a_request("new"), NOON + DAY).outcome is Outcome.WON
    assert stage.refused(a_request("third"), NOON + DAY).code == "0004"
