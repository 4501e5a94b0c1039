"""Any order, activity, line of a log and tree, for tests of how they are written and read."""

from datetime import datetime, timedelta, timezone

from hypothesis import strategies as st

from builders import NOON
from tombola.rules.activity import Activity, Award, Cap, GrantType, Share
from tombola.rules.activity_states import ActivityState
from tombola.rules.award_type import AWARD_TYPES
from tombola.rules.facts import Condition, Operator
from tombola.rules.log import Entry
from tombola.rules.odds import StrategyMode
from tombola.rules.order import GrantState, MqState, Order, Outcome, Proof
from tombola.rules.quota import Quotas
from tombola.rules.tree import Branch, Leaf, Stem, Tree

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
    source=st.none() | st.text(),
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
        win=draw(st.none() | names),
        mq_state=draw(st.sampled_from(MqState)),
        grant_state=draw(st.sampled_from(GrantState)),
        grants=draw(counts),
        claims=draw(counts),
        failures=draw(counts),
        begun=draw(counts),
        wake=draw(st.booleans()),
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
            grant_type=draw(st.none() | st.sampled_from(GrantType)),
        )
        for award in won
    ]
    granted = [share.grant_type or grant_type for share in shares]
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
        grant_at=draw(st.none() | zoned) if GrantType.AT_A_TIME in granted else None,
        quotas=Quotas(activity=draw(limits), day=draw(limits), month=draw(limits)),
        cap=draw(st.none() | st.builds(Cap, limit=st.integers(1, 10**6), shards=st.integers(1, 100))),
        blocked=tuple(draw(st.lists(st.text()))),
        through=tuple(draw(st.lists(names, max_size=3))),
        admit=tuple(draw(st.lists(conditions(), max_size=3))),
        shares=tuple(shares),
        fallback=draw(st.sampled_from([None, *always])),
        win_shards=draw(st.integers(1, 100)),
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
