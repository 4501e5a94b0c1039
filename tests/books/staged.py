"""The activities of a book: both strategies, every way to grant, every type of award, every limit and every state."""

from datetime import UTC, datetime, timedelta
from typing import Any

from builders import an_activity
from tombola.rules.activity import Activity, Award, Cap, GrantType, Share
from tombola.rules.activity_states import ActivityState
from tombola.rules.award_type import TOMBOLAS, AwardType
from tombola.rules.facts import Condition, Operator
from tombola.rules.odds import StrategyMode
from tombola.rules.quota import Quotas
from tombola.rules.tree import Branch, Leaf, Stem, Tree

AUGUST, OCTOBER, NOVEMBER = (datetime(2026, month, 1, tzinfo=UTC) for month in (8, 10, 11))
YEARS_END = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
OCTOBERS_END = NOVEMBER - timedelta(seconds=1)
TREE = "9001"
COUNTED = "300001"
POOL = "300002"
BY_HAND = "300003"
AT_A_TIME = "300004"
KINDS = "300005"
REVEALED, REVEALED_POOL = "300006", "300007"
EDITED = "300011"
SUBMITTED = "300012"
APPROVED = "300013"
REFUSED = "300014"
CLOSED = "300015"
OPENED = "300016"
BLOCKED = "barred"


def a_prize(award_id: str, weight: int, stock: int | None = None, **changes: Any) -> Share:
    """Return a share of a text award, or of another type of award."""
    award_type = changes.pop("award_type", AwardType.TEXT)
    award = Award(
        award_id=award_id, award_type=award_type, award_name=f"奖品 {award_id}", award_content=f"CODE-{award_id}"
    )
    return Share(award=award, weight=weight, stock=stock, **changes)


def as_in_a_file(activity_id: str, *shares: Share, **changes: Any) -> Activity:
    """Return an activity as its file says it, before it is applied; it lasts from November to the end of the year."""
    fields: dict[str, Any] = {
        "activity_id": activity_id,
        "activity_name": f"活动 {activity_id}",
        "activity_desc": "a recorded book",
        "begin": NOVEMBER,
        "end": YEARS_END,
        "strategy_mode": StrategyMode.SINGLE,
        "quotas": Quotas(),
        "state": ActivityState.EDIT,
        "approved": False,
        "version": 0,
        "commitment": "",
        "sealed_seed": b"",
    }
    return an_activity(*(shares or (a_prize("1", 500_000, 10),)), **{**fields, **changes})


ACTIVITIES = {
    activity.activity_id: activity
    for activity in (
        as_in_a_file(
            COUNTED,
            a_prize("1", 300_000, 6, shards=3),
            a_prize("2", 300_000),
            begin=AUGUST,
            time_zone="Pacific/Auckland",
            quotas=Quotas(activity=6, month=4, day=2),
            blocked=(BLOCKED,),
        ),
        as_in_a_file(
            POOL,
            a_prize("1", 500_000, 1),
            a_prize("2", 300_000, 2),
            a_prize("3", 200_000, 40, shards=2),
            strategy_mode=StrategyMode.TOTAL,
        ),
        as_in_a_file(
            BY_HAND,
            a_prize("1", 300_000, 5),
            a_prize("8", 400_000, 5, unlock_after=2),
            a_prize("9", 0),
            fallback="9",
            grant_type=GrantType.BY_HAND,
            cap=Cap(limit=8, shards=2),
            quotas=Quotas(activity=5),
            through=(TREE,),
            admit=(Condition(operator=Operator.IN, values=("gold", "silver"), fact="groups"),),
        ),
        as_in_a_file(
            AT_A_TIME,
            a_prize("1", 1, 5),
            a_prize("2", 999_999),
            strategy_mode=StrategyMode.TOTAL,
            grant_type=GrantType.AT_A_TIME,
            grant_at=datetime(2026, 12, 1, tzinfo=UTC),
        ),
        as_in_a_file(
            KINDS,
            *(a_prize(str(kind), 250_000, 9, award_type=kind) for kind in TOMBOLAS),
        ),
        as_in_a_file(
            REVEALED,
            a_prize("1", 700_000, 1),
            a_prize("2", 150_000, 5, shards=2),
            begin=OCTOBER,
            end=OCTOBERS_END,
            grant_type=GrantType.AT_A_TIME,
            cap=Cap(limit=30, shards=2),
            quotas=Quotas(month=5, day=3),
        ),
        as_in_a_file(
            REVEALED_POOL,
            a_prize("1", 600_000, 1),
            a_prize("2", 300_000, 9, unlock_after=1),
            a_prize("3", 100_000),
            begin=OCTOBER,
            end=OCTOBERS_END,
            strategy_mode=StrategyMode.TOTAL,
            quotas=Quotas(activity=3),
        ),
        *map(as_in_a_file, (EDITED, SUBMITTED)),
        as_in_a_file(APPROVED, begin=NOVEMBER + timedelta(days=24)),
        *map(as_in_a_file, (REFUSED, CLOSED, OPENED)),
    )
}


def a_tree() -> Tree:
    """Return the tree that leads adults to prizes by hand, and others to prizes at a time."""
    adults = Branch(operator=Operator.AT_LEAST, values=("18",), to="2")
    others = Branch(operator=Operator.LESS, values=("18",), to="3")
    return Tree(
        tree_id=TREE,
        tree_name="who draws what",
        root="1",
        nodes=(
            Stem(node_id="1", fact="age", branches=(adults, others)),
            Leaf(node_id="2", activity_id=BY_HAND),
            Leaf(node_id="3", activity_id=AT_A_TIME),
        ),
    )
