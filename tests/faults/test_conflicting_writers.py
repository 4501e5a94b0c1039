"""Every writer gets past transactions that hold its items for some milliseconds, 40 times a second.

At the moment a writer comes, everything is held. Time is played: it passes with each call, and with the pauses.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from addresses import an_address
from builders import NOON, SEED, UNCOUNTED, WAITS, a_count, a_request, a_share, an_activity, an_award, an_order
from call_sites import WRITES, WRITING_PORTS, call_sites, ports
from code_pools import POOL, an_order_of_a_code, fill, free_in, used_in
from conflicts import Clock, Conflicting, Held, PlayedStack
from emulated_aws import emulated_aws
from fakes import MemoryActivities, MemoryLedger, MemoryOutbox, MemoryWorkers
from parcels import grant
from tables import TableLedger
from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.aws.clock import CONFLICT_SECONDS
from tombola.aws.code_ledger import DynamoCodePool
from tombola.aws.code_prizes import CodePrizes
from tombola.aws.due_index import DueIndex
from tombola.aws.items import order_item, order_key
from tombola.aws.ledger import DynamoLedger
from tombola.aws.operator_ledger import OperatorLedger
from tombola.aws.prizes import PhysicalPrizes, TextPrizes
from tombola.aws.shipment_items import decode_shipment
from tombola.flows import accept, acts, compensate, distribute, draw, repair
from tombola.rules.act import RECLAIM
from tombola.rules.activity import Activity, Cap, GrantType
from tombola.rules.activity_life import logged
from tombola.rules.activity_states import Action, ActivityState
from tombola.rules.award_type import AwardType
from tombola.rules.code_pool import Taken, shard_of_code
from tombola.rules.order import GrantState, MqState, Order
from tombola.rules.page import PageRequest
from tombola.rules.problem import BusyError
from tombola.rules.remedy import CLAIMS_TRUSTED
from tombola.rules.request import Asked
from tombola.rules.tree import Leaf, Tree
from tombola.rules.unreadable import LOOK_AGAIN, UNREADABLE, Unreadable
from tombola.rules.verdict import Drawn, Failed, Grant, Granted, Recorded, UnderWay
from tombola_cli.commands import act_commands
from tombola_cli.operate import (
    activity_moves,
    apply,
    forgetting,
    rule_trees,
    shipment_export,
    shipment_marks,
    wins_fill,
)
from tombola_cli.operate.code_import import import_codes
from tombola_cli.operate.import_record import Finding
from tombola_cli.operate.reveal import reveal

LOCKS_MS = (4.0, 8.0)
OTHERS_MS = 25.0  # between two who hold an item: what the sizing rule allows a shard
CALL_MS = 2.0
SECONDS = 10.0  # of one invocation
BATCH = 25  # codes that one write puts
CODES = [f"CODE-{number}" for number in range(60)]
LATER = NOON + timedelta(hours=1)
PARCEL = an_award(award_type=AwardType.PHYSICAL)


@dataclass
class Scene:
    """A table that conflicts, and behind it the same table at rest."""

    quiet: TableLedger
    dynamodb: Conflicting
    clock: Clock
    kms: Any

    def __post_init__(self) -> None:
        client: Any = self.dynamodb
        patience = partial(self.clock.deadline_in, CONFLICT_SECONDS)
        self.ledger = DynamoLedger(client, self.quiet.table, patience)
        self.activities = DynamoActivityLedger(client, self.quiet.table, patience)
        self.operators = OperatorLedger(client, self.quiet.table, patience)
        self.lanes = DueIndex(client, self.quiet.table, patience)
        self.key = self.kms.create_key()["KeyMetadata"]["Arn"]
        self.stack = PlayedStack.of(
            self.clock,
            {"dynamodb": client, "kms": self.kms, "sts": boto3.client("sts")},
            table_name=self.quiet.table,
            seed_key_arn=self.key,
            reveal_role_arn="arn:aws:iam::123456789012:role/reveal",
        )

    def hold(self) -> None:
        """Let others hold everything at the moment a writer comes, and again and again."""
        self.dynamodb.held.others_every_ms = OTHERS_MS

    def put(self, order: Order | None = None, **changes: Any) -> Order:
        order = order or an_order(**changes)
        self.quiet.put(order)
        self.hold()
        return order

    def order(self) -> Order:
        (order,) = self.quiet.orders_of("xiaofuge")
        return order

    def activity(self, **changes: Any) -> Activity:
        """Put an activity of one award with its stock on record, with a seed that can be revealed."""
        sealed = self.kms.encrypt(KeyId=self.key, Plaintext=SEED, EncryptionContext={"activity_id": "100001"})
        wanted = an_activity(a_share(stock=5), sealed_seed=sealed["CiphertextBlob"], **changes)
        activity, entry = logged(None, wanted, "apply", "tests", "", NOON, ["created"])
        assert self.quiet.write(None, activity, entry)
        self.quiet.apply(activity, {("3", 0): 5})
        self.hold()
        return activity


def draws_and_marks(scene: Scene, *, up: bool) -> MqState:
    """Return the mark on a draw whose invoice is taken by the queue, or not."""
    memory = MemoryLedger()
    activity = scene.activity()
    memory.apply(activity, {})
    world = draw.DrawPorts(
        activities=MemoryActivities(memory), ledger=scene.ledger, outbox=MemoryOutbox(up=up), waits=WAITS
    )
    drawn = draw.draw(a_request(), world, scene.clock.deadline_in(SECONDS), NOON)
    assert isinstance(drawn, Drawn)
    assert scene.order() == drawn.order
    return drawn.order.mq_state


def a_draw_is_marked_sent(scene: Scene) -> None:
    assert draws_and_marks(scene, up=True) is MqState.SENT


def a_draw_is_marked_failed(scene: Scene) -> None:
    assert draws_and_marks(scene, up=False) is MqState.FAILED


@dataclass
class Provider:
    """Hands nothing over, and says why."""

    answer: Grant

    def grant(self, order: Order, now: Any) -> Grant:
        return self.answer


def a_prize_is_granted(scene: Scene) -> None:
    world = distribute.DistributePorts(
        ledger=scene.ledger, prizes={AwardType.TEXT: TextPrizes(scene.ledger)}, waits=WAITS
    )
    assert distribute.distribute(scene.put(), world, NOON) == Granted()
    assert scene.order().grant_state is GrantState.GRANTED


def a_code_is_granted(scene: Scene) -> None:
    """Let a code that was imported twice be found used on the way to another one."""
    shard = next(code for code in CODES if shard_of_code(code) == shard_of_code(CODES[0]) and code != CODES[0])
    order, other = an_order_of_a_code(shard_of_code(CODES[0])), an_order_of_a_code(99)
    pool = DynamoCodePool(scene.quiet.dynamodb, scene.quiet.table)
    scene.quiet.put(other)
    fill(pool, [CODES[0]])
    assert pool.take(POOL, CODES[0], other, NOON) is Taken.GRANTED
    fill(pool, [CODES[0], shard])
    scene.put(order)
    client: Any = scene.dynamodb
    patience = partial(scene.clock.deadline_in, CONFLICT_SECONDS)
    conflicting = DynamoCodePool(client, scene.quiet.table, patience)
    prizes = CodePrizes(pool=conflicting, low=0, tell_low=lambda *_: None, chance=lambda _: 0, patience=patience)
    world = distribute.DistributePorts(ledger=scene.ledger, prizes={AwardType.CODE: prizes}, waits=WAITS)
    assert distribute.distribute(order, world, NOON) == Granted()
    assert set(used_in(pool)) == {CODES[0], shard}
    assert free_in(pool) == set()


def a_coupon_that_came_is_granted(scene: Scene) -> None:
    order = scene.put()
    assert scene.ledger.grant_with(order, "COUPON-1", NOON)
    assert scene.order().content == "COUPON-1"


def a_failure_that_is_no_fault_of_its_order_is_held(scene: Scene) -> None:
    prizes = {AwardType.TEXT: Provider(Failed("the provider refuses us", counts=False))}
    distribute.distribute(
        scene.put(), distribute.DistributePorts(ledger=scene.ledger, prizes=prizes, waits=WAITS), NOON
    )
    assert (scene.order().failures, scene.order().failed_because) == (0, "the provider refuses us")


def a_try_that_was_none_is_taken_back(scene: Scene) -> None:
    prizes = {AwardType.TEXT: Provider(UnderWay())}
    order = scene.put(claims=CLAIMS_TRUSTED)
    distribute.distribute(order, distribute.DistributePorts(ledger=scene.ledger, prizes=prizes, waits=WAITS), NOON)
    assert scene.order().begun == 0


def a_grant_that_failed_is_postponed(scene: Scene) -> None:
    world = distribute.DistributePorts(
        ledger=scene.ledger, prizes={AwardType.TEXT: Provider(Failed("out of stock"))}, waits=WAITS
    )
    distribute.distribute(scene.put(), world, NOON)
    assert scene.order().failures == 1


def what_nobody_hands_over_is_parked(scene: Scene) -> None:
    distribute.distribute(scene.put(), distribute.DistributePorts(ledger=scene.ledger, prizes={}, waits=WAITS), NOON)
    assert scene.order().grant_state is GrantState.PARKED


def compensation(scene: Scene, passed: timedelta = timedelta(), *, up: bool = True) -> None:
    ports: Any = {"ledger": scene.operators, "lanes": scene.lanes, "activities": scene.activities}
    world = repair.RepairPorts(**ports, outbox=MemoryOutbox(up=up), workers=MemoryWorkers(), waits=WAITS)
    compensate.compensate(world, scene.clock.deadline_in(60), map, LATER + passed)


def what_is_overdue_is_claimed_and_unclaimed(scene: Scene) -> None:
    scene.put()
    compensation(scene, up=False)
    assert (scene.order().claims, scene.order().due_at) == (1, LATER + WAITS.backoff)


def a_grant_whose_messages_had_no_effect_is_counted_first(scene: Scene) -> None:
    world = distribute.DistributePorts(
        ledger=scene.ledger, prizes={AwardType.TEXT: TextPrizes(scene.ledger)}, waits=WAITS
    )
    assert distribute.distribute(scene.put(claims=CLAIMS_TRUSTED), world, NOON) == Granted()
    assert scene.order().begun == 1


def what_nobody_can_read_is_set_aside_and_comes_back(scene: Scene) -> None:
    broken = order_item(an_order()) | {"outcome": {"S": "jackpot"}}
    scene.quiet.put_item(broken)
    scene.hold()
    for runs in (0, 1):
        compensation(scene, runs * LOOK_AGAIN)
    assert not scene.quiet.due(UNREADABLE, LATER + LOOK_AGAIN, limit=1).entries
    scene.quiet.dynamodb.update_item(
        TableName=scene.quiet.table,
        Key=order_key("xiaofuge", 7),
        UpdateExpression="SET outcome = :won",
        ExpressionAttributeValues={":won": {"S": "won"}},
    )
    compensation(scene, 2 * LOOK_AGAIN)
    lane = an_order().lane
    assert lane is not None
    assert [entry.sk for entry in scene.quiet.due(lane, LATER, limit=9).entries] == [broken["sk"]["S"]]


def what_failed_too_often_is_parked(scene: Scene) -> None:
    scene.put(failures=WAITS.failures_max)
    compensation(scene)
    assert scene.order().grant_state is GrantState.PARKED


def an_activity_starts_in_its_window(scene: Scene) -> None:
    scene.activity(state=ActivityState.PASS)
    compensation(scene)
    found = scene.quiet.activity("100001")
    assert found is not None
    assert found.state is ActivityState.DOING


def an_operator_releases_a_prize(scene: Scene) -> None:
    scene.put(grant_type=GrantType.BY_HAND, due_at=NOON)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(act_commands, "chosen_stack", lambda *_: scene.stack)
        act_commands.release("checked", "xiaofuge", 7)
    assert scene.order().grant_at is not None


def an_operator_tries_a_parked_prize_again(scene: Scene) -> None:
    parked = scene.put(grant_state=GrantState.PARKED)
    assert acts.retry(parked, "ann", "it is up", scene.operators, LATER) is None
    assert scene.order().grant_state is GrantState.WAITING


def a_user_claims_a_prize(scene: Scene) -> None:
    scene.put(accept_by=LATER)
    claimed = accept.claim_prize(asked(), accept_ports(scene), scene.clock.deadline_in(SECONDS), NOON)
    assert isinstance(claimed, Order)
    assert (scene.order(), claimed.accepted_at) == (claimed, NOON)


def a_user_gives_an_address_and_others_until_the_parcel_leaves(scene: Scene) -> None:
    scene.put(accept_by=LATER, award=PARCEL)
    ports, prizes = accept_ports(scene), {AwardType.PHYSICAL: PhysicalPrizes(scene.ledger)}
    for name in ("first", "second"):
        give(scene, ports, name)
    assert scene.order().addresses == 2
    world = distribute.DistributePorts(ledger=scene.ledger, prizes=prizes, waits=WAITS)
    assert distribute.distribute(scene.order(), world, NOON) == Granted()
    give(scene, ports, "third")
    (parcel,) = [decode_shipment(item) for item in scene.quiet.items() if item["pk"]["S"].startswith("SHIPMENTS#")]
    assert not isinstance(parcel, Unreadable)
    assert (parcel.address.name, parcel.addresses) == ("third", 3)


def give(scene: Scene, ports: accept.AcceptPorts, name: str) -> None:
    deadline = scene.clock.deadline_in(SECONDS)
    given = accept.give_address(asked(), an_address(name=name), ports, deadline, NOON)
    assert isinstance(given, Order)


def accept_ports(scene: Scene) -> accept.AcceptPorts:
    return accept.AcceptPorts(ledger=scene.ledger, outbox=MemoryOutbox(), waits=WAITS)


def asked() -> Asked:
    return Asked(names={"user_id": "xiaofuge", "order_id": "7"}, page=PageRequest(), bearer=None)


def a_prize_that_nobody_claims_is_parked_and_gets_more_time(scene: Scene) -> None:
    scene.put(accept_by=NOON, due_at=NOON)
    compensation(scene)
    assert (scene.order().grant_state, scene.order().acts[0].who) == (GrantState.PARKED, "deadline")
    assert acts.retry(scene.order(), "ann", "she was ill", scene.operators, LATER) is None
    assert scene.order().accept_by == LATER + RECLAIM


def a_prize_that_nobody_claims_is_void_where_that_is_promised(scene: Scene) -> None:
    scene.activity()
    scene.quiet.record(an_order(accept_by=NOON, due_at=NOON, lapses=True), UNCOUNTED)
    compensation(scene)
    assert scene.order().grant_state is GrantState.VOID
    assert scene.quiet.stock_left("100001", {"3": 1}) == {"3": (5,)}
    assert [(entry.what, entry.who) for entry in scene.quiet.log("100001", 1, 9)] == [("return", "deadline")]


def an_operator_voids_a_parked_prize(scene: Scene) -> None:
    scene.activity()
    scene.quiet.record(an_order(grant_state=GrantState.PARKED), UNCOUNTED)
    assert acts.void(scene.order(), "ann", "", scene.operators, LATER, not_issued=False) is None
    assert scene.order().grant_state is GrantState.VOID
    assert scene.quiet.stock_left("100001", {"3": 1}) == {"3": (5,)}
    assert [entry.what for entry in scene.quiet.log("100001", 0, 9)] == ["apply", "return"]


def an_operator_forgets_a_user(scene: Scene) -> None:
    """Give up a prize that waits, so that stock and log are written as well."""
    scene.activity(state=ActivityState.CLOSE, since=NOON)
    assert isinstance(scene.quiet.record(an_order(), a_count(10)), Recorded)
    wish = forgetting.Wish(who="ann", give_up=True)
    run = forgetting.Forgetting(wish, scene.stack, scene.stack.client("dynamodb"))
    assert run.perform(run.ledger.belongings("xiaofuge"), None, LATER).left == []
    assert [item["sk"] for item in scene.quiet.items() if item["pk"] == {"S": "USER#xiaofuge"}] == []
    assert [entry.what for entry in scene.quiet.log("100001", 0, 9)] == ["apply", "return"]


def an_operator_applies_a_file_and_another(scene: Scene) -> None:
    scene.hold()
    first = an_activity(a_share(stock=9, shards=3), state=ActivityState.EDIT, approved=False)
    second = replace(first, shares=(a_share(stock=4, shards=2),), cap=Cap(limit=5, shards=1))
    for wanted in (first, second):
        assert apply.apply(wanted, scene.stack, "tests", "", NOON)
        assert apply.plan(wanted, scene.stack).does_nothing


def an_operator_takes_every_action(scene: Scene) -> None:
    scene.activity(state=ActivityState.EDIT, approved=False)
    approval = (Action.SUBMIT, Action.REFUSE, Action.WITHDRAW, Action.SUBMIT, Action.APPROVE)
    steps = (*approval, Action.START, Action.CLOSE, Action.OPEN, Action.CLOSE)
    for step in steps:
        activity_moves.take(step, "100001", scene.stack, "tests", "", NOON)
    found = scene.quiet.activity("100001")
    assert found is not None
    assert (found.state, found.entries) == (ActivityState.CLOSE, 1 + len(steps))


def an_operator_reveals_a_seed(scene: Scene) -> None:
    activity = scene.activity(state=ActivityState.CLOSE)
    assert reveal(activity, scene.stack, "tests", "", NOON) == SEED.hex()


def an_operator_applies_a_tree(scene: Scene) -> None:
    scene.activity()
    tree = Tree(tree_id="200", tree_name="tree", root="1", nodes=(Leaf(node_id="1", activity_id="100001"),))
    assert rule_trees.apply(tree, scene.stack)
    assert scene.quiet.tree("200") == tree


def an_operator_imports_codes(scene: Scene) -> None:
    scene.hold()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "codes.csv"
        file.write_text("".join(f"CODE-{number}\n" for number in range(BATCH)))  # one after the other
        done = import_codes(file, "vouchers", scene.stack, NOON)
    assert done.state.counts == {Finding.IMPORTED: BATCH}
    assert sum(item["sk"]["S"].startswith("FREE#") for item in scene.quiet.items()) == BATCH


def an_operator_exports_and_marks_parcels(scene: Scene) -> None:
    grant(scene.quiet, 7)
    scene.hold()
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(shipment_export, "GATES", 1)  # one after the other
        patch.setattr(shipment_marks, "WORKERS", 1)
        done = shipment_export.export_shipments("100001", Path(folder) / "parcels.csv", scene.stack)
        assert done.batch is not None
        file = Path(folder) / "marked.csv"
        file.write_text(f"batch,order_id,carrier,tracking\n{done.batch.name},7,DHL,JD7\n")
        assert shipment_marks.mark_shipments("100001", file, scene.stack).shipped == 1
    assert scene.order().tracking == "JD7"


def an_operator_puts_the_wins_of_before_into_their_index(scene: Scene) -> None:
    scene.put()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wins_fill, "SEGMENTS", 2)
        patch.setattr(wins_fill, "THREADS", 1)
        assert wins_fill.fill_wins(scene.stack, NOON).filled == 1
    assert scene.order().win == "100001#00"


WRITERS: tuple[Callable[[Scene], None], ...] = (
    a_draw_is_marked_sent,
    a_draw_is_marked_failed,
    a_prize_is_granted,
    a_code_is_granted,
    a_coupon_that_came_is_granted,
    a_failure_that_is_no_fault_of_its_order_is_held,
    a_try_that_was_none_is_taken_back,
    a_grant_that_failed_is_postponed,
    what_nobody_hands_over_is_parked,
    what_is_overdue_is_claimed_and_unclaimed,
    a_grant_whose_messages_had_no_effect_is_counted_first,
    what_nobody_can_read_is_set_aside_and_comes_back,
    what_failed_too_often_is_parked,
    an_activity_starts_in_its_window,
    an_operator_releases_a_prize,
    an_operator_tries_a_parked_prize_again,
    an_operator_voids_a_parked_prize,
    a_user_claims_a_prize,
    a_user_gives_an_address_and_others_until_the_parcel_leaves,
    a_prize_that_nobody_claims_is_parked_and_gets_more_time,
    a_prize_that_nobody_claims_is_void_where_that_is_promised,
    an_operator_forgets_a_user,
    an_operator_applies_a_file_and_another,
    an_operator_takes_every_action,
    an_operator_reveals_a_seed,
    an_operator_applies_a_tree,
    an_operator_imports_codes,
    an_operator_exports_and_marks_parcels,
    an_operator_puts_the_wins_of_before_into_their_index,
)


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch, few_lanes: Sequence[str]) -> Iterator[Callable[[float], Scene]]:
    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    def make(lock_ms: float) -> Scene:
        quiet, clock = TableLedger(boto3.client("dynamodb")), Clock()

        def before(_: str, __: object) -> None:
            clock.ms += CALL_MS

        dynamodb = Conflicting(quiet.dynamodb, Held(lock_ms, clock.now), before=before)
        return Scene(quiet, dynamodb, clock, boto3.client("kms"))

    with emulated_aws():
        yield make


@pytest.mark.parametrize("lock_ms", LOCKS_MS)
@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_every_writer_gets_past_conflicts(
    scene: Callable[[float], Scene], write: Callable[[Scene], None], lock_ms: float
) -> None:
    here = scene(lock_ms)

    write(here)

    assert here.dynamodb.held.refused.total() > 0
    assert here.clock.slept


def test_every_port_and_every_call_that_writes_is_among_them(scene: Callable[[float], Scene]) -> None:
    through: set[tuple[str, str]] = set()
    for write in WRITERS:
        here = scene(LOCKS_MS[0])
        write(here)
        through |= here.dynamodb.writers

    assert call_sites(WRITES) - through == set()
    assert {name for _, name in through} & ports() == WRITING_PORTS


def test_a_conflict_that_does_not_end_is_busy_within_its_time(scene: Callable[[float], Scene]) -> None:
    here = scene(OTHERS_MS)
    order, began = here.put(), here.clock.ms

    with pytest.raises(BusyError, match=r"^TransactionConflictException of UpdateItem$"):
        here.ledger.grant(order, NOON)

    assert here.clock.ms - began <= CONFLICT_SECONDS * 1000 + 2 * CALL_MS
