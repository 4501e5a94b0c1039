"""A small campaign, drawn by the rules and recorded on the in-memory ledger, whose books a test may falsify."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any, Self
from zoneinfo import ZoneInfo

from builders import NOON, SECOND, SEED, a_lost_order, a_share, an_act, an_activity, an_entry, an_order
from fakes import MemoryLedger
from tombola.aws.activity_items import activity_key, entry_item
from tombola.aws.items import act_map, order_key, stock_key
from tombola.rules.activity import CAP, Cap, GrantType, Share
from tombola.rules.activity_life import logged
from tombola.rules.answer import order_answer
from tombola.rules.choice import choose, fallback_of
from tombola.rules.commitment import odds_digest
from tombola.rules.odds import StrategyMode
from tombola.rules.order import Order, Outcome, Proof
from tombola.rules.quota import Quotas, count_of
from tombola.rules.ticket import order_id_of
from tombola.rules.verdict import Recorded
from tombola_cli.audit.auditor import Answer, Audit, audit
from tombola_cli.audit.snapshot import books_of

KEYS_MAX = 1_000  # that a search for a ticket may try
LATER = NOON + 60 * SECOND
SINGLE = "100001"
TOTAL = "100002"
SOLD = "100003"
RICH = "100004"
SEEDS = {SINGLE: SEED, TOTAL: bytes(32), SOLD: b"sold", RICH: b"rich"}


def _shares(first: int | None, second: int | None) -> tuple[Share, ...]:
    """Return three awards; nobody wins the third, of which there is none."""
    stocks = {"1": first, "2": second, "3": 0}
    return tuple(a_share(award_id, weight=300_000, stock=stock) for award_id, stock in stocks.items())


ACTIVITIES = {
    activity.activity_id: replace(activity, commitment=hashlib.sha256(SEEDS[activity.activity_id]).hexdigest())
    for activity in (
        an_activity(*_shares(20, None), strategy_mode=StrategyMode.SINGLE, quotas=Quotas(activity=8)),
        an_activity(*_shares(2, 0), activity_id=TOTAL, quotas=Quotas()),
        an_activity(*_shares(1, None), activity_id=SOLD, strategy_mode=StrategyMode.SINGLE, quotas=Quotas(month=9)),
        an_activity(
            a_share("1", weight=300_000, stock=None),
            a_share("8", weight=300_000, stock=None, unlock_after=2),
            a_share("9", weight=0, stock=None),
            activity_id=RICH,
            strategy_mode=StrategyMode.SINGLE,
            fallback="9",
            cap=Cap(limit=10, shards=2),
            quotas=Quotas(day=3),
            time_zone="Pacific/Auckland",
            grant_type=GrantType.BY_HAND,
        ),
    )
}

BALANCED = Audit(  # the verdict on the campaign as it is
    breaches=(),
    draws=11,
    won=9,
    lost=2,
    granted=3,
    parked=1,
    waiting=5,
    void=0,
    oversold=0,
    granted_twice=0,
    unaccounted=0,
)


@dataclass
class Campaign:
    """The books and what clients were told, open to every falsification."""

    orders: dict[str, Order]  # as they were drawn, by what the tests call them
    items: list[dict[str, Any]]
    answers: list[Answer]
    seeds: dict[str, bytes]

    def audit(self) -> Audit:
        return audit(books_of(self.items), self.seeds, self.answers)

    def item(self, key: dict[str, Any]) -> dict[str, Any]:
        return next(item for item in self.items if key.items() <= item.items())

    def order(self, name: str) -> dict[str, Any]:
        return self.item(order_key(self.orders[name].user_id, self.orders[name].order_id))

    def edit(self, name: str, *dropped: str, lane: str | None = None, **numbers: int) -> Self:
        """Change an order's item: drop attributes, or set its lane or numbers."""
        item = self.order(name)
        for attribute in dropped:
            del item[attribute]
        if lane is not None:
            item["lane"] = {"S": lane}
        item.update({attribute: {"N": str(number)} for attribute, number in numbers.items()})
        return self

    def edit_award(self, name: str, award_id: str) -> Self:
        self.order(name)["award"]["M"]["award_id"] = {"S": award_id}
        return self

    def edit_excluded(self, name: str, *award_ids: str) -> Self:
        self.order(name)["proof"]["M"]["excluded"] = {"L": [{"S": award_id} for award_id in award_ids]}
        return self

    def edit_attempt(self, name: str, attempt: int) -> Self:
        self.order(name)["proof"]["M"]["attempt"] = {"N": str(attempt)}
        return self

    def edit_version(self, name: str, version: int) -> Self:
        self.order(name)["proof"]["M"]["version"] = {"N": str(version)}
        return self

    def edit_taken(self, name: str, taken: int) -> Self:
        self.order(name)["proof"]["M"]["taken"] = {"N": str(taken)}
        return self

    def give_back_cap(self, name: str) -> Self:
        """Put the unit of the cap back that this order took."""
        shard = self.item(stock_key(RICH, CAP, self.orders[name].cap_shard or 0))
        shard["left"] = {"N": str(int(shard["left"]["N"]) + 1)}
        return self

    def void(self, name: str) -> Self:
        """Let an operator have given this order up, whatever else should have been written with that."""
        self.edit(name, "lane", "due_at", grant_state=3).order(name)["acts"] = {
            "L": [{"M": act_map(an_act(what="void"))}]
        }
        return self

    def log_return(self) -> Self:
        """Let the single activity's log tell of a unit of its limited award that came back to stock."""
        activity = self.item(activity_key(SINGLE))
        changes = ("award 1 stock: 1 returned",)
        entry = an_entry(int(activity["entries"]["N"]) + 1, before=activity["digest"]["S"], changes=changes)
        activity.update(entries={"N": str(entry.number)}, digest={"S": entry.digest})
        self.items.append(entry_item(SINGLE, entry))
        return self

    def edit_stock(self, initial: int, left: int) -> Self:
        """Change the stock of the single activity's limited award, and with it what its file says."""
        self.item(stock_key(SINGLE, "1", 0)).update(initial={"N": str(initial)}, left={"N": str(left)})
        return self.edit_file(initial)

    def edit_file(self, stock: int) -> Self:
        """Let the single activity's file say that there are so many units of its limited award."""
        award, *_ = self.item(activity_key(SINGLE))["awards"]["L"]
        award["M"]["stock"] = {"N": str(stock)}
        return self

    def edit_grant(self, grant_type: int) -> Self:
        """Let the awards of the activity that is granted by hand say their own grant, and the activity another."""
        activity = self.item(activity_key(RICH))
        activity["grant_type"] = {"N": "1"}
        for award in activity["awards"]["L"]:
            award["M"]["grant_type"] = {"N": str(grant_type)}
        return self

    def forget_answers(self) -> Self:
        """Let no client have been told anything: what is falsified is the record alone."""
        self.answers.clear()
        return self

    def edit_answer(self, name: str, **changes: Any) -> Self:
        """Let this order's client have been told something else, and only that."""
        answer = told(self.orders[name])
        self.answers = [other for other in self.answers if other.idempotency_key != answer.idempotency_key]
        self.answers.append(replace(answer, order={**answer.order, **changes}))
        return self


def told(order: Order) -> Answer:
    """Return what the client of order is told."""
    return Answer(
        activity_id=order.activity_id,
        user_id=order.user_id,
        idempotency_key=order.idempotency_key,
        order=order_answer(order),
    )


def a_campaign() -> Campaign:
    """Return balanced books: four activities, one order for each way a draw can go."""
    ledger, orders = MemoryLedger(), dict(_DRAWS)
    for activity_id, activity in ACTIVITIES.items():
        shards = {(award_id, shard): 0 for award_id, count in activity.shards.items() for shard in range(count)}
        units = {(share.award.award_id, 0): share.stock for share in activity.shares if share.stock is not None}
        caps = {} if activity.cap is None else {(CAP, 0): 5, (CAP, 1): 5}
        ledger.apply(activity, shards | units | caps)
        applied, entry = logged(None, activity, "apply", "xiaofuge", "", NOON, ["created"])
        ledger.activities[activity_id], ledger.logs[activity_id] = applied, [entry]
        committed = [f"commitment: {activity.commitment}", f"odds: {odds_digest(activity)}"]
        started, entry = logged(applied, applied, "approve", "xiaofuge", "", NOON, committed)
        ledger.activities[activity_id] = started
        ledger.logs[activity_id].append(entry)
    for order in orders.values():
        activity = ACTIVITIES[order.activity_id]
        count = count_of(activity.quotas, ZoneInfo(activity.time_zone), NOON, order.proof.taken)
        assert ledger.record(order, count) == Recorded(order)
    for name in ("granted", "unlimited", "total"):
        ledger.mark_sent(orders[name], LATER)
        ledger.grant(orders[name], LATER)
    ledger.mark_failed(orders["waiting"], NOON)
    ledger.park(orders["parked"], "refused", LATER)
    repeated = ledger.orders_by_key["xiaofuge", orders["granted"].order_id]
    return Campaign(orders, ledger.items(), [*map(told, orders.values()), told(repeated)], dict(SEEDS))


def _drawn(
    activity_id: str, key: str, attempt: int = 0, excluded: tuple[str, ...] = (), taken: int | None = None
) -> Order:
    activity = ACTIVITIES[activity_id]
    order_id = order_id_of(activity_id, "xiaofuge", key)
    won = choose(activity, SEEDS[activity_id], order_id, "xiaofuge", attempt, frozenset(excluded))
    share = won or fallback_of(activity)
    inputs = {
        "activity_id": activity_id,
        "idempotency_key": key,
        "strategy_mode": activity.strategy_mode,
        "grant_type": activity.grant_type,
        "proof": Proof(attempt=attempt, excluded=excluded, version=1, taken=taken),
        "cap_shard": None if activity.cap is None else order_id % activity.cap.shards,
    }
    if share is None:
        return a_lost_order(order_id, **inputs)
    outcome = Outcome.FALLBACK if won is None else Outcome.WON
    shard = None if share.stock is None else 0
    return an_order(order_id, outcome=outcome, award=share.award, shard=shard, **inputs)


def _draws() -> dict[str, Order]:
    """Return a draw for each name, under a key whose ticket does what the name says."""
    # name: activity; then attempt, exclusions and the award they must give. The last is recorded; the ones before it
    # make sure that an auditor who overlooks the attempt or an exclusion computes another award.
    steps: dict[str, tuple[str, list[tuple[int, tuple[str, ...], str | None]]]] = {
        "granted": (SINGLE, [(0, (), "1")]),
        "waiting": (SINGLE, [(0, (), "1")]),
        "parked": (SINGLE, [(0, (), "1")]),
        "unlimited": (SINGLE, [(0, (), "2")]),
        "lost": (SINGLE, [(0, (), None)]),
        "last unit": (SOLD, [(0, (), "1")]),
        "sold out": (SOLD, [(0, (), "1"), (0, ("1",), None)]),
        "total": (TOTAL, [(0, ("1",), "2"), (0, (), "1")]),
        "redrawn": (TOTAL, [(0, (), "2"), (0, ("2",), "3"), (1, (), "2"), (1, ("2",), "1")]),
        "fallback": (RICH, [(0, (), "8"), (0, ("8",), "9")]),
        "by hand": (RICH, [(0, ("8",), "1")]),
    }
    taken = {"fallback": 0, "by hand": 1}
    found: dict[str, Order] = {}
    for name, (activity_id, expected) in steps.items():
        used = {order.idempotency_key for order in found.values()}
        for key in (f"key-{number}" for number in range(KEYS_MAX)):
            orders = [_drawn(activity_id, key, attempt, excluded, taken.get(name)) for attempt, excluded, _ in expected]
            awards = [order.award and order.award.award_id for order in orders]
            if key not in used and awards == [award_id for _, _, award_id in expected]:
                found[name] = orders[-1]
                break
    return found


_DRAWS = _draws()
