"""What the doctor says of alarms and whom they tell."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from findings import RIGHT, WRONG, said
from tombola_cli.doctor import alarms
from tombola_cli.doctor.finding import Verdict

NOW = datetime(2026, 11, 26, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TOPIC = "arn:aws:sns:eu-central-1:123456789012:tombola-alarms"


def an_alarm(name: str = "parked", **changes: Any) -> dict[str, Any]:
    return {
        "AlarmName": name,
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        "InsufficientDataActions": [],
        "StateValue": "OK",
        "StateUpdatedTimestamp": NOW - 60 * MINUTE,
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        ({}, RIGHT, "each of 2"),
        ({"AlarmActions": [], "InsufficientDataActions": [TOPIC]}, RIGHT, "each of 2"),
        ({"AlarmActions": []}, WRONG, "nobody hears 1: age"),
        ({"ActionsEnabled": False}, WRONG, "actions are off of 1: age"),
    ],
)
def test_an_alarm_is_to_tell_somebody(changes: dict[str, Any], verdict: Verdict, words: str) -> None:
    found = [an_alarm(), an_alarm("age", **changes)]

    said(alarms.actions(found, ["parked", "age"]), verdict, words)


@pytest.mark.parametrize(("names", "words"), [(["parked", "age"], "deleted: age"), ([], "every alarm")])
def test_an_alarm_that_is_gone_is_named(names: list[str], words: str) -> None:
    said(alarms.actions([an_alarm()] if names else [], names), WRONG, words)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, RIGHT),
        ({"StateValue": "ALARM"}, WRONG),
        ({"StateValue": "INSUFFICIENT_DATA"}, RIGHT),
        ({"StateValue": "INSUFFICIENT_DATA", "InsufficientDataActions": [TOPIC]}, WRONG),
        (
            {
                "StateValue": "INSUFFICIENT_DATA",
                "InsufficientDataActions": [TOPIC],
                "StateUpdatedTimestamp": NOW - 14 * MINUTE,
            },
            RIGHT,
        ),
    ],
)
def test_what_rings_is_named_and_missing_data_only_where_silence_rings(
    changes: dict[str, Any], verdict: Verdict
) -> None:
    found = alarms.states([an_alarm("parked"), an_alarm("silence", **changes)], NOW)

    said(found, verdict, "rings: silence" if verdict is WRONG else "none of 2")


def a_subscription(arn: str) -> dict[str, str]:
    return {"SubscriptionArn": arn, "Protocol": "email", "TopicArn": TOPIC}


@pytest.mark.parametrize(
    ("topics", "verdict"),
    [
        ({TOPIC: [a_subscription(f"{TOPIC}:a1b2")]}, RIGHT),
        ({TOPIC: [a_subscription("PendingConfirmation"), a_subscription(f"{TOPIC}:a1b2")]}, RIGHT),
        ({TOPIC: [a_subscription("PendingConfirmation")]}, WRONG),
        ({TOPIC: [a_subscription("Deleted")]}, WRONG),
        ({TOPIC: []}, WRONG),
        ({TOPIC: [a_subscription(f"{TOPIC}:a1b2")], "another": []}, WRONG),
        ({}, WRONG),
    ],
)
def test_a_topic_is_to_have_a_subscription_that_somebody_confirmed(
    topics: dict[str, list[dict[str, str]]], verdict: Verdict
) -> None:
    assert alarms.topic(topics).verdict is verdict


def test_topics_are_those_that_alarms_tell_and_no_other_action() -> None:
    found = [an_alarm(), an_alarm("age", AlarmActions=["arn:aws:automate:eu-central-1:ec2:recover"])]

    assert alarms.topics(found) == [TOPIC]
