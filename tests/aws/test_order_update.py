"""How a change is written: the expressions that DynamoDB is sent, for rows of each kind."""

import re
from typing import Any

import pytest

from addresses import an_address
from builders import NOON, an_act, an_order
from changes import LATER, said_with
from tombola.aws.items import order_key
from tombola.aws.order_update import attribute, update_of
from tombola.rules.activity import GrantType
from tombola.rules.order import Order
from tombola.rules.order_life import (
    BEGIN,
    CHANGES,
    CLAIM,
    GRANT,
    LEAVE,
    PARK,
    RELEASE,
    RETRY,
    UNBEGIN,
    Change,
    Said,
)

MILLISECONDS = str(int(LATER.timestamp() * 1000))
ANY_MQ = "mq_state IN (:mq_state_not_sent, :mq_state_sent, :mq_state_failed)"
WRITTEN: dict[str, tuple[Change, dict[str, Said], str, str]] = {
    "claim": (
        CLAIM,
        {"until": LATER},
        "SET due_at = :due_at, wake = :wake, claims = claims + :one",
        f"attribute_exists(award) AND grant_state IN (:grant_state_waiting) AND {ANY_MQ} AND due_at = :due_at_seen",
    ),
    "park": (
        PARK,
        {"because": "down", "now": LATER},
        "SET parked_because = :parked_because, due_at = :due_at, grant_state = :grant_state, lane = :lane REMOVE wake",
        f"attribute_exists(award) AND grant_state IN (:grant_state_waiting) AND {ANY_MQ} AND due_at = :due_at_seen",
    ),
    "grant": (
        GRANT,
        {"now": LATER},
        (
            "SET granted_at = :granted_at, grant_state = :grant_state, mq_state = :mq_state, grants = grants + :one"
            " REMOVE due_at, wake, lane"
        ),
        f"attribute_exists(award) AND grant_state IN (:grant_state_waiting, :grant_state_parked) AND {ANY_MQ}",
    ),
    "retry": (
        RETRY,
        {"until": LATER, "act": an_act()},
        (
            "SET due_at = :due_at, claims = :claims, failures = :failures, grant_state = :grant_state, wake = :wake,"
            " lane = :lane, acts = list_append(if_not_exists(acts, :none), :act)"
            " REMOVE begun, sent_at, parked_because"
        ),
        f"attribute_exists(award) AND grant_state IN (:grant_state_parked) AND {ANY_MQ} AND due_at = :due_at_seen",
    ),
    "begin": (
        BEGIN,
        {},
        "SET begun = if_not_exists(begun, :zero) + :one REMOVE wake",
        (
            f"attribute_exists(award) AND grant_state IN (:grant_state_waiting) AND {ANY_MQ}"
            " AND (attribute_not_exists(begun) OR begun = :zero)"
        ),
    ),
    "unbegin": (
        UNBEGIN,
        {},
        "SET begun = begun - :one REMOVE wake",
        (
            f"attribute_exists(award) AND grant_state IN (:grant_state_waiting) AND {ANY_MQ}"
            " AND (attribute_not_exists(begun) OR begun = :zero) AND begun > :zero"
        ),
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_row_is_written_as_its_expressions(name: str) -> None:
    change, said, expression, condition = WRITTEN[name]

    update = update_of("table", an_order(), change, said)

    assert update["UpdateExpression"] == expression
    assert update["ConditionExpression"] == condition
    assert (update["TableName"], update["Key"]) == ("table", order_key("xiaofuge", 7))


SAID_OF_RELEASE: dict[str, Said] = {"now": LATER, "act": an_act(ended="down")}
ORDERS = {
    "fresh": an_order(),
    "tried": an_order(begun=2, failures=1, claims=3, sent_at=NOON, wake=True),
    "without a time": an_order(due_at=None),
    "by hand": an_order(grant_type=GrantType.BY_HAND),
    "unclaimed": an_order(accept_by=LATER),
    "with an address": an_order(accepted_at=NOON, address=an_address(), addresses=1, batch="b1"),
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_each_value_that_is_sent_is_used_and_each_that_is_used_is_sent(change: Change, order: Order) -> None:
    update = update_of("table", order, change, said_with(change))

    words = f"{update['UpdateExpression']} {update['ConditionExpression']}"
    assert set(re.findall(r":\w+", words)) == update["ExpressionAttributeValues"].keys()
    assert set(re.findall(r"#\w+", words)) == update.get("ExpressionAttributeNames", {}).keys()


def test_no_attribute_is_a_word_of_dynamodb() -> None:
    update = update_of("table", an_order(), LEAVE, {"batch": "b1"})

    assert update["UpdateExpression"] == "SET #batch = :batch REMOVE wake"
    assert update["ConditionExpression"].endswith(" AND attribute_not_exists(#batch)")
    assert update["ExpressionAttributeNames"] == {"#batch": "batch"}


def test_an_attribute_that_an_order_lacks_must_still_be_lacking() -> None:
    condition = update_of("table", an_order(due_at=None), CLAIM, {"until": LATER})["ConditionExpression"]

    assert condition.endswith(" AND attribute_not_exists(due_at)")


def test_a_released_order_is_sent_to_its_numbered_lane_from_the_lane_of_operators_alone() -> None:
    update = update_of("table", an_order(7, grant_type=GrantType.BY_HAND), RELEASE, SAID_OF_RELEASE)

    assert "lane = :lane_from" in update["ConditionExpression"]
    values = update["ExpressionAttributeValues"]
    assert (values[":lane_from"], values[":lane"]) == ({"S": "by-hand"}, {"S": "7"})


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (7, {"N": "7"}),
        ("down", {"S": "down"}),
        (LATER, {"N": MILLISECONDS}),
        (
            an_act(),
            {"M": {"at": {"N": MILLISECONDS}, "what": {"S": "retry"}, "who": {"S": "ann"}, "why": {"S": "it is up"}}},
        ),
    ],
    ids=str,
)
def test_a_value_is_written_by_its_type(value: Any, written: dict[str, str]) -> None:
    assert attribute(value) == written
