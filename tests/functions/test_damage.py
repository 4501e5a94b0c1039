"""One bad item stops nobody: whatever is in the table, each function does the rest of its work in the same run."""

import json
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import compensate_handler
from builders import NOON, SECOND, a_share, an_activity, an_order
from cloud import Cloud, Context, a_cloud, event, stock_of
from damage import damaged
from tombola.aws.activity_items import activity_item, entry_item, stock_item, tree_item
from tombola.aws.items import number, order_item, quota_key, stock_key, text
from tombola.rules.activity import Activity
from tombola.rules.activity_life import moved
from tombola.rules.activity_states import Action, ActivityState
from tombola.rules.facts import Operator
from tombola.rules.invoice import invoice_json
from tombola.rules.order import GrantState, MqState, Order
from tombola.rules.problem import UnfinishedError
from tombola.rules.quota import PERIODS, Period
from tombola.rules.tree import Branch, Leaf, Stem, Tree
from tombola.rules.unreadable import LOOK_AGAIN, UNREADABLE

MINUTE = 60 * SECOND
USER = "xiaofuge"
FIRST = 3  # its lane is the same one among few lanes as among all
BEHIND = FIRST + 128  # an order of the same lane
ORDERS = "/users/{user_id}/draws"
ACTIVITY = an_activity(activity_id="damaged", state=ActivityState.PASS, begin=NOON, end=NOON + 60 * MINUTE)
ITEMS: dict[str, Any] = {
    "order": order_item(an_order(FIRST, user_id="hurt", due_at=NOON)),
    "sent order": order_item(an_order(FIRST, user_id="hurt", mq_state=MqState.SENT, sent_at=NOON, claims=9, begun=1)),
    "activity": activity_item(ACTIVITY),
    "entry": entry_item("damaged", moved(ACTIVITY, Action.START, "x", "", NOON)[1]),
    "shard": stock_item("100001", "3", 1, 3),
    "tree": tree_item(
        Tree(
            tree_id="200",
            tree_name="tree",
            root="1",
            nodes=(
                Stem(node_id="1", fact="age", branches=(Branch(operator=Operator.LESS, values=("18",), to="2"),)),
                Leaf(node_id="2", activity_id="100001"),
            ),
        )
    ),
    "quota": quota_key("hurt", "100001") | {"taken": number(1)},
}


@pytest.fixture(autouse=True)
def few_stale_counters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a draw drop fewer counters of long ago, which cost more time than all the rest."""
    monkeypatch.setitem(PERIODS, "day", Period.DAY._replace(stale=range(2, 4)))


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with a_cloud(monkeypatch) as cloud:
        yield cloud


def order_of(cloud: Cloud, user_id: str, order_id: int) -> Order:
    order = cloud.ledger.order(user_id, order_id)
    assert order is not None
    return order


def behind(order_id: int, **changes: Any) -> Order:
    """Return an order of the same lane as the damaged one's, due a moment later."""
    return an_order(order_id, due_at=NOON + SECOND, **changes)


@pytest.mark.usefixtures("few_lanes")
@pytest.mark.parametrize("name", ITEMS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(data=st.data())
def test_whatever_is_damaged_every_function_does_the_rest_of_its_work(
    monkeypatch: pytest.MonkeyPatch, name: str, data: st.DataObject
) -> None:
    with a_cloud(monkeypatch, a_share(stock=6, shards=2)) as cloud:
        item = data.draw(damaged(ITEMS[name]))
        cloud.ledger.put_item(item)
        cloud.ledger.put(behind(BEHIND))
        sound = replace(ACTIVITY, activity_id="sound")
        cloud.apply(sound, stock_of(sound))

        status, mine = cloud.draw("new")
        assert (status, mine["outcome"]) == (201, "won")
        assert cloud.get(ORDERS, user_id=USER)[0] == 200
        for look in (ORDERS, "/users/{user_id}/draws/{order_id}"):
            assert cloud.get(look, user_id="hurt", order_id=str(FIRST))[0] in (200, 404, 500)
        for look in ("/activities/{activity_id}", "/activities/{activity_id}/log"):
            assert cloud.get(look, activity_id="damaged")[0] in (200, 404, 500)
        assert cloud.draw("new", user_id="hurt", activity_id="damaged")[0] in (201, 404, 409, 500)
        assert cloud.draw("new", user_id="hurt")[0] in (201, 409, 500)
        through = {"pathParameters": {"tree_id": "200"}, "headers": {"idempotency-key": "tree"}}
        body = json.dumps({"user_id": "hurt", "facts": {"age": 17}})
        assert cloud.send("draw-tree", **through, body=body)[0] in (201, 404, 409, 422, 500)
        cloud.compensate(MINUTE)
        cloud.deliver()

        assert order_of(cloud, USER, BEHIND).grant_state is GrantState.GRANTED
        found = cloud.ledger.activity("sound")
        assert isinstance(found, Activity)
        assert found.state is ActivityState.DOING


@pytest.mark.parametrize(
    "damage",
    [
        {"due_at": number(-5)},
        {"due_at": {"N": "1.5"}},
        {"drawn_at": {"N": "9" * 30}},
        {"claims": number(-1)},
        {"proof": text("x")},
        {"grant_state": number(1)},
        {"outcome": text("lost")},
    ],
    ids=str,
)
def test_a_hundred_bad_orders_at_the_head_of_a_lane_keep_nobody_from_their_prize(
    monkeypatch: pytest.MonkeyPatch, damage: dict[str, Any]
) -> None:
    with a_cloud(monkeypatch) as cloud:
        for count in range(100):
            cloud.ledger.put_item(order_item(an_order(FIRST + 128 * count, user_id="hurt", due_at=NOON)) | damage)
        cloud.ledger.put(behind(BEHIND))

        cloud.compensate(MINUTE)
        cloud.deliver()

        assert order_of(cloud, USER, BEHIND).grant_state is GrantState.GRANTED
        assert cloud.ledger.due(str(FIRST), cloud.now, limit=1).entries == ()
        assert len(cloud.ledger.due(UNREADABLE, cloud.now + LOOK_AGAIN, limit=200).entries) == 100


def test_an_entry_that_is_no_order_leaves_the_lane_of_orders(cloud: Cloud) -> None:
    for pk, sk in (("STOCK#100001#3#00", "STOCK"), ("USER#a", "ORDER#7"), ("USER#a", "QUOTA#1"), ("x", "y")):
        item = {"pk": text(pk), "sk": text(sk), "lane": text(str(FIRST)), "due_at": number(1), "left": number(5)}
        cloud.ledger.put_item(item)
    cloud.ledger.put(behind(BEHIND))

    assert cloud.compensate(MINUTE)["resent"] == 1
    assert cloud.ledger.due(str(FIRST), cloud.now, limit=10).entries == ()


def test_an_order_whose_time_no_clock_will_show_is_found_within_the_turn_of_its_lane(
    cloud: Cloud, few_lanes: Sequence[str]
) -> None:
    cloud.ledger.put_item(order_item(an_order()) | {"due_at": {"N": "9" * 30}})

    for _ in range(len(few_lanes) + 1 + LOOK_AGAIN // MINUTE + 1):
        cloud.compensate(MINUTE)
        cloud.deliver()

    assert order_of(cloud, USER, 7).grant_state is GrantState.GRANTED


def test_an_order_of_newer_code_that_older_code_moved_is_granted_after_the_roll_forward(cloud: Cloud) -> None:
    written = order_item(behind(BEHIND)) | {"outcome": text("jackpot")}  # which only newer code knows
    cloud.ledger.put_item(written)
    cloud.compensate(MINUTE)
    (aside,) = cloud.ledger.asides(cloud.now + LOOK_AGAIN, limit=10)
    assert (aside.lane, aside.because) == (str(FIRST), "outcome cannot be read")

    understand(cloud, BEHIND)  # stands for the roll-forward
    cloud.compensate(LOOK_AGAIN)
    cloud.compensate(MINUTE)
    cloud.deliver()

    assert order_of(cloud, USER, BEHIND).grant_state is GrantState.GRANTED
    assert cloud.ledger.asides(cloud.now + LOOK_AGAIN, limit=10) == []


def understand(cloud: Cloud, order_id: int) -> None:
    """Let the order's outcome be one that this code knows, in place."""
    cloud.ledger.dynamodb.update_item(
        TableName=cloud.ledger.table,
        Key={"pk": text(f"USER#{USER}"), "sk": text(f"ORDER#{order_id:019d}")},
        UpdateExpression="SET outcome = :won",
        ExpressionAttributeValues={":won": {"S": "won"}},
    )


def test_what_was_set_aside_is_counted_for_an_alarm_and_logged_once_a_run(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    for number_ in (FIRST, BEHIND):
        cloud.ledger.put_item(order_item(an_order(number_, due_at=NOON)) | {"claims": number(-1)})
    cloud.compensate(MINUTE)
    cloud.compensate(MINUTE)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (told,) = (line for line in lines if line.get("message") == "set aside")
    assert (told["count"], told["items"][0]) == (2, f"ORDER#{FIRST:019d}: claims cannot be read")
    assert [line["Unreadable"] for line in lines if "Unreadable" in line] == [[2.0], [2.0]]


def test_an_error_that_nobody_foresaw_ends_no_other_order_and_rings_the_functions_alarm(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.ledger.put(an_order(FIRST, due_at=NOON))
    cloud.ledger.put(behind(BEHIND))
    ledger, claim = compensate_handler.wire().ledger, type(compensate_handler.wire().ledger).claim

    def broken(self: Any, order: Order, until: Any) -> Any:
        if order.order_id == FIRST:
            raise ZeroDivisionError("WELCOME-10")
        return claim(self, order, until)

    monkeypatch.setattr(type(ledger), "claim_all", lambda *_: None)
    monkeypatch.setattr(type(ledger), "claim", broken)
    cloud.now += MINUTE
    with pytest.raises(UnfinishedError, match=r"^ZeroDivisionError$") as told:
        compensate_handler.handler(event("compensate-schedule"), Context())  # type: ignore[arg-type]
    assert "WELCOME-10" not in "".join(traceback.format_exception(told.value))

    cloud.deliver()
    assert order_of(cloud, USER, BEHIND).grant_state is GrantState.GRANTED


def test_a_users_list_tells_of_draws_that_cannot_be_shown_and_shows_the_others(cloud: Cloud) -> None:
    cloud.ledger.put(an_order(1))
    cloud.ledger.put_item(order_item(an_order(2)) | {"drawn_at": {"N": "9" * 30}})

    status, page = cloud.get(ORDERS, user_id=USER)

    assert (status, [order["order_id"] for order in page["draws"]], page["unreadable"]) == (200, ["1"], 1)
    status, problem = cloud.get("/users/{user_id}/draws/{order_id}", user_id=USER, order_id="2")
    assert (status, problem["title"]) == (500, "order unreadable")


def test_a_log_tells_of_entries_that_cannot_be_shown_and_shows_the_others(cloud: Cloud) -> None:
    activity = cloud.ledger.activity("100001")
    assert activity is not None
    for number_ in (1, 2, 3):
        _, entry = moved(replace(activity, entries=number_ - 1), Action.CLOSE, "x", "", NOON)
        cloud.ledger.put_item(entry_item("100001", entry) | ({"at": number(1)} if number_ == 2 else {}))

    _, page = cloud.get("/activities/{activity_id}/log", {"limit": "2"}, activity_id="100001")
    _, rest = cloud.get("/activities/{activity_id}/log", {"after": str(page["next"])}, activity_id="100001")

    assert ([entry["number"] for entry in page["entries"]], page["unreadable"]) == ([1], 1)
    assert [entry["number"] for entry in rest["entries"]] == [3]


def test_a_shard_that_is_missing_is_empty_and_counted_for_an_alarm(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with a_cloud(monkeypatch) as cloud:
        activity = cloud.ledger.activity("100001")
        assert activity is not None
        sharded = replace(activity, shares=(replace(activity.shares[0], stock=5, shards=5),))
        cloud.ledger.dynamodb.delete_item(TableName=cloud.ledger.table, Key=stock_key("100001", "3", 0))
        cloud.apply(sharded, {("3", shard): 1 for shard in range(5) if shard != 2})

        answers = [cloud.draw(f"key-{count}")[1] for count in range(5)]

        assert sorted(answer["outcome"] for answer in answers) == ["lost", "won", "won", "won", "won"]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert any(line.get("MissingShards") == [1.0] for line in lines)
    assert any(line.get("shards") == ["3/2"] for line in lines)


def test_a_shard_that_is_missing_is_counted_once_a_read_and_not_once_a_look(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with a_cloud(monkeypatch) as cloud:
        cloud.ledger.dynamodb.delete_item(TableName=cloud.ledger.table, Key=stock_key("100001", "3", 0))
        for moment in (0, 0, 1, 2, 2):  # seconds
            cloud.now = NOON + moment * SECOND
            _, shown = cloud.get("/activities/{activity_id}", activity_id="100001")

            assert shown["awards"][0]["stock_left"] == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["MissingShards"] for line in lines if "MissingShards" in line] == [[1.0], [1.0]]


def test_a_message_for_an_order_that_cannot_be_read_goes_back_alone(cloud: Cloud) -> None:
    sent = [an_order(1), an_order(2)]
    cloud.ledger.put(sent[0])
    cloud.ledger.put_item(order_item(sent[1]) | {"drawn_at": {"N": "9" * 30}})

    assert cloud.distribute([invoice_json(order) for order in sent]) == {1}
    assert order_of(cloud, USER, 1).grant_state is GrantState.GRANTED
