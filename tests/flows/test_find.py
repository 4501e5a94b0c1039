"""Which activity a request draws: each way to it, and the refusal where there is none."""

import pytest

from builders import NOON, a_request, an_activity
from fakes import MemoryActivities, MemoryLedger
from tombola.flows.find import find_activity
from tombola.rules.activity import Activity
from tombola.rules.facts import Operator
from tombola.rules.problem import Problem
from tombola.rules.request import Target
from tombola.rules.tree import Branch, Leaf, Stem, Tree
from tombola.rules.unreadable import Unreadable

HERE = "100001"
GONE = "999"
BROKEN = "666"
TREE = Tree(
    tree_id="200",
    tree_name="three ways",
    root="1",
    nodes=(
        Stem(
            node_id="1",
            fact="to",
            branches=tuple(
                Branch(operator=Operator.EQUAL, values=(name,), to=f"to {name}") for name in (HERE, GONE, BROKEN)
            ),
        ),
        *(Leaf(node_id=f"to {name}", activity_id=name) for name in (HERE, GONE, BROKEN)),
    ),
)


class DamagedActivities(MemoryActivities):
    """Activities, one of which nobody can read, and a tree likewise."""

    def find(self, activity_id: str, now: object) -> Activity | Unreadable | None:  # type: ignore[override]
        damaged = Unreadable(pk=activity_id, sk="CONFIG", because="damage")
        return damaged if activity_id == BROKEN else self.ledger.activity(activity_id)

    def tree(self, tree_id: str, now: object) -> Tree | Unreadable | None:  # type: ignore[override]
        damaged = Unreadable(pk=tree_id, sk="CONFIG", because="damage")
        return damaged if tree_id == BROKEN else self.ledger.tree(tree_id)


def found(kind: str, name: str, **facts: str) -> Activity | Problem:
    ledger = MemoryLedger(activities={HERE: an_activity()}, trees={"200": TREE})
    return find_activity(a_request(target=Target(kind, name), facts=facts), DamagedActivities(ledger), NOON)  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "name", "facts"), [("activity", HERE, {}), ("tree", "200", {"to": HERE})])
def test_an_activity_is_found_directly_and_through_a_tree(kind: str, name: str, facts: dict[str, str]) -> None:
    assert found(kind, name, **facts) == an_activity()


@pytest.mark.parametrize(
    ("kind", "name", "facts", "status", "code", "told"),
    [
        ("activity", GONE, {}, 404, "0002", "999"),
        ("activity", BROKEN, {}, 500, "0001", "666"),
        ("tree", GONE, {}, 404, "0002", "999"),
        ("tree", BROKEN, {}, 500, "0001", "666"),
        ("tree", "200", {}, 422, "D002", "node 1"),
        ("tree", "200", {"to": "nowhere"}, 422, "D002", "node 1"),
        ("tree", "200", {"to": GONE}, 422, "D002", "there is no activity 999"),
        ("tree", "200", {"to": BROKEN}, 500, "0001", "666"),
    ],
)
def test_a_way_that_leads_to_no_activity_says_where_it_ends(
    kind: str, name: str, facts: dict[str, str], status: int, code: str, told: str
) -> None:
    problem = found(kind, name, **facts)

    assert isinstance(problem, Problem)
    assert (problem.status, problem.code) == (status, code)
    assert told in problem.detail
