"""Is there a branch that nobody can ever take?"""

from collections.abc import Sequence
from decimal import Decimal

from tombola.rules.facts import UNORDERED, Operator, number_of
from tombola.rules.mistake import MistakeError
from tombola.rules.tree import Branch, Stem, Tree

DOWNWARDS = frozenset({Operator.LESS, Operator.AT_MOST})
BEYOND = frozenset({Operator.AT_MOST, Operator.GREATER})  # their edge lies just above the value, the others' just below

Edge = tuple[Decimal, bool]


def check_reach(tree: Tree) -> None:
    """Raise MistakeError for a branch, or a value of one, that the branches before it leave nothing.

    Of a list any member may fit, so that a stem is looked at by itself: a user who came by one member may go on by
    another. Within a stem lists change nothing: whichever member fits a later branch fits the one before it.
    """
    for stem in tree.nodes:
        if isinstance(stem, Stem):
            for place, branch in enumerate(stem.branches):
                fault = _fault(branch, stem.branches[:place])
                if fault is not None:
                    where = f"node {stem.node_id}: branch {place + 1} ({branch.operator})"
                    raise MistakeError(f"{where}: {fault}", "nodes", stem.node_id, "branches", place)


def _fault(branch: Branch, before: Sequence[Branch]) -> str | None:
    """Return what can never be taken in branch, None if all of it can."""
    if branch.operator not in UNORDERED:
        return "every number it takes is taken by the branches before it" if _is_covered(branch, before) else None
    for place, value in enumerate(branch.values):
        if value in branch.values[:place]:
            return f"{value!r} is given twice"
        if any(each.fits(value) for each in before):
            return f"{value!r} is taken by a branch before it"
    return None


def _is_covered(branch: Branch, before: Sequence[Branch]) -> bool:
    sized = [each for each in before if each.operator not in UNORDERED]
    upper = max((_edge(each) for each in sized if each.operator in DOWNWARDS), default=None)
    lower = min((_edge(each) for each in sized if each.operator not in DOWNWARDS), default=None)
    if upper is not None and lower is not None and lower <= upper:
        return True  # together they take every number
    if branch.operator in DOWNWARDS:
        return upper is not None and _edge(branch) <= upper
    return lower is not None and lower <= _edge(branch)


def _edge(branch: Branch) -> Edge:
    """Return where the branch's numbers end or begin, as something that compares exactly."""
    return number_of(branch.values[0]) or Decimal(0), branch.operator in BEYOND
