"""Which limits on who may draw can a file set, and how is each told?

A policy is one value in POLICIES. Its field stands in the file and in Activity, where types ask for it; the item, the
draw, the commitment, the answer, the plan and the summary loop over POLICIES.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from tombola.rules.facts import Condition, Operator
from tombola.rules.problem import Problem, blocked, not_admitted, not_this_way
from tombola.rules.request import DrawRequest


class Policy(NamedTuple):
    """A limit on who may draw. Its value is a tuple; an empty one admits everybody."""

    name: str  # of its field: in the file, in Activity, in the item, in the plan, and in the answer if it is public
    title: str  # before its words in the summary
    words: Callable[[Any], str]  # what it asks for, for people
    refuse: Callable[[Any, DrawRequest, str], Problem | None]  # by its value; the text is the activity's id
    plain: Callable[[Any], list[Any]]  # what it asks for as JSON, in the item and in the answer …
    value: Callable[[list[Any]], tuple[Any, ...]]  # … and back
    # A public one is shown to anybody and committed to, and stands from approval on. Any other may always change.
    public: bool = True
    always: bool = False  # whether the item has it where it is empty, too, so that one without it is damaged


def ways_in(through: Sequence[str]) -> str:
    """Return the ways in as words that follow 'is drawn'."""
    if not through:
        return "directly, and through any tree that leads to it"
    return f"only through {'tree' if len(through) == 1 else 'the trees'} {', '.join(through)}"


def conditions_told(conditions: Sequence[Condition]) -> str:
    return "; ".join(map(str, conditions)) or "everybody"


def _by_way_in(through: Sequence[str], request: DrawRequest, activity_id: str) -> Problem | None:
    """Refuse every way but the named trees, where any are named."""
    target = request.target
    if not through or (target.kind == "tree" and target.name in through):
        return None
    return not_this_way(activity_id, ways_in(through))


def _by_user(users: Sequence[str], request: DrawRequest, activity_id: str) -> Problem | None:
    return blocked(activity_id) if request.user_id in users else None


def _by_facts(conditions: Sequence[Condition], request: DrawRequest, activity_id: str) -> Problem | None:
    """Refuse unless every condition holds; the first that does not is told."""
    whys = (condition.unmet(request.facts) for condition in conditions)
    why = next((why for why in whys if why is not None), None)
    return None if why is None else not_admitted(activity_id, why)


def _condition_plain(condition: Condition) -> dict[str, Any]:
    return {"fact": condition.fact, "operator": condition.operator.value, "values": list(condition.values)}


def _condition(plain: dict[str, Any]) -> Condition:
    (fact,) = _texts([plain["fact"]])
    return Condition(fact=fact, operator=Operator(plain["operator"]), values=_texts(plain["values"]))


def _texts(plain: Sequence[Any]) -> tuple[str, ...]:
    """Return the texts of an item or a file; raise ValueError for anything else, which damage may have left there."""
    if not isinstance(plain, list | tuple) or not all(isinstance(each, str) for each in plain):
        raise ValueError("must be a list of texts")
    return tuple(plain)


_THROUGH = Policy(
    name="through",
    title="drawn",
    words=ways_in,
    refuse=_by_way_in,
    plain=list,
    value=_texts,
)
_BLOCKED = Policy(
    name="blocked",
    title="blocked",
    words=lambda users: f"{len(users)} users" if users else "none",
    refuse=_by_user,
    plain=list,
    value=_texts,
    public=False,
    always=True,
)
_ADMIT = Policy(
    name="admit",
    title="admits",
    words=conditions_told,
    refuse=_by_facts,
    plain=lambda conditions: [_condition_plain(each) for each in conditions],
    value=lambda plains: tuple(_condition(each) for each in plains),
)
POLICIES: dict[str, Policy] = {each.name: each for each in (_THROUGH, _BLOCKED, _ADMIT)}  # the first to refuse is told
