"""A campaign as players see it, from draft to reveal: what the API answers of an activity, its log and its draws."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from builders import NOON, SEED, a_request, an_act
from stage import Stage
from tombola.aws.activity_cache import FRESH, HINT
from tombola.rules.activity import CAP, Activity
from tombola.rules.activity_life import LAST_DRAW, logged, moved, revealed
from tombola.rules.activity_states import Action, ActivityState
from tombola.rules.answer import activity_answer, entry_answer, order_answer
from tombola.rules.change import changes_between
from tombola.rules.log import Entry, canonical
from tombola.rules.order import Order
from tombola.rules.problem import Problem
from tombola.rules.stock import deal

HOUR = timedelta(hours=1)
Papers = dict[str, Any]


def a_draft(activity: Activity) -> Activity:
    return replace(activity, state=ActivityState.EDIT, approved=False, version=1)


@dataclass
class PublicCampaign:
    """Played by the rules on the in-memory ledger; now and then by a function that remembers what was before."""

    stage: Stage
    seed: bytes = SEED
    entries: list[Entry] = field(default_factory=list)
    before: tuple[Activity, datetime] | None = None  # the activity before its last change, and when that was
    sold_out: dict[str, datetime] = field(default_factory=dict)

    @classmethod
    def of(cls, activity: Activity, seed: bytes = SEED, opened: datetime = NOON - HOUR) -> Self:
        """Return activity as its draws find it: applied, submitted, approved and started."""
        applied, entry = logged(None, a_draft(activity), "apply", "ops", "", opened - 3 * HOUR, ["created"])
        campaign = cls(Stage(applied), seed, [entry])
        for hours, action in ((2, Action.SUBMIT), (1, Action.APPROVE), (0, Action.START)):
            campaign.do(action, opened - hours * HOUR)
        return campaign

    @property
    def activity(self) -> Activity:
        return self.stage.ledger.activities[self.stage.activity.activity_id]

    def do(self, action: Action, at: datetime) -> None:
        self._write(*moved(self.activity, action, "ops", "", at), at)

    def apply(self, at: datetime, **changes: Any) -> None:
        """Apply a file that changes these fields; its units come, or go, at the same time."""
        after = replace(self.activity, version=self.activity.version + 1, **changes)
        lines = [str(change) for change in changes_between(self.activity, after)]
        self._settle(after)
        self._write(*logged(self.activity, after, "apply", "ops", "", at, lines), at)

    def draw(self, user_id: str, key: str, at: datetime, *, remembers: bool = False) -> Order | Problem:
        """Draw, in a function that may remember the activity for ten seconds and a sold-out award for two."""
        stage, found = self.stage, self.activity
        if remembers and self.before is not None and at - self.before[1] < FRESH:
            stage.ledger.activities[found.activity_id] = self.before[0]
        stage.hints.clear()
        stage.hints.update(name for name, seen in self.sold_out.items() if remembers and at - seen < HINT)
        result = stage.draw(a_request(key, user_id), at)
        stage.ledger.activities[found.activity_id] = found
        self.sold_out.update(dict.fromkeys(stage.activities.noted, at))
        stage.activities.noted.clear()
        return result if isinstance(result, Problem) else result.order

    def void(self, order: Order, at: datetime) -> Order:
        """Park order, and give it up; return what is on record of it then."""
        ledger, before = self.stage.ledger, self.activity
        ledger.park(ledger.orders_by_key[order.user_id, order.order_id], "nobody can make it", at)
        parked = ledger.orders_by_key[order.user_id, order.order_id]
        assert ledger.void(parked, an_act(at=at, what="void"))
        if self.activity != before:
            self.before = before, at
            self.entries.append(ledger.logs[before.activity_id][-1])
        return ledger.orders_by_key[order.user_id, order.order_id]

    def papers(self, closed: datetime, *orders: Order) -> Papers:
        """Close and reveal the activity; return what anybody is answered of it, and of these orders or of all."""
        if self.activity.state is not ActivityState.CLOSE:
            self.do(Action.CLOSE, closed)
        at = self.activity.since + LAST_DRAW
        self._write(*revealed(self.activity, self.seed, "ops", "", at), at)
        return papers_of(self, orders or list(self.stage.ledger.orders_by_key.values()))

    def left(self) -> dict[str, int]:
        return self.stage.ledger.stock_shown(self.activity.activity_id, self.activity.shards)

    def _write(self, after: Activity, entry: Entry, at: datetime) -> None:
        self.before = self.activity, at
        self.stage.ledger.activities[after.activity_id] = after
        self.entries.append(entry)

    def _settle(self, after: Activity) -> None:
        ledger, wanted = self.stage.ledger, _units(after)
        for name, units in _units(self.activity).items():
            keys = [(after.activity_id, name, shard) for shard in range(after.shards[name])]
            for key, gain in zip(keys, deal([ledger.left[key] for key in keys], wanted[name] - units), strict=True):
                ledger.left[key] += gain
                ledger.initial[key] += gain


def papers_of(campaign: PublicCampaign, orders: Sequence[Order]) -> Papers:
    answers = {
        "activity": activity_answer(campaign.activity, campaign.left()),
        "log": {"entries": [entry_answer(entry) for entry in campaign.entries], "next": None},
        "draws": {"draws": [order_answer(order) for order in orders], "next": None},
    }
    copied: Papers = json.loads(json.dumps(answers))
    return copied


def _units(activity: Activity) -> dict[str, int]:
    units = {share.award.award_id: share.stock for share in activity.shares if share.stock is not None}
    return units if activity.cap is None else units | {CAP: activity.cap.limit}


def rechained(papers: Papers) -> None:
    """Let the log be whole again after its entries were edited: whoever keeps it can compute the hashes anew."""
    before = "0" * 64
    for entry in papers["log"]["entries"]:
        entry["before"] = before
        fields = {name: value for name, value in entry.items() if name != "hash"}
        before = entry["hash"] = hashlib.sha256(canonical(fields).encode()).hexdigest()
