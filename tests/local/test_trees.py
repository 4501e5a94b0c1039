"""Lottery's sample tree on the deployed stack: facts lead to one of four activities."""

import uuid
from pathlib import Path

import pytest

from tombola_cli import activities, trees
from tombola_cli.api import Api
from tombola_cli.errors import TombolaError
from tombola_cli.local import ROOT
from tombola_cli.stack import Stack
from tombola_cli.tree_file import read_tree

TREE = ROOT / "trees/2110081902.yaml"
TREE_ID = "2110081902"


@pytest.fixture(scope="module")
def api(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Api:
    """Apply the tree, after its four activities: two of them Lottery's data lack, and drawing those fails there."""
    folder: Path = tmp_path_factory.mktemp("activities")
    for activity_id in ("100001", "100002", "100003", "100004"):
        sample = "100001" if activity_id == "100001" else "100002"
        text = (ROOT / f"activities/{sample}.yaml").read_text()
        file = folder / f"{activity_id}.yaml"
        file.write_text(text.replace(f"activity_id: {sample}", f"activity_id: {activity_id}"))
        activities.launch(file, stack)
    assert trees.apply(read_tree(TREE), stack)
    assert not trees.apply(read_tree(TREE), stack)
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


def test_a_tree_without_the_fact_it_asks_for_names_the_node(api: Api) -> None:
    reply = api.draw(TREE_ID, "somebody", "key", {"gender": "man"}, kind="trees")

    assert (reply.status, reply.body["code"]) == (422, "D002")
    assert "node 11" in reply.body["detail"]


def test_a_tree_whose_leaf_has_no_activity_in_the_table_is_refused(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "tree.yaml"
    file.write_text("tree_id: lost\ntree_name: lost\nroot: 1\nnodes:\n  1: { activity_id: nowhere }\n")

    with pytest.raises(TombolaError, match="node 1 leads to activity nowhere, which is not in the table"):
        trees.apply(read_tree(file), stack)
