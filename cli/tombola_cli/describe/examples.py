"""The examples of docs/openapi.json: Lottery's sample activity, and a draw of it."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from tombola.rules import activity, answer, order
from tombola.rules.activity_life import logged, moved
from tombola.rules.activity_states import Action
from tombola.rules.log import Entry
from tombola.rules.quota import Period, Quotas, counter_of
from tombola.rules.quota_answer import UserQuotasAnswer, user_quotas_answer
from tombola.rules.request import Target
from tombola.rules.ticket import order_id_of
from tombola_cli.files.activity_file import read_activity
from tombola_cli.files.repository import ROOT

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ACTIVITY_ID = "100001"
TREE_ID = "2110081902"
USER_ID = "xiaofuge"
KEY = "2026-11-23-1"
ACTIVITY = Target("activity", ACTIVITY_ID)
TREE = Target("tree", TREE_ID)
FACTS = {"gender": "man", "age": 18}
ADDRESS = {
    "name": "Xiao Fu Ge",
    "address": "1 Dongchang'an Jie, door 2",
    "city_name": "Beijing",
    "country": "CN",
    "postcode": "100006",
    "phone": "+86 10 5555 0100",
}


def a_campaign() -> tuple[activity.Activity, list[Entry]]:
    """Return Lottery's sample activity as it is drawn, and its log."""
    made, commitment = read_activity(ROOT / "activities/100001.yaml"), sha256(bytes(32)).hexdigest()
    wanted = replace(made, version=1, commitment=commitment)
    campaign, first = logged(None, wanted, "apply", USER_ID, "a new campaign", NOON, ())
    campaign, second = moved(campaign, Action.SUBMIT, USER_ID, "", NOON)
    campaign, _ = moved(campaign, Action.APPROVE, USER_ID, "", NOON)
    return moved(campaign, Action.START, USER_ID, "", NOON)[0], [first, second]


def an_order(target: Target) -> answer.OrderAnswer:
    campaign, _ = a_campaign()
    drawn = order.Order(
        order_id=order_id_of(target.scope, USER_ID, KEY),
        user_id=USER_ID,
        activity_id=ACTIVITY_ID,
        tree_id=target.name if target.kind == "tree" else None,
        idempotency_key=KEY,
        request_hash="",
        outcome=order.Outcome.WON,
        award=campaign.shares[0].award,
        shard=0,
        strategy_mode=campaign.strategy_mode,
        grant_type=campaign.grant_type,
        proof=order.Proof(attempt=0, excluded=(), version=1),
        drawn_at=NOON,
        mq_state=order.MqState.SENT,
    )
    return answer.order_answer(drawn)


def some_quotas() -> UserQuotasAnswer:
    """Return what quotas of three draws a day and ten a month leave a user who has drawn once at noon."""
    counted = {counter_of(period, NOON.date()): 1 for period in (Period.DAY, Period.MONTH)}
    return user_quotas_answer(USER_ID, ACTIVITY_ID, Quotas(day=3, month=10), UTC, counted, NOON)
