"""Who may come in: each limit by itself with its own words, and which of them is told first."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from builders import NOON, a_request, an_activity
from tombola.rules.activity_states import ActivityState
from tombola.rules.admission import refuse_draw
from tombola.rules.facts import Condition, Facts, Operator
from tombola.rules.policy import conditions_told, ways_in
from tombola.rules.problem import Problem
from tombola.rules.request import DrawRequest, Target

DOING, CLOSE = ActivityState.DOING, ActivityState.CLOSE
MICRO = timedelta(microseconds=1)
BEGIN, END = NOON - timedelta(days=1), NOON + timedelta(days=1)
AHEAD, FAR = timedelta(seconds=90), timedelta(days=999)
ADULT = Condition(fact="age", operator=Operator.AT_LEAST, values=("18",))
GOLD = Condition(fact="groups", operator=Operator.IN, values=("gold", "staff"))
DIRECTLY = Target("activity", "100001")


def by(kind: Any, name: str) -> DrawRequest:
    return a_request(target=Target(kind, name))


def refused(request: DrawRequest, now: datetime = NOON, **changes: Any) -> Problem:
    problem = refuse_draw(an_activity(**changes), request, now)
    assert problem is not None
    assert (problem.status, problem.code) == (409, "0001")
    assert "100001" in problem.detail
    return problem


@pytest.mark.parametrize("now", [BEGIN, NOON, END, END.astimezone(timezone(timedelta(hours=8)))])
def test_an_activity_is_drawn_from_begin_to_end(now: datetime) -> None:
    assert refuse_draw(an_activity(), a_request(), now) is None


@pytest.mark.parametrize(
    ("now", "title", "moment"),
    [
        (BEGIN - MICRO, "activity not open yet", BEGIN),
        (BEGIN - AHEAD, "activity not open yet", BEGIN),  # started already, and not open yet
        (BEGIN - FAR, "activity not open yet", BEGIN),
        (END + MICRO, "activity closed", END),
        (END + FAR, "activity closed", END),
    ],
)
def test_outside_its_window_a_draw_is_refused_with_the_edge(now: datetime, title: str, moment: datetime) -> None:
    problem = refused(a_request(), now)

    assert problem.title == title
    assert moment.isoformat() in problem.detail


@pytest.mark.parametrize("now", [BEGIN - MICRO, NOON, END + MICRO])
@pytest.mark.parametrize("state", [state for state in ActivityState if state is not DOING])
def test_in_any_other_state_than_doing_a_draw_is_refused_with_the_state(state: ActivityState, now: datetime) -> None:
    problem = refused(a_request(), now, state=state)

    assert (problem.title, problem.detail) == ("activity not open", f"activity 100001 is in state {state.name}")


@pytest.mark.parametrize(
    ("user_id", "is_refused"),
    [("mallory", True), ("eve", True), ("xiaofuge", False), ("mal", False), ("Mallory", False), ("", False)],
)
def test_only_who_is_blocked_may_not_draw(user_id: str, is_refused: bool) -> None:
    problem = refuse_draw(an_activity(blocked=("mallory", "eve")), a_request(user_id=user_id), NOON)

    assert (problem is not None) == is_refused
    if problem is not None:
        assert (problem.title, problem.field) == ("activity not open to this user", "user_id")


@pytest.mark.parametrize("target", [DIRECTLY, Target("tree", "crowd"), Target("tree", "100001")])
def test_where_no_tree_is_named_an_activity_is_drawn_directly_and_through_any_tree(target: Target) -> None:
    assert refuse_draw(an_activity(), a_request(target=target), NOON) is None


@pytest.mark.parametrize("tree_id", ["crowd", "staff"])
def test_where_trees_are_named_an_activity_is_drawn_through_each_of_them(tree_id: str) -> None:
    assert refuse_draw(an_activity(through=("crowd", "staff")), by("tree", tree_id), NOON) is None


@pytest.mark.parametrize(
    ("kind", "name"), [("activity", "100001"), ("activity", "crowd"), ("tree", "100001"), ("tree", "Crowd")]
)
def test_where_trees_are_named_every_other_way_is_refused_and_told_them(kind: str, name: str) -> None:
    problem = refused(by(kind, name), through=("crowd",))

    assert problem.title == "not the way in"
    assert problem.detail == "activity 100001 is drawn only through tree crowd"
    assert refused(by(kind, name), through=("crowd", "staff")).detail.endswith("only through the trees crowd, staff")


@pytest.mark.parametrize("target", [DIRECTLY, Target("tree", "crowd")])
def test_whoever_meets_every_condition_is_admitted_by_any_way(target: Target) -> None:
    request = a_request(target=target, facts={"age": "18", "groups": ("staff", "cooks"), "more": "x"})

    assert refuse_draw(an_activity(admit=(ADULT, GOLD)), request, NOON) is None


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, "fact 'age' is missing"),
        ({"groups": "gold"}, "fact 'age' is missing"),
        ({"age": "17", "groups": "gold"}, "fact 'age' does not fit"),
        ({"age": "17"}, "fact 'age' does not fit"),
        ({"age": "18"}, "fact 'groups' is missing"),
        ({"age": "18", "groups": ("cooks",)}, "fact 'groups' does not fit"),
        ({"age": "18", "groups": "[gold staff]"}, "fact 'groups' does not fit"),
    ],
)
def test_the_first_condition_that_does_not_hold_is_told_by_its_fact_and_without_its_value(
    facts: Facts, why: str
) -> None:
    problem = refused(a_request(facts=facts), admit=(ADULT, GOLD))

    assert (problem.title, problem.field) == ("activity not open with these facts", "facts")
    assert problem.detail == f"activity 100001 is not open with these facts: {why}"


# Each refuses a draw by mallory, directly and without facts; what comes first is told.
IN_ORDER: dict[str, dict[str, Any]] = {
    "activity not open": {"state": CLOSE},
    "activity closed": {"end": NOON - MICRO},
    "not the way in": {"through": ("crowd",)},
    "activity not open to this user": {"blocked": ("mallory",)},
    "activity not open with these facts": {"admit": (ADULT,)},
}


@pytest.mark.parametrize("title", IN_ORDER)
def test_state_window_way_in_user_and_facts_are_told_in_this_order(title: str) -> None:
    titles = list(IN_ORDER)
    later = titles[titles.index(title) :]

    activity = replace(an_activity(), **{name: value for each in later for name, value in IN_ORDER[each].items()})
    problem = refuse_draw(activity, a_request(user_id="mallory"), NOON)

    assert problem is not None
    assert problem.title == title


def test_ways_and_conditions_are_told_in_words() -> None:
    assert ways_in(()) == "directly, and through any tree that leads to it"
    assert ways_in(("crowd",)) == "only through tree crowd"
    assert conditions_told(()) == "everybody"
    assert conditions_told((ADULT, GOLD)) == "age >= 18; groups in gold, staff"
