"""Where facts lead: tables of ways, each refusal of a tree that is none, and any tree with any facts."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tombola.rules.facts import NUMBER_MAX, Fact, Facts, Operator
from tombola.rules.mistake import MistakeError
from tombola.rules.tree import NODES_MAX, Branch, Leaf, NoActivity, Stem, Tree, find_leaf

EQUAL, GREATER, LESS, AT_LEAST, AT_MOST, IN = Operator
FACTS = ("age", "gender", "vip")
LONG = "1" * (NUMBER_MAX + 1)


def a_branch(to: str, operator: Operator = EQUAL, *values: str) -> Branch:
    return Branch(operator=operator, values=values or (f"to {to}",), to=to)


def a_stem(node_id: str, *branches: Branch, fact: str = "age") -> Stem:
    return Stem(node_id=node_id, fact=fact, branches=branches)


def a_leaf(node_id: str) -> Leaf:
    return Leaf(node_id=node_id, activity_id=f"activity-{node_id}")


def a_tree(*nodes: Stem | Leaf, root: str = "1") -> Tree:
    return Tree(tree_id="7", tree_name="a tree", root=root, nodes=nodes)


def to_leaves(node_id: str, *leaves: str) -> Stem:
    return a_stem(node_id, *(a_branch(leaf) for leaf in leaves))


LOTTERYS = Tree(
    tree_id="2110081902",
    tree_name="抽奖活动规则树",
    root="1",
    nodes=(
        a_stem("1", a_branch("11", EQUAL, "man"), a_branch("12", EQUAL, "woman"), fact="gender"),
        a_stem("11", a_branch("111", LESS, "25"), a_branch("112", AT_LEAST, "25")),
        a_stem("12", a_branch("121", LESS, "25"), a_branch("122", AT_LEAST, "25")),
        Leaf(node_id="111", activity_id="100001"),
        Leaf(node_id="112", activity_id="100002"),
        Leaf(node_id="121", activity_id="100003"),
        Leaf(node_id="122", activity_id="100004"),
    ),
)


@pytest.mark.parametrize(
    ("gender", "age", "activity_id"),
    [
        ("man", "18", "100001"),
        ("man", "24", "100001"),
        ("man", "25", "100002"),
        ("man", "26", "100002"),
        ("woman", "0", "100003"),
        ("woman", "24", "100003"),
        ("woman", "25", "100004"),
        ("woman", "30", "100004"),
        (("diver", "woman"), ("unknown", "24.5"), "100003"),
        (("woman", "man"), ("24", "25"), "100001"),  # whichever member fits the first branch
    ],
)
def test_lotterys_sample_tree_leads_to(gender: Fact, age: Fact, activity_id: str) -> None:
    leaf = find_leaf(LOTTERYS, {"gender": gender, "age": age, "shoe": "43"})

    assert isinstance(leaf, Leaf)
    assert leaf.activity_id == activity_id


@pytest.mark.parametrize(
    ("facts", "node_id", "because"),
    [
        ({}, "1", "fact 'gender' is missing"),
        ({"age": "18"}, "1", "fact 'gender' is missing"),
        ({"gender": "man"}, "11", "fact 'age' is missing"),
        ({"gender": "woman", "Age": "18"}, "12", "fact 'age' is missing"),
        ({"gender": "x", "age": "18"}, "1", "no branch fits fact 'gender'"),
        ({"gender": "Man", "age": "18"}, "1", "no branch fits fact 'gender'"),
        ({"gender": ("x", "y"), "age": "18"}, "1", "no branch fits fact 'gender'"),
        ({"gender": (), "age": "18"}, "1", "no branch fits fact 'gender'"),
        ({"gender": "man", "age": "young"}, "11", "fact 'age' is no number, and is compared by size"),
        ({"gender": "man", "age": ""}, "11", "fact 'age' is no number, and is compared by size"),
        ({"gender": "man", "age": "NaN"}, "11", "fact 'age' is no number, and is compared by size"),
        ({"gender": "man", "age": ("young", "")}, "11", "fact 'age' is no number, and is compared by size"),
    ],
)
def test_facts_that_lead_nowhere_are_told_where_the_way_ended(facts: Facts, node_id: str, because: str) -> None:
    assert find_leaf(LOTTERYS, facts) == NoActivity(node_id, because)


def test_the_first_branch_that_fits_wins() -> None:
    branches = a_branch("2", AT_LEAST, "18"), a_branch("3", AT_LEAST, "60"), a_branch("4", EQUAL, "unknown")
    tree = a_tree(a_stem("1", *branches), a_leaf("2"), a_leaf("3"), a_leaf("4"))

    assert find_leaf(tree, {"age": "70"}) == a_leaf("2")
    assert find_leaf(tree, {"age": "unknown"}) == a_leaf("4")  # by size it fits nothing, by name it does
    assert find_leaf(tree, {"age": "17"}) == NoActivity("1", "no branch fits fact 'age'")


def test_a_tree_may_be_a_single_leaf() -> None:
    assert find_leaf(a_tree(a_leaf("1")), {}) == a_leaf("1")


@pytest.mark.parametrize("count", [NODES_MAX, NODES_MAX + 1])
def test_a_tree_has_at_most_200_nodes_all_of_which_may_be_in_one_way(count: int) -> None:
    stems = [a_stem(str(number), a_branch(str(number + 1), AT_LEAST, "18")) for number in range(1, count)]

    if count > NODES_MAX:
        with pytest.raises(ValueError, match="nodes: a tree has 1 to 200, not 201"):
            a_tree(*stems, a_leaf(str(count)))
    else:
        assert find_leaf(a_tree(*stems, a_leaf(str(count))), {"age": "18"}) == a_leaf(str(count))


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([], "nodes: a tree has 1 to 200, not 0"),
        ([a_leaf("2")], "root: there is no node 1"),
        ([to_leaves("1", "2"), a_leaf("2"), a_leaf("2")], "node 2: given twice"),
        ([to_leaves("1", "2", "3"), a_leaf("2")], "node 1: a branch leads to node 3, which does not exist"),
        ([to_leaves("1", "2"), a_leaf("2"), to_leaves("3", "4")], "node 3: a branch leads to node 4, which does not"),
        ([to_leaves("1", "2", "2"), a_leaf("2")], "node 2: reached twice, from node 1 and from node 1"),
        ([to_leaves("1", "2", "3"), to_leaves("2", "3"), a_leaf("3")], "node 3: reached twice, from node 1 and from"),
        ([to_leaves("1", "1")], "node 1: a cycle, node 1 leads back to it"),
        ([to_leaves("1", "2"), to_leaves("2", "1")], "node 1: a cycle, node 2 leads back to it"),
        ([to_leaves("1", "2"), to_leaves("2", "3"), to_leaves("3", "2")], "node 2: a cycle, node 3 leads back to it"),
        ([a_leaf("1"), to_leaves("2", "2")], "node 2: a cycle, and root 1 does not lead there"),
        ([a_leaf("1"), to_leaves("2", "3"), to_leaves("3", "2")], "node 3: a cycle, and root 1 does not lead there"),
        ([a_leaf("1"), a_leaf("2")], "node 2: root 1 does not lead there"),
        ([a_leaf("1"), a_leaf("3"), to_leaves("2", "3")], "node 2: root 1 does not lead there"),
        ([to_leaves("1", "2"), a_leaf("2"), to_leaves("3", "2")], "node 3: root 1 does not lead there"),
        ([a_stem("1")], "node 1: it has no branches"),
        ([a_stem("1", a_branch("2"), fact=""), a_leaf("2")], "node 1: the fact has no name"),
        ([a_stem("1", a_branch("2", LESS, "old")), a_leaf("2")], "node 1: '<' takes a number, not 'old'"),
        ([a_stem("1", a_branch("2", GREATER, "")), a_leaf("2")], "node 1: '>' takes a number, not ''"),
        ([a_stem("1", a_branch("2", AT_LEAST, "1e3")), a_leaf("2")], "node 1: '>=' takes a number, not '1e3'"),
        (
            [a_stem("1", a_branch("2", AT_MOST, LONG)), a_leaf("2")],
            "node 1: '<=' takes a number, not '1",
        ),
        ([a_stem("1", a_branch("2", EQUAL, "a", "b")), a_leaf("2")], "node 1: '=' takes one value, not 2"),
        ([a_stem("1", a_branch("2", LESS, "1", "2")), a_leaf("2")], "node 1: '<' takes one value, not 2"),
        ([a_stem("1", Branch(operator=EQUAL, values=(), to="2")), a_leaf("2")], "node 1: '=' takes one value, not 0"),
        ([a_stem("1", Branch(operator=IN, values=(), to="2")), a_leaf("2")], "node 1: 'in' needs a value at least"),
        *(
            ([Leaf(node_id="1", activity_id=activity_id)], "node 1: activity_id must be 1 to 64 letters, digits")
            for activity_id in ("", "x" * 65, "a b", "a\n", "活动")
        ),
    ],
)
def test_what_is_no_tree_is_refused_by_its_node(nodes: list[Stem | Leaf], message: str) -> None:
    with pytest.raises(MistakeError) as refused:
        a_tree(*nodes)

    assert str(refused.value).startswith(message)
    where, _, _ = message.partition(":")
    assert refused.value.loc == (("nodes", where.removeprefix("node ")) if " " in where else (where,))


numbers = st.integers().map(str) | st.decimals(-100, 100, places=2).map(str)
words = st.sampled_from(["man", "woman", "true", "25"]) | st.text(max_size=5)
values = numbers | words | st.lists(numbers | words, max_size=3).map(tuple)
any_facts = st.dictionaries(st.sampled_from(FACTS), values)


@st.composite
def branches(draw: st.DrawFn, to: str) -> Branch:
    operator = draw(st.sampled_from(Operator))
    if operator is IN:
        return a_branch(to, operator, *draw(st.lists(numbers | words, min_size=1, max_size=3)))
    return a_branch(to, operator, draw(numbers | words if operator is EQUAL else numbers))


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Hang each node but the first below an earlier one, and shuffle them."""
    parents = [draw(st.integers(0, number)) for number in range(draw(st.integers(0, 12)))]
    nodes: list[Stem | Leaf] = []
    for number in range(len(parents) + 1):
        below = [str(child) for child, parent in enumerate(parents, start=1) if parent == number]
        grown = [draw(branches(to)) for to in below]
        fact = draw(st.sampled_from(FACTS))
        nodes.append(a_stem(str(number), *grown, fact=fact) if grown else a_leaf(str(number)))
    return a_tree(*draw(st.permutations(nodes)), root="0")


@given(trees(), any_facts)
def test_any_tree_with_any_facts_ends_in_one_of_its_nodes(tree: Tree, facts: Facts) -> None:
    end = find_leaf(tree, facts)

    if isinstance(end, Leaf):
        assert end in tree.nodes
    else:
        (stem,) = (node for node in tree.nodes if node.node_id == end.node_id)
        assert isinstance(stem, Stem)
        assert end.because in {
            f"fact {stem.fact!r} is missing",
            f"no branch fits fact {stem.fact!r}",
            f"fact {stem.fact!r} is no number, and is compared by size",
        }
        assert (stem.fact in facts) is not end.because.endswith("missing")


@given(trees(), any_facts)
def test_the_order_of_the_nodes_does_not_matter(tree: Tree, facts: Facts) -> None:
    assert find_leaf(replace(tree, nodes=tuple(reversed(tree.nodes))), facts) == find_leaf(tree, facts)


@given(trees(), st.data())
def test_a_tree_with_one_node_gone_or_one_branch_more_is_none(tree: Tree, data: st.DataObject) -> None:
    nodes = list(tree.nodes)
    number = data.draw(st.integers(0, len(nodes) - 1))
    node = nodes.pop(number)
    with pytest.raises(MistakeError):
        replace(tree, nodes=tuple(nodes))

    assume(isinstance(node, Stem))
    assert isinstance(node, Stem)
    to = data.draw(st.sampled_from(tree.nodes)).node_id
    nodes.insert(number, replace(node, branches=(*node.branches, a_branch(to))))
    with pytest.raises(MistakeError, match=r"cycle|reached twice"):
        replace(tree, nodes=tuple(nodes))
