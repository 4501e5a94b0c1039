"""What is written at every draw stays small: each kilobyte begun costs another write unit."""

from builders import NOON, SECOND, an_award, an_order
from item_size import size_of
from tombola.aws.items import order_item, quota_key
from tombola.rules.act import ACTS_MAX, WHO_MAX, WHY_MAX, act_on
from tombola.rules.order import GrantState, Proof
from tombola.rules.order_life import GRANT, RETRY, changed

WRITE_UNIT = 1024  # bytes
ITEM_MAX = 400 * 1024  # bytes


def test_a_typical_order_costs_one_write_unit_from_draw_to_grant() -> None:
    order = an_order(
        2**63 - 1,
        user_id="u" * 36,
        idempotency_key="6f1c7d52-0f1e-4c51-9d5b-2b1a4e6f9c3d",
        request_hash="f" * 64,
        award=an_award("1000001", award_name="平板电脑 12 英寸", award_content="兑换码" * 20),
        proof=Proof(attempt=3, excluded=("1000002", "1000003", "1000004"), version=12, taken=10),
        cap_shard=12,
        win="1000001#12",
        tree_id="2110081902",
        grant_at=NOON,
        claims=3,
        failures=2,
        sent_at=NOON,
    )

    assert size_of(order_item(order)) < WRITE_UNIT
    assert size_of(order_item(changed(order, GRANT, now=NOON + SECOND))) < WRITE_UNIT


def test_an_order_with_as_many_acts_as_there_may_be_fits_into_its_item() -> None:
    longest = act_on(
        an_order(grant_state=GrantState.PARKED, parked_because="抽" * WHY_MAX),
        RETRY,
        "奖" * WHO_MAX,
        "奖" * WHY_MAX,
        NOON,
    )

    assert size_of(order_item(an_order(acts=(longest,) * (ACTS_MAX + 1)))) < ITEM_MAX / 2


def test_the_counters_of_a_user_who_draws_every_day_cost_one_write_unit() -> None:
    counters = ("taken", "d2026-11-23", "d2026-11-22", "m2026-11", "m2026-10")
    item = quota_key("u" * 36, "1000001") | {name: {"N": "1234"} for name in counters}

    assert size_of(item) < WRITE_UNIT / 4


def test_sizes_are_counted_as_dynamodb_counts_them() -> None:
    # Names and texts in UTF-8; two digits a byte and one more; three for a map or list, and one for each member.
    assert size_of({"pk": {"S": "抽"}}) == 2 + 3
    assert size_of({"n": {"N": "12345"}}) == 1 + 4
    assert size_of({"yes": {"BOOL": True}, "raw": {"B": b"abcd"}}) == 3 + 1 + 3 + 4
    assert size_of({"m": {"M": {"a": {"N": "1"}}}, "l": {"L": [{"S": "xy"}]}}) == (1 + 3 + 1 + 1 + 2) + (1 + 3 + 1 + 2)
