"""Emulated AWS on which users have won prizes of every type, for an operator who is asked to forget some of them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from typer.testing import CliRunner

from addresses import an_address
from builders import SEED, a_share, an_activity, an_award
from cloud import Cloud, OneThread, a_cloud, client, sealed, stock_of
from code_pools import POOL, fill
from coupon_desk import CALLS, define, make_calls_table, remember_by, remembered
from desk import NAMES, Done
from tombola.aws import coupons
from tombola.aws.activity_items import name_item
from tombola.aws.code_items import pool_item
from tombola.aws.code_ledger import DynamoCodePool
from tombola.rules.activity import Cap, Share
from tombola.rules.activity_life import LAST_DRAW
from tombola.rules.activity_states import Action
from tombola.rules.award_type import AwardType
from tombola.rules.coupon import Answer
from tombola.rules.invoice import invoice_json
from tombola.rules.odds import StrategyMode
from tombola.rules.order import NO_ADDRESS, Order
from tombola.rules.provider import Provider, Request
from tombola.rules.quota import PERIODS, Period, Quotas
from tombola_cli.audit.auditor import Audit
from tombola_cli.commands import main
from tombola_cli.local import local_stack
from tombola_cli.operate import forget_users, shipment_export
from tombola_cli.operate.shipment_export import export_shipments
from tombola_cli.operate.stack import LOCAL_REGION, Stack

USER, OTHER = "mei-lin", "fustack"
DRAWS = 8  # of each user: enough for a prize of each type, and a loss
ACTIVITY, LATER_ACTIVITY = "100001", "100002"


def the_shares() -> tuple[Share, ...]:
    """Return an award of each type; a fifth of the draws loses."""
    awards = (
        an_award("1"),
        an_award("2", award_type=AwardType.CODE, award_content="", source=POOL),
        an_award("3", award_type=AwardType.COUPON, award_content="", source="shop"),
    )
    parcel = an_award("4", award_type=AwardType.PHYSICAL)
    shares = [a_share(award.award_id, award=award, weight=200_000, stock=40) for award in awards]
    return (*shares, a_share("4", award=parcel, weight=200_000, stock=40, claim_within=timedelta(days=30)))


@dataclass
class ForgetDesk:
    """The functions, the tables and the command."""

    cloud: Cloud
    stack: Stack
    given: dict[str, str] = field(default_factory=dict)  # coupons by Idempotency-Key

    def call(self, _provider: Provider, request: Request, *, local: bool) -> Answer:
        assert local
        coupon = self.given.setdefault(request.headers["Idempotency-Key"], f"COUPON-{len(self.given):03d}")
        return Answer(200, json.dumps({"coupon": coupon}).encode())

    def run(self, *words: object) -> Done:
        """Run the command as a program would, which asks nobody."""
        done = CliRunner().invoke(main.app, [str(word) for word in words])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Done(done.exit_code, done.stdout, done.stderr)

    def forget(self, *words: object, status: int = 0) -> Any:
        """Forget whom words name; return what the command says to programs."""
        done = self.run("user", "forget", *words, "--who", "ann", "--yes", "--json")
        assert done.status == status, done
        return json.loads(done.out[done.out.index("{\n") :])  # after the lines that the functions logged meanwhile

    def draw(self, user_id: str, draws: int = DRAWS, activity_id: str = ACTIVITY, key: str = "key") -> None:
        for number in range(draws):
            status, body = self.cloud.draw(f"{key}-{number}-of-{user_id}", user_id, activity_id)
            assert status == 201, body

    def give_addresses(self, user_id: str) -> None:
        """Let the user say where the parcels go, and pack them."""
        for order in self.orders(user_id):
            if order.lane == NO_ADDRESS:
                address = an_address(name=f"name of {user_id}", phone=f"phone of {user_id}")
                assert self.cloud.ledger.give_address(order, address, self.cloud.now, self.cloud.now)
                self.cloud.distribute([invoice_json(order)])

    def export(self, activity_id: str = ACTIVITY) -> None:
        """Let the parcels of an activity leave."""
        with TemporaryDirectory() as folder:
            done = export_shipments(activity_id, Path(folder) / "parcels.csv", self.stack)
        assert done.left == []

    def close(self, activity_id: str = ACTIVITY) -> None:
        """Close an activity, and let its last draw end."""
        found = self.cloud.ledger.activity(activity_id)
        assert found is not None
        assert self.cloud.ledger.move(found, Action.CLOSE, "ops", "", self.cloud.now)
        self.cloud.now += LAST_DRAW

    def orders(self, user_id: str) -> list[Order]:
        return list(self.cloud.ledger.orders_of(user_id))

    def items(self) -> list[Any]:
        return self.cloud.ledger.items()

    def tombstones(self) -> list[Any]:
        return [item for item in self.items() if item["pk"]["S"].startswith("FORGOTTEN#")]

    def quota(self, user_id: str, activity_id: str = ACTIVITY) -> dict[str, int]:
        return self.cloud.ledger.counters(user_id, activity_id)

    def audit(self) -> Audit:
        """Return the verdict on the books and on everything that clients were told."""
        return self.cloud.audit()

    def dump(self) -> str:
        """Return everything that both tables hold."""
        return json.dumps([*self.items(), *remembered()], default=repr, sort_keys=True)


@contextmanager
def a_forget_desk(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Iterator[ForgetDesk]:
    """Yield a stack whose activity is open, and on which nobody has drawn yet."""
    limits: dict[str, Any] = {
        "strategy_mode": StrategyMode.SINGLE,
        "quotas": Quotas(activity=40, day=40),
        "cap": Cap(limit=200, shards=2),
        **changes,
    }
    with a_cloud(monkeypatch, *the_shares(), **limits) as cloud, monkeypatch.context() as patch:
        # Each counter of long ago that a draw drops costs more time than all the rest.
        patch.setitem(PERIODS, "day", Period.DAY._replace(stale=range(2, 4)))
        make_calls_table()
        define()
        remember_by(lambda: cloud.now, patch)
        cloud.ledger.put_item(name_item(ACTIVITY))
        cloud.ledger.put_item(pool_item(POOL))
        fill(DynamoCodePool(cloud.ledger.dynamodb, cloud.ledger.table), [f"CODE-{number:03d}" for number in range(40)])
        names = {**dict.fromkeys(NAMES, ""), "table_name": cloud.ledger.table, "deliveries_table_name": CALLS}
        desk = ForgetDesk(cloud, Stack(**names, region=LOCAL_REGION))
        patch.setattr(coupons, "call", desk.call)
        patch.setattr(Stack, "client", lambda _, service: client(service))
        patch.setattr(Stack, "now", lambda _: cloud.now)
        patch.setattr(local_stack, "running", lambda _: desk.stack)
        for module in (forget_users, shipment_export):
            patch.setattr(module, "ThreadPoolExecutor", OneThread)
        yield desk


def add_activity(desk: ForgetDesk, activity_id: str, **changes: Any) -> None:
    """Put another activity like the first one beside it."""
    activity = an_activity(
        *the_shares(),
        activity_id=activity_id,
        strategy_mode=StrategyMode.SINGLE,
        sealed_seed=sealed(SEED, activity_id),
        **changes,
    )
    desk.cloud.apply(activity, stock_of(activity))
    desk.cloud.ledger.put_item(name_item(activity_id))


def hand_over(desk: ForgetDesk) -> None:
    """Let distribution work off the queue."""
    while desk.cloud.messages():
        desk.cloud.deliver()
        desk.cloud.now += timedelta(seconds=1)


def play(desk: ForgetDesk, *users: str) -> None:
    """Let users draw, hand over what they won, and close the activity."""
    for user_id in users:
        desk.draw(user_id)
    hand_over(desk)
    for user_id in users:
        desk.give_addresses(user_id)
    desk.export()
    desk.close()
