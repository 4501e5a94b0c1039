"""The compensate function: what was left behind is repaired, and an operator sees how it stands."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.client import BaseClient

import compensate_handler
from builders import NOON, a_share, an_act, an_order
from cloud import Cloud, Context, a_cloud, event
from tombola.aws.events import WrongEventError
from tombola.rules.activity import GrantType
from tombola.rules.activity_states import ActivityState
from tombola.rules.order import LANES, GrantState, MqState, Order

MINUTE = timedelta(minutes=1)
CALLS_MAX = 135  # of a run with nothing due


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with a_cloud(monkeypatch) as cloud:
        yield cloud


def only_order(cloud: Cloud) -> Order:
    _, body = cloud.draw()  # a repeat
    order = cloud.ledger.order("xiaofuge", int(body["order_id"]))
    assert order is not None
    return order


def test_a_draw_whose_publish_failed_is_granted_by_compensation(cloud: Cloud) -> None:
    attributes = cloud.sqs.get_queue_attributes(QueueUrl=cloud.queue_url, AttributeNames=["QueueArn"])
    assert attributes
    cloud.sqs.delete_queue(QueueUrl=cloud.queue_url)
    _, order = cloud.draw()
    assert order["mq_state"] == MqState.FAILED
    cloud.sqs.create_queue(QueueName="invoices")

    assert cloud.compensate()["resent"] == 1
    cloud.deliver()

    assert only_order(cloud).grant_state is GrantState.GRANTED
    assert cloud.audit().balanced


def test_a_message_that_vanished_is_sent_again_after_its_time(cloud: Cloud) -> None:
    cloud.draw()
    cloud.sqs.purge_queue(QueueUrl=cloud.queue_url)

    assert cloud.compensate(MINUTE)["resent"] == 0
    assert cloud.compensate(9 * MINUTE)["resent"] == 1
    cloud.deliver()

    assert only_order(cloud).grant_state is GrantState.GRANTED


def test_an_order_that_failed_too_often_is_parked_and_told(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.ledger.put(an_order(failures=3, mq_state=MqState.SENT))

    assert cloud.compensate(5 * MINUTE) == {"resent": 0, "send_failed": 0, "parked": 1, "moved": 0}

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    parked = next(line for line in lines if line.get("message") == "parked")
    assert (parked["order_id"], parked["because"]) == ("7", "3 grants failed")
    figures = next(line for line in lines if "_aws" in line)
    assert (figures["Parked"], figures["OldestDue"]) == ([1.0], [240.0])


def test_a_quiet_run_reports_zeros(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert cloud.compensate() == {"resent": 0, "send_failed": 0, "parked": 0, "moved": 0}

    (figures,) = (json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line)
    names = ("Resends", "PublishFailures", "Parked", "OldestDue")
    assert {name: figures[name] for name in names} == {name: [0.0] for name in names}


def compensated(payload: Any) -> dict[str, int]:
    said: dict[str, int] = compensate_handler.handler(payload, Context())  # type: ignore[arg-type]
    return said


def test_a_workers_event_works_off_its_lanes_alone(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    for order_id in (7, 8, 23):
        cloud.ledger.put(an_order(order_id, due_at=NOON))
    cloud.now += MINUTE

    assert compensated(event("compensate-worker"))["resent"] == 2
    (figures,) = (json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line)
    assert "Parked" not in figures  # a worker has not looked
    assert cloud.compensate()["resent"] == 1


@pytest.mark.parametrize("lanes", [[], ["128"], ["parked"], ["7", 8], "7", None, {"7": 1}], ids=str)
def test_a_workers_event_that_names_no_numbered_lanes_is_refused(cloud: Cloud, lanes: Any) -> None:
    with pytest.raises(WrongEventError, match="expected lanes: a list of numbered lanes, 0 to 127"):
        compensated({"lanes": lanes})


def test_a_run_with_nothing_due_makes_a_call_a_lane_and_few_more(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    original = BaseClient._make_api_call  # type: ignore[attr-defined]

    def counted(client: BaseClient, operation: str, given: Any) -> Any:
        calls.append(operation)
        return original(client, operation, given)

    monkeypatch.setattr(BaseClient, "_make_api_call", counted)
    cloud.compensate()

    assert len(LANES) <= len(calls) <= CALLS_MAX
    assert set(calls) == {"Query"}


def test_an_activity_is_started_and_closed_by_its_window(monkeypatch: pytest.MonkeyPatch) -> None:
    window: dict[str, Any] = {"begin": NOON + 10 * MINUTE, "end": NOON + 20 * MINUTE}
    with a_cloud(monkeypatch, state=ActivityState.PASS, **window) as cloud:
        before, _ = cloud.draw("before")
        started = cloud.compensate(9 * MINUTE)["moved"]
        _, early = cloud.draw("early")
        cloud.now += MINUTE
        status, _ = cloud.draw("in-time")
        closed = cloud.compensate(11 * MINUTE)["moved"]
        _, late = cloud.draw("late")
        entries = cloud.ledger.log("100001", 0, 10)
        cloud.deliver()
        verdict = cloud.audit()

    assert (before, early["title"], status, late["title"]) == (409, "activity not open yet", 201, "activity not open")
    assert (started, closed) == (1, 1)
    assert [(entry.who, entry.what) for entry in entries] == [("compensation", "start"), ("compensation", "close")]
    assert verdict.balanced


def test_what_was_moved_is_logged(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with a_cloud(monkeypatch, state=ActivityState.PASS) as cloud:
        cloud.compensate()

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (moved,) = (line for line in lines if line.get("message") == "moved")
    assert (moved["activity_id"], moved["action"], moved["state"]) == ("100001", "start", ActivityState.DOING)


def test_a_prize_granted_at_a_time_is_sent_and_granted_then(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_cloud(monkeypatch, grant_type=GrantType.AT_A_TIME, grant_at=NOON + 60 * MINUTE) as cloud:
        cloud.draw()
        early = cloud.compensate(59 * MINUTE)["resent"]
        then = cloud.compensate(MINUTE)["resent"]
        cloud.deliver()

        assert (early, then) == (0, 1)
        assert only_order(cloud).grant_state is GrantState.GRANTED
        assert cloud.audit().balanced


def test_a_prize_granted_by_hand_waits_for_its_release(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_cloud(monkeypatch, grant_type=GrantType.BY_HAND) as cloud:
        cloud.draw()
        early = cloud.compensate(59 * MINUTE)["resent"]
        assert cloud.audit().balanced
        assert cloud.ledger.release(only_order(cloud), an_act(at=cloud.now))
        then = cloud.compensate()["resent"]
        cloud.deliver()

        assert (early, then) == (0, 1)
        assert only_order(cloud).grant_state is GrantState.GRANTED
        assert cloud.audit().balanced


def test_each_award_of_an_activity_is_granted_in_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stickers do not wait for the person who hands over the bikes."""
    ways = {"bike": GrantType.BY_HAND, "mug": GrantType.AT_A_TIME, "sticker": GrantType.AT_ONCE}
    shares = [a_share(award_id, weight=300_000, stock=40, grant_type=way) for award_id, way in ways.items()]
    with a_cloud(monkeypatch, *shares, grant_type=GrantType.BY_HAND, grant_at=NOON + 60 * MINUTE) as cloud:
        for each in range(9):
            cloud.draw(f"key-{each}")
        cloud.deliver()
        at_once = granted(cloud)
        cloud.compensate(60 * MINUTE)
        cloud.deliver()
        then = granted(cloud)
        for order in cloud.ledger.orders_of("xiaofuge"):
            assert isinstance(order, Order)
            cloud.ledger.release(order, an_act(at=cloud.now))
        cloud.compensate()
        cloud.deliver()

        assert (at_once, then, granted(cloud)) == ({"sticker"}, {"mug", "sticker"}, {"bike", "mug", "sticker"})
        assert cloud.audit().balanced


def granted(cloud: Cloud) -> set[str]:
    """Return the awards of which every prize is granted; no award is granted in part."""
    states: dict[str, set[GrantState]] = {}
    for order in cloud.ledger.orders_of("xiaofuge"):
        assert isinstance(order, Order)
        assert order.award is not None
        states.setdefault(order.award.award_id, set()).add(order.grant_state)
    assert all(len(found) == 1 for found in states.values())
    return {award_id for award_id, found in states.items() if found == {GrantState.GRANTED}}
