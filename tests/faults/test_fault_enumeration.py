"""Goal: no single fault, at any call of the three functions to AWS, to brokers or to a provider, breaks a promise.

Method: run a small campaign on the real handlers and adapters, by each transport; at call 1, 2, 3 … inject each kind
of fault once, with clients that retry and with clients that give up; let time pass until the books are quiet; ask the
auditor.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError

import straight_calls
from addresses import address_body
from builders import a_share, an_award
from cloud import FAILURES_MAX, Cloud, a_cloud
from code_pools import POOL, fill
from coupon_desk import define, make_calls_table, remember_by
from played_transports import Transport, played
from tombola.aws import coupons
from tombola.aws.code_ledger import DynamoCodePool
from tombola.aws.provider_call import UnansweredError
from tombola.aws.shipment_items import decode_shipment
from tombola.rules.activity import Cap, Share
from tombola.rules.award_type import AwardType
from tombola.rules.coupon import Answer
from tombola.rules.problem import BusyError
from tombola.rules.provider import Provider, Request
from tombola.rules.quota import PERIODS, Period, Quotas
from tombola.rules.shipment import Shipment
from tombola.rules.ticket import order_id_of
from tombola_cli.operate.order_lists import read_orders

pytestmark = pytest.mark.usefixtures("few_lanes")

CLIENT_TRIES_MAX = 3
LAST_NAME = "second"  # on the address that counts
ROUNDS_MAX = 12
ROUND = timedelta(minutes=20)  # longer than every wait in play
DRAW_CALLS = {
    ("draw", "Decrypt"),
    ("draw", "GetItem"),
    ("draw", "TransactGetItems"),
    ("draw", "TransactWriteItems"),
    ("draw", "BatchGetItem"),
    ("draw", "SendMessageBatch"),
    ("draw", "UpdateItem"),
}
OTHER_CALLS = {
    ("distribute", "BatchGetItem"),
    ("distribute", "UpdateItem"),
    ("compensate", "Query"),
    ("compensate", "BatchGetItem"),
    ("compensate", "TransactWriteItems"),
    ("compensate", "UpdateItem"),
    ("compensate", "SendMessageBatch"),
}
CODE_CALLS = {
    ("distribute", "BatchGetItem"),
    ("distribute", "Query"),
    ("distribute", "TransactWriteItems"),
}
COUPON_CALLS = {
    ("distribute", "BatchGetItem"),
    ("distribute", "PutItem"),
    ("distribute", "GetSecretValue"),
    ("distribute", "POST"),
    ("distribute", "UpdateItem"),
    ("distribute", "DeleteItem"),
}
ACCEPT_CALLS = {
    ("draw", "Decrypt"),
    ("draw", "GetItem"),
    ("draw", "TransactWriteItems"),
    ("draw", "UpdateItem"),
    ("draw", "SendMessageBatch"),
    ("distribute", "BatchGetItem"),
    ("distribute", "TransactWriteItems"),
    ("distribute", "UpdateItem"),
    ("compensate", "Query"),
    ("compensate", "BatchGetItem"),
    ("compensate", "GetItem"),
    ("compensate", "TransactWriteItems"),
    ("compensate", "UpdateItem"),
}
# The same three kinds of work by another transport: what is won, what compensation sends, and what it parks.
STREAM_CALLS = OTHER_CALLS - {("compensate", "SendMessageBatch")} | {
    ("draw", "Decrypt"),
    ("draw", "GetItem"),
    ("draw", "TransactGetItems"),
    ("draw", "TransactWriteItems"),
}
TOPIC_CALLS = STREAM_CALLS | {("draw", "produce"), ("draw", "UpdateItem"), ("compensate", "produce")}
MAPPING_CALLS = {"ReceiveMessage", "DeleteMessage", "Scan"}  # made by the event source mapping, which the test plays
WRITES = {"TransactWriteItems", "UpdateItem", "PutItem", "DeleteItem"}
CONFLICTING = {"UpdateItem", "PutItem", "DeleteItem"}  # beside the transactions


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """An activity, who draws it in which order, and which calls of it are spoiled."""

    requests: tuple[tuple[str, str], ...]  # key and user
    shares: tuple[Share, ...]
    limits: Mapping[str, Any]
    calls: set[tuple[str, str]]
    figures: tuple[int, int, int]  # won, lost and parked
    void: int = 0
    repaired: bool = False  # what was sent is lost, so that compensation must do it all
    unsent: str | None = None  # the key whose prize cannot be sent
    hopeless: str | None = None  # the key whose grant has failed too often
    transport: str = "sqs"
    codes: int = 0  # in the pool, before anybody draws
    unanswered: int = 0  # calls of the provider, the first ones, that it does not answer
    addresses: tuple[str, ...] = ()  # keys whose users give an address, and then another one
    claims: tuple[str, ...] = ()  # keys whose users claim the prize


def by(transport: str, calls: set[tuple[str, str]]) -> Campaign:
    """Return three wins: one is granted at once, one is told of again, and one is parked."""
    return Campaign(
        requests=(("k1", "u1"), ("k1", "u1"), ("k2", "u1"), ("k3", "u2")),
        shares=(a_share("1", stock=3),),
        limits={"quotas": Quotas()},
        calls=calls,
        figures=(3, 0, 1),
        repaired=True,
        hopeless="k3",
        transport=transport,
    )


SOON = {"claim_within": timedelta(minutes=10)}
CAMPAIGNS = {
    # u1's third key is refused, and the last draw finds everything sold out.
    "everything": Campaign(
        requests=(("k1", "u1"), ("k1", "u1"), ("k2", "u1"), ("k3", "u1"), ("k4", "u2"), ("k5", "u3")),
        shares=(a_share("1", weight=500_000, stock=2), a_share("2", weight=500_000, stock=1)),
        limits={"quotas": Quotas(activity=2)},
        calls=DRAW_CALLS | OTHER_CALLS,
        figures=(3, 1, 1),
        repaired=True,
        unsent="k2",
        hopeless="k4",
    ),
    # What the second draw wins the first could not; the third is one too many for a day; u2 finds sold out what is
    # not locked, and falls back; for u3 the cap is reached.
    "every limit": Campaign(
        requests=(("k1", "u1"), ("k2", "u1"), ("k3", "u1"), ("k4", "u2"), ("k5", "u3")),
        shares=(
            a_share("1", weight=900_000, stock=1, shards=2, unlock_after=1),
            a_share("2", weight=100_000, stock=1),
            a_share("9", weight=0, stock=None),
        ),
        limits={"quotas": Quotas(day=2), "cap": Cap(limit=3, shards=2), "fallback": "9"},
        calls=DRAW_CALLS,
        figures=(3, 0, 0),
    ),
    # Two codes of a pool that holds no more; compensation comes to whatever distribution left behind.
    "codes": Campaign(
        requests=(("k1", "u1"), ("k2", "u2")),
        shares=(a_share("1", award=an_award("1", award_type=AwardType.CODE, award_content="", source=POOL), stock=2),),
        limits={"quotas": Quotas()},
        calls=CODE_CALLS,
        figures=(2, 0, 0),
        codes=2,
    ),
    # Two coupons of a provider that knows a key again, and does not answer the first call.
    "coupons": Campaign(
        requests=(("k1", "u1"), ("k2", "u2")),
        shares=(
            a_share("1", award=an_award("1", award_type=AwardType.COUPON, award_content="", source="shop"), stock=2),
        ),
        limits={"quotas": Quotas()},
        calls=COUPON_CALLS,
        figures=(2, 0, 0),
        unanswered=1,
    ),
    # Of two parcels and two texts that are to be claimed, one of each is: the other parcel is parked, the text void.
    "claims": Campaign(
        requests=(("k1", "u1"), ("k2", "u2"), ("k3", "u3"), ("k5", "u5")),
        shares=(
            a_share("1", award=an_award("1", award_type=AwardType.PHYSICAL), stock=2, weight=500_000, **SOON),
            a_share("2", stock=2, weight=500_000, lapses=True, **SOON),
        ),
        limits={"quotas": Quotas()},
        calls=ACCEPT_CALLS,
        figures=(4, 0, 1),
        void=1,
        addresses=("k3",),
        claims=("k1",),
    ),
    "streams": by("streams", STREAM_CALLS),
    "kafka": by("kafka", TOPIC_CALLS),
}


class Fault(StrEnum):
    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    TIMEOUT_WITH_EFFECT = "timeout with effect"
    THROTTLE = "throttle"
    CONFLICT = "conflict"


class KilledError(BaseException):
    """The function's process died here; nothing in it may catch this."""


@dataclass
class Saboteur:
    """Counts the functions' calls, and spoils one of them."""

    fault: Fault | None = None
    at: int = 0
    calls: list[tuple[str, str]] = field(default_factory=list)  # function and operation
    function: str = ""
    spoilable: frozenset[str] = frozenset()

    def call(self, original: Any, client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        if self.function not in self.spoilable or operation in MAPPING_CALLS:
            return original(client, operation, arguments)
        self.calls.append((self.function, operation))
        if self.fault is None or len(self.calls) != self.at:
            return original(client, operation, arguments)
        self.spoil_before(operation, arguments)
        answer = original(client, operation, arguments)
        if self.fault is Fault.CRASH_AFTER:
            raise KilledError
        if self.fault is Fault.TIMEOUT_WITH_EFFECT:
            raise ReadTimeoutError(endpoint_url="https://aws.example")
        return answer

    def spoil_before(self, operation: str, arguments: dict[str, Any]) -> None:
        if self.fault is Fault.CRASH_BEFORE:
            raise KilledError
        if self.fault is Fault.THROTTLE:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, operation)
        if self.fault is Fault.CONFLICT and operation in CONFLICTING:
            raise ClientError({"Error": {"Code": "TransactionConflictException", "Message": ""}}, operation)
        if self.fault is Fault.CONFLICT and operation in {"TransactWriteItems", "TransactGetItems"}:
            others = [{"Code": "None"}] * (len(arguments["TransactItems"]) - 1)
            answer: Any = {
                "Error": {"Code": "TransactionCanceledException", "Message": ""},
                "CancellationReasons": [*others, {"Code": "TransactionConflict"}],
            }
            raise ClientError(answer, operation)

    @contextmanager
    def watching(self, function: str) -> Iterator[None]:
        """Count and spoil what is called within; a function that dies takes only its invocation with it."""
        self.function = function
        try:
            yield
        except (KilledError, BusyError):
            return
        finally:
            self.function = ""


@dataclass
class IdempotentShop:
    """A provider that knows a key again; each call of it is spoiled as one of AWS is."""

    saboteur: Saboteur
    unanswered: int
    given: dict[str, str] = field(default_factory=dict)  # coupon by key

    def call(self, _provider: Provider, request: Request, *, local: bool) -> Answer:
        assert local
        client: Any = None  # the saboteur looks at what is called, and not at the client
        try:
            answer: Answer = self.saboteur.call(lambda *_: self._answer(request), client, "POST", {})
        except ReadTimeoutError:
            raise UnansweredError("provider shop gave no answer in time") from None
        except ClientError:
            return Answer(429, b"")
        return answer

    def _answer(self, request: Request) -> Answer:
        if self.unanswered:
            self.unanswered -= 1
            raise UnansweredError("provider shop cannot be reached")
        key = request.headers["Idempotency-Key"]
        coupon = self.given.setdefault(key, f"coupon-{len(self.given)}")
        return Answer(200, json.dumps({"coupon": coupon}).encode())


@contextmanager
def a_campaign(
    campaign: Campaign, saboteur: Saboteur, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Cloud, IdempotentShop, Transport]]:
    """Yield what a campaign is played on, with its pool filled and its provider defined."""
    with a_cloud(monkeypatch, *campaign.shares, **campaign.limits) as cloud, monkeypatch.context() as patch:
        fill(DynamoCodePool(cloud.ledger.dynamodb, cloud.ledger.table), [f"code-{at}" for at in range(campaign.codes)])
        shop = IdempotentShop(saboteur, campaign.unanswered)
        make_calls_table()
        define()
        remember_by(lambda: cloud.now, patch)
        patch.setattr(coupons, "call", shop.call)
        transport = played(campaign.transport, cloud, saboteur.call, patch)
        with sabotaged(saboteur, monkeypatch):
            yield cloud, shop, transport


def coupons_on_record(cloud: Cloud) -> list[str]:
    orders = read_orders(cloud.ledger.dynamodb, cloud.ledger.table)
    return sorted(order.content for order in orders if order.content is not None)


def play(campaign: Campaign, cloud: Cloud, transport: Transport, saboteur: Saboteur, tries_max: int) -> None:
    """Draw everything, with work for compensation of each kind, and let time pass until nothing is waiting."""
    saboteur.spoilable = frozenset(function for function, _ in campaign.calls)
    for key, user_id in campaign.requests:
        if key == campaign.unsent:
            cloud.sqs.delete_queue(QueueUrl=cloud.queue_url)
        for _ in range(tries_max):
            status = 500
            with saboteur.watching("draw"):
                status, _body = cloud.draw(key, user_id)
            if status < 500:
                break
        if key == campaign.unsent:
            cloud.sqs.create_queue(QueueName="invoices")
    accept_prizes(campaign, cloud, saboteur, tries_max)
    if campaign.repaired:
        transport.lose()
    fail_too_often(cloud, campaign.hopeless)
    with saboteur.watching("distribute"):
        transport.deliver()
    for _ in range(ROUNDS_MAX):
        if cloud.audit().waiting == 0 and transport.is_empty():
            return
        cloud.now += ROUND
        with saboteur.watching("compensate"):
            cloud.compensate()
        with saboteur.watching("distribute"):
            transport.deliver()


def accept_prizes(campaign: Campaign, cloud: Cloud, saboteur: Saboteur, tries_max: int) -> None:
    """Let users claim, or give an address and then another one, as clients that ask again."""
    wishes: list[tuple[str, str, str | None]] = [("claim", key, None) for key in campaign.claims]
    for key in campaign.addresses:
        wishes += [("shipping-address", key, address_body(name=name)) for name in ("first", LAST_NAME)]
    for name, key, body in wishes:
        user_id = dict(campaign.requests)[key]
        names = {"user_id": user_id, "order_id": str(order_id_of("100001", user_id, key))}
        for _ in range(tries_max):
            status = 500
            with saboteur.watching("draw"):
                status, _body = cloud.send(name, pathParameters=names, body=body)
            if status < 500:
                break


def sent_to(cloud: Cloud) -> list[str]:
    """Return the names on all parcels."""
    found = (decode_shipment(item) for item in cloud.ledger.items() if item["pk"]["S"].startswith("SHIPMENTS#"))
    return [each.address.name for each in found if isinstance(each, Shipment)]


def fail_too_often(cloud: Cloud, key: str | None) -> None:
    """Let the grant of this draw, if it was made, have failed as often as is allowed."""
    for order in read_orders(cloud.ledger.dynamodb, cloud.ledger.table):
        if order.idempotency_key == key and order.award is not None:
            cloud.ledger.put(replace(order, failures=FAILURES_MAX, wake=False))


def results(cloud: Cloud) -> dict[str, tuple[str, str | None]]:
    """Return outcome and award by key."""
    orders = read_orders(cloud.ledger.dynamodb, cloud.ledger.table)
    return {order.idempotency_key: (order.outcome, order.award.award_id if order.award else None) for order in orders}


def without_faults(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[tuple[str, str]], dict[str, tuple[str, str | None]]]:
    """Return the calls that are made, and what comes of the draws."""
    saboteur = Saboteur()
    with a_campaign(campaign, saboteur, monkeypatch) as (cloud, _, transport):
        play(campaign, cloud, transport, saboteur, 1)
        verdict = cloud.audit()
        assert verdict.breaches == ()
        assert (verdict.won, verdict.lost, verdict.parked) == campaign.figures
        assert verdict.granted == verdict.won - verdict.parked - campaign.void
        return saboteur.calls, results(cloud)


@pytest.fixture(autouse=True)
def few_stale_counters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a draw drop fewer counters of long ago, which cost more time than all the rest."""
    monkeypatch.setitem(PERIODS, "day", Period.DAY._replace(stale=range(2, 4)))


@contextmanager
def sabotaged(saboteur: Saboteur, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    original = BaseClient._make_api_call  # type: ignore[attr-defined]
    with monkeypatch.context() as patch:
        straight = partial(straight_calls.ask, original)
        patch.setattr(
            BaseClient, "_make_api_call", lambda client, name, given: saboteur.call(straight, client, name, given)
        )
        yield


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_every_call_of_the_functions_is_listed(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    calls, _ = without_faults(CAMPAIGNS[name], monkeypatch)

    assert set(calls) == CAMPAIGNS[name].calls


def test_the_campaign_with_every_limit_meets_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    _, outcomes = without_faults(CAMPAIGNS["every limit"], monkeypatch)

    assert outcomes == {"k1": ("won", "2"), "k2": ("won", "1"), "k4": ("fallback", "9")}


CASES = [
    pytest.param(fault, name, tries_max, id=f"{fault}-{title}")
    for title, name, tries_max in (
        ("clients retry", "everything", CLIENT_TRIES_MAX),
        ("clients give up", "everything", 1),
        ("every limit", "every limit", CLIENT_TRIES_MAX),
        ("codes", "codes", CLIENT_TRIES_MAX),
        ("coupons", "coupons", CLIENT_TRIES_MAX),
        ("claims", "claims", CLIENT_TRIES_MAX),
        ("streams", "streams", CLIENT_TRIES_MAX),
        ("kafka", "kafka", CLIENT_TRIES_MAX),
    )
    for fault in Fault
    # A crash before a call leaves what one after the call before does: since each play takes time, once is enough.
    if title in ("clients retry", "codes", "coupons", "streams", "kafka") or fault is not Fault.CRASH_BEFORE
]


@pytest.mark.parametrize(("fault", "name", "tries_max"), CASES)
def test_no_single_fault_breaks_a_promise(
    monkeypatch: pytest.MonkeyPatch, fault: Fault, name: str, tries_max: int
) -> None:
    campaign, spoiled = CAMPAIGNS[name], set()
    calls, outcomes = without_faults(campaign, monkeypatch)
    for at, (function, operation) in enumerate(calls, start=1):
        if fault is Fault.CONFLICT and operation not in WRITES:
            continue
        saboteur = Saboteur(fault, at)
        with a_campaign(campaign, saboteur, monkeypatch) as (cloud, shop, transport):
            play(campaign, cloud, transport, saboteur, tries_max)
            verdict = cloud.audit()
            where = f"{fault} at call {at}, {operation} of {function}"
            if shop.given:
                assert coupons_on_record(cloud) == sorted(shop.given.values()), where
            assert verdict.breaches == (), where
            assert sent_to(cloud) == [LAST_NAME] * len(campaign.addresses), where
            assert (verdict.waiting, transport.is_empty()) == (0, True), where
            assert verdict.parked <= campaign.figures[-1], where
            if tries_max > 1:
                assert (verdict.won, verdict.lost, verdict.parked) == campaign.figures, where
                assert verdict.void == campaign.void, where
                assert results(cloud) == outcomes, where
        spoiled.add(saboteur.calls[at - 1])
    assert spoiled == {call for call in campaign.calls if fault is not Fault.CONFLICT or call[1] in WRITES}
