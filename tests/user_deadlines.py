"""A campaign whose prizes wait for their users, who come in time, too late or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from addresses import an_address
from builders import NOON, WAITS, a_share, an_activity, an_award
from fakes import MemoryOutbox, MemoryWorkers, Patience
from public_campaign import PublicCampaign
from tombola.aws.prizes import PhysicalPrizes, TextPrizes
from tombola.flows.accept import AcceptPorts, claim_prize, give_address
from tombola.flows.acts import retry, void
from tombola.flows.compensate import compensate
from tombola.flows.distribute import DistributePorts, distribute
from tombola.flows.repair import RepairPorts
from tombola.rules.activity import Activity, Share
from tombola.rules.answer import order_answer
from tombola.rules.award_type import AwardType
from tombola.rules.choice import choose
from tombola.rules.order import Order
from tombola.rules.page import PageRequest
from tombola.rules.problem import Problem
from tombola.rules.quota import Quotas
from tombola.rules.remedy import Report
from tombola.rules.request import Asked
from tombola.rules.ticket import order_id_of
from tombola_cli.audit.auditor import Answer, Audit, audit
from tombola_cli.audit.snapshot import books_of
from tombola_cli.files.file_spans import ADDRESS_WITHIN

MS = timedelta(milliseconds=1)
CLAIM_WITHIN = timedelta(hours=1)
PARKS, LAPSES = "1", "2"  # awards to be claimed, by what becomes of those that are not
PARCEL, PARCEL_LAPSES = "3", "4"
FREE = "5"  # nobody has to claim it
KEYS_MAX = 10_000  # that a search for a ticket may try


def an_award_of(award_id: str, **changes: Any) -> Share:
    """Return one of the awards among which a campaign draws; each is one of twenty units."""
    fields = {"weight": 200_000, "stock": 20, "claim_within": CLAIM_WITHIN}
    return a_share(award_id, **{**fields, **changes})


def a_parcel(award_id: str, **changes: Any) -> Share:
    award = an_award(award_id, award_type=AwardType.PHYSICAL, award_content="")
    return an_award_of(award_id, award=award, **changes)


def an_activity_of_deadlines(*shares: Share) -> Activity:
    """Return an activity in which anybody may draw often; its awards are those of this module, or shares."""
    own = (
        an_award_of(PARKS),
        an_award_of(LAPSES, lapses=True),
        a_parcel(PARCEL, claim_within=ADDRESS_WITHIN),
        a_parcel(PARCEL_LAPSES, lapses=True),
        an_award_of(FREE, claim_within=None),
    )
    end = NOON + timedelta(days=60)
    return an_activity(*(shares or own), quotas=Quotas(activity=1_000), end=end)


@dataclass
class Users:
    """Those who claim, those who work it off, and the operators, on whatever ledger there is."""

    ledger: Any
    patience: Patience = field(default_factory=Patience)  # of compensation

    def accept(self, order: Order, now: datetime) -> Order | Problem:
        return claim_prize(_asked(order), self._ports(), Patience(), now)

    def give_address(self, order: Order, now: datetime, **changes: Any) -> Order | Problem:
        return give_address(_asked(order), an_address(**changes), self._ports(), Patience(), now)

    def compensate(self, now: datetime) -> Report:
        ports: dict[str, Any] = {"ledger": self.ledger, "lanes": self.ledger, "activities": self.ledger}
        workers, outbox = MemoryWorkers(), MemoryOutbox()
        return compensate(RepairPorts(**ports, workers=workers, outbox=outbox, waits=WAITS), self.patience, map, now)

    def distribute(self, order: Order, now: datetime) -> None:
        """Let a message of order arrive, whatever has become of it."""
        ports: dict[str, Any] = {
            "prizes": {
                AwardType.TEXT: TextPrizes(self.ledger),
                AwardType.PHYSICAL: PhysicalPrizes(self.ledger),
            }
        }
        distribute(self.on_record(order), DistributePorts(ledger=self.ledger, waits=WAITS, **ports), now)

    def retry(self, order: Order, now: datetime) -> str | None:
        return retry(self.on_record(order), "ann", "they were ill", self.ledger, now)

    def void(self, order: Order, now: datetime) -> str | None:
        return void(self.on_record(order), "ann", "nobody came", self.ledger, now, not_issued=True)

    def on_record(self, order: Order) -> Order:
        found = self.ledger.order(order.user_id, order.order_id)
        assert isinstance(found, Order)
        return found

    def _ports(self) -> AcceptPorts:
        return AcceptPorts(ledger=self.ledger, outbox=MemoryOutbox(), waits=WAITS)


def _asked(order: Order) -> Asked:
    names = {"user_id": order.user_id, "order_id": str(order.order_id)}
    return Asked(names, PageRequest(), None)


@dataclass
class DeadlineCampaign(PublicCampaign):
    """A public campaign with users who claim, on the in-memory twins."""

    @property
    def users(self) -> Users:
        return Users(self.stage.ledger)

    def win(self, award_id: str, at: datetime = NOON, place: int = 0) -> Order:
        """Return what a user draws who wins award_id if there is a unit of it; place tells such users apart."""
        named = (f"user-{number}" for number in range(KEYS_MAX))
        user_id = next(islice((user_id for user_id in named if self._wins(user_id) == award_id), place, None))
        order = self.draw(user_id, "key", at)
        assert isinstance(order, Order)
        return order

    def _wins(self, user_id: str) -> str | None:
        order_id = order_id_of(self.activity.activity_id, user_id, "key")
        share = choose(self.activity, self.seed, order_id, user_id, 0, frozenset())
        return None if share is None else share.award.award_id

    def run(self, now: datetime) -> Report:
        """Let compensation run, and keep what it wrote to the public log."""
        before, name = self.activity, self.activity.activity_id
        known = len(self.stage.ledger.logs.get(name, []))
        report = self.users.compensate(now)
        if self.activity != before:
            self.before = before, now
            self.entries += self.stage.ledger.logs[name][known:]
        return report

    def audit(self, answers: Sequence[Answer] = ()) -> Audit:
        ledger = self.stage.ledger
        ledger.logs[self.activity.activity_id] = list(self.entries)
        return audit(books_of(ledger.items()), {self.activity.activity_id: self.seed}, answers)


def told(order: Order) -> Answer:
    """Return what the user of order is told of it now."""
    return Answer(
        activity_id=order.activity_id,
        user_id=order.user_id,
        idempotency_key=order.idempotency_key,
        order=order_answer(order),
    )
