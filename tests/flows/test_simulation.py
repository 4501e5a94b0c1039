"""Goal: no schedule of lost, late, doubled and stale messages, outages and runs side by side breaks a promise.

Method: Hypothesis plays clients, transport and clock against the real flows on the in-memory ledger, which keeps the
real one's contract; after every step the auditor reads the books, and at the end everything that waits must be granted.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from builders import NOON, SEED, WAITS, a_request, a_share, an_activity
from fakes import MemoryActivities, MemoryLedger, MemoryOutbox, Patience
from tombola.aws.invoices import read_invoice
from tombola.aws.prizes import TextPrizes
from tombola.flows import compensate, distribute, draw
from tombola.rules.activity import AwardType, StrategyMode
from tombola.rules.answer import order_answer
from tombola.rules.order import Due, Order, OrderKey
from tombola.rules.problem import BusyError
from tombola.rules.verdict import Drawn
from tombola_cli.auditor import Answer, Audit, audit
from tombola_cli.snapshot import books_of

USERS, KEYS, QUOTA = 3, 4, 3
ROUNDS_MAX = 30  # of time that passes until the books are quiet
HOUR = timedelta(hours=1)


@dataclass
class StaleLedger(MemoryLedger):
    """The same table, read a moment ago: what two functions side by side see."""

    seen: dict[OrderKey, Order] = field(default_factory=dict)

    def orders(self, keys: object) -> dict[OrderKey, Order]:
        return dict(self.seen)

    def due(self, lane: str, until: object, limit: int) -> list[Due]:
        return [
            Due(user_id=order.user_id, order_id=order.order_id, due_at=order.due_at)
            for order in self.seen.values()
            if order.lane == lane and order.due_at is not None
        ]


class Campaign(RuleBasedStateMachine):
    @initialize(mode=st.sampled_from(StrategyMode))
    def open(self, mode: StrategyMode) -> None:
        shares = [a_share("1", weight=400_000, stock=2, shards=2), a_share("2", weight=300_000, stock=1)]
        self.ledger, self.outbox, self.now = MemoryLedger(), MemoryOutbox(), NOON
        activity = an_activity(*shares, strategy_mode=mode, quota=QUOTA, end=NOON + 1000 * HOUR)
        self.ledger.apply(activity, {("1", 0): 1, ("1", 1): 1, ("2", 0): 1})
        self.answers: list[Answer] = []
        self.seen: dict[OrderKey, Order] = {}

    @rule(user=st.integers(1, USERS), key=st.integers(1, KEYS), up=st.booleans(), looks=st.integers(2, 4))
    def draw(self, user: int, key: int, *, up: bool, looks: int) -> None:
        """Draw, or ask again; with 2 looks at the clock the function ends before it tells anybody."""
        self.outbox.up = up
        activities = MemoryActivities(self.ledger)
        world = draw.World(activities=activities, ledger=self.ledger, outbox=self.outbox, waits=WAITS)
        request = a_request(f"key-{key}", f"user-{user}")
        drawn = None
        with suppress(BusyError):
            drawn = draw.draw(request, world, Patience(looks=looks), self.now)
        if isinstance(drawn, Drawn):
            told = order_answer(drawn.order)
            self.answers.append(
                Answer(activity_id="100001", user_id=f"user-{user}", idempotency_key=f"key-{key}", order=told)
            )

    @rule()
    def look(self) -> None:
        """Remember what somebody reads now and acts on later."""
        self.seen = dict(self.ledger.orders_by_key)

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

    @rule(minutes=st.integers(0, 20), up=st.booleans(), stale=st.booleans())
    def compensate(self, minutes: int, *, up: bool, stale: bool) -> None:
        self.now += timedelta(minutes=minutes)
        self.outbox.up = up
        stale_ledger = StaleLedger(orders_by_key=self.ledger.orders_by_key, seen=self.seen)
        self._compensate(stale_ledger if stale else self.ledger)

    @invariant()
    def every_promise_is_kept(self) -> None:
        assert self._audit().breaches == ()

    def teardown(self) -> None:
        """When the faults stop, everything that waits is granted in bounded time."""
        if not hasattr(self, "ledger"):
            return
        self.outbox.up = True
        for _ in range(ROUNDS_MAX):
            bodies, self.outbox.bodies = self.outbox.bodies, []
            for body in bodies:
                self._deliver(body, self.ledger.orders_by_key)
            self.now += HOUR
            self._compensate(self.ledger)
        verdict = self._audit()
        assert (verdict.breaches, verdict.waiting, verdict.parked) == ((), 0, 0)

    def _deliver(self, body: str, orders: dict[OrderKey, Order]) -> None:
        prizes = {AwardType.TEXT: TextPrizes(self.ledger)}  # type: ignore[arg-type]
        world = distribute.World(ledger=self.ledger, prizes=prizes, waits=WAITS)
        invoice = read_invoice(body)
        if (invoice.user_id, invoice.order_id) in orders:
            distribute.distribute(distribute.order_named(invoice, orders), world, self.now)

    def _compensate(self, ledger: MemoryLedger) -> None:
        world = compensate.World(ledger=ledger, outbox=self.outbox, waits=WAITS)
        compensate.compensate(world, Patience(), map, self.now)

    def _audit(self) -> Audit:
        return audit(books_of(self.ledger.items()), {"100001": SEED}, self.answers)


TestCampaign = Campaign.TestCase
TestCampaign.settings = settings(max_examples=150, stateful_step_count=40, deadline=None, derandomize=True)
