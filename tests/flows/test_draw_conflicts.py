"""Draws that meet each other on one shard: every one finds an end, and a repeat of one finds that draw."""

import pytest

from builders import NOON, WAITS, a_request, a_share, an_activity
from conflicts import Clock, ConflictingLedger, Held
from fakes import MemoryActivities, MemoryOutbox
from tombola.flows.draw import DrawPorts, draw
from tombola.rules.order import GrantState, Outcome
from tombola.rules.verdict import Drawn

DRAWS = 50
SECONDS = 10.0
OTHERS_MS = 25.0


@pytest.mark.parametrize("lock_ms", [4.0, 8.0])
def test_draws_get_past_others_who_hold_their_shard(lock_ms: float) -> None:
    clock = Clock()
    held = Held(lock_ms, clock.now, others_every_ms=OTHERS_MS)
    ledger = ConflictingLedger(held=held)
    activity = an_activity(a_share(stock=DRAWS))
    ledger.apply(activity, {("3", 0): DRAWS})
    world = DrawPorts(activities=MemoryActivities(ledger), ledger=ledger, outbox=MemoryOutbox(), waits=WAITS)

    drawn = [
        draw(a_request(f"key-{number // 2}", f"user-{number // 2}"), world, clock.deadline_in(SECONDS), NOON)
        for number in range(2 * DRAWS)
    ]

    assert [isinstance(each, Drawn) and each.repeat for each in drawn] == [False, True] * DRAWS
    orders = ledger.orders_by_key.values()
    assert {(order.outcome, order.grant_state) for order in orders} == {(Outcome.WON, GrantState.WAITING)}
    assert ledger.left["100001", "3", 0] == 0
    assert held.refused["transaction"] > DRAWS
