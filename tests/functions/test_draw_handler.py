"""The draw function, from an HTTP event to its answer."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import draw_handler
from builders import NOON, SECOND, SEED, a_share
from cloud import Cloud, Context, a_cloud, event, sealed
from tombola.aws.activity_cache import LOOK_FIRST, CachedActivities
from tombola.aws.settings import MissingVariableError
from tombola.rules.activity import Activity, Cap, GrantType
from tombola.rules.problem import BusyError, UnreadableSeedError
from tombola.rules.quota import Quotas

KEY = {"idempotency-key": "key"}
BODY = '{"user_id": "xiaofuge"}'
HOUR = timedelta(hours=1)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with a_cloud(monkeypatch) as cloud:
        yield cloud


def test_a_draw_answers_201_and_the_same_again_200_with_the_same_order(cloud: Cloud) -> None:
    first = draw_handler.handler(event("draw"), Context())  # type: ignore[arg-type]
    again = draw_handler.handler(event("draw-repeat"), Context())  # type: ignore[arg-type]

    assert (first["statusCode"], again["statusCode"]) == (201, 200)
    assert json.loads(first["body"]) == json.loads(again["body"])
    assert first["headers"] == again["headers"] == {"Content-Type": "application/json", "Cache-Control": "no-store"}
    assert len(cloud.messages()) == 1


def test_the_answer_has_the_fields_of_the_design(cloud: Cloud) -> None:
    _, order = cloud.draw()

    assert order == {
        "order_id": order["order_id"],
        "activity_id": "100001",
        "tree_id": None,
        "user_id": "xiaofuge",
        "idempotency_key": "key",
        "outcome": "won",
        "code": "0000",
        "info": "won",
        "award": {"award_id": "3", "award_type": 1, "award_name": "ipad", "award_content": "Code"},
        "strategy_mode": 2,
        "grant_type": 1,
        "grant_at": None,
        "grant_state": 0,
        "mq_state": 1,
        "claim_by": None,
        "claimed_at": None,
        "shipment": None,
        "drawn_at": "2026-11-23T12:00:00+00:00",
        "proof": {"attempt": 0, "excluded": [], "version": 1, "taken": None},
    }
    assert int(order["order_id"]) > 2**53  # why it is a text


BAD: dict[str, tuple[dict[str, Any], int, str, str | None]] = {
    "no key": ({"headers": {}}, 400, "0002", "Idempotency-Key"),
    "an empty key": ({"headers": {"idempotency-key": ""}}, 400, "0002", "Idempotency-Key"),
    "a key of 300 characters": ({"headers": {"idempotency-key": "k" * 300}}, 400, "0002", "Idempotency-Key"),
    "no body": ({"body": None}, 400, "0002", "body"),
    "malformed JSON": ({"body": "{"}, 400, "0002", "body"),
    "a body that is no text": ({"body": "//79", "isBase64Encoded": True}, 400, "0002", "body"),
    "a body that is no base64": ({"body": "%", "isBase64Encoded": True}, 400, "0002", "body"),
    "a bomb": ({"body": "[" * 16_000}, 400, "0002", "body"),
    "an unknown field": ({"body": '{"user_id": "u", "uId": "u"}'}, 400, "0002", "uId"),
    "no user": ({"body": "{}"}, 400, "0002", "user_id"),
    "a user of 10 kB": ({"body": json.dumps({"user_id": "u" * 10_000})}, 400, "0002", "user_id"),
    "a user with a #": ({"body": '{"user_id": "a#b"}'}, 400, "0002", "user_id"),
    "an unknown activity": ({"pathParameters": {"activity_id": "999"}}, 404, "0002", "activity_id"),
    "an activity id of 10 kB": ({"pathParameters": {"activity_id": "9" * 10_000}}, 404, "0002", "activity_id"),
    "an activity id with a #": ({"pathParameters": {"activity_id": "1#2"}}, 404, "0002", "activity_id"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_a_problem_that_names_the_field_and_changes_nothing(cloud: Cloud, case: str) -> None:
    changes, status, code, field = BAD[case]
    before = cloud.ledger.items()

    answer = draw_handler.handler({**event("draw"), "headers": KEY, "body": BODY, **changes}, Context())  # type: ignore[arg-type]

    problem = json.loads(answer["body"])
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert (answer["statusCode"], problem["status"], problem["code"], problem.get("field")) == (
        status,
        status,
        code,
        field,
    )
    assert cloud.ledger.items() == before
    assert cloud.messages() == []


def test_a_body_in_base64_is_read(cloud: Cloud) -> None:
    status, _ = cloud.request(body=base64.b64encode(BODY.encode()).decode(), isBase64Encoded=True)

    assert status == 201


def test_the_same_key_with_another_request_is_a_422(cloud: Cloud) -> None:
    cloud.request(headers=KEY, body=BODY)

    status, problem = cloud.request(headers=KEY, body='{"user_id": "xiaofuge", "facts": {"age": 18}}')

    assert (status, problem["code"]) == (422, "0003")


def test_a_used_up_quota_is_a_409(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_cloud(monkeypatch, quotas=Quotas(month=1, day=1)) as cloud:
        cloud.draw()
        status, problem = cloud.draw("another")

    assert (status, problem["code"], problem["title"]) == (409, "0004", "quota of the month used up")
    assert problem["detail"].endswith("it renews at 2026-12-01T00:00:00+00:00")


def test_a_cap_that_is_reached_is_a_409_and_its_last_draw_is_found_in_any_shard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with a_cloud(monkeypatch, cap=Cap(limit=3, shards=2)) as cloud:
        statuses = [cloud.draw(f"key-{number}")[0] for number in range(3)]
        status, problem = cloud.draw("another")
        again, _ = cloud.draw("key-2")
        verdict = cloud.audit()

    assert statuses == [201] * 3
    assert (status, problem["code"], again) == (409, "D004", 200)
    assert verdict.balanced


def test_a_blocked_user_is_a_409(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_cloud(monkeypatch, blocked=("xiaofuge",)) as cloud:
        status, problem = cloud.draw()

    assert (status, problem["code"], problem["field"]) == (409, "0001", "user_id")


def test_a_busy_ledger_is_a_503_that_says_when_to_ask_again(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    def conflict(*_: object) -> None:
        raise BusyError("conflict on the order")

    monkeypatch.setattr(type(draw_handler.wire()[0].ledger), "record", conflict)

    answer = draw_handler.handler({**event("draw")}, Context(seconds=0.5))  # type: ignore[arg-type]

    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "1")
    assert json.loads(answer["body"])["code"] == "0001"
    assert cloud.messages() == []


def test_a_warm_winning_draw_makes_three_calls(cloud: Cloud) -> None:
    cloud.draw("warm-up")

    with cloud.calls() as calls:
        cloud.draw()

    assert calls == ["TransactWriteItems", "SendMessageBatch", "UpdateItem"]


def test_locks_cost_one_call_more_and_quotas_cap_and_fallback_none(monkeypatch: pytest.MonkeyPatch) -> None:
    shares = a_share("1"), a_share("2", weight=1, unlock_after=9), a_share("3", weight=0, stock=None)
    limits: dict[str, Any] = {"quotas": Quotas(activity=9, month=9, day=9), "cap": Cap(limit=9), "fallback": "3"}
    with a_cloud(monkeypatch, *shares, **limits) as cloud:
        cloud.draw("warm-up")
        with cloud.calls() as calls:
            _, order = cloud.draw()

    assert calls == ["GetItem", "TransactWriteItems", "SendMessageBatch", "UpdateItem"]
    assert order["proof"] == {"attempt": 0, "excluded": ["2"], "version": 1, "taken": 1}


def test_the_draw_that_finds_the_last_shard_empty_reads_once_more_and_the_next_ones_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shares = a_share("1", weight=999_999, stock=0, shards=3), a_share("2", weight=1, stock=None)
    with a_cloud(monkeypatch, *shares) as cloud:
        with cloud.calls() as calls:
            _, order = cloud.draw("first", "other")
        assert order["award"]["award_id"] == "2"
        tell = ["SendMessageBatch", "UpdateItem"]
        assert calls == ["GetItem", "TransactWriteItems", "BatchGetItem", "TransactWriteItems", *tell]
        with cloud.calls() as calls:
            cloud.draw("second")

    assert calls == ["TransactWriteItems", *tell]


LOOKED = ["TransactGetItems"]
TRIED, REFUSED = ["TransactWriteItems", "GetItem"], [*LOOKED, "GetItem"]


def test_a_user_beyond_his_quota_costs_one_transaction_and_then_two_reads_a_draw(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(cloud: Cloud, key: str) -> list[str]:
        """Return the calls of a refused draw, beside the one that reads the activity again."""
        draw_handler.wire()[0].activities.find("100001", cloud.now)
        with cloud.calls() as calls:
            status, problem = cloud.draw(key)
        assert (status, problem["code"]) == (409, "0004")
        return calls

    with a_cloud(monkeypatch, quotas=Quotas(day=1), cap=Cap(limit=9)) as cloud:
        cloud.draw()
        assert refused(cloud, "second") == TRIED
        for number in range(9):  # each refusal is a reason to look for a minute more
            cloud.now += LOOK_FIRST - SECOND
            assert refused(cloud, f"more-{number}") == REFUSED
        cloud.now += LOOK_FIRST
        assert refused(cloud, "late") == TRIED


def test_a_draw_after_midnight_is_drawn_although_it_was_refused_a_second_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with a_cloud(monkeypatch, quotas=Quotas(day=1), end=NOON + 9 * HOUR * 24) as cloud:
        cloud.now = NOON + 12 * HOUR - SECOND
        cloud.draw()
        refused = [cloud.draw("next")[0] for _ in range(2)]
        cloud.now += SECOND
        with cloud.calls() as calls:
            status, _ = cloud.draw("next")

    assert (refused, status) == ([409, 409], 201)
    assert calls == [*LOOKED, "TransactWriteItems", "SendMessageBatch", "UpdateItem"]


def test_a_repeat_costs_one_transaction_and_then_one_read(cloud: Cloud) -> None:
    _, first = cloud.draw()

    for expected in (["TransactWriteItems"], LOOKED, LOOKED):
        with cloud.calls() as calls:
            status, again = cloud.draw()
        assert (status, again["order_id"], calls) == (200, first["order_id"], expected)


@pytest.mark.parametrize("grant_type", [GrantType.AT_A_TIME, GrantType.BY_HAND])
def test_a_prize_that_waits_for_a_time_or_a_hand_is_recorded_in_one_call(
    monkeypatch: pytest.MonkeyPatch, grant_type: GrantType
) -> None:
    with a_cloud(monkeypatch, grant_type=grant_type) as cloud:
        cloud.draw("warm-up")
        with cloud.calls() as calls:
            _, order = cloud.draw()

    assert calls == ["TransactWriteItems"]
    assert order["grant_at"] == ("2026-11-24T12:00:00+00:00" if grant_type is GrantType.AT_A_TIME else None)


def test_a_missing_variable_is_named_at_start(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cloud.now
    monkeypatch.delenv("TABLE_NAME")
    draw_handler.wire.cache_clear()

    with pytest.raises(MissingVariableError, match="TABLE_NAME"):
        draw_handler.wire()


def test_a_seed_opens_for_its_own_activity_only(cloud: Cloud) -> None:
    activities = draw_handler.wire()[0].activities
    assert isinstance(activities, CachedActivities)
    activity = activities.find("100001", cloud.now)
    assert isinstance(activity, Activity)
    stranger = replace(activity, activity_id="100002")

    with pytest.raises(UnreadableSeedError, match="InvalidCiphertext"):
        activities.seed(stranger)
    with pytest.raises(UnreadableSeedError, match="not the one committed to"):
        activities.seed(replace(activity, sealed_seed=sealed(b"another", "100001")))
    assert activities.seed(activity) == SEED


def test_a_repeat_is_answered_while_nobody_can_open_the_seed(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    _, first = cloud.draw()
    draw_handler.wire.cache_clear()

    def locked(*_: Any) -> bytes:
        raise UnreadableSeedError

    monkeypatch.setattr(CachedActivities, "_open", locked)
    status, again = cloud.draw()

    assert (status, again["order_id"]) == (200, first["order_id"])
    assert cloud.draw("another")[0] == 500


def test_no_log_line_holds_what_a_prize_is_or_the_seed(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.draw()
    cloud.deliver()
    cloud.compensate()

    out = capsys.readouterr().out
    lines = [json.loads(line) for line in out.splitlines() if '"level"' in line]
    assert [line["message"] for line in lines] == ["drawn", "granted", "compensated"]
    assert lines[0]["order_id"] == lines[1]["order_id"]
    assert lines[0]["correlation_id"] == "request-1"
    assert "Code" not in out


def test_draws_wins_and_failed_publishes_are_counted(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.sqs.delete_queue(QueueUrl=cloud.queue_url)

    cloud.draw()

    (figures,) = (json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line)
    assert (figures["Draws"], figures["Wins"], figures["PublishFailures"]) == ([1.0], [1.0], [1.0])
    assert figures["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
