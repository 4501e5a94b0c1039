"""Goal: whatever operators, late calls and compensation do to a prize, it is granted once or void once, and never both.

Method: Hypothesis plays draws, calls to providers that come back late, retries and voids by operators who look at
what was there a moment ago, and changes of stock, on the in-memory ledger. After every step the auditor reads the
books, each act that was told as done stands on its order once, and the log has a line for each unit that came back.
"""

from collections import Counter
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from builders import NOON, SECOND, SEED, WAITS, a_request, a_share, an_activity
from fakes import Patience
from stage import Stage
from tombola.flows.acts import MOVED_ON, retry, void
from tombola.flows.distribute import DistributePorts, distribute
from tombola.rules.activity import Activity
from tombola.rules.activity_states import Action, ActivityState
from tombola.rules.award_type import AwardType
from tombola.rules.odds import StrategyMode
from tombola.rules.order import GrantState, Order, OrderKey
from tombola.rules.quota import Quotas
from tombola.rules.remedy import choose_remedy
from tombola.rules.verdict import Failed, Grant, Granted, Refused, Unchanged
from tombola_cli.audit.auditor import audit
from tombola_cli.audit.snapshot import books_of

ACTIVITY = an_activity(
    a_share("1", weight=600_000, stock=3, shards=2),
    a_share("2", weight=100_000, stock=None),
    strategy_mode=StrategyMode.TOTAL,
    end=NOON + timedelta(days=9),
    quotas=Quotas(),
)
PLACES = st.integers(0, 5)
REACHED: Counter[str] = Counter()  # the rare ways, over all histories


class LateProvider:
    """A provider whose call may be granted, fail or be refused at once; or end with nothing known, to grant later."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.then = stage, "grant"
        self.under_way: list[Order] = []

    def grant(self, order: Order, now: object) -> Grant:
        if self.then == "grant":
            return Granted() if self.stage.ledger.grant(order, NOON) else Unchanged()
        if self.then == "late":
            self.under_way.append(order)
        return Refused("nobody makes it") if self.then == "refuse" else Failed("no answer")


def chosen(orders: list[Order], place: int) -> list[Order]:
    """Return one of orders, nothing if there is none."""
    return [orders[place % len(orders)]] if orders else []


class Operators(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        """Begin with two parked prizes whose calls are under way, so that there is something to act on."""
        self.stage = Stage(ACTIVITY, patience=Patience(pauses=1_000))
        self.ledger, self.now = self.stage.ledger, NOON
        self.provider = LateProvider(self.stage)
        self.seen: dict[OrderKey, Order] = {}
        self.done: dict[OrderKey, list[tuple[str, str]]] = {}  # acts that were told as done, and by whom
        self.acts = 0
        for key in ("one", "two"):
            self.stage.draw(a_request(key), self.now)
        self.look()
        for order in self.orders:
            self.provider.under_way.append(order)
            assert self.ledger.park(order, "nobody makes it", self.now)

    @property
    def activity(self) -> Activity:
        return self.ledger.activities[ACTIVITY.activity_id]

    @property
    def orders(self) -> list[Order]:
        return [order for order in self.ledger.orders_by_key.values() if order.award is not None]

    @precondition(lambda self: self.activity.state is ActivityState.DOING)
    @rule(key=st.integers(1, 8))
    def draw(self, key: int) -> None:
        self.stage.draw(a_request(f"key-{key}"), self.now)

    @rule(place=PLACES, then=st.sampled_from(["grant", "fail", "refuse", "refuse", "late", "late"]))
    def distribute(self, place: int, then: str) -> None:
        """Let a message arrive, early or late, once or again."""
        self.provider.then = then
        waiting = [order for order in self.orders if order.grant_state is GrantState.WAITING]
        for order in chosen(waiting if place else self.orders, place):
            ports = DistributePorts(ledger=self.ledger, prizes={AwardType.TEXT: self.provider}, waits=WAITS)
            distribute(order, ports, self.now)

    @rule(place=PLACES)
    def come_back(self, place: int) -> None:
        """Let a call that was taken for failed have had its effect after all."""
        for order in chosen(self.provider.under_way, place):
            state = self.ledger.orders_by_key[order.user_id, order.order_id].grant_state
            REACHED[f"late grant of {state.name}: {self.ledger.grant(order, self.now)}"] += 1

    @rule(hours=st.integers(0, 3))
    def compensate(self, hours: int) -> None:
        """Park what failed too often; the sending of messages is left to `distribute`."""
        self.now += timedelta(hours=hours) + SECOND
        for order in self.orders:
            decision = choose_remedy(order, WAITS, self.now)
            if decision.because:
                assert self.ledger.park(order, decision.because, self.now)

    @rule()
    def look(self) -> None:
        self.seen = dict(self.ledger.orders_by_key)

    @rule(place=PLACES, what=st.sampled_from(["retry", "void"]), stale=st.booleans(), at_once=st.booleans())
    def act(self, place: int, what: str, *, stale: bool, at_once: bool) -> None:
        """Let an operator act on a prize that was parked when he looked, or on any other.

        With at_once the clock shows the same moment as for the act before.
        """
        self.now += timedelta() if at_once else SECOND
        read_then = self.seen.values() if stale else self.orders
        parked = [order for order in read_then if order.grant_state is GrantState.PARKED]
        for read in chosen(parked if place else self.orders, place):
            key = read.user_id, read.order_id
            self.acts += 1
            if what == "retry":
                refusal = retry(read, f"operator {self.acts}", "", self.ledger, self.now)
            else:
                refusal = void(read, f"operator {self.acts}", "", self.ledger, self.now, not_issued=False)
            REACHED[f"{what}: {'done' if refusal is None else 'moved on' if refusal == MOVED_ON else 'refused'}"] += 1
            if refusal is None:
                self.done.setdefault(key, []).append((what, f"operator {self.acts}"))

    @precondition(lambda self: self.activity.state in (ActivityState.DOING, ActivityState.CLOSE))
    @rule()
    def close_or_open(self) -> None:
        if self.activity.state is ActivityState.DOING:
            assert self.ledger.move(self.activity, Action.CLOSE, "ann", "", self.now)
            return
        for action in (Action.OPEN, Action.START):
            assert self.ledger.move(self.activity, action, "ann", "", self.now)

    @invariant()
    def every_promise_is_kept(self) -> None:
        assert audit(books_of(self.ledger.items()), {ACTIVITY.activity_id: SEED}).breaches == ()

    @invariant()
    def no_prize_is_granted_and_void_and_no_unit_is_lost(self) -> None:
        for order in self.orders:
            assert order.grants == (order.grant_state is GrantState.GRANTED)
        gone = sum(order.shard is not None and order.grant_state is not GrantState.VOID for order in self.orders)
        assert sum(self.ledger.left.values()) == 3 - gone

    @invariant()
    def every_act_is_on_record_once(self) -> None:
        kept = {key: [(act.what, act.who) for act in order.acts] for key, order in self.ledger.orders_by_key.items()}
        assert {key: acts for key, acts in kept.items() if acts} == self.done
        voids = [order for order in self.orders if order.grant_state is GrantState.VOID and order.shard is not None]
        log = self.ledger.log(ACTIVITY.activity_id, 0, 10_000)
        assert sum(entry.what == "return" for entry in log) == len(voids)

    def teardown(self) -> None:
        """When providers answer, whatever an operator tries again is granted, and what is void stays so."""
        if not hasattr(self, "ledger"):
            return
        void_before = {order.order_id for order in self.orders if order.grant_state is GrantState.VOID}
        self.provider.then, self.now = "grant", self.now + timedelta(hours=9)
        for order in self.orders:
            retry(order, "ann", "", self.ledger, self.now)
        for order in self.orders:
            ports = DistributePorts(ledger=self.ledger, prizes={AwardType.TEXT: self.provider}, waits=WAITS)
            distribute(order, ports, self.now)
        states = {order.order_id: order.grant_state for order in self.orders}
        assert {number for number, state in states.items() if state is GrantState.VOID} == void_before
        assert set(states.values()) <= {GrantState.VOID, GrantState.GRANTED}


def test_no_history_breaks_a_promise_and_every_way_is_gone() -> None:
    REACHED.clear()

    run_state_machine_as_test(Operators, settings=settings(max_examples=200, stateful_step_count=50, derandomize=True))

    assert set(REACHED) == {
        "late grant of WAITING: True",
        "late grant of GRANTED: False",
        "late grant of PARKED: True",
        "late grant of VOID: False",
        *(f"{what}: {how}" for what in ("retry", "void") for how in ("done", "moved on", "refused")),
    }
