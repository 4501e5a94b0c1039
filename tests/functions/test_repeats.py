"""A repeat gets its recorded answer whatever else is broken, and what was never sent is sent then."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

import draw_handler
from builders import NOON, SECOND
from cloud import Cloud, a_cloud
from tombola.aws.activity_cache import FRESH, CachedActivities
from tombola.aws.activity_items import activity_key, tree_item
from tombola.aws.items import order_key
from tombola.aws.ledger import DynamoLedger
from tombola.rules.order import MqState, Order
from tombola.rules.problem import BusyError, UnreadableSeedError
from tombola.rules.tree import Leaf, Tree

TREE = Tree(tree_id="200", tree_name="tree", root="1", nodes=(Leaf(node_id="1", activity_id="100001"),))
Break = Callable[[Cloud, pytest.MonkeyPatch], None]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with a_cloud(monkeypatch) as cloud:
        cloud.ledger.put_item(tree_item(TREE))
        yield cloud


def ask(cloud: Cloud, key: str = "key", tree: bool = False) -> tuple[int, Any]:
    path = {"tree_id": "200"} if tree else {"activity_id": "100001"}
    headers, body = {"idempotency-key": key}, json.dumps({"user_id": "xiaofuge"})
    return cloud.request(headers=headers, pathParameters=path, body=body)


def damage(cloud: Cloud, key: dict[str, Any], attribute: str) -> None:
    cloud.ledger.dynamodb.update_item(
        TableName=cloud.ledger.table,
        Key=key,
        UpdateExpression="SET #a = :a",
        ExpressionAttributeNames={"#a": attribute},
        ExpressionAttributeValues={":a": {"N": "1.5"}},
    )


def fails(where: type, name: str, error: Exception) -> Break:
    def broken(*_: Any, **__: Any) -> Any:
        raise error

    return lambda _, patch: patch.setattr(where, name, broken)


DENIED = ClientError({"Error": {"Code": "AccessDeniedException"}}, "TransactWriteItems")
BROKEN: dict[str, Break] = {
    "the activity is damaged": lambda cloud, _: damage(cloud, activity_key("100001"), "begin"),
    "its zone is damaged": lambda cloud, _: damage(cloud, activity_key("100001"), "time_zone"),
    "the tree is damaged": lambda cloud, _: damage(cloud, {"pk": {"S": "TREE#200"}, "sk": {"S": "CONFIG"}}, "nodes"),
    "the seed cannot be opened": fails(CachedActivities, "_open", UnreadableSeedError("locked")),
    "the key service is down": fails(CachedActivities, "_open", BusyError("kms")),
    "the transaction is not allowed": fails(DynamoLedger, "record", DENIED),
    "activities cannot be read": fails(CachedActivities, "find", BusyError("throttled")),
    "nobody foresaw it": fails(CachedActivities, "find", ZeroDivisionError("Code")),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_repeat_gets_its_recorded_answer_and_a_new_draw_a_clear_problem(
    cloud: Cloud, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = "tree" in case
    _, first = ask(cloud, tree=tree)
    cloud.now += FRESH
    draw_handler.wire.cache_clear()
    BROKEN[case](cloud, monkeypatch)

    assert ask(cloud, tree=tree) == (200, {**first, "mq_state": 1})
    status, problem = ask(cloud, "another", tree=tree)
    assert status in (500, 503)
    assert problem["type"] == "about:blank"


def told_of(capsys: pytest.CaptureFixture[str]) -> tuple[list[str], list[float]]:
    """Return the unforeseen errors that were told, and the defects that were counted."""
    out = capsys.readouterr().out
    assert "Code" not in out
    lines = [json.loads(line) for line in out.splitlines()]
    errors = [line["error"] for line in lines if line.get("message") == "unforeseen"]
    return errors, [figure for line in lines for figure in line.get("Defects", [])]


@pytest.fixture
def told_of_a_repeat(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], tuple[list[str], list[float]]]:
    """Return what is told while a repeat gets its recorded answer in that case."""

    def told(case: str) -> tuple[list[str], list[float]]:
        ask(cloud)
        BROKEN[case](cloud, monkeypatch)
        capsys.readouterr()
        assert ask(cloud)[0] == 200
        return told_of(capsys)

    return told


def test_an_unforeseen_error_that_the_recorded_answer_hides_is_told_and_rings(
    told_of_a_repeat: Callable[[str], object],
) -> None:
    assert told_of_a_repeat("nobody foresaw it") == (["ZeroDivisionError"], [1.0])


def test_a_busy_table_that_the_recorded_answer_hides_rings_nothing(told_of_a_repeat: Callable[[str], object]) -> None:
    assert told_of_a_repeat("activities cannot be read") == ([], [])


def test_an_unforeseen_error_that_a_busy_table_hides_is_told_and_rings(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    BROKEN["nobody foresaw it"](cloud, monkeypatch)
    fails(DynamoLedger, "order", BusyError("throttled"))(cloud, monkeypatch)
    monkeypatch.setattr("time.sleep", lambda _: None)

    assert ask(cloud)[0] == 503
    assert told_of(capsys) == (["ZeroDivisionError"], [1.0])


def test_an_error_that_nobody_foresaw_is_a_problem_with_the_requests_id_and_logged_without_its_text(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    BROKEN["nobody foresaw it"](cloud, monkeypatch)

    status, problem = ask(cloud)

    assert (status, problem["request_id"], problem["status"]) == (500, "request-1", 500)
    out = capsys.readouterr().out
    lines = [json.loads(line) for line in out.splitlines()]
    (told,) = (line for line in lines if line.get("message") == "unforeseen")
    assert told["error"] == "ZeroDivisionError"
    assert "draw.py" in "".join(told["where"])
    assert "Code" not in out
    assert [line["Defects"] for line in lines if "Defects" in line] == [[1.0]]


def test_a_recorded_draw_that_cannot_be_read_is_a_500_and_never_another_answer(cloud: Cloud) -> None:
    _, first = ask(cloud)
    damage(cloud, order_key("xiaofuge", int(first["order_id"])), "drawn_at")

    status, problem = ask(cloud)

    assert (status, problem["title"]) == (500, "order unreadable")
    assert first["order_id"] in problem["detail"]


@pytest.mark.parametrize(("failures", "status"), [(3, 200), (1_000, 503)])
def test_a_slow_table_is_waited_for_within_the_deadline_and_then_it_is_busy(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, failures: int, status: int
) -> None:
    ask(cloud)
    BROKEN["the transaction is not allowed"](cloud, monkeypatch)
    left, read = [failures], DynamoLedger.order

    def slow(self: DynamoLedger, user_id: str, order_id: int) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise BusyError("throttled")
        return read(self, user_id, order_id)

    monkeypatch.setattr(DynamoLedger, "order", slow)
    monkeypatch.setattr("time.sleep", lambda _: None)
    assert ask(cloud)[0] == status


def recorded(cloud: Cloud, **changes: Any) -> Order:
    """Put a draw on record as a request left it that was never answered."""
    _, body = ask(cloud)
    order = cloud.ledger.order("xiaofuge", int(body["order_id"]))
    assert order is not None
    left = replace(order, mq_state=MqState.NOT_SENT, sent_at=None, due_at=NOON + 60 * SECOND)
    cloud.sqs.purge_queue(QueueUrl=cloud.queue_url)
    cloud.ledger.put(replace(left, **changes))
    return order


def test_a_repeat_of_a_draw_that_was_never_sent_is_sent(cloud: Cloud) -> None:
    order = recorded(cloud)

    status, answer = ask(cloud)

    assert (status, answer["mq_state"], len(cloud.messages())) == (200, 1, 1)
    found = cloud.ledger.order("xiaofuge", order.order_id)
    assert found is not None
    assert (found.mq_state, found.sent_at) == (MqState.SENT, NOON)


@pytest.mark.parametrize(
    "changes", [{"mq_state": MqState.SENT, "sent_at": NOON}, {"mq_state": MqState.FAILED}], ids=str
)
def test_a_repeat_of_a_draw_that_was_sent_or_is_due_anyway_sends_nothing(cloud: Cloud, changes: Any) -> None:
    recorded(cloud, **changes)

    assert ask(cloud)[0] == 200
    assert cloud.messages() == []


def test_a_repeat_after_closing_is_sent_too(cloud: Cloud) -> None:
    recorded(cloud)
    damage(cloud, activity_key("100001"), "begin")
    cloud.now += FRESH

    assert ask(cloud)[0] == 200
    assert len(cloud.messages()) == 1


def test_a_damaged_count_is_a_500_for_its_user_alone(cloud: Cloud) -> None:
    ask(cloud)
    cloud.ledger.dynamodb.update_item(
        TableName=cloud.ledger.table,
        Key={"pk": {"S": "USER#xiaofuge"}, "sk": {"S": "QUOTA#100001"}},
        UpdateExpression="SET taken = :many",
        ExpressionAttributeValues={":many": {"S": "many"}},
    )

    assert ask(cloud, "another")[0] == 500
    assert ask(cloud)[0] == 200
    assert cloud.draw("key", user_id="fustack")[0] == 201
