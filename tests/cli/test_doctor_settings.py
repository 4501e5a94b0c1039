"""What the doctor says of tables, alarms, logs, queues, clock and account, for what AWS answers."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tombola_cli.doctor import alarms, logs, surroundings, tables
from tombola_cli.doctor.finding import Finding, Verdict

RIGHT, WRONG, ONLY_YOU = Verdict
NOW = datetime(2026, 11, 26, 2, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
TOPIC = "arn:aws:sns:eu-central-1:123456789012:tombola-alarms"


def a_table(**changes: Any) -> dict[str, Any]:
    return {
        "TableName": "tombola-Table-ABC",
        "TableStatus": "ACTIVE",
        "GlobalSecondaryIndexes": [{"IndexName": "due", "IndexStatus": "ACTIVE"}],
        "DeletionProtectionEnabled": True,
        "SSEDescription": {
            "Status": "ENABLED",
            "SSEType": "KMS",
            "KMSMasterKeyArn": "arn:aws:kms:eu-central-1:123456789012:key/1",
        },
        **changes,
    }


@pytest.mark.parametrize(
    ("judge", "changes", "verdict", "words"),
    [
        (tables.status, {}, RIGHT, "ACTIVE"),
        (tables.status, {"TableStatus": "UPDATING"}, WRONG, "UPDATING"),
        (tables.index, {}, RIGHT, "due is ACTIVE"),
        (tables.index, {"GlobalSecondaryIndexes": []}, WRONG, "due is missing"),
        (tables.index, {"GlobalSecondaryIndexes": [{"IndexName": "wins", "IndexStatus": "ACTIVE"}]}, WRONG, "missing"),
        (
            tables.index,
            {"GlobalSecondaryIndexes": [{"IndexName": "due", "IndexStatus": "CREATING"}]},
            WRONG,
            "CREATING",
        ),
        (tables.protection, {}, RIGHT, "on"),
        (tables.protection, {"DeletionProtectionEnabled": False}, WRONG, "off"),
        (tables.encryption, {}, RIGHT, "key/1"),
        (tables.encryption, {"SSEDescription": {}}, WRONG, "DynamoDB's own key"),
        (tables.encryption, {"SSEDescription": {"Status": "DISABLED"}}, WRONG, "DynamoDB's own key"),
    ],
)
def test_a_table(judge: Any, changes: dict[str, Any], verdict: Verdict, words: str) -> None:
    said(judge(a_table(**changes)), verdict, words)


def test_a_table_without_any_index_misses_due() -> None:
    table = a_table()
    del table["GlobalSecondaryIndexes"]

    said(tables.index(table), WRONG, "index due is missing")


def test_an_unprotected_table_is_told_with_what_protects_it() -> None:
    found = tables.protection(a_table(DeletionProtectionEnabled=False))

    assert found.todo.endswith("aws dynamodb update-table --deletion-protection-enabled --table-name tombola-Table-ABC")


@pytest.mark.parametrize(("status", "verdict"), [("ENABLED", RIGHT), ("DISABLED", WRONG), (None, WRONG)])
def test_backups_are_to_be_on(status: str | None, verdict: Verdict) -> None:
    recovery = {} if status is None else {"PointInTimeRecoveryStatus": status}

    assert tables.backups({"PointInTimeRecoveryDescription": recovery}).verdict is verdict


@pytest.mark.parametrize(("status", "verdict"), [("ENABLED", RIGHT), ("ENABLING", RIGHT), ("DISABLED", WRONG)])
def test_old_records_are_to_go_by_themselves(status: str, verdict: Verdict) -> None:
    assert tables.expiry({"TimeToLiveStatus": status, "AttributeName": "expiration"}).verdict is verdict


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


@pytest.mark.parametrize(
    ("settings", "verdict", "words"),
    [
        ({"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN"}, RIGHT, "Lambda's from WARN"),
        ({"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"}, RIGHT, "own lines from DEBUG"),
        ({"LogFormat": "JSON"}, RIGHT, "own lines from INFO"),
        ({"LogFormat": "JSON", "ApplicationLogLevel": "WARN"}, WRONG, "ApplicationLogLevel is WARN"),
        ({"LogFormat": "Text"}, WRONG, "LogFormat is Text"),
        ({}, WRONG, "LogFormat is Text"),
    ],
)
def test_a_function_logs_json_and_never_filters_its_metrics_out(
    settings: dict[str, str], verdict: Verdict, words: str
) -> None:
    said(logs.log_settings({"LoggingConfig": settings}), verdict, words)


@pytest.mark.parametrize(
    ("groups", "verdict", "words"),
    [
        ([{"logGroupName": "/aws/lambda/t-draw", "retentionInDays": 30}], RIGHT, "30 days"),
        ([{"logGroupName": "/aws/lambda/t-draw"}], WRONG, "for ever"),
        ([{"logGroupName": "/aws/lambda/t-draw-2", "retentionInDays": 30}], WRONG, "gone"),
        ([], WRONG, "gone"),
    ],
)
def test_a_log_group_is_there_and_is_not_kept_for_ever(
    groups: list[dict[str, Any]], verdict: Verdict, words: str
) -> None:
    said(logs.log_group(groups, "/aws/lambda/t-draw"), verdict, words)


@pytest.mark.parametrize(
    ("stage", "verdict"),
    [
        ({"AccessLogSettings": {"DestinationArn": "arn:aws:logs:eu-central-1:1:log-group:/aws/vendedlogs/t"}}, RIGHT),
        ({"AccessLogSettings": {}}, WRONG),
        ({}, WRONG),
    ],
)
def test_the_api_is_to_have_an_access_log(stage: dict[str, Any], verdict: Verdict) -> None:
    assert logs.access_log(stage).verdict is verdict


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("CREATE_COMPLETE", RIGHT),
        ("UPDATE_COMPLETE", RIGHT),
        ("UPDATE_IN_PROGRESS", ONLY_YOU),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", ONLY_YOU),
        ("UPDATE_ROLLBACK_COMPLETE", WRONG),
        ("ROLLBACK_COMPLETE", WRONG),
    ],
)
def test_a_stack_is_right_when_its_last_deployment_is_complete(status: str, verdict: Verdict) -> None:
    assert surroundings.stack_status({"StackStatus": status}).verdict is verdict


@pytest.mark.parametrize(
    ("stage", "emulated", "verdict"),
    [("prod", False, RIGHT), ("local", True, RIGHT), ("local", False, WRONG), (None, False, WRONG)],
)
def test_only_an_emulator_is_the_place_for_the_local_stage(stage: str | None, emulated: bool, verdict: Verdict) -> None:
    parameters = {} if stage is None else {"Stage": stage}

    assert surroundings.stage(parameters, emulated=emulated).verdict is verdict


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        (NOW, RIGHT),
        (NOW - SECOND, RIGHT),  # AWS tells no fractions
        (NOW + 8 * SECOND, RIGHT),
        (NOW - 12 * SECOND, WRONG),
        (NOW + 15 * SECOND, WRONG),
    ],
)
def test_a_clock_that_is_seconds_off_is_wrong_and_a_slow_answer_is_not(told: datetime, verdict: Verdict) -> None:
    assert surroundings.clock(NOW, told, NOW + 3 * SECOND).verdict is verdict


def queue_attributes(**changes: str) -> dict[str, str]:
    redrive = json.dumps({"deadLetterTargetArn": "dlq", "maxReceiveCount": 5})
    return {"VisibilityTimeout": "180", "RedrivePolicy": redrive, **changes}


@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        ({}, RIGHT, "hides a message 180 s; 5 tries"),
        ({"VisibilityTimeout": "179"}, WRONG, "180 s are asked for"),
        ({"RedrivePolicy": "{}"}, WRONG, "does not go to the dead letters"),
        ({"RedrivePolicy": '{"deadLetterTargetArn": "other", "maxReceiveCount": 5}'}, WRONG, "does not go"),
        ({"RedrivePolicy": '{"deadLetterTargetArn": "dlq", "maxReceiveCount": 500}'}, WRONG, "500 tries"),
        ({"RedrivePolicy": '{"deadLetterTargetArn": "dlq", "maxReceiveCount": "1"}'}, WRONG, "1 tries"),
    ],
)
def test_the_queue_hides_a_message_long_enough_and_buries_what_is_dead(
    changes: dict[str, str], verdict: Verdict, words: str
) -> None:
    said(surroundings.queue(queue_attributes(**changes), "dlq", 30), verdict, words)


def test_a_queue_without_redrive_buries_nothing() -> None:
    said(surroundings.queue({"VisibilityTimeout": "180"}, "dlq", 30), WRONG, "does not go")


@pytest.mark.parametrize(("count", "verdict"), [("0", RIGHT), ("3", WRONG)])
def test_dead_letters_are_wrong(count: str, verdict: Verdict) -> None:
    assert surroundings.dead_letters({"ApproximateNumberOfMessages": count}).verdict is verdict


def test_what_the_account_lets_run_is_told_and_left_to_its_owner() -> None:
    limit = {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 990}

    said(surroundings.account_concurrency({"AccountLimit": limit}), ONLY_YOU, "990 of 1000")


def said(found: Finding, verdict: Verdict, words: str) -> None:
    assert (found.verdict, words in found.seen) == (verdict, True), found
    assert bool(found.todo) is (verdict is not RIGHT)
