"""Activities, their logs and rule trees, on three ledgers: each change once, and never without its line of the log."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from builders import NOON, SECOND, SEED, a_share, an_activity, an_award, an_entry
from fakes import MemoryLedger
from tables import TableLedger, activities_due, orders_due
from tombola.aws.activity_items import tree_item
from tombola.rules.activity import Activity, Cap, GrantType
from tombola.rules.activity_life import LAST_DRAW, logged, moved, revealed
from tombola.rules.activity_states import Action, ActivityState, IllegalActionError
from tombola.rules.award_type import AwardType
from tombola.rules.facts import Condition, Operator
from tombola.rules.log import START, Entry
from tombola.rules.order import LANES
from tombola.rules.quota import Quotas
from tombola.rules.tree import Branch, Leaf, Stem, Tree
from tombola.rules.window import START_AHEAD

Ledger = MemoryLedger | TableLedger
BEGIN, END = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
INSTANT = timedelta(milliseconds=1)
LIFE = [Action.SUBMIT, Action.APPROVE, Action.START, *[Action.CLOSE, Action.OPEN, Action.START] * 3, Action.CLOSE]


def a_draft(**changes: object) -> Activity:
    fields = {"state": ActivityState.EDIT, "approved": False, "begin": BEGIN, "end": END}
    return an_activity(**{**fields, **changes})


def created(ledger: Ledger) -> Activity:
    after, entry = logged(None, a_draft(), "apply", "xiaofuge", "spring", NOON, ["new"])
    assert ledger.write(None, after, entry)
    return after


def move(ledger: Ledger, activity: Activity, *actions: Action) -> Activity:
    """Take actions, a second apart."""
    for action in actions:
        after = ledger.move(activity, action, "fustack", f"because {action}", activity.since + SECOND)
        assert after is not None
        activity = after
    return activity


def log_of(ledger: Ledger, page: int = 100) -> list[Entry]:
    """Read the log to its end, page by page."""
    entries: list[Entry] = []
    while found := ledger.log("100001", entries[-1].number if entries else 0, page):
        assert len(found) <= page
        entries += found
    return entries


def test_an_activity_with_everything_is_read_as_it_was_applied(ledger: Ledger) -> None:
    shanghai = timezone(timedelta(hours=8))
    activity = an_activity(
        a_share("1", weight=50_000, stock=7, shards=3, unlock_after=2),
        replace(
            a_share("2", weight=0, stock=None), award=an_award("2", award_type=AwardType.COUPON, award_name="平板")
        ),
        begin=BEGIN.astimezone(shanghai),
        end=END.astimezone(shanghai),
        time_zone="Asia/Shanghai",
        grant_type=GrantType.AT_A_TIME,
        grant_at=END + SECOND,
        quotas=Quotas(activity=10, day=1, month=5),
        cap=Cap(limit=100, shards=4),
        blocked=("fustack", "a/b ü😀"),
        through=("2110081902", "crowd"),
        admit=(Condition(fact="tier", operator=Operator.IN, values=("gold", "")),),
        fallback="2",
        state=ActivityState.CLOSE,
        version=3,
        seed=SEED,
        entries=12,
        digest="f" * 64,
    )
    ledger.apply(activity, {})

    found = ledger.activity("100001")
    assert found == activity
    assert found.begin.utcoffset() == timedelta(hours=8)
    assert ledger.activity("100002") is None


def test_an_activity_with_nothing_optional_is_read_as_it_was_applied(ledger: Ledger) -> None:
    activity = an_activity(a_share("1", stock=None), quotas=Quotas())
    ledger.apply(activity, {})

    assert ledger.activity("100001") == activity


def test_an_activity_is_created_once(ledger: Ledger) -> None:
    activity = created(ledger)
    other, entry = logged(None, a_draft(activity_name="another"), "apply", "fustack", "", NOON, [])

    assert not ledger.write(None, other, entry)
    assert ledger.activity("100001") == activity
    assert [line.who for line in log_of(ledger)] == ["xiaofuge"]


def test_a_change_of_what_has_changed_meanwhile_is_refused_and_not_logged(ledger: Ledger) -> None:
    stale = created(ledger)
    current = move(ledger, stale, Action.SUBMIT)

    assert ledger.move(stale, Action.CLOSE, "fustack", "", NOON + 9 * SECOND) is None
    renamed, entry = logged(stale, replace(stale, activity_name="another"), "apply", "fustack", "", NOON, [])
    assert not ledger.write(stale, renamed, entry)
    assert ledger.activity("100001") == current
    assert [line.what for line in log_of(ledger)] == ["apply", "submit"]


def test_a_change_of_what_is_not_there_is_refused(ledger: Ledger) -> None:
    after, entry = moved(a_draft(entries=1), Action.SUBMIT, "fustack", "", NOON)

    assert not ledger.write(a_draft(entries=1), after, entry)
    assert ledger.activity("100001") is None
    assert log_of(ledger) == []


def test_a_change_of_what_is_further_on_is_refused_even_where_its_line_of_the_log_is_free(ledger: Ledger) -> None:
    current, stale = a_draft(entries=5), a_draft(entries=3)
    ledger.apply(current, {})
    after, entry = moved(stale, Action.SUBMIT, "fustack", "", NOON)

    assert not ledger.write(stale, after, entry)
    assert ledger.activity("100001") == current
    assert log_of(ledger) == []


def test_a_change_that_is_sent_again_acts_once_and_is_told_so(ledger: Ledger) -> None:
    before = created(ledger)
    after, entry = moved(before, Action.SUBMIT, "fustack", "", NOON + SECOND)

    assert [ledger.write(before, after, entry) for _ in range(2)] == [True, True]
    assert ledger.activity("100001") == after
    assert [line.number for line in log_of(ledger)] == [1, 2]


def test_a_creation_that_is_sent_again_acts_once_and_is_told_so(ledger: Ledger) -> None:
    after, entry = logged(None, a_draft(), "apply", "xiaofuge", "", NOON, [])

    assert [ledger.write(None, after, entry) for _ in range(2)] == [True, True]
    assert [line.number for line in log_of(ledger)] == [1]


@pytest.mark.parametrize("page", [1, 4, 100])
def test_the_log_tells_a_whole_life_in_pages_each_line_with_the_hash_of_the_one_before(
    ledger: Ledger, page: int
) -> None:
    activity = move(ledger, created(ledger), *LIFE)

    lines = log_of(ledger, page)

    assert [line.what for line in lines] == ["apply", *LIFE]
    assert [line.number for line in lines] == list(range(1, len(LIFE) + 2))
    assert [line.before for line in lines] == [START, *[line.digest for line in lines[:-1]]]
    assert [line.state_from for line in lines[1:]] == [line.state_to for line in lines[:-1]]
    assert [(line.state_from, line.who, line.why, line.changes) for line in lines[:1]] == [
        (None, "xiaofuge", "spring", ("new",))
    ]
    assert (activity.entries, activity.digest) == (lines[-1].number, lines[-1].digest)
    assert ledger.activity("100001") == activity


def test_the_log_is_its_own_activitys_and_goes_on_after_a_number(ledger: Ledger) -> None:
    move(ledger, created(ledger), Action.SUBMIT, Action.APPROVE)

    assert [line.number for line in ledger.log("100001", after=1, limit=1)] == [2]
    assert [line.number for line in ledger.log("100001", after=1, limit=9)] == [2, 3]
    assert list(ledger.log("100001", after=3, limit=9)) == []
    assert list(ledger.log("10000", after=0, limit=9)) == []


def test_approval_puts_commitment_and_odds_on_the_log_and_revealing_the_seed(ledger: Ledger) -> None:
    closed = move(ledger, created(ledger), Action.SUBMIT, Action.APPROVE, Action.CLOSE)
    after, entry = revealed(closed, SEED, "xiaofuge", "done", closed.since + LAST_DRAW)

    assert ledger.write(closed, after, entry)
    assert ledger.activity("100001") == after
    assert after.seed == SEED
    lines = log_of(ledger)
    assert [change.split(":")[0] for change in lines[2].changes] == ["commitment", "odds"]
    assert lines[-1].changes == (f"seed: {SEED.hex()}",)


def test_an_action_that_the_state_does_not_allow_changes_nothing(ledger: Ledger) -> None:
    draft = created(ledger)

    with pytest.raises(IllegalActionError):
        ledger.move(draft, Action.START, "fustack", "", NOON)
    assert ledger.activity("100001") == draft
    assert len(log_of(ledger)) == 1


def test_of_many_who_move_an_activity_at_once_exactly_one_does(ledger: Ledger, crowd: ThreadPoolExecutor) -> None:
    activity = move(ledger, created(ledger), Action.SUBMIT, Action.APPROVE)

    moves = list(crowd.map(lambda who: ledger.move(activity, Action.START, f"user-{who}", "", BEGIN), range(32)))

    (winner,) = [after for after in moves if after is not None]
    assert ledger.activity("100001") == winner
    assert [line.what for line in log_of(ledger)] == ["apply", "submit", "approve", "start"]


DUE = {
    ActivityState.PASS: BEGIN - START_AHEAD,
    ActivityState.OPEN: BEGIN - START_AHEAD,
    ActivityState.DOING: END + INSTANT,
}


@pytest.mark.parametrize("state", ActivityState)
def test_an_activity_is_due_when_it_starts_or_closes_by_itself_and_else_never(
    ledger: Ledger, state: ActivityState
) -> None:
    ledger.apply(a_draft(state=state), {})
    due = DUE.get(state)

    if due is None:
        assert activities_due(ledger, END + timedelta(days=1_000), limit=10) == []
    else:
        assert activities_due(ledger, due - INSTANT, limit=10) == []
        assert activities_due(ledger, due, limit=10) == ["100001"]


def test_an_activity_is_no_longer_due_for_what_has_been_done(ledger: Ledger) -> None:
    activity = move(ledger, created(ledger), Action.SUBMIT, Action.APPROVE)
    assert activities_due(ledger, BEGIN, limit=10) == ["100001"]

    activity = move(ledger, activity, Action.START)
    assert activities_due(ledger, END, limit=10) == []
    assert activities_due(ledger, END + INSTANT, limit=10) == ["100001"]

    move(ledger, activity, Action.CLOSE)
    assert activities_due(ledger, END + INSTANT, limit=10) == []


def test_due_activities_come_oldest_first_and_no_more_than_asked_for(ledger: Ledger) -> None:
    for activity_id, hours in (("a", 3), ("b", 1), ("c", 2), ("d", 9)):
        end = NOON + timedelta(hours=hours)
        ledger.apply(an_activity(activity_id=activity_id, end=end, begin=NOON), {})

    assert activities_due(ledger, NOON + timedelta(hours=4), limit=10) == ["b", "c", "a"]
    assert activities_due(ledger, NOON + timedelta(hours=4), limit=2) == ["b", "c"]


def test_orders_and_activities_do_not_stand_in_one_lane(ledger: Ledger) -> None:
    ledger.apply(an_activity(), {})

    assert not [due for lane in LANES for due in orders_due(ledger, lane, END + timedelta(days=9))]


def test_a_tree_is_read_as_it_was_applied(ledger: Ledger) -> None:
    by_age = Stem(
        node_id="1",
        fact="age",
        branches=(
            Branch(operator=Operator.LESS, values=("18",), to="2"),
            Branch(operator=Operator.IN, values=("18", "19", "二十"), to="3"),
        ),
    )
    leaves = (Leaf(node_id="2", activity_id="100001"), Leaf(node_id="3", activity_id="100002"))
    tree = Tree(tree_id="2110081902", tree_name="抽奖活动规则树", root="1", nodes=(by_age, *leaves))
    if isinstance(ledger, MemoryLedger):
        ledger.trees[tree.tree_id] = tree
    else:
        ledger.put_item(tree_item(tree))

    assert ledger.tree("2110081902") == tree
    assert ledger.tree("2110081903") is None
    assert ledger.activity("2110081902") is None


def test_a_line_of_the_log_is_read_as_it_was_written(ledger: Ledger) -> None:
    entry = an_entry(why="für 小傅哥 😀", changes=("a", "", "a"), at=NOON.astimezone(timezone(timedelta(hours=-3))))
    assert ledger.write(None, a_draft(entries=1, digest=entry.digest), entry)

    assert log_of(ledger) == [entry]
    assert log_of(ledger)[0].digest == entry.digest
