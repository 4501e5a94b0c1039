"""The draw function, asked for what is on record."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from builders import NOON, a_share, an_activity, an_order
from cloud import Cloud, a_cloud
from sam_template import Stack
from tombola.aws import http
from tombola.aws.activity_cache import SHOWN
from tombola.aws.items import quota_key
from tombola.rules.activity import Cap
from tombola.rules.activity_life import moved
from tombola.rules.activity_states import Action, ActivityState
from tombola.rules.log import START
from tombola.rules.quota import Quotas

ORDERS, QUOTAS = "/users/{user_id}/draws", "/users/{user_id}/quotas/{activity_id}"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with a_cloud(monkeypatch) as cloud:
        yield cloud


def test_an_order_is_shown_as_it_is_now(cloud: Cloud) -> None:
    _, order = cloud.draw()
    cloud.deliver()

    status, shown = cloud.get("/users/{user_id}/draws/{order_id}", user_id="xiaofuge", order_id=order["order_id"])

    assert status == 200
    assert shown == {**order, "grant_state": 1}


@pytest.mark.parametrize("user_id", ['quo"te', "用户", "x y", "{order_id}"])
def test_any_legal_user_id_finds_its_order(cloud: Cloud, user_id: str) -> None:
    _, order = cloud.draw(user_id=user_id)

    status, shown = cloud.get("/users/{user_id}/draws/{order_id}", user_id=user_id, order_id=order["order_id"])

    assert (status, shown) == (200, order)


@pytest.mark.parametrize("order_id", ["1", "x", "9" * 19, "9" * 30, "-1", "\u0661"])
def test_an_unknown_order_is_a_404(cloud: Cloud, order_id: str) -> None:
    status, problem = cloud.get("/users/{user_id}/draws/{order_id}", user_id="xiaofuge", order_id=order_id)

    assert (status, problem["code"], problem["field"]) == (404, "0002", "order_id")


def test_an_activity_is_shown_with_odds_and_stock_but_no_content(monkeypatch: pytest.MonkeyPatch) -> None:
    shares = [a_share("1", weight=50_000, stock=5), a_share("2", weight=350_000, stock=None)]
    with a_cloud(monkeypatch, *shares) as cloud:
        status, shown = cloud.get("/activities/{activity_id}", activity_id="100001")

    assert status == 200
    assert [(award["rate"], award["stock"], award["stock_left"]) for award in shown["awards"]] == [
        ("0.05", 5, 5),
        ("0.35", None, None),
    ]
    assert len(shown["commitment"]) == 64
    assert "Code" not in json.dumps(shown)
    assert "sealed" not in json.dumps(shown)


def test_the_draws_of_a_user_are_shown_a_page_at_a_time_newest_first(cloud: Cloud) -> None:
    for number in range(3):
        cloud.ledger.put(an_order(number, drawn_at=NOON + number * timedelta(seconds=1)))
    cloud.ledger.put(an_order(9, user_id="fustack"))

    status, first = cloud.send("orders")
    _, second = cloud.get(ORDERS, {"limit": "2", "after": first["next"]}, user_id="xiaofuge")

    assert status == 200
    assert [order["order_id"] for order in first["draws"]] == ["2", "1"]
    assert ([order["order_id"] for order in second["draws"]], second["next"]) == (["0"], None)


def test_draws_are_shown_in_one_call(cloud: Cloud) -> None:
    for number in range(20):
        cloud.ledger.put(an_order(number))

    with cloud.calls() as calls:
        _, page = cloud.get(ORDERS, user_id="xiaofuge")

    assert (len(page["draws"]), calls) == (20, ["Query"])


@pytest.mark.parametrize("user_id", ["a@b", "{user_id}", "用户"])
def test_any_legal_user_id_finds_its_draws(cloud: Cloud, user_id: str) -> None:
    _, order = cloud.draw(user_id=user_id)

    assert cloud.get(ORDERS, user_id=user_id) == (200, {"draws": [order], "unreadable": 0, "next": None})


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"after": "x"}, {"after": ""}])
@pytest.mark.parametrize("route", [ORDERS, "/activities/{activity_id}/log"])
def test_a_page_that_cannot_be_is_a_400_with_its_field(cloud: Cloud, route: str, query: dict[str, str]) -> None:
    status, problem = cloud.get(route, query, user_id="xiaofuge", activity_id="100001")

    assert (status, problem["code"], problem["field"]) == (400, "0002", next(iter(query)))


def test_the_log_of_an_activity_is_shown_a_page_at_a_time(cloud: Cloud) -> None:
    activity = an_activity(state=ActivityState.PASS)
    cloud.ledger.apply(activity, {})
    for action in (Action.START, Action.CLOSE, Action.OPEN):
        after, entry = moved(activity, action, "xiaofuge", "to see", cloud.now)
        assert cloud.ledger.write(activity, after, entry)
        activity = after

    status, page = cloud.send("log")
    _, whole = cloud.get("/activities/{activity_id}/log", activity_id="100001")

    assert (status, page["next"]) == (200, 2)
    assert page["entries"] == whole["entries"][1:2]
    assert [entry["what"] for entry in whole["entries"]] == ["start", "close", "open"]
    assert [entry["before"] for entry in whole["entries"]] == [START, *(e["hash"] for e in whole["entries"][:2])]
    assert (whole["next"], whole["entries"][2]["hash"]) == (None, activity.digest)


def test_what_is_left_of_the_cap_is_shown_with_the_activity(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_cloud(monkeypatch, cap=Cap(limit=5, shards=2)) as cloud:
        cloud.draw()
        _, shown = cloud.get("/activities/{activity_id}", activity_id="100001")

    assert shown["cap"] == {"limit": 5, "left": 4}


def test_an_activity_that_many_look_at_is_read_once_in_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    shares = [a_share(str(number), weight=1, stock=100, shards=100) for number in range(10)]
    with a_cloud(monkeypatch, *shares, cap=Cap(limit=100, shards=100)) as cloud:
        with cloud.calls() as first:
            answers = [cloud.get("/activities/{activity_id}", activity_id="100001") for _ in range(50)]
        cloud.now += SHOWN
        with cloud.calls() as later:
            cloud.get("/activities/{activity_id}", activity_id="100001")

    assert first == ["GetItem"] + ["BatchGetItem"] * 11  # the activity, and 1,100 shards
    assert later == ["BatchGetItem"] * 11
    assert all(answer == answers[0] for answer in answers)


def test_who_draws_learns_of_a_sold_out_award_from_the_table_whatever_was_shown_a_moment_ago(cloud: Cloud) -> None:
    _, before = cloud.get("/activities/{activity_id}", activity_id="100001")
    outcomes = [cloud.draw(f"key-{number}")[1]["outcome"] for number in range(6)]
    _, after = cloud.get("/activities/{activity_id}", activity_id="100001")

    assert before == after
    assert outcomes == ["won"] * 5 + ["lost"]


KEPT = {"Cache-Control": "public, max-age=2", "Vary": "Origin"}
NOT_KEPT = {"Cache-Control": "no-store"}
LOOKS: dict[str, tuple[str, dict[str, str], int, dict[str, str]]] = {
    "an activity": ("/activities/{activity_id}", {"activity_id": "100001"}, 200, KEPT),
    "its log": ("/activities/{activity_id}/log", {"activity_id": "100001"}, 200, KEPT),
    "no activity": ("/activities/{activity_id}", {"activity_id": "999"}, 404, NOT_KEPT),
    "no log": ("/activities/{activity_id}/log", {"activity_id": "999"}, 404, NOT_KEPT),
    "a user's draws": (ORDERS, {"user_id": "xiaofuge"}, 200, NOT_KEPT),
    "a user's quotas": (QUOTAS, {"user_id": "xiaofuge", "activity_id": "100001"}, 200, NOT_KEPT),
    "a draw": ("/users/{user_id}/draws/{order_id}", {"user_id": "xiaofuge", "order_id": "7"}, 200, NOT_KEPT),
}


@pytest.mark.parametrize("case", LOOKS)
def test_a_cache_may_keep_for_two_seconds_what_anybody_may_see_and_nothing_else(cloud: Cloud, case: str) -> None:
    route, names, status, caching = LOOKS[case]
    cloud.ledger.put(an_order(7))

    answer = cloud.answer(route, **names)

    assert answer["statusCode"] == status
    assert {name: value for name, value in answer["headers"].items() if name in KEPT} == caching


def test_what_anybody_may_see_is_what_the_template_lets_anybody_ask_for() -> None:
    routes = Stack().of_type("AWS::ApiGatewayV2::Route").values()

    assert {route["RouteKey"] for route in routes if route["AuthorizationType"] == "NONE"} == http.PUBLIC_ROUTES


UNKNOWN: dict[str, dict[str, Any]] = {
    "unknown": {"activity_id": "999"},
    "no id at all": {"activity_id": "a/b"},
    "with a #": {"activity_id": "100001#"},
}


@pytest.mark.parametrize("case", UNKNOWN)
@pytest.mark.parametrize("route", ["/activities/{activity_id}", "/activities/{activity_id}/log", QUOTAS])
def test_an_unknown_activity_is_a_404(cloud: Cloud, route: str, case: str) -> None:
    status, problem = cloud.get(route, user_id="xiaofuge", **UNKNOWN[case])

    assert (status, problem["code"], problem["field"]) == (404, "0002", "activity_id")


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Limit a user to two draws a day, in Shanghai, and three in all."""
    with a_cloud(monkeypatch, quotas=Quotas(day=2, activity=3), time_zone="Asia/Shanghai") as cloud:
        yield cloud


def test_whoever_has_just_drawn_reads_the_new_count_in_one_call(limited: Cloud) -> None:
    limited.draw()
    limited.get(QUOTAS, user_id="xiaofuge", activity_id="100001")  # the activity is cached from here on

    with limited.calls() as calls:
        status, shown = limited.send("quotas")

    assert (status, calls) == (200, ["GetItem"])
    assert shown == {
        "user_id": "xiaofuge",
        "activity_id": "100001",
        "quotas": [
            {"period": "activity", "draws": 3, "taken": 1, "left": 2, "renews_at": None},
            {"period": "day", "draws": 2, "taken": 1, "left": 1, "renews_at": "2026-11-24T00:00:00+08:00"},
        ],
        "left": 1,
        "renews_at": None,
    }


def test_draws_are_left_as_long_as_a_draw_is_made_and_again_from_the_moment_that_is_shown(limited: Cloud) -> None:
    told, made = [], []
    for number in range(4):
        told.append(limited.get(QUOTAS, user_id="xiaofuge", activity_id="100001")[1])
        made.append(limited.draw(f"key-{number}")[0])
        if made[-1] == 409 and told[-1]["renews_at"]:
            limited.now = datetime.fromisoformat(told[-1]["renews_at"])
    last = limited.get(QUOTAS, user_id="xiaofuge", activity_id="100001")[1]

    assert [each["left"] for each in told] == [2, 1, 0, 1]
    assert made == [201, 201, 409, 201]
    assert (last["left"], last["renews_at"]) == (0, None)  # all three are made, and no day brings more


def test_quotas_that_cannot_be_read_are_no_draws_left_but_an_error_with_the_id_for_its_operator(limited: Cloud) -> None:
    limited.ledger.put_item(quota_key("xiaofuge", "100001") | {"taken": {"S": "many"}})

    status, problem = limited.get(QUOTAS, user_id="xiaofuge", activity_id="100001")

    assert (status, problem["code"], "left" in problem, bool(problem["request_id"])) == (500, "0001", False, True)
