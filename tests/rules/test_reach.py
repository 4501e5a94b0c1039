"""Branches that nobody can ever take: each told by its node and place, and none that somebody can."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tombola.rules.facts import UNORDERED, Operator
from tombola.rules.mistake import MistakeError
from tombola.rules.reach import check_reach
from tombola.rules.tree import Branch, Leaf, Stem, Tree, find_leaf

EQUAL, GREATER, LESS, AT_LEAST, AT_MOST, IN = Operator
Given = tuple[Operator, str] | tuple[Operator, str, str]


def a_tree(*branches: Given) -> Tree:
    """Return a tree of one stem, each branch of which leads to the leaf of its place."""
    grown = tuple(
        Branch(operator=operator, values=tuple(values), to=str(place))
        for place, (operator, *values) in enumerate(branches, start=1)
    )
    leaves = [Leaf(node_id=branch.to, activity_id=branch.to) for branch in grown]
    return Tree(tree_id="7", tree_name="", root="root", nodes=(Stem(node_id="root", fact="x", branches=grown), *leaves))


TAKEN, TWICE = "is taken by a branch before it", "is given twice"
COVERED = "every number it takes is taken by the branches before it"


@pytest.mark.parametrize(
    ("branches", "words"),
    [
        ([(EQUAL, "a"), (EQUAL, "a")], f"branch 2 (=): 'a' {TAKEN}"),
        ([(EQUAL, "a"), (EQUAL, "b"), (IN, "c", "a")], f"branch 3 (in): 'a' {TAKEN}"),
        ([(IN, "a", "b"), (EQUAL, "b")], f"branch 2 (=): 'b' {TAKEN}"),
        ([(IN, "a", "a")], f"branch 1 (in): 'a' {TWICE}"),
        ([(LESS, "25"), (EQUAL, "24")], f"branch 2 (=): '24' {TAKEN}"),
        ([(LESS, "25"), (IN, "30", "024.50")], f"branch 2 (in): '024.50' {TAKEN}"),
        ([(AT_LEAST, "25"), (EQUAL, "30")], f"branch 2 (=): '30' {TAKEN}"),
        ([(LESS, "25"), (LESS, "25")], f"branch 2 (<): {COVERED}"),
        ([(LESS, "25"), (LESS, "24.99")], f"branch 2 (<): {COVERED}"),
        ([(AT_MOST, "25"), (LESS, "25")], f"branch 2 (<): {COVERED}"),
        ([(AT_MOST, "25"), (AT_MOST, "25.0")], f"branch 2 (<=): {COVERED}"),
        ([(AT_LEAST, "18"), (AT_LEAST, "60")], f"branch 2 (>=): {COVERED}"),
        ([(AT_LEAST, "18"), (GREATER, "18")], f"branch 2 (>): {COVERED}"),
        ([(LESS, "25"), (AT_LEAST, "25"), (GREATER, "0")], f"branch 3 (>): {COVERED}"),
        ([(AT_MOST, "25"), (GREATER, "25"), (LESS, "0")], f"branch 3 (<): {COVERED}"),
        ([(GREATER, "10"), (LESS, "20"), (AT_LEAST, "0")], f"branch 3 (>=): {COVERED}"),
        ([(LESS, "0.1" + "0" * 60 + "1"), (AT_MOST, "0.1")], f"branch 2 (<=): {COVERED}"),
    ],
)
def test_what_can_never_be_taken_is_refused_by_node_and_branch(branches: list[Given], words: str) -> None:
    with pytest.raises(MistakeError) as refused:
        check_reach(a_tree(*branches))

    assert str(refused.value) == f"node root: {words}"
    place = int(words.split()[1]) - 1
    assert refused.value.loc == ("nodes", "root", "branches", place)


@pytest.mark.parametrize(
    "branches",
    [
        [(EQUAL, "a"), (EQUAL, "A"), (IN, "a ", "")],
        [(EQUAL, "01067"), (EQUAL, "1067"), (IN, "1067.0", "67")],
        [(LESS, "25"), (AT_LEAST, "25"), (EQUAL, "unknown")],
        [(LESS, "25"), (GREATER, "25"), (EQUAL, "25"), (AT_MOST, "25")],  # the last takes 25.0, too
        [(LESS, "25"), (AT_MOST, "25")],
        [(GREATER, "25"), (AT_LEAST, "25")],
        [(LESS, "18"), (LESS, "25"), (AT_LEAST, "60"), (AT_LEAST, "25")],
        [(EQUAL, "25"), (AT_LEAST, "25")],
        [(LESS, "10"), (GREATER, "20"), (AT_LEAST, "10")],
        [(AT_MOST, "0.1"), (LESS, "0.1" + "0" * 60 + "1")],
    ],
)
def test_what_somebody_can_take_is_accepted(branches: list[Given]) -> None:
    check_reach(a_tree(*branches))


def test_a_stem_below_another_may_ask_for_the_same_fact_again() -> None:
    """Of a list one member may have led here, and another leads on."""
    young = Branch(operator=LESS, values=("25",), to="2")
    old = Branch(operator=AT_LEAST, values=("60",), to="3")
    stems = Stem(node_id="1", fact="x", branches=(young,)), Stem(node_id="2", fact="x", branches=(old,))
    tree = Tree(tree_id="7", tree_name="", root="1", nodes=(*stems, Leaf(node_id="3", activity_id="3")))

    check_reach(tree)

    assert find_leaf(tree, {"x": ("24", "60")}) == Leaf(node_id="3", activity_id="3")


sizes = st.sampled_from(["1", "2", "2.0", "3"])
sized = st.tuples(st.sampled_from([LESS, AT_MOST, GREATER, AT_LEAST]), sizes)
equal = st.tuples(st.just(EQUAL), sizes | st.just("a"))
SPELLED = ["1", "1.0", "2", "2.0", "2.00", "3", "3.0", "a", *map(str, (Decimal(half) / 2 for half in range(9)))]


@given(st.lists(sized | equal, min_size=1, max_size=4))
@example([(LESS, "2"), (AT_LEAST, "2"), (EQUAL, "a")])
@example([(LESS, "1"), (EQUAL, "1"), (AT_MOST, "1")])  # the last takes 1.0, too
def test_a_branch_is_refused_exactly_when_no_fact_takes_it(branches: list[Given]) -> None:
    """Between, at and beyond three values lies every kind of number that there is."""
    tree = a_tree(*branches)
    leaves = [find_leaf(tree, {"x": text}) for text in SPELLED]
    taken = {leaf.node_id for leaf in leaves if isinstance(leaf, Leaf)}

    try:
        check_reach(tree)
        refused = False
    except MistakeError:
        refused = True

    assert refused == (len(taken) < len(branches))


def test_every_operator_is_looked_at() -> None:
    assert set(Operator) == {*UNORDERED, LESS, AT_MOST, GREATER, AT_LEAST}
