"""Goal: no schedule of lost, late, doubled, early and stale messages, outages and runs side by side breaks a promise.

Method: Hypothesis plays clients, operators, transport and clock against the real flows on the in-memory ledger, which
keeps the real one's contract; after every step the auditor reads the books, and at the end everything that waits must
be granted. One activity has every limit there is; the other's prizes wait for a hand or a time; a tree leads to both.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from builders import NOON, SEED, WAITS, a_request, a_share, an_act, an_activity
from fakes import MemoryActivities, MemoryLedger, MemoryOutbox, MemoryWorkers, Patience
from tombola.aws.invoices import read_invoice
from tombola.aws.prizes import TextPrizes
from tombola.flows import compensate, distribute, draw, repair
from tombola.rules.activity import CAP, Activity, Cap, GrantType
from tombola.rules.activity_states import Action, ActivityState, IllegalActionError
from tombola.rules.answer import order_answer
from tombola.rules.award_type import AwardType
from tombola.rules.facts import Condition, Operator
from tombola.rules.invoice import invoice_json
from tombola.rules.odds import StrategyMode
from tombola.rules.order import Order, OrderKey, is_waiting, may_be_granted, waits_for_a_hand
from tombola.rules.problem import BusyError
from tombola.rules.quota import Quotas
from tombola.rules.request import Target
from tombola.rules.tree import Branch, Leaf, Stem, Tree
from tombola.rules.verdict import Drawn
from tombola_cli.audit.auditor import Answer, Audit, audit
from tombola_cli.audit.snapshot import books_of

LIMITED, WAITING = "100001", "100002"
USERS, KEYS = 4, 8
BLOCKED = f"user-{USERS}"
ROUNDS_MAX = 30  # of time that passes until the books are quiet
HOUR = timedelta(hours=1)
END = NOON + 60 * HOUR
TREE = Tree(
    tree_id="200",
    tree_name="tree",
    root="1",
    nodes=(
        Stem(node_id="1", fact="way", branches=(Branch(operator=Operator.EQUAL, values=("limited",), to="2"),)),
        Leaf(node_id="2", activity_id=LIMITED),
    ),
)
STOCK = {("1", 0): 1, ("1", 1): 1, ("2", 0): 1, (CAP, 0): 1, (CAP, 1): 4}


def the_limited(
    mode: StrategyMode, state: ActivityState, fallback: str | None, through: tuple[str, ...] = ()
) -> Activity:
    return an_activity(
        a_share("1", weight=400_000, stock=2, shards=2),
        a_share("2", weight=300_000, stock=1, unlock_after=1),
        a_share("3", weight=50_000, stock=None),
        activity_id=LIMITED,
        strategy_mode=mode,
        state=state,
        begin=NOON,
        end=END,
        quotas=Quotas(activity=3, day=2),
        cap=Cap(limit=5, shards=2),
        blocked=(BLOCKED,),
        fallback=fallback,
        through=through,
        admit=(Condition(fact="way", operator=Operator.EQUAL, values=("limited",)),),
    )


def the_waiting(grant_type: GrantType) -> Activity:
    grant_at = NOON + 10 * HOUR if grant_type is GrantType.AT_A_TIME else None
    return an_activity(
        a_share("1", stock=3), activity_id=WAITING, grant_type=grant_type, grant_at=grant_at, end=END, quotas=Quotas()
    )


@dataclass
class StaleLedger(MemoryLedger):
    """The same table, read a moment ago: what two functions side by side see."""

    seen: dict[OrderKey, Order] = field(default_factory=dict)
    seen_activities: dict[str, Activity] = field(default_factory=dict)
    behind: int = 0  # draws of the user that the next look at the count does not see yet

    def _indexed(self) -> dict[tuple[str, str], Order | Activity]:
        """Return the table as it was read a moment ago; an activity that was not read, as it is."""
        old = MemoryLedger(orders_by_key=self.seen, activities={**self.activities, **self.seen_activities})
        return old._indexed()

    def counters(self, user_id: str, activity_id: str) -> dict[str, int]:
        behind, self.behind = self.behind, 0
        counted = super().counters(user_id, activity_id)
        return {name: max(0, draws - behind) for name, draws in counted.items()}


class Campaign(RuleBasedStateMachine):
    @initialize(
        mode=st.sampled_from(StrategyMode),
        state=st.sampled_from([ActivityState.DOING, ActivityState.PASS]),
        fallback=st.sampled_from(["3", None]),
        grant_type=st.sampled_from([GrantType.AT_A_TIME, GrantType.BY_HAND]),
        through=st.sampled_from([(), ("200",)]),
    )
    def open(
        self,
        mode: StrategyMode,
        state: ActivityState,
        fallback: str | None,
        grant_type: GrantType,
        through: tuple[str, ...],
    ) -> None:
        self.ledger, self.outbox, self.now = MemoryLedger(trees={"200": TREE}), MemoryOutbox(), NOON
        self.ledger.apply(the_limited(mode, state, fallback, through), STOCK)
        self.ledger.apply(the_waiting(grant_type), {("1", 0): 3})
        self.activities = MemoryActivities(self.ledger)
        self.answers: list[Answer] = []
        self.seen: dict[OrderKey, Order] = {}
        self.seen_activities: dict[str, Activity] = {}

    @rule(
        user=st.integers(1, USERS),
        key=st.integers(1, KEYS),
        asked=st.sampled_from([LIMITED, LIMITED, LIMITED, WAITING, "200"]),
        up=st.booleans(),
        looks=st.integers(2, 8),
        behind=st.integers(0, 1),
        times=st.integers(1, 3),
    )
    def draw(self, user: int, key: int, asked: str, *, up: bool, looks: int, behind: int, times: int) -> None:
        """Draw, or ask again; with few looks at the clock the function ends before it tells anybody, or before all."""
        self.outbox.up = up
        for number in range(key, key + times):
            ledger = StaleLedger(**vars(self.ledger), behind=behind)
            with suppress(BusyError):
                self._ask(f"user-{user}", f"key-{number}", asked, ledger, Patience(looks=looks))

    @rule(close=st.sampled_from([False, False, True]))
    def operate(self, *, close: bool) -> None:
        """Let an operator close the activity; or open it again, for compensation to start."""
        with suppress(IllegalActionError):
            action = Action.CLOSE if close else Action.OPEN
            self.ledger.move(self.ledger.activities[LIMITED], action, "operator", "", self.now)
            self._compensate(self.ledger)

    @rule(which=st.integers(0, 2))
    def release(self, which: int) -> None:
        held = [order for order in self.ledger.orders_by_key.values() if waits_for_a_hand(order)]
        for order in held[which : which + 1]:
            self.ledger.release(order, an_act(at=self.now))

    @rule()
    def look(self) -> None:
        """Remember what somebody reads now and acts on later."""
        self.seen, self.seen_activities = dict(self.ledger.orders_by_key), dict(self.ledger.activities)

    @rule(which=st.integers(0, 5), early=st.booleans())
    def replay(self, which: int, *, early: bool) -> None:
        """Let somebody put the message of an order on the queue again, or before its time has come."""
        prizes = [order for order in self.ledger.orders_by_key.values() if order.award is not None]
        asked = [order for order in prizes if is_waiting(order) and not may_be_granted(order, self.now)]
        self.outbox.bodies += [invoice_json(order) for order in (asked if early else prizes)[which : which + 1]]

    @precondition(lambda self: self.outbox.bodies)
    @rule(data=st.data(), again=st.booleans(), stale=st.booleans())
    def deliver(self, data: st.DataObject, *, again: bool, stale: bool) -> None:
        position = data.draw(st.integers(0, len(self.outbox.bodies) - 1))
        body = self.outbox.bodies[position] if again else self.outbox.bodies.pop(position)
        self._deliver(body, self.seen if stale else self.ledger.orders_by_key)

    @precondition(lambda self: self.outbox.bodies)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        self.outbox.bodies.pop(data.draw(st.integers(0, len(self.outbox.bodies) - 1)))

    @rule(minutes=st.sampled_from([0, 1, 5, 20, 20 * 60]), up=st.booleans(), stale=st.booleans())
    def compensate(self, minutes: int, *, up: bool, stale: bool) -> None:
        self.now += timedelta(minutes=minutes)
        self.outbox.up = up
        if minutes < 20:  # else the hints that users look first outlive what they hint at
            self.activities.looking.clear()
        old = StaleLedger(**vars(self.ledger), seen=self.seen, seen_activities=self.seen_activities)
        self._compensate(old if stale else self.ledger)

    @invariant()
    def every_promise_is_kept(self) -> None:
        assert self._audit().breaches == ()

    @invariant()
    def nobody_draws_who_may_not(self) -> None:
        for order in self.ledger.orders_by_key.values():
            assert order.drawn_at <= END
            assert (order.user_id, order.activity_id) != (BLOCKED, LIMITED)

    def teardown(self) -> None:
        """When the faults stop, and operators release what waits for them, everything is granted in bounded time."""
        if not hasattr(self, "ledger"):
            return
        self.outbox.up = True
        for order in filter(waits_for_a_hand, list(self.ledger.orders_by_key.values())):
            self.ledger.release(order, an_act(at=self.now))
        for _ in range(ROUNDS_MAX):
            bodies, self.outbox.bodies = self.outbox.bodies, []
            for body in bodies:
                self._deliver(body, self.ledger.orders_by_key)
            self.now += HOUR
            self._compensate(self.ledger)
        verdict = self._audit()
        assert (verdict.breaches, verdict.waiting, verdict.parked) == ((), 0, 0)

    def _ask(self, user_id: str, key: str, asked: str, ledger: MemoryLedger, patience: Patience) -> None:
        world = draw.DrawPorts(activities=self.activities, ledger=ledger, outbox=self.outbox, waits=WAITS)
        through = asked == TREE.tree_id
        target = Target("tree" if through else "activity", asked)
        request = a_request(key, user_id, target=target, facts={"way": "limited"})
        drawn = draw.draw(request, world, patience, self.now)
        if isinstance(drawn, Drawn):
            answer = Answer(
                activity_id=drawn.order.activity_id,
                user_id=user_id,
                idempotency_key=key,
                order=order_answer(drawn.order),
                tree_id=asked if through else None,
            )
            self.answers.append(answer)

    def _deliver(self, body: str, orders: dict[OrderKey, Order]) -> None:
        prizes = {AwardType.TEXT: TextPrizes(self.ledger)}  # type: ignore[arg-type]
        world = distribute.DistributePorts(ledger=self.ledger, prizes=prizes, waits=WAITS)
        invoice = read_invoice(body)
        if (invoice.user_id, invoice.order_id) in orders:
            distribute.distribute(distribute.order_named(invoice, orders), world, self.now)

    def _compensate(self, ledger: MemoryLedger) -> None:
        ports: Any = {"ledger": ledger, "lanes": ledger, "activities": ledger, "workers": MemoryWorkers()}
        world = repair.RepairPorts(**ports, outbox=self.outbox, waits=WAITS)
        compensate.compensate(world, Patience(), map, self.now)

    def _audit(self) -> Audit:
        return audit(books_of(self.ledger.items()), {LIMITED: SEED, WAITING: SEED}, self.answers)


TestCampaign = Campaign.TestCase
TestCampaign.settings = settings(max_examples=200, stateful_step_count=40, deadline=None, derandomize=True)
