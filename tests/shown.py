"""A scene for every command: a stack on emulated AWS whose ids are long, and the words that show something of it."""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.secretsmanager.models import secretsmanager_backends

from addresses import an_address
from builders import NOON, SEED, a_share, an_activity, an_award, an_order
from emulated_aws import emulated_aws
from parcels import a_shipment_out, an_order_of_a_parcel
from tables import TableLedger, make_table
from tombola.aws.activity_items import activity_item, name_item, stock_item
from tombola.aws.code_items import free_item, pool_item, used_key
from tombola.aws.items import moment, number, order_item, text
from tombola.aws.shipment_items import batch_key, item_of
from tombola.rules.activity import GrantType
from tombola.rules.activity_life import logged
from tombola.rules.activity_states import ActivityState
from tombola.rules.answer import order_answer
from tombola.rules.award_type import AwardType
from tombola.rules.invoice import invoice_json
from tombola.rules.order import GrantState
from tombola.rules.wins import win_key
from tombola_cli.audit.auditor import Audit, audit
from tombola_cli.audit.books import Books
from tombola_cli.audit.snapshot import books_of
from tombola_cli.console import console_server
from tombola_cli.doctor import examination
from tombola_cli.doctor.finding import Line, only_you, right, wrong
from tombola_cli.files.repository import ROOT
from tombola_cli.files.tree_file import read_tree
from tombola_cli.local import campaign, demo, demo_parcels, demo_wins, install, launch, local_stack, loopback
from tombola_cli.local.wheel_server import WheelServer
from tombola_cli.operate import dead_letters, rule_trees
from tombola_cli.operate.api import Api, Reply
from tombola_cli.operate.code_import import import_codes
from tombola_cli.operate.function_name import Function
from tombola_cli.operate.logbook import log_group
from tombola_cli.operate.providers import define_sample
from tombola_cli.operate.shipment_batches import Batch, ShipmentBatches
from tombola_cli.operate.stack import LOCAL_REGION, Stack
from tombola_cli.sam import invoke, sam_tools
from tombola_cli.sam.invoke import Answer

NAMES = {field.name for field in fields(Stack)} - {"region", "endpoint_url", "profile"}
DAY = timedelta(days=1)
# By the clock of AWS, for which a window has to be open; the same in every form that is compared.
NOW = datetime.now(UTC).replace(microsecond=0)
LANES = 128
USER_ID = "2b6f0cc9-04d1-4f0e-9f3c-winner@prizes.example"
ORDER_ID, HURT_ID = 9_223_372_036_854_775_806, 1_234_567_890_123_456_789
ACTIVITY_ID, TREE_ID = "spring-campaign-2027-of-everybody", "everybody-by-age-and-by-gender-2027"
PROVIDER = "coupons-of-a-shop-far-away-from-everybody"
AWARD_ID = "a-car-for-whoever-drives-it-home"
KEY = "0f8fad5b-d9cb-469f-a165-70867728950e"
POOL = "vouchers-of-the-spring-campaign-for-everybody-who-draws-in-2027"
BATCH = "20261123T120000Z-c0fe"
BAD_LINES = "BAD ,\nLATE,2020-01-01\n"
WORDS = "so many words that no column of a table could ever hold them on a single line of eighty"
PARCEL: Any = {
    "user_id": USER_ID,
    "activity_id": ACTIVITY_ID,
    "award": an_award(AWARD_ID, award_type=AwardType.PHYSICAL, award_name=WORDS, award_content=""),
}
FILE = f"""
activity_id: {ACTIVITY_ID}
activity_name: {WORDS}
activity_desc: d
creator: somebody with a long name
time_zone: Asia/Shanghai
begin: 2026-01-01
end: 2035-12-31
strategy: single
cap: {{ draws: 9000 }}
awards:
  - {{ award_id: {AWARD_ID}, award_type: 1, award_name: {WORDS}, award_content: c, rate: 0.1, stock: 10 }}
  - {{ award_id: never, award_type: 1, award_name: n, award_content: c, rate: 0 }}
"""
TREE_FILE = f"""
tree_id: {TREE_ID}
tree_name: {WORDS}
root: 1
nodes:
  1: {{ fact: age, branches: [{{ "<": 25, to: young }}, {{ ">=": 25, to: old }}] }}
  young: {{ activity_id: {ACTIVITY_ID} }}
  old: {{ activity_id: {ACTIVITY_ID} }}
"""


@dataclass
class World:
    """The stack that commands work on, and where files are."""

    table: TableLedger
    stack: Stack
    folder: Path
    key_arn: str

    @property
    def file(self) -> str:
        return self._written("activity.yaml", FILE)

    @property
    def tree_file(self) -> str:
        return self._written("tree.yaml", TREE_FILE)

    def _written(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return str(self.folder / name)

    def has(self, state: ActivityState = ActivityState.DOING) -> None:
        """Put the activity in a state, with a log and stock."""
        now, context = NOW, {"activity_id": ACTIVITY_ID}
        sealed = client("kms").encrypt(KeyId=self.key_arn, Plaintext=SEED, EncryptionContext=context)
        wanted = an_activity(
            a_share(AWARD_ID),
            activity_id=ACTIVITY_ID,
            activity_name=WORDS,
            begin=now - DAY,
            end=now + DAY,
            since=now - DAY,
            state=state,
            sealed_seed=sealed["CiphertextBlob"],
        )
        activity, entry = logged(None, wanted, "apply", USER_ID, WORDS, NOON, ("commitment: none → " + "c0ffee" * 10,))
        assert self.table.write(None, activity, entry)
        self.table.put_item(stock_item(ACTIVITY_ID, AWARD_ID, 0, 5))

    def has_orders(self, **changes: Any) -> None:
        """Put an order that can be read, and one that cannot."""
        for order_id in (ORDER_ID, HURT_ID):
            order = an_order(order_id, user_id=USER_ID, activity_id=ACTIVITY_ID, award=an_award(AWARD_ID), **changes)
            self.table.put_item(order_item(order) | ({"claims": number(-1)} if order_id == HURT_ID else {}))

    def has_waiting(self) -> None:
        """Put an order that waits, and the unit that it took."""
        self.has()
        self.table.put_item(stock_item(ACTIVITY_ID, AWARD_ID, 0, 5) | {"left": number(4)})
        self.table.put(an_order(ORDER_ID, user_id=USER_ID, activity_id=ACTIVITY_ID, award=an_award(AWARD_ID)))
        self.table.put_item(name_item(ACTIVITY_ID))

    def has_parked(self) -> None:
        parked: Any = {"grant_state": GrantState.PARKED, "failed_at": NOON, "failed_because": WORDS, "due_at": NOON}
        self.has()
        self.table.put_item(stock_item(ACTIVITY_ID, AWARD_ID, 0, 5) | {"left": number(4)})
        self.has_orders(**parked, parked_because=WORDS, failures=3)

    def has_wins(self) -> None:
        """Put wins that are in the index, the last of which cannot be read, and one of before there was an index."""
        self.has()
        for order_id, drawn_at, state in ((1, NOON, 0), (ORDER_ID, NOON, 0), (HURT_ID, NOON + timedelta(seconds=1), 9)):
            self._has_win(order_id, drawn_at, {"grant_state": number(state), "win": text(win_key(ACTIVITY_ID, 0))})
        self._has_win(2, NOON, {})

    def _has_win(self, order_id: int, drawn_at: datetime, also: dict[str, Any]) -> None:
        award = an_award(AWARD_ID, award_name=WORDS)
        order = an_order(order_id, user_id=USER_ID, activity_id=ACTIVITY_ID, award=award, drawn_at=drawn_at)
        self.table.put_item(order_item(order) | also)

    def has_logs(self) -> None:
        """Put an event in the log of each function."""
        logs, at = client("logs"), round(NOW.timestamp() * 1000)
        for function in Function:
            group = log_group(self.stack, function)
            logs.create_log_group(logGroupName=group)
            logs.create_log_stream(logGroupName=group, logStreamName="one")
            event: Any = {"timestamp": at, "message": f"REPORT RequestId: {KEY}\tDuration: 2 ms\n"}
            logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=[event])

    def has_dead_letters(self) -> None:
        """Put a message that is none, and one whose order waits, among the dead letters."""
        self.has_orders()
        order = an_order(ORDER_ID, user_id=USER_ID, activity_id=ACTIVITY_ID, award=an_award(AWARD_ID))
        for body in ("no invoice", invoice_json(order)):
            client("sqs").send_message(QueueUrl=self.stack.dlq_url, MessageBody=body)

    def has_asides(self) -> None:
        self.has_orders(due_at=NOON)
        lane = str(HURT_ID % LANES)
        for entry in self.table.due(lane, NOON + DAY, limit=10).entries:
            self.table.set_aside(entry, NOON)

    def codes_file(self, more: str = "") -> str:
        return self._written("codes.csv", f"code,expires_at\nNEW,\nNEW,\nTAKEN,\nFREE,\n{more}")

    def new_file(self) -> str:
        """Return the name of a file that is not there."""
        (self.folder / "used.csv").unlink(missing_ok=True)
        return str(self.folder / "used.csv")

    def has_codes(self) -> None:
        """Put a pool with codes that are free, expire soon, have expired, and are used."""
        self.table.put_item(pool_item(POOL))
        for code, days in {"FREE": None, "SOON": 2, "PAST": 0}.items():
            self.table.put_item(free_item(POOL, code, None if days is None else NOW + days * DAY))
        user = {"user_id": text(USER_ID), "order_id": number(ORDER_ID), "at": moment(NOON)}
        self.table.put_item(used_key(POOL, "TAKEN") | user)

    def has_imported(self) -> None:
        import_codes(Path(self.codes_file()), POOL, self.stack, NOW)

    def has_parcels(self) -> None:
        """Put a parcel that is new, and a batch that has begun and takes parcels in."""
        self.has()
        order = an_order_of_a_parcel(ORDER_ID, **PARCEL)
        self.table.put(order)
        assert self.table.grant_shipment(order, an_address(), NOON)
        assert ShipmentBatches(self.stack, ACTIVITY_ID).begin(Batch(activity_id=ACTIVITY_ID, name=BATCH, at=NOON))

    def has_parcels_out(self) -> None:
        """Put a parcel that left with a batch whose file is written."""
        self.has()
        self.table.put_item(batch_key(ACTIVITY_ID, BATCH) | {"at": moment(NOON), "finished_at": moment(NOON)})
        granted = {"grant_state": GrantState.GRANTED, "granted_at": NOON, "grants": 1, "due_at": None}
        self.table.put(an_order_of_a_parcel(ORDER_ID, **PARCEL, **granted, batch=BATCH))
        facts: Any = {"activity_id": ACTIVITY_ID, "user_id": USER_ID, "award_id": AWARD_ID, "award_name": WORDS}
        self.table.put_item(item_of(a_shipment_out(ORDER_ID, BATCH, **facts)))

    def parcels_file(self, more: str = "") -> str:
        lines = f"{BATCH},{ORDER_ID},a carrier of everybody,00340434161094000000\n{BATCH},7,,\n{more}"
        return self._written("parcels.csv", f"batch,order_id,carrier,tracking\n{lines}")

    def has_tree(self) -> None:
        self.has()
        rule_trees.apply(read_tree(Path(self.tree_file)), self.stack)

    def has_provider(self) -> None:
        define_sample(self.stack, PROVIDER, "https://coupons.example/v1/coupons", KEY)
        for regions in secretsmanager_backends.values():
            for secret in regions[LOCAL_REGION].secrets.values():
                vars(secret)["last_changed_date"] = NOON.timestamp()  # moto's clock goes on from one form to the next


@cache
def free_port() -> str:
    """Return one port that is free, and the same in every form that is compared."""
    return str(loopback.free_port())


@dataclass(frozen=True)
class Scene:
    """What to type after the command's name, and what there is to be shown."""

    words: Callable[[World], Sequence[str]] = lambda _: ()
    prepare: Callable[[World], None] = lambda _: None


def _in_state(state: ActivityState) -> Scene:
    return Scene(lambda _: [ACTIVITY_ID], lambda world: world.has(state))


WHEN = ("--until", "2026-11-24")
WITH_STREAMS = Scene(lambda _: ["--transport", "streams"])
WITH_KAFKA = Scene(lambda _: ["--transport", "kafka"])
FILE_SCENE = Scene(lambda world: [world.file])
SCENES: Mapping[str, Sequence[Scene]] = {
    "up": [Scene(), WITH_STREAMS, WITH_KAFKA, Scene(lambda _: ["--set", "CorsOrigins=https://shop.example"])],
    "down": [Scene()],
    "status": [Scene(prepare=World.has_orders)],
    "backlog": [Scene(prepare=World.has_orders), Scene(lambda _: ["--watch"])],
    "logs": [Scene(prepare=World.has_logs)],
    "draw": [Scene(lambda _: [ACTIVITY_ID, USER_ID, "--key", KEY])],
    "invoke": [Scene(lambda _: ["draw", str(ROOT / "events/draw.json")])],
    "console": [Scene(lambda _: ["--no-open"])],
    "orders list": [
        Scene(lambda _: [USER_ID], World.has_orders),
        Scene(lambda _: ["--by-hand"], lambda world: world.has_orders(grant_type=GrantType.BY_HAND)),
        Scene(lambda _: ["--unreadable"], World.has_asides),
        Scene(lambda _: ["--parked", "--limit", "1"], World.has_parked),
    ],
    "orders show": [Scene(lambda _: [USER_ID, str(ORDER_ID)], World.has_parked)],
    "orders release": [
        Scene(
            lambda _: [USER_ID, str(ORDER_ID), "--why", "checked"],
            lambda world: world.has_orders(grant_type=GrantType.BY_HAND),
        )
    ],
    "orders retry": [
        Scene(lambda _: ["--all", "--why", "mended", "--dry-run"], World.has_parked),
        Scene(lambda _: ["--all", "--why", "mended", "--yes"], World.has_parked),
    ],
    "orders void": [Scene(lambda _: [USER_ID, str(ORDER_ID), "--why", "a double"], World.has_parked)],
    "orders index-wins": [Scene(prepare=World.has_wins)],
    "winners": [
        Scene(lambda _: [ACTIVITY_ID, *WHEN, "--limit", "1"], World.has_wins),
        Scene(lambda _: [ACTIVITY_ID, *WHEN], World.has_wins),
        Scene(lambda world: [ACTIVITY_ID, *WHEN, "--csv", world.new_file()], World.has_wins),
        Scene(lambda _: [ACTIVITY_ID, "--user", USER_ID, *WHEN], World.has_wins),
    ],
    "dlq list": [Scene(prepare=World.has_dead_letters)],
    "dlq retry": [
        Scene(lambda _: ["--all", "--yes"], World.has_dead_letters),
        Scene(lambda _: ["--all", "--dry-run"], World.has_dead_letters),
    ],
    "dlq drop": [
        Scene(lambda _: ["--reason", "malformed", "--yes"], World.has_dead_letters),
        Scene(lambda _: ["--reason", "malformed", "--dry-run"], World.has_dead_letters),
    ],
    "user forget": [
        Scene(lambda _: [USER_ID, "--give-up", "--while-open", "--yes"], World.has_waiting),
        Scene(lambda _: [USER_ID, "--dry-run"], World.has_waiting),
        Scene(lambda _: ["--before", "2020-01-01"], World.has),
    ],
    "activity validate": [FILE_SCENE],
    "activity schema": [Scene()],
    "activity plan": [FILE_SCENE, Scene(lambda world: [world.file], World.has)],
    "activity apply": [FILE_SCENE],
    "activity show": [_in_state(ActivityState.DOING)],
    "activity list": [Scene(prepare=World.has)],
    "activity log": [_in_state(ActivityState.DOING)],
    "activity reveal": [_in_state(ActivityState.CLOSE)],
    "activity submit": [_in_state(ActivityState.EDIT)],
    "activity approve": [_in_state(ActivityState.ARRAIGNMENT)],
    "activity refuse": [_in_state(ActivityState.ARRAIGNMENT)],
    "activity withdraw": [_in_state(ActivityState.ARRAIGNMENT)],
    "activity open": [_in_state(ActivityState.CLOSE)],
    "activity close": [_in_state(ActivityState.DOING)],
    "provider serve": [Scene(lambda _: ["--seconds", "0.1", "--define", PROVIDER, "--port", free_port()], World.has)],
    "provider list": [Scene(prepare=World.has_provider)],
    "provider check": [Scene(lambda _: [PROVIDER], World.has_provider)],
    "tree validate": [Scene(lambda world: [world.tree_file])],
    "tree apply": [Scene(lambda world: [world.tree_file], World.has)],
    "tree show": [Scene(lambda _: [TREE_ID], World.has_tree)],
    "codes import": [
        Scene(lambda world: [POOL, world.codes_file()], World.has_codes),
        Scene(lambda world: [POOL, world.codes_file(BAD_LINES), "--dry-run"], World.has_codes),
        Scene(lambda world: [POOL, world.codes_file()], World.has_imported),
    ],
    "codes stats": [Scene(prepare=World.has_codes), Scene(lambda _: [POOL], World.has_codes)],
    "codes export": [Scene(lambda world: [POOL, "--used", "--out", world.new_file()], World.has_codes)],
    "shipments list": [
        Scene(lambda _: [ACTIVITY_ID], World.has_parcels_out),
        Scene(lambda _: [ACTIVITY_ID, "--new"], World.has_parcels),
        Scene(lambda _: [ACTIVITY_ID, "--batch", BATCH], World.has_parcels_out),
    ],
    "shipments export": [
        Scene(lambda world: [ACTIVITY_ID, "--csv", world.new_file()], World.has_parcels),
        Scene(lambda world: [ACTIVITY_ID, "--csv", world.new_file()], World.has),
        Scene(lambda world: [ACTIVITY_ID, "--csv", world.new_file(), "--batch", BATCH], World.has_parcels_out),
    ],
    "shipments mark": [
        Scene(lambda world: [ACTIVITY_ID, world.parcels_file()], World.has_parcels_out),
        Scene(lambda world: [ACTIVITY_ID, world.parcels_file("b,c\n"), "--dry-run"], World.has_parcels_out),
    ],
    "simulate": [Scene(lambda world: [world.file, "--draws", "2000"])],
    "demo": [Scene(), WITH_STREAMS, WITH_KAFKA],
    "doctor": [Scene()],
    "audit": [Scene(), Scene(lambda _: ["--dry-run"]), Scene(lambda _: [], World.has)],
}


@cache
def client(service: str) -> Any:
    """Return one client for all worlds: making one takes longer than most commands."""
    return boto3.client(service)  # type: ignore[call-overload]


@contextmanager
def a_world(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[World]:
    """Yield a stack on emulated AWS; what only an emulator can do is played."""
    for name, value in {"ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test", "DEFAULT_REGION": LOCAL_REGION}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    with emulated_aws():
        table, queues = TableLedger(client("dynamodb")), client("sqs")
        names = dict.fromkeys(NAMES, "") | {
            "stack_name": "tombola",
            "transport": "sqs",
            "api_url": "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
            "table_name": table.table,
            "deliveries_table_name": make_table(table.dynamodb),
            "seed_key_arn": client("kms").create_key()["KeyMetadata"]["Arn"],
            "reveal_role_arn": "arn:aws:iam::123456789012:role/reveal",
            **{f"{each}_function": each for each in Function},
            **{name: queues.create_queue(QueueName=name)["QueueUrl"] for name in ("queue_url", "dlq_url")},
        }
        world = World(table, Stack(**names, region=LOCAL_REGION), folder, names["seed_key_arn"])
        _played(monkeypatch, world)
        yield world


def _steady(parsed: Any, **_: Any) -> None:
    """Give messages the id and the time that they have in every form that is compared."""
    for message in parsed.get("Messages", []):
        message["MessageId"] = str(uuid.uuid5(uuid.NAMESPACE_OID, message["Body"]))
        message["Attributes"]["SentTimestamp"] = str(round(NOON.timestamp() * 1000))


def _played(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    order = order_answer(an_order(ORDER_ID, user_id=USER_ID, award=an_award(AWARD_ID)))
    lines = [Line("alias", "draw", right("live")), Line("protection", "table", wrong(WORDS, WORDS))]
    client("sqs").meta.events.register("after-call.sqs.ReceiveMessage", _steady, "steady")
    monkeypatch.setattr(dead_letters, "WAIT_SECONDS", 0)
    monkeypatch.setattr(Stack, "client", lambda _, service: client(service))
    monkeypatch.setattr(local_stack, "HOME", world.folder)
    monkeypatch.setattr(local_stack, "running", lambda _: world.stack)
    monkeypatch.setattr(local_stack, "up", lambda *_, **__: world.stack)
    monkeypatch.setattr(local_stack, "down", lambda _: True)
    monkeypatch.setattr(WheelServer, "start", lambda *_: None)
    monkeypatch.setattr(launch, "launch", lambda *_: None)
    monkeypatch.setattr(Api, "draw", lambda *_, **__: Reply(201, json.loads(json.dumps(order))))
    monkeypatch.setattr(examination, "examined", lambda *_: iter([*lines, Line("seeds", "key", only_you(KEY, WORDS))]))
    monkeypatch.setattr(install, "sam", lambda *_: None)
    monkeypatch.setattr(sam_tools, "built", lambda *_: world.folder)
    address = f"http://127.0.0.1:4711/enter?token={USER_ID}"
    monkeypatch.setattr(console_server, "serve", lambda _, __, opened: opened(address))
    monkeypatch.setattr(invoke, "invoke", lambda *_: Answer(status=201, answer=order, seconds=0.9))
    monkeypatch.setattr(demo, "launch", lambda *_: None)
    monkeypatch.setattr(campaign, "Campaign", PlayedCampaign)
    monkeypatch.setattr(demo_wins, "compared", lambda *_: demo_wins.Compared(listed=1, agrees=True))
    monkeypatch.setattr(demo_parcels, "send_out", lambda *_: demo_parcels.Sent(exported=1, shipped=1))


class PlayedCampaign:
    """A campaign of one draw, which was drawn and granted before it is asked."""

    def __init__(self, stack: Stack, _channel: object, activity_id: str, *_: object) -> None:
        self.stack = stack
        self.activity = an_activity(a_share(AWARD_ID), activity_id=activity_id)
        self.busy, self.refused, self.sent_failed = ["busy"], [Reply(409, {})], 0

    def requests(self) -> list[tuple[str, str]]:
        return [(USER_ID, KEY)]

    def draw_all(self) -> Iterator[str]:
        yield "drawing"

    def until_quiet(self) -> Iterator[Books]:
        yield self.books()

    def books(self) -> Books:
        order = order_item(
            an_order(ORDER_ID, user_id=USER_ID, activity_id=self.activity.activity_id, award=an_award(AWARD_ID))
        )
        granted = {"grant_state": number(1), "granted_at": number(round(NOON.timestamp() * 1000) + 900)}
        granted["failed_because"] = text(WORDS)
        return books_of([activity_item(self.activity), order | granted])

    def audit(self, books: Books) -> Audit:
        return audit(books, {})
