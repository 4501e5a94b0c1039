"""Every way a transaction can be cancelled, told apart. No emulator ever conflicts: answers are stubbed."""

from collections.abc import Sequence
from itertools import combinations, product
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from builders import NOON, UNCOUNTED, a_count, a_lost_order, an_activity, an_order
from conflicts import Clock
from tombola.aws.activity_items import activity_item
from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.aws.items import number, order_item
from tombola.aws.ledger import DynamoLedger
from tombola.aws.transaction import writes_by_role
from tombola.rules.activity import Activity
from tombola.rules.activity_life import moved
from tombola.rules.activity_states import Action, ActivityState
from tombola.rules.log import Entry
from tombola.rules.order import Order
from tombola.rules.problem import BusyError, OwnItemsBusyError
from tombola.rules.quota import Count, Period
from tombola.rules.verdict import CapShardEmpty, CountMoved, QuotaUsedUp, Repeat, ShardEmpty, Verdict

ROLES = ("order", "quota", "stock", "cap")
FINE = "None"
REFUSED = "ConditionalCheckFailed"
CONFLICT = "TransactionConflict"
THROTTLED = "ThrottlingError"
BROKEN = "ValidationError"
MOVED, ABSENT = "refused, not used up", "refused, absent"  # both are ConditionalCheckFailed, with another old item
OTHERS = (FINE, CONFLICT, THROTTLED, BROKEN)
USED_UP = QuotaUsedUp((Period.ACTIVITY,))
OLD: dict[tuple[str, str], Any] = {
    ("order", REFUSED): order_item(an_order(cap_shard=0)),
    ("quota", REFUSED): {"taken": number(10)},
    ("quota", MOVED): {"taken": number(9)},
    ("stock", REFUSED): {"left": number(0)},
    ("cap", REFUSED): {"left": number(0)},
}
COUNT = a_count(10, seen=8)
DYNAMODB = boto3.client("dynamodb", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


def cancelled(codes: dict[str, str], order: Order, count: Count = COUNT) -> Verdict:
    """Record order while DynamoDB answers with a reason for each role."""
    reasons: list[dict[str, Any]] = []
    for role, code in codes.items():
        old = OLD.get((role, code))
        reason = {"Code": REFUSED if code in (MOVED, ABSENT) else code}
        reasons.append(reason if old is None else reason | {"Item": old})
    with Stubber(DYNAMODB) as stub:
        stub.add_client_error(
            "transact_write_items", "TransactionCanceledException", modeled_fields={"CancellationReasons": reasons}
        )
        return DynamoLedger(DYNAMODB, "table").record(order, count)


def expected(order: str, quota: str, stock: str, cap: str) -> Verdict | type[Exception]:
    """Say it in the order of importance, independently of the code."""
    if order == REFUSED:
        return Repeat(an_order(cap_shard=0))
    if BROKEN in (order, quota, stock, cap):
        return RuntimeError
    if order in (CONFLICT, THROTTLED):
        return OwnItemsBusyError
    told: list[tuple[bool, Verdict | type[Exception]]] = [
        (quota == REFUSED, USED_UP),
        (quota == MOVED, CountMoved()),
        (cap in (REFUSED, ABSENT), CapShardEmpty()),
        (stock in (REFUSED, ABSENT), ShardEmpty()),
    ]
    busy = OwnItemsBusyError if quota in (CONFLICT, THROTTLED) else BusyError
    return next((answer for holds, answer in told if holds), busy)


@pytest.mark.parametrize("quota", [REFUSED, MOVED, *OTHERS])
@pytest.mark.parametrize("order", [REFUSED, *OTHERS])
def test_every_combination_of_reasons_is_told_apart(order: str, quota: str) -> None:
    for stock, cap in product((REFUSED, ABSENT, *OTHERS), repeat=2):
        codes = (order, quota, stock, cap)
        if set(codes) != {FINE}:  # nothing was wrong: never cancelled
            assert outcome(dict(zip(ROLES, codes, strict=True)), an_order(cap_shard=0)) == expected(*codes), codes


def outcome(codes: dict[str, str], order: Order, count: Count = COUNT) -> Verdict | type[Exception]:
    try:
        return cancelled(codes, order, count)
    except (BusyError, RuntimeError) as error:
        return type(error)


SETS_OF_ROLES = [roles for size in range(4) for roles in combinations(ROLES[1:], size)]


@pytest.mark.parametrize("roles", SETS_OF_ROLES, ids=lambda roles: "-".join(roles) or "nothing else")
def test_a_refusal_is_told_whichever_else_takes_part(roles: Sequence[str]) -> None:
    cap_shard = 0 if "cap" in roles else None
    order = an_order(cap_shard=cap_shard) if "stock" in roles else a_lost_order(cap_shard=cap_shard)
    count = COUNT if "quota" in roles else UNCOUNTED
    assert list(writes_by_role("table", order, count)) == ["order", *roles]

    for refused in ("order", *roles):
        codes = {role: REFUSED if role == refused else FINE for role in ("order", *roles)}
        everything = dict.fromkeys(ROLES, FINE) | codes
        assert outcome(codes, order, count) == expected(**everything), refused


@pytest.mark.parametrize("code", [CONFLICT, THROTTLED, "ProvisionedThroughputExceeded"])
@pytest.mark.parametrize("role", ROLES)
def test_what_can_be_mended_by_asking_again_is_busy(role: str, code: str) -> None:
    with pytest.raises(BusyError):
        cancelled(dict.fromkeys(ROLES, FINE) | {role: code}, an_order(cap_shard=0))


@pytest.mark.parametrize("code", [BROKEN, "ItemCollectionSizeLimitExceeded", "DuplicateItem"])
@pytest.mark.parametrize("role", ROLES)
def test_what_asking_again_cannot_mend_is_raised_with_its_code(role: str, code: str) -> None:
    with pytest.raises(RuntimeError, match=code):
        cancelled(dict.fromkeys(ROLES, FINE) | {role: code}, an_order(cap_shard=0))


@pytest.mark.parametrize("role", ["stock", "cap"])
def test_a_shard_that_is_not_there_is_an_empty_shard(role: str) -> None:
    verdict = cancelled(dict.fromkeys(ROLES, FINE) | {role: ABSENT}, an_order(cap_shard=0))

    assert verdict == {"stock": ShardEmpty(), "cap": CapShardEmpty()}[role]


def test_a_transaction_that_is_not_even_tried_is_no_verdict() -> None:
    with Stubber(DYNAMODB) as stub:
        stub.add_client_error("transact_write_items", "AccessDeniedException")
        with pytest.raises(ClientError, match="AccessDenied"):
            DynamoLedger(DYNAMODB, "table").record(an_order(), COUNT)


def a_change() -> tuple[Activity, Activity, Entry]:
    before = an_activity(state=ActivityState.PASS, entries=3)
    return before, *moved(before, Action.START, "xiaofuge", "", NOON)


def written(codes: Sequence[str], found: Activity | None = None) -> bool:
    """Write a change while DynamoDB refuses with these reasons, and then finds this activity."""
    with Stubber(DYNAMODB) as stub:
        reasons = [{"Code": code} for code in codes]
        stub.add_client_error(
            "transact_write_items", "TransactionCanceledException", modeled_fields={"CancellationReasons": reasons}
        )
        if REFUSED in codes:
            stub.add_response("get_item", {} if found is None else {"Item": activity_item(found)})
        done = DynamoActivityLedger(DYNAMODB, "table", lambda: Clock().deadline_in(0)).write(*a_change())
        stub.assert_no_pending_responses()
        return done


@pytest.mark.parametrize("codes", list(product((FINE, CONFLICT, THROTTLED), repeat=2))[1:], ids="-".join)
def test_a_change_of_an_activity_that_meets_another_is_busy(codes: tuple[str, str]) -> None:
    with pytest.raises(BusyError, match="100001"):
        written(codes)


@pytest.mark.parametrize("codes", [(BROKEN, FINE), (FINE, BROKEN)], ids="-".join)
def test_a_change_of_an_activity_that_is_broken_is_raised(codes: tuple[str, str]) -> None:
    with pytest.raises(ClientError, match="TransactionCanceled"):
        written(codes)


@pytest.mark.parametrize("codes", [(REFUSED, REFUSED), (REFUSED, FINE), (REFUSED, CONFLICT), (CONFLICT, REFUSED)])
def test_a_change_of_an_activity_that_is_refused_stands_only_if_it_is_our_own(codes: tuple[str, str]) -> None:
    before, after, _ = a_change()
    somebody_elses, _ = moved(before, Action.START, "fustack", "", NOON)

    assert written(codes, after)
    assert not written(codes, somebody_elses)
    assert not written(codes, before)
    assert not written(codes, None)


def test_a_change_of_an_activity_that_is_not_even_tried_is_raised() -> None:
    with Stubber(DYNAMODB) as stub:
        stub.add_client_error("transact_write_items", "AccessDeniedException")
        with pytest.raises(ClientError, match="AccessDenied"):
            DynamoActivityLedger(DYNAMODB, "table").write(*a_change())
