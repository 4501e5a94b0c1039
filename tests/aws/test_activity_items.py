"""Activities, logs and trees as items: nothing is lost on the way there and back."""

from datetime import UTC, datetime, timedelta

from hypothesis import example, given

from any_items import activities, entries, trees
from builders import NOON, SEED, a_share, an_activity
from tombola.aws.activity_items import (
    activity_from,
    activity_item,
    entry_from,
    entry_item,
    tree_from,
    tree_item,
)
from tombola.rules.activity import Activity, Cap, GrantType
from tombola.rules.log import Entry
from tombola.rules.quota import Quotas
from tombola.rules.tree import Tree
from tombola.rules.window import due_at

MILLISECOND = timedelta(milliseconds=1)


@given(activities())
@example(an_activity(a_share("1", stock=0), a_share("2", stock=None), quotas=Quotas()))
@example(an_activity(a_share(stock=None), fallback="3", cap=Cap(limit=1), blocked=("a",), seed=b""))
@example(an_activity(grant_type=GrantType.AT_A_TIME, grant_at=NOON, seed=SEED))
def test_an_activity_is_read_back_as_it_was(activity: Activity) -> None:
    found = activity_from(activity_item(activity))

    assert found == activity
    assert found.begin.utcoffset() == activity.begin.utcoffset()
    assert found.end.utcoffset() == activity.end.utcoffset()


@given(entries)
def test_a_line_of_the_log_is_read_back_as_it_was_and_with_its_hash(entry: Entry) -> None:
    found = entry_from(entry_item("100001", entry))

    assert found == entry
    assert found.digest == entry.digest


@given(trees())
def test_a_tree_is_read_back_as_it_was(tree: Tree) -> None:
    assert tree_from(tree_item(tree)) == tree


@given(activities())
def test_an_activity_is_in_the_due_index_exactly_when_it_is_due(activity: Activity) -> None:
    item, due = activity_item(activity), due_at(activity)

    assert ("lane" in item, "due_at" in item) == (due is not None, due is not None)
    if due is not None:
        assert item["lane"] == {"S": "activities"}
        assert (
            timedelta()
            <= due - datetime.fromtimestamp(0, UTC) - timedelta(milliseconds=int(item["due_at"]["N"]))
            < MILLISECOND
        )


def test_an_activity_carries_each_award_with_its_odds() -> None:
    item = activity_item(
        an_activity(a_share("1", weight=50_000, stock=10, shards=2, unlock_after=3), a_share("2", stock=None))
    )

    limited, unlimited = (entry["M"] for entry in item["awards"]["L"])
    assert (limited["weight"], limited["stock"], limited["shards"]) == ({"N": "50000"}, {"N": "10"}, {"N": "2"})
    assert limited["unlock_after"] == {"N": "3"}
    assert not {"stock", "unlock_after"} & set(unlimited)
