"""What the doctor says of stack, stage, clock, queue and account."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from findings import ONLY_YOU, RIGHT, WRONG, said
from tombola_cli.doctor import surroundings
from tombola_cli.doctor.finding import Verdict

NOW = datetime(2026, 11, 26, 2, tzinfo=UTC)
SECOND = timedelta(seconds=1)


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
