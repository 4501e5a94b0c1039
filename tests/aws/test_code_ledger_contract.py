"""A code goes to one order, on three ledgers: used, granted and no longer free at one moment, or nothing at all."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOON, SECOND
from code_pools import POOL, Pool, an_order_of_a_code, fill, free_in, pool_of, used_in
from fakes import MemoryLedger
from tables import TableLedger
from tombola.rules.code_pool import CHOICES, EXPIRY_MARGIN, POOL_SHARDS, Taken, shard_of_code
from tombola.rules.order import GrantState, MqState, Order

Ledger = MemoryLedger | TableLedger
LATER = NOON + 60 * SECOND
CODE = "WELCOME-10"
ALL = [f"CODE-{number:03d}" for number in range(2 * POOL_SHARDS)]


def staged(ledger: Ledger, *orders: Order, codes: tuple[str, ...] = (CODE,)) -> Pool:
    for order in orders:
        ledger.put(order)
    pool = pool_of(ledger)
    fill(pool, codes)
    return pool


def content_of(ledger: Ledger, order: Order) -> str | None:
    found = ledger.order(order.user_id, order.order_id)
    assert isinstance(found, Order)
    return found.content


def test_a_code_is_used_and_its_order_granted_at_one_moment(ledger: Ledger) -> None:
    order = an_order_of_a_code(mq_state=MqState.SENT)
    pool = staged(ledger, order)

    assert pool.take(POOL, CODE, order, LATER) is Taken.GRANTED

    assert ledger.order("xiaofuge", 7) == replace(
        order, grant_state=GrantState.GRANTED, grants=1, granted_at=LATER, due_at=None, content=CODE
    )
    assert (free_in(pool), used_in(pool)) == (set(), {CODE: ("xiaofuge", 7)})


@pytest.mark.parametrize("state", [GrantState.GRANTED, GrantState.VOID])
def test_an_order_that_has_moved_on_takes_no_code(ledger: Ledger, state: GrantState) -> None:
    order = an_order_of_a_code(grant_state=state)
    pool = staged(ledger, order)

    assert pool.take(POOL, CODE, order, LATER) is Taken.MOVED_ON

    assert ledger.order("xiaofuge", 7) == order
    assert (free_in(pool), used_in(pool)) == ({CODE}, {})


def test_an_order_that_was_parked_while_its_code_was_claimed_is_granted(ledger: Ledger) -> None:
    order = an_order_of_a_code()
    pool = staged(ledger, order)
    assert ledger.park(order, "5 grants were begun, and none ended", NOON)

    assert pool.take(POOL, CODE, order, LATER) is Taken.GRANTED

    granted = ledger.order("xiaofuge", 7)
    assert isinstance(granted, Order)
    assert (granted.grant_state, granted.lane, granted.content) == (GrantState.GRANTED, None, CODE)


def test_a_code_that_somebody_else_took_is_gone_and_nothing_is_changed(ledger: Ledger) -> None:
    mine, other = an_order_of_a_code(7), an_order_of_a_code(8)
    pool = staged(ledger, mine, other)
    assert pool.take(POOL, CODE, other, LATER) is Taken.GRANTED

    assert pool.take(POOL, CODE, mine, LATER) is Taken.GONE

    assert ledger.order("xiaofuge", 7) == mine
    assert used_in(pool) == {CODE: ("xiaofuge", 8)}


def test_a_code_that_was_imported_twice_is_used_once_and_free_no_more(ledger: Ledger) -> None:
    mine, other = an_order_of_a_code(7), an_order_of_a_code(8)
    pool = staged(ledger, mine, other)
    pool.take(POOL, CODE, other, LATER)
    fill(pool, [CODE])

    assert pool.take(POOL, CODE, mine, LATER) is Taken.GONE

    assert ledger.order("xiaofuge", 7) == mine
    assert (free_in(pool), used_in(pool)) == (set(), {CODE: ("xiaofuge", 8)})


def test_a_code_that_is_in_no_pool_is_gone(ledger: Ledger) -> None:
    order = an_order_of_a_code()
    pool = staged(ledger, order, codes=())

    assert pool.take(POOL, CODE, order, LATER) is Taken.GONE
    assert (ledger.order("xiaofuge", 7), used_in(pool)) == (order, {})


def test_a_shard_shows_its_own_free_codes_and_that_it_has_no_others(ledger: Ledger) -> None:
    pool = staged(ledger, codes=tuple(ALL))
    fill(pool, ["ELSEWHERE"], name="vouchers-2")

    shown = [pool.choices(POOL, shard, NOON) for shard in range(POOL_SHARDS)]

    assert [set(each.codes) for each in shown] == [
        {code for code in ALL if shard_of_code(code) == shard} for shard in range(POOL_SHARDS)
    ]
    assert all(each.whole for each in shown)


def test_a_look_shows_no_more_codes_than_it_takes_to_choose_and_says_that_there_are_others(ledger: Ledger) -> None:
    of_one = [code for code in (f"C{number}" for number in range(1_000)) if shard_of_code(code) == 0][: CHOICES + 1]
    pool = staged(ledger, codes=tuple(of_one))

    shown = pool.choices(POOL, 0, NOON)

    assert (len(shown.codes), set(shown.codes) <= set(of_one), shown.whole) == (CHOICES, True, False)


def test_codes_that_expire_within_the_margin_are_passed_over_however_many_they_are(ledger: Ledger) -> None:
    of_one = [code for code in (f"C{number:03d}" for number in range(1_000)) if shard_of_code(code) == 0]
    soon, last = of_one[: CHOICES + 5], of_one[CHOICES + 5]
    pool = staged(ledger, codes=())
    fill(pool, soon, NOON + EXPIRY_MARGIN)
    fill(pool, [last], NOON + EXPIRY_MARGIN + timedelta(milliseconds=1))

    assert pool.choices(POOL, 0, NOON).codes == (last,)
    assert pool.choices(POOL, 0, NOON + SECOND).codes == ()


def test_many_who_want_one_code_get_it_once(ledger: Ledger, crowd: ThreadPoolExecutor) -> None:
    orders = [an_order_of_a_code(number) for number in range(16)]
    pool = staged(ledger, *orders)

    taken = [*crowd.map(lambda order: pool.take(POOL, CODE, order, LATER), orders)]

    assert taken.count(Taken.GRANTED) == 1
    granted = [order.order_id for order in orders if content_of(ledger, order) == CODE]
    assert used_in(pool) == {CODE: ("xiaofuge", granted[0])}
    assert (len(granted), free_in(pool)) == (1, set())
