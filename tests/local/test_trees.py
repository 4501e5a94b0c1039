"""Lottery's sample tree on the deployed stack: facts lead to one of four activities."""

import uuid
from pathlib import Path

import pytest

from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT, SAMPLE_ACTIVITIES
from tombola_cli.files.tree_file import read_tree
from tombola_cli.local.launch import launch
from tombola_cli.operate import rule_trees
from tombola_cli.operate.api import Api
from tombola_cli.operate.stack import Stack

TREE = ROOT / "trees/2110081902.yaml"
TREE_ID = "2110081902"


@pytest.fixture(scope="module")
def api(stack: Stack) -> Api:
    """Apply the tree to a stack as `tombola up` leaves it; Lottery's own data lack two of the four activities."""
    for file in SAMPLE_ACTIVITIES:
        launch(file, stack)
    rule_trees.apply(read_tree(TREE), stack)  # another test of this stack may have applied it
    assert not rule_trees.apply(read_tree(TREE), stack)
    return Api(stack)


@pytest.mark.parametrize(
    ("facts", "activity_id"),
    [
        ({"gender": "man", "age": "18"}, "100001"),
        ({"gender": "man", "age": "25"}, "100002"),
        ({"gender": "woman", "age": "24"}, "100003"),
        ({"gender": "woman", "age": "30"}, "100004"),
    ],
)
def test_lotterys_tree_leads_each_of_its_crowds_to_its_activity(
    api: Api, facts: dict[str, str], activity_id: str
) -> None:
    user_id = f"user-{uuid.uuid4()}"
    reply = api.draw(TREE_ID, user_id, "key", facts, kind="trees")
    again = api.draw(TREE_ID, user_id, "key", facts, kind="trees")

    assert (reply.status, reply.body["activity_id"], reply.body["tree_id"]) == (201, activity_id, TREE_ID)
    assert (again.status, again.body["order_id"]) == (200, reply.body["order_id"])


@pytest.mark.parametrize("activity_id", ["100003", "100004"])
def test_an_activity_that_names_the_tree_is_drawn_through_it_and_not_directly(api: Api, activity_id: str) -> None:
    reply = api.draw(activity_id, f"user-{uuid.uuid4()}", "key", {"gender": "woman", "age": "24"})

    assert (reply.status, reply.body["code"]) == (409, "0001")
    assert reply.body["detail"] == f"activity {activity_id} is drawn only through tree {TREE_ID}"
    assert api.activity(activity_id).body["through"] == [TREE_ID]


def test_leaves_that_are_open_directly_are_told_and_no_others(api: Api) -> None:
    told = rule_trees.warnings(read_tree(TREE), api.stack)

    assert [line.split(" is ")[0] for line in told] == ["node 111: activity 100001", "node 112: activity 100002"]
    assert all(f"through: [{TREE_ID}]" in line for line in told)


def test_leaves_whose_activity_is_drawn_by_another_tree_are_told(api: Api, tmp_path: Path) -> None:
    file = tmp_path / "tree.yaml"
    file.write_text("tree_id: other\ntree_name: other\nroot: 1\nnodes:\n  1: { activity_id: 100003 }\n")

    (told,) = rule_trees.warnings(read_tree(file), api.stack)

    assert told.startswith(f"node 1: activity 100003 is drawn only through tree {TREE_ID}: ")


def test_a_tree_without_the_fact_it_asks_for_names_the_node(api: Api) -> None:
    reply = api.draw(TREE_ID, "somebody", "key", {"gender": "man"}, kind="trees")

    assert (reply.status, reply.body["code"]) == (422, "D002")
    assert "node 11" in reply.body["detail"]


def test_a_tree_whose_leaf_has_no_activity_in_the_table_is_refused(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "tree.yaml"
    file.write_text("tree_id: lost\ntree_name: lost\nroot: 1\nnodes:\n  1: { activity_id: nowhere }\n")

    with pytest.raises(TombolaError, match="node 1 leads to activity nowhere, which is not in the table"):
        rule_trees.apply(read_tree(file), stack)
