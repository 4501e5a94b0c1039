"""The draw, where units end: what is sold out, on which shard, and what the loser gets instead."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from builders import SEED, a_request, a_share, an_activity
from stage import Stage, WatchedLedger
from tombola.rules.activity import CAP, Activity, Cap
from tombola.rules.draw_machine import TRIES_MAX
from tombola.rules.odds import StrategyMode
from tombola.rules.order import Order, Outcome
from tombola.rules.problem import BusyError
from tombola.rules.quota import Count, Quotas
from tombola.rules.stock import live_shard_of
from tombola.rules.verdict import ShardEmpty, Verdict

SINGLE, TOTAL = StrategyMode.SINGLE, StrategyMode.TOTAL
HALF = 500_000
FREE = Quotas()


def test_in_single_mode_a_sold_out_award_loses_and_the_ticket_stands() -> None:
    # Half of the tickets win award 1, which is sold out; the other half wins award 2.
    shares = a_share("1", weight=HALF, stock=0), a_share("2", weight=HALF, stock=None)
    stage = Stage(an_activity(*shares, strategy_mode=SINGLE, quotas=FREE))

    orders = stage.draws(40)

    lost = [order for order in orders if order.outcome is Outcome.LOST]
    assert 8 < len(lost) < 32
    assert {order.proof.attempt for order in orders} == {0}
    assert all(order.proof.excluded == ("1",) for order in lost)
    assert stage.activities.noted == ["1"] * len(lost)


def test_in_single_mode_only_the_shards_of_the_ticket_s_own_award_are_read() -> None:
    shares = [a_share(award_id, weight=HALF, stock=0) for award_id in ("1", "2")]
    stage = Stage(an_activity(*shares, strategy_mode=SINGLE))

    order = stage.drawn(a_request(stage.key_that_wins("2")))

    assert stage.ledger.asked == ["record", {"2"}, "record"]
    assert order.proof.excluded == ("2",)


def test_in_total_mode_a_sold_out_award_is_excluded_and_drawn_anew() -> None:
    shares = a_share("1", weight=HALF, stock=0), a_share("2", weight=HALF, stock=None)
    stage = Stage(an_activity(*shares, quotas=FREE))

    orders = stage.draws(40)

    assert {order.award.award_id for order in orders if order.award} == {"2"}
    assert {(order.proof.attempt, order.proof.excluded) for order in orders} == {(0, ()), (1, ("1",))}


def test_in_total_mode_one_read_tells_of_all_that_is_sold_out_and_the_attempt_counts_once() -> None:
    gone = [f"{number:04d}" for number in range(1000)]
    shares = [a_share(award_id, weight=10, stock=0) for award_id in gone]
    stage = Stage(an_activity(*shares, a_share("live", weight=1)))

    order = stage.drawn(a_request(stage.key_that_wins("0007")))

    assert len(gone) > TRIES_MAX
    assert stage.ledger.asked == ["record", {*gone, "live"}, "record"]
    assert order.award is not None
    assert (order.award.award_id, order.proof.attempt, order.proof.excluded) == ("live", 1, tuple(gone))
    assert stage.activities.noted == gone


def test_when_everything_is_sold_out_the_draw_is_lost_with_its_exclusions() -> None:
    stage = Stage(an_activity(a_share("1", weight=1, stock=0), a_share("2", weight=1, stock=0)))

    order = stage.drawn(a_request())

    assert order.outcome is Outcome.LOST
    assert (order.proof.attempt, order.proof.excluded) == (1, ("1", "2"))


def test_a_hint_spares_the_look_at_what_is_sold_out() -> None:
    stage = Stage(an_activity(a_share("1", stock=0), a_share("2", weight=1, stock=9)), hints={"1"})

    order = stage.drawn(a_request())

    assert order.award is not None
    assert (order.award.award_id, order.proof.attempt, order.proof.excluded) == ("2", 0, ("1",))
    assert stage.ledger.asked == ["record"]


@pytest.mark.parametrize("mode", StrategyMode)
def test_an_award_is_sold_out_only_when_every_shard_is_empty(mode: StrategyMode) -> None:
    stage = Stage(an_activity(a_share(stock=6, shards=4), quotas=FREE, strategy_mode=mode))  # all in shard 0

    orders = stage.draws(8)

    assert [order.shard for order in orders[:6]] == [0] * 6
    assert [order.outcome for order in orders[6:]] == [Outcome.LOST] * 2


def test_in_total_mode_an_award_with_a_live_shard_excludes_nobody_who_is_sold_out() -> None:
    # What the ticket won is there, in another shard: the draw never hung on the award that is sold out.
    stage = Stage(an_activity(a_share("1", stock=1, shards=4), a_share("2", weight=1, stock=0)))
    key = next(key for key in map(str, range(99)) if stage.shard(key, "1"))

    order = stage.drawn(a_request(key))

    assert (order.outcome, order.shard) == (Outcome.WON, 0)
    assert (order.proof.attempt, order.proof.excluded) == (0, ())


def test_the_order_keeps_the_secret_shards_of_award_and_cap_that_it_took_its_units_from() -> None:
    stage = Stage(an_activity(a_share(stock=0, shards=4), cap=Cap(limit=1, shards=3), quotas=FREE))
    stage.ledger.left |= dict.fromkeys(stage.ledger.left, 50)

    orders = stage.draws(40)

    for number, order in enumerate(orders):
        assert (order.shard, order.cap_shard) == (stage.shard(f"key-{number}", "3"), stage.shard(f"key-{number}", CAP))
    taken = Counter(
        (award_id, shard) for order in orders for award_id, shard in (("3", order.shard), (CAP, order.cap_shard))
    )
    assert {(name, shard): 50 - left for (_, name, shard), left in stage.ledger.left.items()} == taken
    assert stage.ledger.asked == ["record"] * 40


def test_a_draw_whose_shard_is_empty_goes_to_one_that_is_as_secret() -> None:
    stage = Stage(an_activity(a_share(stock=0, shards=4), quotas=FREE))
    stage.ledger.left |= {("100001", "3", shard): 50 for shard in (1, 2, 3)}
    keys = [key for key in map(str, range(99)) if stage.shard(key, "3") == 0]

    orders = [stage.drawn(a_request(key)) for key in keys]

    found = [order.shard for order in orders]
    assert found == [live_shard_of(SEED, order.order_id, "3", (0, 1, 1, 1)) for order in orders]
    assert set(found) == {1, 2, 3}


def test_shards_that_empty_before_every_try_are_busy_and_never_a_false_loss() -> None:
    class Mirage(WatchedLedger):
        """Every shard that was seen to have units has none once it is asked for one."""

        def record(self, order: Order, count: Count) -> Verdict:
            self.asked.append("record")
            return ShardEmpty()

    stage = Stage(ledger=Mirage())

    with pytest.raises(BusyError, match=f"{TRIES_MAX} tries"):
        stage.draw(a_request())
    assert stage.ledger.asked.count("record") == TRIES_MAX
    assert stage.ledger.orders_by_key == {}


CONSOLATION = a_share("9", weight=0, stock=None)
WITH_FALLBACK: dict[str, Callable[[StrategyMode], Activity]] = {
    "the ticket loses": lambda _: an_activity(a_share("1", weight=1), CONSOLATION, fallback="9", strategy_mode=SINGLE),
    "the award is sold out": lambda mode: an_activity(
        a_share("1", stock=0), CONSOLATION, fallback="9", strategy_mode=mode
    ),
    "the award is locked": lambda mode: an_activity(
        a_share("1", unlock_after=1), CONSOLATION, fallback="9", strategy_mode=mode
    ),
}


@pytest.mark.parametrize("mode", StrategyMode)
@pytest.mark.parametrize("case", WITH_FALLBACK)
def test_who_would_lose_gets_the_fallback_award_which_has_no_end(case: str, mode: StrategyMode) -> None:
    stage = Stage(WITH_FALLBACK[case](mode))

    order = stage.drawn(a_request())

    assert (order.outcome, order.award, order.shard) == (Outcome.FALLBACK, CONSOLATION.award, None)
    assert order.lane is not None
    assert len(stage.outbox.bodies) == 1
    assert stage.recorded(order) == order


@pytest.mark.parametrize("mode", StrategyMode)
def test_who_wins_the_fallback_award_by_ticket_has_won(mode: StrategyMode) -> None:
    shares = a_share("1", weight=HALF), a_share("9", weight=HALF, stock=None)
    stage = Stage(an_activity(*shares, fallback="9", strategy_mode=mode))

    order = stage.drawn(a_request(stage.key_that_wins("9")))

    assert (order.outcome, order.award and order.award.award_id, order.shard) == (Outcome.WON, "9", None)


@pytest.mark.parametrize("mode", StrategyMode)
@pytest.mark.parametrize("fallback", ["9", None])
def test_more_draws_at_once_than_there_are_units_sell_them_all(
    monkeypatch: pytest.MonkeyPatch, mode: StrategyMode, fallback: str | None
) -> None:
    units, draws = 40, 60
    shares = a_share("3", stock=units, shards=4), CONSOLATION
    stage = Stage(an_activity(*shares, strategy_mode=mode, fallback=fallback))
    for shard in range(4):
        stage.ledger.initial["100001", "3", shard] = stage.ledger.left["100001", "3", shard] = units // 4
    orders: list[Order] = []
    ready = threading.Barrier(draws)

    def draw(number: int) -> None:
        ready.wait()
        orders.append(stage.drawn(a_request(user_id=f"user-{number}")))

    monkeypatch.setattr(stage.ledger, "stock_left", slowly(stage.ledger.stock_left))
    threads = [threading.Thread(target=draw, args=(number,)) for number in range(draws)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    beaten = Outcome.LOST if fallback is None else Outcome.FALLBACK
    assert Counter(order.outcome for order in orders) == {Outcome.WON: units, beaten: draws - units}
    assert set(stage.ledger.left.values()) == {0}


def slowly(read: Callable[..., Any]) -> Callable[..., Any]:
    """Return read, after which others have time to take what was seen."""

    def slow(*given: Any) -> Any:
        answer = read(*given)
        time.sleep(0.001)
        return answer

    return slow
