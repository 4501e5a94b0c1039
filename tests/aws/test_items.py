"""Orders and activities as items: nothing is lost on the way there and back, and an order stays small."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from builders import NOON, SECOND, a_lost_order, a_share, an_activity, an_award, an_order
from tombola.aws.items import activity_from, activity_item, order_from, order_item, stock_item
from tombola.rules.activity import Activity, ActivityState, Award, AwardType, GrantType, Share, StrategyMode
from tombola.rules.order import GrantState, MqState, Order, Outcome, Proof, granted

WRITE_UNIT = 1024  # bytes

counts = st.integers(0, 10**6)
moments = st.integers(-(10**12), 10**13).map(lambda milliseconds: NOON + timedelta(milliseconds=milliseconds))
zones = st.integers(-720, 840).map(lambda minutes: timezone(timedelta(minutes=minutes)))
awards = st.builds(
    Award,
    award_id=st.text(min_size=1),
    award_type=st.sampled_from(AwardType),
    award_name=st.text(),
    award_content=st.text(),
)


@st.composite
def orders(draw: st.DrawFn) -> Order:
    award = draw(st.none() | awards)
    return Order(
        order_id=draw(st.integers(0, 2**63 - 1)),
        user_id=draw(st.text(min_size=1)),
        activity_id=draw(st.text(min_size=1)),
        idempotency_key=draw(st.text(min_size=1)),
        request_hash=draw(st.text()),
        outcome=Outcome.LOST if award is None else Outcome.WON,
        award=award,
        shard=draw(st.none() | st.integers(0, 99)),
        strategy_mode=draw(st.sampled_from(StrategyMode)),
        grant_type=draw(st.sampled_from(GrantType)),
        proof=draw(st.builds(Proof, attempt=counts, excluded=st.lists(st.text()).map(tuple), version=counts)),
        drawn_at=draw(moments),
        mq_state=draw(st.sampled_from(MqState)),
        grant_state=draw(st.sampled_from(GrantState)),
        grants=draw(counts),
        claims=draw(counts),
        failures=draw(counts),
        sent_at=draw(st.none() | moments),
        granted_at=draw(st.none() | moments),
        due_at=draw(st.none() | moments),
        parked_because=draw(st.none() | st.text()),
    )


@st.composite
def activities(draw: st.DrawFn) -> Activity:
    entries = draw(st.lists(awards, min_size=1, max_size=5, unique_by=lambda award: award.award_id))
    begin, end = sorted(draw(st.sets(st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)), min_size=2, max_size=2)))  # noqa: DTZ001 - the zone follows
    zone = draw(zones)
    shares = [
        Share(
            award=award,
            weight=draw(st.integers(1, 200_000)),
            stock=draw(st.none() | counts),
            shards=draw(st.integers(1, 100)),
        )
        for award in entries
    ]
    return Activity(
        activity_id=draw(st.text(min_size=1)),
        activity_name=draw(st.text()),
        activity_desc=draw(st.text()),
        state=draw(st.sampled_from(ActivityState)),
        begin=begin.replace(tzinfo=zone),
        end=end.replace(tzinfo=zone),
        strategy_mode=draw(st.sampled_from(StrategyMode)),
        grant_type=draw(st.sampled_from(GrantType)),
        quota=draw(st.none() | st.integers(1, 10**6)),
        shares=tuple(shares),
        version=draw(counts),
        commitment=draw(st.text()),
        sealed_seed=draw(st.binary()),
    )


@given(orders())
@example(an_order(0, shard=0))
@example(an_order(parked_because=""))
@example(a_lost_order())
def test_an_order_is_read_back_as_it_was(order: Order) -> None:
    assert order_from(order_item(order)) == order


@given(activities())
@example(an_activity(a_share("1", stock=0), a_share("2", stock=None), quota=None))
def test_an_activity_is_read_back_as_it_was(activity: Activity) -> None:
    found = activity_from(activity_item(activity))

    assert found == activity
    assert found.begin.utcoffset() == activity.begin.utcoffset()


@given(orders())
def test_an_order_is_in_the_due_index_only_with_its_lane(order: Order) -> None:
    lane = order_item(order).get("lane")

    assert lane == (None if order.lane is None else {"S": order.lane})


def test_the_keys_are_those_of_the_design() -> None:
    order = order_item(an_order(7, user_id="a/b"))
    activity = activity_item(an_activity())
    stock = stock_item("100001", "3", 7, 50)

    assert (order["pk"], order["sk"]) == ({"S": "USER#a/b"}, {"S": "ORDER#0000000000000000007"})
    assert (activity["pk"], activity["sk"]) == ({"S": "ACTIVITY#100001"}, {"S": "CONFIG"})
    assert stock == {
        "pk": {"S": "STOCK#100001#3#07"},
        "sk": {"S": "STOCK"},
        "initial": {"N": "50"},
        "left": {"N": "50"},
    }


def test_order_keys_sort_as_order_ids_do() -> None:
    order_ids = [0, 9, 10, 2**62, 2**63 - 1]

    keys = [order_item(an_order(order_id))["sk"]["S"] for order_id in order_ids]

    assert keys == sorted(keys)


def test_what_there_is_not_takes_no_room() -> None:
    absent = {"award", "shard", "sent_at", "granted_at", "due_at", "lane", "parked_because"}

    assert not absent & set(order_item(a_lost_order()))


def test_a_typical_order_costs_one_write_unit_from_draw_to_grant() -> None:
    order = an_order(
        2**63 - 1,
        user_id="u" * 36,
        idempotency_key="6f1c7d52-0f1e-4c51-9d5b-2b1a4e6f9c3d",
        request_hash="f" * 64,
        award=an_award("1000001", award_name="平板电脑 12 英寸", award_content="兑换码" * 20),
        proof=Proof(attempt=3, excluded=("1000002", "1000003", "1000004"), version=12),
        claims=3,
        failures=2,
        sent_at=NOON,
    )

    assert size_of(order_item(order)) < WRITE_UNIT
    assert size_of(order_item(granted(order, NOON + SECOND))) < WRITE_UNIT


def test_sizes_are_counted_as_dynamodb_counts_them() -> None:
    # Names and texts in UTF-8; two digits a byte and one more; three for a map or list, and one for each member.
    assert size_of({"pk": {"S": "抽"}}) == 2 + 3
    assert size_of({"n": {"N": "12345"}}) == 1 + 4
    assert size_of({"m": {"M": {"a": {"N": "1"}}}, "l": {"L": [{"S": "xy"}]}}) == (1 + 3 + 1 + 1 + 2) + (1 + 3 + 1 + 2)


def size_of(item: Mapping[str, Mapping[str, Any]]) -> int:
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return (len(content) + 1) // 2 + 1
    members = list(content.values()) if kind == "M" else content
    names = sum(len(name.encode()) for name in content) if kind == "M" else 0
    return 3 + len(members) + names + sum(_size(member) for member in members)


def test_an_activity_carries_each_award_with_its_odds() -> None:
    item = activity_item(an_activity(a_share("1", weight=50_000, stock=10, shards=2), a_share("2", stock=None)))

    limited, unlimited = (entry["M"] for entry in item["awards"]["L"])
    assert (limited["weight"], limited["stock"], limited["shards"]) == ({"N": "50000"}, {"N": "10"}, {"N": "2"})
    assert "stock" not in unlimited
