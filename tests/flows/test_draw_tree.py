"""The draw through a rule tree: facts choose the activity, and a repeat never leads elsewhere."""

from dataclasses import replace
from typing import Any

import pytest

from builders import a_request, an_activity
from fakes import MemoryActivities
from stage import Stage
from tombola.rules.activity_states import ActivityState
from tombola.rules.facts import Condition, Operator
from tombola.rules.quota import TAKEN
from tombola.rules.request import DrawRequest, Target
from tombola.rules.ticket import order_id_of
from tombola.rules.tree import Branch, Leaf, Stem, Tree
from tombola.rules.verdict import Drawn

MAN = "100001"
WOMAN = "100002"
CHILD = "999"
ADULT = Condition(fact="age", operator=Operator.AT_LEAST, values=("18",))


def a_tree(man: str = MAN, fact: str = "gender") -> Tree:
    branches = [
        Branch(operator=Operator.EQUAL, values=(value,), to=to)
        for value, to in (("man", "11"), ("woman", "12"), ("child", "13"))
    ]
    stem = Stem(node_id="1", fact=fact, branches=tuple(branches))
    leaves = [Leaf(node_id=to, activity_id=name) for to, name in (("11", man), ("12", WOMAN), ("13", CHILD))]
    return Tree(tree_id="200", tree_name="tree", root="1", nodes=(stem, *leaves))


def a_tree_request(gender: str | None = "man", **changes: Any) -> DrawRequest:
    facts = {} if gender is None else {"gender": gender}
    return a_request(**{"target": Target("tree", "200"), "facts": facts, **changes})


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.ledger.apply(an_activity(activity_id=WOMAN), {("3", 0): 5})
    stage.ledger.trees["200"] = a_tree()
    return stage


@pytest.mark.parametrize(("gender", "activity_id"), [("man", MAN), ("woman", WOMAN)])
def test_facts_lead_to_the_activity_and_the_order_keeps_its_tree(stage: Stage, gender: str, activity_id: str) -> None:
    order = stage.drawn(a_tree_request(gender))

    assert (order.activity_id, order.tree_id) == (activity_id, "200")
    assert stage.ledger.left[activity_id, "3", 0] == 4
    assert stage.recorded(order) == order


def test_a_draw_through_a_tree_and_one_of_its_activity_are_two_draws_under_the_same_key(stage: Stage) -> None:
    through, direct = stage.drawn(a_tree_request()), stage.drawn(a_request())

    assert through.order_id == order_id_of("TREE#200", "xiaofuge", "key")
    assert direct.order_id == order_id_of(MAN, "xiaofuge", "key")
    assert direct.tree_id is None


NOWHERE = {
    "a fact is missing": (None, "tree 200 leads to no activity: node 1: fact 'gender' is missing"),
    "no branch fits": ("secret", "tree 200 leads to no activity: node 1: no branch fits fact 'gender'"),
    "its activity is unknown": ("child", "tree 200 leads to no activity: node 13: there is no activity 999"),
}


@pytest.mark.parametrize("case", NOWHERE)
def test_facts_that_lead_nowhere_are_refused_with_the_node_and_no_value(stage: Stage, case: str) -> None:
    gender, detail = NOWHERE[case]

    refusal = stage.refused(a_tree_request(gender))

    assert (refusal.status, refusal.code, refusal.field, refusal.detail) == (422, "D002", "facts", detail)
    assert stage.ledger.orders_by_key == {}


def test_an_unknown_tree_is_a_404(stage: Stage) -> None:
    refusal = stage.refused(a_request(target=Target("tree", "201")))

    assert (refusal.status, refusal.code, refusal.field) == (404, "0002", "tree_id")


def test_an_activity_that_is_not_open_is_refused_through_a_tree_too(stage: Stage) -> None:
    stage.ledger.apply(an_activity(activity_id=WOMAN, state=ActivityState.EDIT), {})

    assert stage.refused(a_tree_request("woman")).code == "0001"


def test_an_activity_that_is_drawn_only_through_a_tree_is_refused_by_every_other_way(stage: Stage) -> None:
    """Or whoever the tree refuses would draw the activity directly."""
    stage.ledger.apply(an_activity(through=("200",)), {("3", 0): 5})
    stage.ledger.trees["201"] = replace(a_tree(), tree_id="201")

    direct = stage.refused(a_request(facts={"gender": "man"}))
    by_another = stage.refused(a_tree_request(target=Target("tree", "201")))

    assert {(each.status, each.code, each.detail) for each in (direct, by_another)} == {
        (409, "0001", "activity 100001 is drawn only through tree 200")
    }
    assert stage.ledger.orders_by_key == {}
    assert stage.drawn(a_tree_request()).tree_id == "200"


def test_an_activity_has_conditions_without_any_tree_and_through_one_alike(stage: Stage) -> None:
    stage.ledger.apply(an_activity(admit=(ADULT,)), {("3", 0): 5})

    refusals = [
        stage.refused(a_request(facts={"age": "17"})),
        stage.refused(a_tree_request(facts={"gender": "man", "age": "17"})),
        stage.refused(a_tree_request()),
    ]

    assert [(each.status, each.code, each.field) for each in refusals] == [(409, "0001", "facts")] * 3
    assert [each.detail.rpartition(": ")[2] for each in refusals] == [
        "fact 'age' does not fit",
        "fact 'age' does not fit",
        "fact 'age' is missing",
    ]
    assert stage.ledger.orders_by_key == {}
    assert stage.drawn(a_request(facts={"age": "18"})).tree_id is None
    assert stage.drawn(a_tree_request(facts={"gender": "man", "age": "18"})).tree_id == "200"


LATER: dict[str, Tree | None] = {
    "to another activity": a_tree(man=WOMAN),
    "to an unknown activity": a_tree(man=CHILD),
    "nowhere": a_tree(fact="age"),
    "is gone": None,
}


@pytest.mark.parametrize("case", LATER)
def test_a_repeat_gets_its_order_wherever_its_tree_leads_by_now(stage: Stage, case: str) -> None:
    first, tree = stage.drawn(a_tree_request()), LATER[case]
    stage.ledger.trees = {} if tree is None else {"200": tree}
    stage.ledger.left[WOMAN, "3", 0] = 0

    assert stage.draw(a_tree_request()) == Drawn(first, repeat=True)
    assert stage.ledger.counters("xiaofuge", WOMAN).get(TAKEN, 0) == 0
    assert len(stage.outbox.bodies) == 1


def test_a_refreshed_token_with_other_facts_repeats_the_draw_and_another_request_does_not(stage: Stage) -> None:
    first = stage.drawn(a_tree_request())

    assert stage.draw(a_tree_request("woman")) == Drawn(first, repeat=True)  # the same hash: facts of a token
    assert stage.refused(a_tree_request("woman", request_hash="facts of the body")).code == "0003"


def test_a_tree_is_looked_at_only_by_a_draw_through_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_tree(*_: object) -> None:
        raise AssertionError("a look at a tree")

    monkeypatch.setattr(MemoryActivities, "tree", no_tree)

    assert stage.drawn(a_request()).tree_id is None
