"""What a file may change in an activity, by the state that it is in."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from builders import NOON, SEED, a_share, an_activity, an_award
from tombola.rules.activity import Activity, Cap, GrantType, Share
from tombola.rules.activity_states import ActivityState
from tombola.rules.award_type import AwardType
from tombola.rules.change import LIFE, changes_between, never_fewer, refuse_changes
from tombola.rules.facts import Condition, Operator
from tombola.rules.odds import StrategyMode
from tombola.rules.quota import Quotas

FOUND = an_activity(
    a_share("1", weight=300_000, stock=10, shards=2),
    a_share("2", weight=200_000, stock=None),
    quotas=Quotas(activity=10),
    cap=Cap(limit=100),
    blocked=("eve",),
)
FIRST, SECOND = FOUND.shares
ADULT = Condition(fact="age", operator=Operator.AT_LEAST, values=("18",))


def shares(first: Share = FIRST, second: Share = SECOND) -> dict[str, Any]:
    return {"shares": (first, second)}


MAY_CHANGE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "its name": ({"activity_name": "another"}, ["activity_name: 活动名 → another"]),
    "its description": ({"activity_desc": "another"}, ["activity_desc: 测试活动 → another"]),
    "its end": (
        {"end": NOON + timedelta(days=2)},
        ["end: 2026-11-24T12:00:00+00:00 → 2026-11-25T12:00:00+00:00"],
    ),
    "who is blocked": ({"blocked": ("eve", "mallory")}, ["blocked: 1 users → 2 users"]),
    "who is blocked, nobody any more": ({"blocked": ()}, ["blocked: 1 users → none"]),
    "a quota's number": ({"quotas": Quotas(activity=8)}, ["quotas.activity: 10 → 8"]),
    "the cap's number": ({"cap": Cap(limit=200)}, ["cap.draws: 100 → 200"]),
    "more shards of wins": ({"win_shards": 3}, ["shards of wins: 1 → 3"]),
    "more stock": (shares(replace(FIRST, stock=20)), ["award 1 stock: 10 → 20"]),
    "less stock": (shares(replace(FIRST, stock=5)), ["award 1 stock: 10 → 5"]),
}

STANDS: dict[str, tuple[dict[str, Any], str]] = {
    "its begin": ({"begin": NOON}, "begin: 2026-11-22T12:00:00+00:00 → 2026-11-23T12:00:00+00:00 is refused"),
    "its time zone": ({"time_zone": "Asia/Shanghai"}, "time_zone: UTC → Asia/Shanghai is refused"),
    "its strategy": ({"strategy_mode": StrategyMode.SINGLE}, "strategy_mode: 2 → 1 is refused"),
    "when prizes are granted": ({"grant_type": GrantType.BY_HAND}, "grant_type: 1 → 3 is refused"),
    "the fallback": ({"fallback": "2"}, "fallback: none → 2 is refused"),
    "a quota that comes": ({"quotas": Quotas(activity=10, day=3)}, "quotas.day: none → 3 is refused"),
    "a quota that goes": ({"quotas": Quotas()}, "quotas.activity: 10 → none is refused"),
    "a way in that comes": (
        {"through": ("crowd", "staff")},
        "through: directly, and through any tree that leads to it → only through the trees crowd, staff is refused",
    ),
    "a condition that comes": ({"admit": (ADULT,)}, "admit: everybody → age >= 18 is refused"),
    "the cap that goes": ({"cap": None}, "cap.draws: 100 → none is refused"),
    "the cap's shards": ({"cap": Cap(limit=100, shards=2)}, "cap shards: 1 → 2 is refused"),
    "a rate": (shares(replace(FIRST, weight=1)), "award 1 rate: 0.3 → 0.000001 is refused"),
    "a lock": (shares(replace(FIRST, unlock_after=2)), "award 1 unlock_after: 0 → 2 is refused"),
    "an award's name": (
        shares(replace(FIRST, award=an_award("1", award_name="iphone"))),
        "award 1 award_name: ipad → iphone is refused",
    ),
    "an award's content": (
        shares(replace(FIRST, award=an_award("1", award_content="SECRET"))),
        "award 1 award_content: … → another is refused",
    ),
    "where an award's content comes from": (
        shares(replace(FIRST, award=an_award("1", source="another"))),
        "award 1 source: … → another is refused: it is promised",
    ),
    "when one award is granted": (
        shares(replace(FIRST, grant_type=GrantType.BY_HAND)),
        "award 1 grant_type: the activity's → 3 is refused: it is promised",
    ),
    "stock that becomes unlimited": (shares(replace(FIRST, stock=None)), "award 1 stock: 10 → unlimited is refused"),
    "an unlimited award that gets a stock": (
        shares(second=replace(SECOND, stock=9)),
        "award 2 stock: unlimited → 9 is refused",
    ),
    "an award's shards": (shares(replace(FIRST, shards=3)), "award 1 shards: 2 → 3 is refused"),
    "an award that goes": ({"shares": (FIRST,)}, "award 2: ipad → none is refused"),
    "an award that comes": ({"shares": (FIRST, SECOND, a_share("3", weight=1))}, "award 3: none → ipad is refused"),
    "the order of the awards": ({"shares": (SECOND, FIRST)}, "awards: 1 2 → 2 1 is refused"),
}
APPROVED = [ActivityState.PASS, ActivityState.DOING, ActivityState.CLOSE, ActivityState.OPEN]


def refusals(found: Activity, **changes: Any) -> list[str]:
    return refuse_changes(found, changes_between(found, replace(found, **changes)))


@pytest.mark.parametrize("gone", [{"through": ()}, {"admit": ()}, {"admit": (replace(ADULT, values=("16",)),)}])
def test_ways_in_and_conditions_that_are_approved_neither_go_nor_become_others(gone: dict[str, Any]) -> None:
    (refusal,) = refusals(replace(FOUND, through=("crowd",), admit=(ADULT,)), **gone)

    assert refusal.endswith("is refused: players rely on it")


@pytest.mark.parametrize(
    ("activity_s", "award_s", "words"),
    [
        (GrantType.AT_A_TIME, None, "prizes are promised for the end"),
        (GrantType.AT_ONCE, GrantType.AT_A_TIME, "prizes are promised for the end"),
        (GrantType.AT_A_TIME, GrantType.BY_HAND, None),
        (GrantType.BY_HAND, None, None),
    ],
)
def test_an_end_at_which_any_award_is_granted_is_promised(
    activity_s: GrantType, award_s: GrantType | None, words: str | None
) -> None:
    found = replace(FOUND, grant_type=activity_s, shares=(replace(FIRST, grant_type=award_s),))

    (change,) = changes_between(found, replace(found, end=NOON + timedelta(days=2)))

    assert change.standing == words


def test_where_content_comes_from_is_told_in_no_plan_and_no_public_log() -> None:
    award = an_award("1", award_type=AwardType.CODE, award_content="", source="spring-codes")
    found = replace(FOUND, shares=(replace(FIRST, award=award),))
    other = replace(found, shares=(replace(FIRST, award=replace(award, source="autumn-codes")),))

    assert list(map(str, changes_between(found, other))) == ["award 1 source: … → another"]


def test_the_same_file_changes_nothing_whatever_became_of_the_activity() -> None:
    lived = replace(FOUND, state=ActivityState.CLOSE, version=7, entries=9, digest="f" * 64, seed=SEED)

    assert changes_between(lived, FOUND) == []
    assert refuse_changes(lived, []) == []


@pytest.mark.parametrize("name", MAY_CHANGE)
@pytest.mark.parametrize("state", APPROVED, ids=lambda state: state.name)
def test_what_players_do_not_rely_on_may_change_while_the_activity_runs(name: str, state: ActivityState) -> None:
    changes, words = MAY_CHANGE[name]
    found = replace(FOUND, state=state)

    assert [str(change) for change in changes_between(found, replace(found, **changes))] == words
    assert refusals(found, **changes) == []


@pytest.mark.parametrize("name", STANDS)
@pytest.mark.parametrize("state", APPROVED, ids=lambda state: state.name)
def test_what_players_rely_on_stands_once_it_is_approved_and_the_reason_is_told(
    name: str, state: ActivityState
) -> None:
    changes, words = STANDS[name]

    (refusal,) = refusals(replace(FOUND, state=state), **changes)

    told, _, reason = refusal.partition(": ")[2].rpartition(" is refused: ")
    assert refusal.startswith(words)
    assert told
    assert reason


@pytest.mark.parametrize("name", [*MAY_CHANGE, *STANDS])
def test_everything_may_change_while_it_is_edited(name: str) -> None:
    changes = {**MAY_CHANGE, **STANDS}[name][0]

    assert refusals(replace(FOUND, state=ActivityState.EDIT, approved=False), **changes) == []


@pytest.mark.parametrize("state", [ActivityState.ARRAIGNMENT, ActivityState.REFUSE], ids=lambda state: state.name)
def test_nothing_changes_while_somebody_reviews_it_or_has_refused_it(state: ActivityState) -> None:
    (refusal,) = refusals(replace(FOUND, state=state), activity_name="another")

    assert refusal == f"it is in state {state.value} {state.name}: withdraw it first"


def test_nothing_changes_once_the_seed_is_revealed() -> None:
    (refusal,) = refusals(replace(FOUND, state=ActivityState.CLOSE, seed=SEED), activity_name="another")

    assert "its seed is revealed" in refusal


@pytest.mark.parametrize(("before", "asked", "kept"), [(1, 3, 3), (3, 1, 3), (3, 3, 3)])
def test_the_shards_of_wins_become_more_and_never_fewer(before: int, asked: int, kept: int) -> None:
    wanted = never_fewer(replace(FOUND, win_shards=before), replace(FOUND, activity_name="another", win_shards=asked))

    assert (wanted.activity_name, wanted.win_shards) == ("another", kept)


def test_every_field_of_a_file_is_compared() -> None:
    tried = {name for changes, _ in [*MAY_CHANGE.values(), *STANDS.values()] for name in changes}

    assert set(Activity.__dataclass_fields__) - LIFE - tried == {"activity_id", "creator", "grant_at"}
