"""Find: which activity does a request draw?"""

from datetime import datetime

from tombola.flows.ports import Activities
from tombola.rules.activity import Activity
from tombola.rules.problem import Problem, no_activity, unknown, unreadable
from tombola.rules.request import DrawRequest
from tombola.rules.tree import NoActivity, Tree, find_leaf
from tombola.rules.unreadable import Unreadable


def find_activity(request: DrawRequest, activities: Activities, now: datetime) -> Activity | Problem:
    """Return the activity that is asked for, or that the tree leads to; or why there is none."""
    target = request.target
    if target.kind == "activity":
        found = activities.find(target.name, now)
        return found if isinstance(found, Activity) else _not_found("activity", target.name, found)
    tree = activities.tree(target.name, now)
    if not isinstance(tree, Tree):
        return _not_found("tree", target.name, tree)
    leaf = find_leaf(tree, request.facts)
    if isinstance(leaf, NoActivity):
        return no_activity(tree.tree_id, leaf.node_id, leaf.because)
    activity = activities.find(leaf.activity_id, now)
    if isinstance(activity, Unreadable):
        return unreadable("activity", leaf.activity_id)
    return activity or no_activity(tree.tree_id, leaf.node_id, f"there is no activity {leaf.activity_id}")


def _not_found(what: str, name: str, found: Unreadable | None) -> Problem:
    return unknown(what, name) if found is None else unreadable(what, name)
