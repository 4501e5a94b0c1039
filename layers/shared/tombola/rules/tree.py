"""To which activity do these facts lead?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tombola.rules.facts import UNORDERED, Comparison, Facts, number_of, texts_of
from tombola.rules.mistake import MistakeError

NODES_MAX = 200

_ACTIVITY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch(Comparison):
    """Leads to a node when the fact fits."""

    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stem:
    """Asks for a fact; the first branch that fits it wins."""

    node_id: str
    fact: str
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    node_id: str
    activity_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Nodes of which each but the root has exactly one parent: each way from the root ends."""

    tree_id: str
    tree_name: str
    root: str
    nodes: tuple[Stem | Leaf, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.nodes) <= NODES_MAX:
            raise MistakeError(f"nodes: a tree has 1 to {NODES_MAX}, not {len(self.nodes)}", "nodes")
        nodes: dict[str, Stem | Leaf] = {}
        for node in self.nodes:
            if node.node_id in nodes:
                raise _wrong(node.node_id, "given twice")
            nodes[node.node_id] = node
            _check_node(node)
        if self.root not in nodes:
            raise MistakeError(f"root: there is no node {self.root}", "root")
        _check_paths(self.root, nodes)


@dataclass(frozen=True, slots=True)
class NoActivity:
    """Where the way ended, and why; because names the fact, never its value, which may be personal."""

    node_id: str
    because: str


def find_leaf(tree: Tree, facts: Facts) -> Leaf | NoActivity:
    """Return the leaf that facts lead to, or why they lead to none."""
    nodes = {node.node_id: node for node in tree.nodes}
    node = nodes[tree.root]
    for _ in nodes:  # no way is longer
        if isinstance(node, Leaf):
            return node
        step = _step(node, facts)
        if isinstance(step, NoActivity):
            return step
        node = nodes[step.to]
    raise AssertionError("a tree has no cycle")


def _step(stem: Stem, facts: Facts) -> Branch | NoActivity:
    if stem.fact not in facts:
        return NoActivity(stem.node_id, f"fact {stem.fact!r} is missing")
    fact = facts[stem.fact]
    for branch in stem.branches:
        if branch.fits(fact):
            return branch
    is_sized = any(branch.operator not in UNORDERED for branch in stem.branches)
    if is_sized and all(number_of(text) is None for text in texts_of(fact)):
        return NoActivity(stem.node_id, f"fact {stem.fact!r} is no number, and is compared by size")
    return NoActivity(stem.node_id, f"no branch fits fact {stem.fact!r}")


def _wrong(node_id: str, why: str) -> MistakeError:
    return MistakeError(f"node {node_id}: {why}", "nodes", node_id)


def _check_node(node: Stem | Leaf) -> None:
    if isinstance(node, Leaf):
        if not _ACTIVITY_ID.fullmatch(node.activity_id):
            raise _wrong(node.node_id, "activity_id must be 1 to 64 letters, digits, '_' or '-'")
        return
    if not node.fact:
        raise _wrong(node.node_id, "the fact has no name")
    if not node.branches:
        raise _wrong(node.node_id, "it has no branches")
    for branch in node.branches:
        fault = branch.fault()
        if fault is not None:
            raise _wrong(node.node_id, fault)


def _check_paths(root: str, nodes: Mapping[str, Stem | Leaf]) -> None:
    """Raise unless every node is reached from root, and in one way only."""
    for node in nodes.values():
        for branch in _branches(node):
            if branch.to not in nodes:
                raise _wrong(node.node_id, f"a branch leads to node {branch.to}, which does not exist")
    parents: dict[str, str] = {}  # of the nodes that were reached
    waiting = [root]
    while waiting:
        node_id = waiting.pop()
        for branch in _branches(nodes[node_id]):
            if branch.to == root or branch.to in parents:
                raise _again(branch.to, node_id, parents)
            parents[branch.to] = node_id
            waiting.append(branch.to)
    lost = {node_id: node for node_id, node in nodes.items() if node_id != root and node_id not in parents}
    if lost:
        raise _lost(root, lost)


def _again(node_id: str, parent: str, parents: Mapping[str, str]) -> MistakeError:
    if node_id in _way_up(parent, parents):
        return _wrong(node_id, f"a cycle, node {parent} leads back to it")
    return _wrong(node_id, f"reached twice, from node {parents[node_id]} and from node {parent}")


def _lost(root: str, lost: Mapping[str, Stem | Leaf]) -> MistakeError:
    """Return what to say of nodes that root does not reach: they begin somewhere, or go in a circle."""
    parents = {branch.to: node_id for node_id, node in lost.items() for branch in _branches(node)}
    way = _way_up(next(iter(lost)), parents)
    if way[-1] in parents:
        return _wrong(way[-1], f"a cycle, and root {root} does not lead there")
    return _wrong(way[-1], f"root {root} does not lead there")


def _way_up(node_id: str, parents: Mapping[str, str]) -> list[str]:
    """Return node_id and what is above it, up to a node without parent or to the last before one comes again."""
    way = [node_id]
    while way[-1] in parents and parents[way[-1]] not in way:
        way.append(parents[way[-1]])
    return way


def _branches(node: Stem | Leaf) -> tuple[Branch, ...]:
    return node.branches if isinstance(node, Stem) else ()
