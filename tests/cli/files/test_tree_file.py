"""Decision trees as files: Lottery's sample is read as it is meant, and a bad file is refused by line and field."""

from pathlib import Path

import pytest

from tombola.rules.facts import Operator
from tombola.rules.tree import Branch, Leaf, Stem, Tree, find_leaf
from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT
from tombola_cli.files.tree_file import read_tree

SAMPLE = ROOT / "trees" / "2110081902.yaml"
PLAIN = """\
tree_id: 07
tree_name: by age and level
root: 1
nodes:
  1:
    fact: age
    branches:
      - { "<": 18, to: 2 }
      - { ">=": 18, to: 3 }
  2: { activity_id: 100001 }
  3: { fact: level, branches: [{ in: [gold, yes], to: 4 }, { "=": 010, to: 5 }] }
  4: { activity_id: 100002 }
  5: { activity_id: 0100003 }
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tree.yaml"


def read(path: Path, text: str) -> Tree:
    path.write_text(text, "utf-8")
    return read_tree(path)


def refusal(path: Path, text: str) -> str:
    with pytest.raises(TombolaError) as refused:
        read(path, text)
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith(f"{path}:")
    return str(refused.value).replace(f"{path}:", "")


def test_lotterys_sample_tree_is_read_whole() -> None:
    tree = read_tree(SAMPLE)

    assert (tree.tree_id, tree.tree_name, tree.root) == ("2110081902", "抽奖活动规则树", "1")
    assert [node.node_id for node in tree.nodes] == ["1", "11", "12", "111", "112", "121", "122"]
    assert tree.nodes[2] == Stem(
        node_id="12",
        fact="age",
        branches=(
            Branch(operator=Operator.LESS, values=("25",), to="121"),
            Branch(operator=Operator.AT_LEAST, values=("25",), to="122"),
        ),
    )


@pytest.mark.parametrize(
    ("gender", "age", "activity_id"),
    [("man", "18", "100001"), ("man", "25", "100002"), ("woman", "24", "100003"), ("woman", "30", "100004")],
)
def test_lotterys_sample_tree_leads_to(gender: str, age: str, activity_id: str) -> None:
    leaf = find_leaf(read_tree(SAMPLE), {"gender": gender, "age": age})

    assert isinstance(leaf, Leaf)
    assert leaf.activity_id == activity_id


def test_every_scalar_stays_the_text_it_is(path: Path) -> None:
    tree = read(path, PLAIN)

    assert tree.tree_id == "07"
    assert tree.nodes[2:] == (
        Stem(
            node_id="3",
            fact="level",
            branches=(
                Branch(operator=Operator.IN, values=("gold", "yes"), to="4"),
                Branch(operator=Operator.EQUAL, values=("010",), to="5"),
            ),
        ),
        Leaf(node_id="4", activity_id="100002"),
        Leaf(node_id="5", activity_id="0100003"),
    )


@pytest.mark.parametrize(
    ("sign", "operator"),
    [
        ("=", Operator.EQUAL),
        (">", Operator.GREATER),
        ("<", Operator.LESS),
        (">=", Operator.AT_LEAST),
        ("≥", Operator.AT_LEAST),
        ("<=", Operator.AT_MOST),
        ("≤", Operator.AT_MOST),
    ],
)
def test_a_sign_is_read_as_its_operator(path: Path, sign: str, operator: Operator) -> None:
    text = PLAIN.replace('">=": 18', '"=": unknown').replace('"<"', f'"{sign}"')
    stem = read(path, text).nodes[0]

    assert isinstance(stem, Stem)
    assert stem.branches[0] == Branch(operator=operator, values=("18",), to="2")


ONE_SIGN = "compare by one of = > < >= <= in"
KIND = "a node has either fact and branches, or activity_id"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("tree_id: 07", "tree_id: 'a/b'", "1: tree_id: "),
        ("tree_id: 07", "tree_id: [07]", "1: tree_id: "),
        ("tree_name: by age and level", "tree_name: ''", "2: tree_name: "),
        ("root: 1\n", "", "1: root: is missing"),
        ("root: 1", "root: 9", "3: root: there is no node 9"),
        ("root: 1", "root: 1\nroots: 2", "4: roots: there is no such field: do you mean root?"),
        ("    fact: age\n", "", f"5: nodes.1: {KIND}"),
        ("fact: age", "fact: ''", "6: nodes.1.fact: "),
        ("fact: age", "fakt: age", "6: nodes.1.fakt: there is no such field: do you mean fact?"),
        ("fact: age", "fact: age\n    activity_id: 1", f"5: nodes.1: {KIND}"),
        ('"<": 18, ', "", f"8: nodes.1.branches.1: {ONE_SIGN}"),
        ('">=": 18', '">=": 18, "=": x', f"9: nodes.1.branches.2: {ONE_SIGN}"),
        ('">=": 18', '">=": 18, "≥": 18', "9: nodes.1.branches.2.≥: there is no such field"),
        ('">=": 18', '"=>": 18', "9: nodes.1.branches.2.=>: there is no such field"),
        ('">=": 18', '">=": [18]', "9: nodes.1.branches.2.>=: "),
        ('">=": 18', '">=":', "9: nodes.1.branches.2.>=: "),
        ('">=": 18', '">=": grown', "5: node 1: '>=' takes a number, not 'grown'"),
        ('">=": 18', '"=": 17', "9: node 1: branch 2 (=): '17' is taken by a branch before it"),
        ('">=": 18', '"<=": 17', "9: node 1: branch 2 (<=): every number it takes is taken by the branches before it"),
        ('"=": 010', '"=": gold', "11: node 3: branch 2 (=): 'gold' is taken by a branch before it"),
        ("gold, yes", "gold, gold", "11: node 3: branch 1 (in): 'gold' is given twice"),
        (", to: 3", "", "9: nodes.1.branches.2.to: is missing"),
        ("to: 3", "to: 9", "5: node 1: a branch leads to node 9, which does not exist"),
        ("to: 3", "to: 1", "5: node 1: a cycle, node 1 leads back to it"),
        ("to: 3", "to: 2", "10: node 2: reached twice, from node 1 and from node 1"),
        ("{ activity_id: 100001 }", "{ activity_id: a b }", "10: nodes.2.activity_id: "),
        ("{ activity_id: 100001 }", "{}", f"10: nodes.2: {KIND}"),
        ("{ activity_id: 100001 }", "100001", "10: nodes.2: "),
        ("  2: {", "  a b: {", "10: nodes.a b."),
        ("in: [gold, yes]", "in: gold", "11: nodes.3.branches.1.in: "),
        ("in: [gold, yes]", "in: [gold, '']", "11: nodes.3.branches.1.in.2: "),
        ("in: [gold, yes]", "in: []", "11: node 3: 'in' needs a value at least"),
        ("gold, yes", ", ".join(map(str, range(51))), "11: nodes.3.branches.1: 'in' takes 50 values at most"),
        ("100002 }", "100002 }\n  6: { activity_id: 1 }", "13: node 6: root 1 does not lead there"),
        ("  5: { activity_id: 0100003 }\n", "", "11: node 3: a branch leads to node 5, which does not exist"),
    ],
)
def test_a_bad_file_is_refused_by_line_and_field(path: Path, old: str, new: str, words: str) -> None:
    assert PLAIN.count(old) == 1

    assert refusal(path, PLAIN.replace(old, new)).startswith(words)


def test_a_stem_without_branches_is_refused(path: Path) -> None:
    text = "tree_id: 1\ntree_name: bare\nroot: 1\nnodes:\n  1: { fact: age, branches: [] }\n"

    assert refusal(path, text) == "5: node 1: it has no branches"


def test_a_tree_without_nodes_is_refused(path: Path) -> None:
    assert refusal(path, PLAIN.partition("  1:")[0].replace("nodes:", "nodes: {}")).startswith("4: nodes: ")


def test_a_tree_with_too_many_nodes_is_refused(path: Path) -> None:
    more = "".join(f"  n{number}: {{ activity_id: 1 }}\n" for number in range(196))

    assert refusal(path, PLAIN + more) == "4: nodes: a tree has 1 to 200, not 201"


def test_every_bad_field_is_named_at_once_with_its_line(path: Path) -> None:
    text = PLAIN.replace("to: 2 }", "two: 2 }").replace("activity_id: 100002", "activity: 100002")

    assert refusal(path, text).split("; ") == [
        "8: nodes.1.branches.1.to: is missing",
        "8: nodes.1.branches.1.two: there is no such field: do you mean to?",
        "12: nodes.4.activity: there is no such field: do you mean activity_id?",
    ]


@pytest.mark.parametrize(
    ("old", "line"), [("root: 1\n", "4"), ("  2: { activity_id: 100001 }\n", "11"), ('"<": 18, ', "8")]
)
def test_a_field_that_is_given_twice_is_refused_by_its_line(path: Path, old: str, line: str) -> None:
    assert line in refusal(path, PLAIN.replace(old, old * 2)).replace(":", " ").split()


@pytest.mark.parametrize("text", ["", "7", "- 1", "a: [", "a: *nobody", "\x00", "? {a: 1}\n: 2"])
def test_a_file_that_is_no_mapping_is_refused_in_one_line(path: Path, text: str) -> None:
    assert refusal(path, text)


def test_a_file_that_is_not_there_is_refused_by_its_name(path: Path) -> None:
    with pytest.raises(TombolaError, match=f"^{path}: .*No such file"):
        read_tree(path)
