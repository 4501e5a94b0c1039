"""What is remembered of activities, trees, seeds and sold-out awards, and for how long."""

import hashlib
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from builders import NOON, SECOND, a_share, an_activity, an_entry
from emulated_aws import emulated_aws
from tables import TableLedger
from tombola.aws.activity_cache import FRESH, HINT, LOOK_FIRST, REMEMBERED_MAX, SHOWN, CachedActivities
from tombola.aws.activity_items import entry_item
from tombola.rules.activity import CAP
from tombola.rules.tree import Leaf, Tree

A_TREE = Tree(tree_id="100001", tree_name="tree", root="1", nodes=(Leaf(node_id="1", activity_id="100001"),))


class Table:
    """A ledger that counts how often something is read."""

    def __init__(self) -> None:
        self.reads = 0
        self.found: Any = an_activity()
        self.tree_found: Any = A_TREE

    def activity(self, _activity_id: str) -> Any:
        self.reads += 1
        return self.found

    def tree(self, _tree_id: str) -> Any:
        self.reads += 1
        return self.tree_found

    def log(self, _activity_id: str, after: int, _limit: int) -> Any:
        self.reads += 1
        return [an_entry(after + 1)]

    def stock(self, _activity_id: str, shards: Any) -> Any:
        self.reads += 1
        return dict.fromkeys(shards, self.reads)


def a_cache(table: Table) -> CachedActivities:
    return CachedActivities(table, None, table.stock)  # type: ignore[arg-type]


def test_an_activity_is_read_again_only_when_it_is_no_longer_fresh() -> None:
    table = Table()
    activities = a_cache(table)

    for later in (timedelta(), FRESH - SECOND, FRESH):
        assert activities.find("100001", NOON + later) == an_activity()

    assert table.reads == 2


def test_a_tree_is_read_again_only_when_it_is_no_longer_fresh() -> None:
    table = Table()
    activities = a_cache(table)

    for later in (timedelta(), FRESH - SECOND, FRESH):
        assert activities.tree("100001", NOON + later) == A_TREE

    assert table.reads == 2


def test_a_tree_and_an_activity_of_one_name_are_remembered_apart() -> None:
    activities = a_cache(Table())

    assert activities.find("100001", NOON) == an_activity()
    assert activities.tree("100001", NOON) == A_TREE
    assert activities.find("100001", NOON) == an_activity()


def test_what_a_clock_that_went_back_finds_is_read_again() -> None:
    table = Table()
    activities = a_cache(table)
    for now in (NOON, NOON - SECOND):
        activities.find("100001", now)

    assert table.reads == 2


def test_a_log_is_read_whenever_it_is_asked_for() -> None:
    table = Table()
    activities = a_cache(table)

    assert [activities.log("100001", after, 20) for after in (3, 3)] == [[an_entry(4)]] * 2
    assert table.reads == 2


def test_the_stock_that_is_shown_is_read_again_only_when_it_is_no_longer_of_this_moment() -> None:
    table = Table()
    activities = a_cache(table)

    moments = (timedelta(), SHOWN / 2, SHOWN - timedelta(microseconds=1), SHOWN, SHOWN + SHOWN / 2, -SECOND)
    shown = [activities.stock_shown(an_activity(), NOON + later)["3"] for later in moments]

    assert shown == [1, 1, 1, 2, 2, 3]  # the last one by a clock that went back


def test_the_stock_that_is_shown_is_that_of_the_activity_and_of_its_awards() -> None:
    activities = a_cache(Table())
    first, other = an_activity(), an_activity(activity_id="other")
    applied = an_activity(a_share("3"), a_share("4"), version=first.version + 1)

    shown = [dict(activities.stock_shown(activity, NOON)) for activity in (first, other, applied, first)]

    assert shown == [{"3": 1}, {"3": 2}, {"3": 3, "4": 3}, {"3": 1}]


def test_of_however_many_activities_the_stock_of_only_so_many_is_remembered() -> None:
    activities = a_cache(Table())
    for number in range(3 * REMEMBERED_MAX):
        activities.stock_shown(an_activity(activity_id=str(number)), NOON)

    assert len(activities._stock) <= REMEMBERED_MAX


def test_an_unknown_activity_is_looked_for_again_at_once() -> None:
    table = Table()
    table.found = None
    activities = a_cache(table)
    activities.find("100001", NOON)
    table.found = an_activity()

    assert activities.find("100001", NOON) == an_activity()


def test_a_name_that_is_no_id_is_not_looked_for() -> None:
    table = Table()

    assert a_cache(table).find("a#b", NOON) is None
    assert a_cache(table).tree("a#b", NOON) is None
    assert table.reads == 0


def test_what_is_remembered_is_bounded() -> None:
    activities = a_cache(Table())
    for number in range(REMEMBERED_MAX + 5):
        activities.find(str(number), NOON)
        activities.tree(str(number), NOON)

    assert len(activities._activities.known) <= REMEMBERED_MAX
    assert len(activities._trees.known) <= REMEMBERED_MAX


def test_a_hint_that_an_award_is_sold_out_is_forgotten_soon() -> None:
    activities = a_cache(Table())
    activities.note_sold_out(an_activity(), "3", NOON)
    activities.note_sold_out(an_activity(), CAP, NOON + HINT)

    assert activities.sold_out(an_activity(), NOON + HINT - SECOND) == {"3"}
    assert activities.sold_out(an_activity(), NOON + HINT) == {CAP}
    assert activities.sold_out(an_activity(), NOON + 2 * HINT) == frozenset()
    assert activities.sold_out(an_activity(activity_id="other"), NOON) == frozenset()


def test_a_hint_that_a_user_s_draws_look_first_is_forgotten_a_minute_after_the_last_reason_for_it() -> None:
    activities = a_cache(Table())
    activities.note_looks_first("xiaofuge", NOON - LOOK_FIRST + SECOND)
    activities.note_looks_first("xiaofuge", NOON)

    assert activities.looks_first("xiaofuge", NOON + LOOK_FIRST - SECOND)
    assert not activities.looks_first("xiaofuge", NOON + LOOK_FIRST)
    assert not activities.looks_first("xiaofuge", NOON - SECOND)  # a clock that went back
    assert not activities.looks_first("fustack", NOON)


def test_of_however_many_users_only_so_many_are_remembered() -> None:
    activities = a_cache(Table())
    for number in range(3 * REMEMBERED_MAX):
        activities.note_looks_first(f"user-{number}", NOON)
        assert activities.looks_first(f"user-{number}", NOON)

    assert len(activities._looks_first) <= REMEMBERED_MAX


def test_a_seed_is_opened_once_and_in_the_context_of_its_activity() -> None:
    kms = boto3.client("kms", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    with Stubber(kms) as stub:
        stub.add_response(
            "decrypt",
            {"Plaintext": b"seed"},
            {"CiphertextBlob": b"sealed", "EncryptionContext": {"activity_id": "100001"}},
        )
        activities = CachedActivities(Table(), kms, Table().stock)  # type: ignore[arg-type]
        activity = an_activity(commitment=hashlib.sha256(b"seed").hexdigest())
        assert [activities.seed(activity) for _ in range(2)] == [b"seed", b"seed"]


def test_a_log_beyond_one_page_of_a_query_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with emulated_aws():
        ledger = TableLedger(boto3.client("dynamodb"))
        for number in range(1, 7):
            ledger.put_item(entry_item("100001", an_entry(number, changes=("x" * 300_000,))))

        assert [entry.number for entry in ledger.log("100001", 0, 100)] == [1, 2, 3, 4, 5, 6]
        assert [entry.number for entry in ledger.log("100001", 1, 4)] == [2, 3, 4, 5]
