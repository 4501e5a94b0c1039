"""Orders, activities, logs and trees as items: nothing is lost on the way there and back."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import example, given
from hypothesis import strategies as st

from builders import NOON, SEED, a_lost_order, a_share, an_activity, an_entry, an_order
from tombola.aws.activity_items import (
    activity_from,
    activity_item,
    entry_from,
    entry_item,
    stock_item,
    tree_from,
    tree_item,
)
from tombola.aws.items import order_from, order_item, quota_key
from tombola.rules.activity import Activity, Award, Cap, GrantType, Share
from tombola.rules.award_type import AWARD_TYPES
from tombola.rules.facts import Condition, Operator
from tombola.rules.log import Entry
from tombola.rules.odds import StrategyMode
from tombola.rules.order import GrantState, MqState, Order, Outcome, Proof
from tombola.rules.quota import Quotas
from tombola.rules.state import ActivityState
from tombola.rules.tree import Branch, Leaf, Stem, Tree
from tombola.rules.window import due_at

MILLISECOND = timedelta(milliseconds=1)

counts = st.integers(0, 10**6)
limits = st.none() | st.integers(1, 10**6)
names = st.text(min_size=1)
moments = st.integers(-(10**12), 10**13).map(lambda milliseconds: NOON + timedelta(milliseconds=milliseconds))
zones = st.integers(-720, 840).map(lambda minutes: timezone(timedelta(minutes=minutes)))
zoned = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=zones)  # noqa: DTZ001 - the zones follow
awards = st.builds(
    Award,
    award_id=names,
    award_type=st.sampled_from(list(AWARD_TYPES.values())),
    award_name=st.text(),
    award_content=st.text(),
)
proofs = st.builds(
    Proof, attempt=counts, excluded=st.lists(st.text()).map(tuple), version=counts, taken=st.none() | counts
)
entries = st.builds(
    Entry,
    number=st.integers(1, 10**8 - 1),
    at=zoned,
    who=st.text(),
    what=st.text(),
    why=st.text(),
    state_from=st.none() | st.sampled_from(ActivityState),
    state_to=st.sampled_from(ActivityState),
    version=counts,
    changes=st.lists(st.text()).map(tuple),
    before=st.text(),
)


@st.composite
def orders(draw: st.DrawFn) -> Order:
    award = draw(st.none() | awards)
    won = st.sampled_from([Outcome.WON, Outcome.FALLBACK])
    return Order(
        order_id=draw(st.integers(0, 2**63 - 1)),
        user_id=draw(names),
        activity_id=draw(names),
        tree_id=draw(st.none() | names),
        idempotency_key=draw(names),
        request_hash=draw(st.text()),
        outcome=Outcome.LOST if award is None else draw(won),
        award=award,
        shard=draw(st.none() | st.integers(0, 99)),
        cap_shard=draw(st.none() | st.integers(0, 99)),
        strategy_mode=draw(st.sampled_from(StrategyMode)),
        grant_type=draw(st.sampled_from(GrantType)),
        proof=draw(proofs),
        drawn_at=draw(moments),
        mq_state=draw(st.sampled_from(MqState)),
        grant_state=draw(st.sampled_from(GrantState)),
        grants=draw(counts),
        claims=draw(counts),
        failures=draw(counts),
        begun=draw(counts),
        sent_at=draw(st.none() | moments),
        granted_at=draw(st.none() | moments),
        grant_at=draw(st.none() | moments),
        due_at=draw(st.none() | moments),
        failed_because=draw(st.none() | st.text()),
        parked_because=draw(st.none() | st.text()),
    )


@st.composite
def activities(draw: st.DrawFn) -> Activity:
    won = draw(st.lists(awards, min_size=1, max_size=5, unique_by=lambda award: award.award_id))
    begin, end = sorted(draw(st.sets(zoned, min_size=2, max_size=2)))
    grant_type = draw(st.sampled_from(GrantType))
    shares = [
        Share(
            award=award,
            weight=draw(st.integers(1, 200_000)),
            stock=draw(st.none() | counts),
            shards=draw(st.integers(1, 100)),
            unlock_after=draw(counts),
        )
        for award in won
    ]
    always = [share.award.award_id for share in shares if share.stock is None and not share.unlock_after]
    return Activity(
        activity_id=draw(names),
        activity_name=draw(st.text()),
        activity_desc=draw(st.text()),
        creator=draw(st.text()),
        begin=begin,
        end=end,
        time_zone=draw(st.sampled_from(["UTC", "Asia/Shanghai", "America/St_Johns"])),
        strategy_mode=draw(st.sampled_from(StrategyMode)),
        grant_type=grant_type,
        grant_at=draw(st.none() | zoned) if grant_type is GrantType.AT_A_TIME else None,
        quotas=Quotas(activity=draw(limits), day=draw(limits), month=draw(limits)),
        cap=draw(st.none() | st.builds(Cap, limit=st.integers(1, 10**6), shards=st.integers(1, 100))),
        blocked=tuple(draw(st.lists(st.text()))),
        through=tuple(draw(st.lists(names, max_size=3))),
        admit=tuple(draw(st.lists(conditions(), max_size=3))),
        shares=tuple(shares),
        fallback=draw(st.sampled_from([None, *always])),
        state=draw(st.sampled_from(ActivityState)),
        since=draw(moments),
        approved=draw(st.booleans()),
        version=draw(counts),
        commitment=draw(st.text()),
        sealed_seed=draw(st.binary()),
        seed=draw(st.none() | st.binary()),
        entries=draw(counts),
        digest=draw(st.text()),
    )


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Draw a tree whose nodes, but for the root, each hang on one before them; who has no children is a leaf."""
    parents = [draw(st.integers(0, number - 1)) for number in range(1, draw(st.integers(1, 12)))]
    nodes: list[Stem | Leaf] = []
    for number in range(len(parents) + 1):
        children = [child for child, parent in enumerate(parents, start=1) if parent == number]
        branches = tuple(draw(branches_to(f"node {child}")) for child in children)
        if branches:
            nodes.append(Stem(node_id=f"node {number}", fact=draw(names), branches=branches))
        else:
            nodes.append(
                Leaf(node_id=f"node {number}", activity_id=draw(st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)))
            )
    return Tree(
        tree_id=draw(names), tree_name=draw(st.text()), root="node 0", nodes=tuple(draw(st.permutations(nodes)))
    )


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    operator, values = draw(comparisons())
    return Condition(fact=draw(names), operator=operator, values=values)


def branches_to(node_id: str) -> st.SearchStrategy[Branch]:
    return comparisons().map(lambda given: Branch(operator=given[0], values=given[1], to=node_id))


@st.composite
def comparisons(draw: st.DrawFn) -> tuple[Operator, tuple[str, ...]]:
    operator = draw(st.sampled_from(Operator))
    if operator is Operator.IN:
        values = draw(st.lists(st.text(), min_size=1))
    elif operator is Operator.EQUAL:
        values = [draw(st.text())]
    else:
        values = [str(draw(counts))]
    return operator, tuple(values)


@given(orders())
@example(an_order(0, shard=0))
@example(an_order(parked_because=""))
@example(a_lost_order(cap_shard=0))
@example(an_order(proof=Proof(attempt=0, excluded=(), version=1, taken=0)))
def test_an_order_is_read_back_as_it_was(order: Order) -> None:
    assert order_from(order_item(order)) == order


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


@given(orders())
def test_an_order_is_in_the_due_index_only_with_its_lane(order: Order) -> None:
    lane = order_item(order).get("lane")

    assert lane == (None if order.lane is None else {"S": order.lane})


def test_the_keys_are_those_of_the_design() -> None:
    order = order_item(an_order(7, user_id="a/b"))
    activity = activity_item(an_activity())
    stock = stock_item("100001", "3", 7, 50)
    entry = entry_item("100001", an_entry(12))
    tree = tree_item(Tree(tree_id="7", tree_name="", root="1", nodes=(Leaf(node_id="1", activity_id="100001"),)))

    assert (order["pk"], order["sk"]) == ({"S": "USER#a/b"}, {"S": "ORDER#0000000000000000007"})
    assert (activity["pk"], activity["sk"]) == ({"S": "ACTIVITY#100001"}, {"S": "CONFIG"})
    assert (entry["pk"], entry["sk"]) == ({"S": "ACTIVITY#100001"}, {"S": "LOG#00000012"})
    assert (tree["pk"], tree["sk"]) == ({"S": "TREE#7"}, {"S": "CONFIG"})
    assert quota_key("a/b", "100001") == {"pk": {"S": "USER#a/b"}, "sk": {"S": "QUOTA#100001"}}
    assert stock == {
        "pk": {"S": "STOCK#100001#3#07"},
        "sk": {"S": "STOCK"},
        "initial": {"N": "50"},
        "left": {"N": "50"},
        "version": {"N": "1"},
    }


def test_order_keys_sort_as_order_ids_do() -> None:
    order_ids = [0, 9, 10, 2**62, 2**63 - 1]

    keys = [order_item(an_order(order_id))["sk"]["S"] for order_id in order_ids]

    assert keys == sorted(keys)


def test_what_there_is_not_takes_no_room() -> None:
    absent = {"award", "shard", "cap_shard", "tree_id", "sent_at", "granted_at", "grant_at", "due_at", "lane"}
    closed = an_activity(state=ActivityState.CLOSE)

    assert not (absent | {"parked_because"}) & set(order_item(a_lost_order()))
    assert "taken" not in order_item(a_lost_order())["proof"]["M"]
    optional = {"cap", "fallback", "seed", "grant_at", "lane", "due_at", "through", "admit"}
    assert not optional & set(activity_item(closed))


def test_an_activity_carries_each_award_with_its_odds() -> None:
    item = activity_item(
        an_activity(a_share("1", weight=50_000, stock=10, shards=2, unlock_after=3), a_share("2", stock=None))
    )

    limited, unlimited = (entry["M"] for entry in item["awards"]["L"])
    assert (limited["weight"], limited["stock"], limited["shards"]) == ({"N": "50000"}, {"N": "10"}, {"N": "2"})
    assert limited["unlock_after"] == {"N": "3"}
    assert not {"stock", "unlock_after"} & set(unlimited)
