"""The draw function, and whom it draws for: any user of a token, and every id that a server may choose."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

import draw_handler
from cloud import Cloud, Context, a_cloud, event

ORDERS, ORDER = "/users/{user_id}/draws", "/users/{user_id}/draws/{order_id}"
QUOTAS = "/users/{user_id}/quotas/{activity_id}"
ACTIVITY: dict[str, Any] = {
    "routeKey": "POST /activities/{activity_id}/draws",
    "pathParameters": {"activity_id": "100001"},
}
LONGEST = "https://id.example/" + "#/|@ " * 47 + "!"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with a_cloud(monkeypatch) as cloud:
        yield cloud


@pytest.fixture
def with_tokens(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Return the cloud behind a token."""
    monkeypatch.setenv("AUTHORIZATION", "jwt")
    draw_handler.wire.cache_clear()
    return cloud


def context_of(name: str, sub: str) -> dict[str, Any]:
    """Return the context of a sample event whose token has this sub."""
    context: dict[str, Any] = event(name)["requestContext"]
    context["authorizer"]["jwt"]["claims"]["sub"] = sub
    return context


def draw_as(cloud: Cloud, sub: str) -> tuple[int, Any]:
    return cloud.send("draw-jwt", **ACTIVITY, requestContext=context_of("draw-jwt", sub))


def look_as(cloud: Cloud, sub: str, route: str = ORDERS, **names: str) -> tuple[int, Any]:
    changes = {"routeKey": f"GET {route}", "pathParameters": names}
    return cloud.send("orders-me", **changes, requestContext=context_of("orders-me", sub))


@pytest.mark.parametrize(
    "sub", [LONGEST, "#", "a#ORDER#1", "USER#xiaofuge", "a/b", "auth0|123", " ", "me", "..", "小" * 255]
)
def test_whoever_a_token_stands_for_draws_is_granted_and_looks(with_tokens: Cloud, sub: str) -> None:
    status, order = draw_as(with_tokens, sub)
    with_tokens.deliver()
    granted = {**order, "grant_state": 1}

    assert (status, order["user_id"]) == (201, sub)
    assert look_as(with_tokens, sub, user_id="me") == (200, {"draws": [granted], "unreadable": 0, "next": None})
    assert look_as(with_tokens, sub, ORDER, user_id="me", order_id=order["order_id"]) == (200, granted)
    assert look_as(with_tokens, sub, user_id=sub) == (200, {"draws": [granted], "unreadable": 0, "next": None})
    assert with_tokens.audit().balanced


def test_the_longest_sub_has_255_characters() -> None:
    assert (len(LONGEST), LONGEST.isascii()) == (255, True)


def test_me_is_nobody_else(with_tokens: Cloud) -> None:
    _, order = draw_as(with_tokens, "xiaofuge")

    assert look_as(with_tokens, "me", user_id="me") == (200, {"draws": [], "unreadable": 0, "next": None})
    assert look_as(with_tokens, "me", ORDER, user_id="me", order_id=order["order_id"])[0] == 404
    assert look_as(with_tokens, "fustack", user_id="xiaofuge")[0] == 403
    assert look_as(with_tokens, "fustack", QUOTAS, user_id="xiaofuge", activity_id="100001")[0] == 403
    for user_id in ("me", "xiaofuge"):
        status, shown = look_as(with_tokens, "xiaofuge", QUOTAS, user_id=user_id, activity_id="100001")
        assert (status, shown["user_id"]) == (200, "xiaofuge")


def test_the_sample_event_shows_the_draws_of_the_tokens_user(with_tokens: Cloud) -> None:
    sub = event("orders-me")["requestContext"]["authorizer"]["jwt"]["claims"]["sub"]
    _, order = draw_as(with_tokens, sub)

    assert with_tokens.send("orders-me") == (200, {"draws": [order], "unreadable": 0, "next": None})


@pytest.mark.parametrize("authorization", ["iam", "none"])
def test_without_tokens_me_is_a_404_that_says_why(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, authorization: str
) -> None:
    monkeypatch.setenv("AUTHORIZATION", authorization)
    draw_handler.wire.cache_clear()

    for route in (ORDERS, ORDER, QUOTAS):
        status, problem = cloud.get(route, user_id="me", order_id="7", activity_id="100001")
        assert (status, problem["code"], problem["field"]) == (404, "0002", "user_id")
        assert "name the user" in problem["detail"]


@pytest.mark.parametrize("authorization", ["iam", "none"])
@pytest.mark.parametrize(
    "user_id", ["a/b", "a?b", "50%", "a#b", "a\\b", ".", "..", "me", "xiaofuge ", "xiao\u200bfuge"]
)
def test_an_id_that_no_path_carries_or_nobody_sees_is_refused_before_anything_is_recorded(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, user_id: str, authorization: str
) -> None:
    monkeypatch.setenv("AUTHORIZATION", authorization)
    draw_handler.wire.cache_clear()
    before = cloud.ledger.items()

    status, problem = cloud.draw(user_id=user_id)

    assert (status, problem["code"], problem["field"]) == (400, "0002", "user_id")
    assert cloud.ledger.items() == before


@pytest.mark.parametrize("user_id", ["user@example.com", "auth0|123", "用户", "x y", "{user_id}", 'quo"te'])
def test_every_other_id_draws_and_is_found(cloud: Cloud, user_id: str) -> None:
    _, order = cloud.draw(user_id=user_id)

    assert cloud.get(ORDERS, user_id=user_id) == (200, {"draws": [order], "unreadable": 0, "next": None})


def in_latin_1(name: str) -> dict[str, Any]:
    """Return the changes to an event whose client wrote its body in another encoding than JSON's."""
    return {"body": base64.b64encode(f'{{"user_id": "{name}"}}'.encode("latin-1")).decode(), "isBase64Encoded": True}


def as_a_gateway_decodes(name: str) -> dict[str, Any]:
    return {"body": f'{{"user_id": "{name}"}}'.encode("latin-1").decode(errors="replace")}


def escaped_by_a_client_that_lost_it(name: str) -> dict[str, Any]:
    return {"body": json.dumps({"user_id": name.encode("latin-1").decode(errors="replace")})}


WAYS = {"as bytes": in_latin_1, "as text": as_a_gateway_decodes, "as an escape": escaped_by_a_client_that_lost_it}


@pytest.mark.parametrize("way", WAYS)
def test_two_people_who_write_in_latin_1_are_told_so_and_do_not_become_one(cloud: Cloud, way: str) -> None:
    before = cloud.ledger.items()

    for name in ("jörg", "jürg"):
        status, problem = cloud.request(**WAYS[way](name))
        assert (status, problem["code"]) == (400, "0002")
        assert "U+FFFD" in problem["detail"]
        assert "UTF-8" in problem["detail"]
    assert cloud.ledger.items() == before


def test_the_sample_event_in_latin_1_is_refused(cloud: Cloud) -> None:
    status, problem = cloud.send("draw-latin-1")

    assert (status, problem["field"]) == (400, "body")


def test_a_path_of_lost_bytes_shows_nobody_s_draws(cloud: Cloud) -> None:
    status, problem = cloud.get(ORDERS, user_id="j\ufffdrg")

    assert (status, problem["field"]) == (400, "user_id")


@pytest.mark.parametrize("name", ["Idempotency-Key", "IDEMPOTENCY-KEY"])
def test_a_key_is_found_however_its_header_is_spelled(cloud: Cloud, name: str) -> None:
    """`sam local start-api` hands headers on as they came."""
    headers = {"Content-Type": "application/json", name: "key"}

    status, order = cloud.request(headers=headers)
    again, _ = cloud.request(headers={"idempotency-key": "key"})

    assert (status, order["idempotency_key"], again) == (201, "key", 200)


@pytest.mark.parametrize("key", ["key,key", "one, two"])
def test_a_key_that_was_sent_twice_is_refused(cloud: Cloud, key: str) -> None:
    status, problem = cloud.request(headers={"idempotency-key": key})

    assert (status, problem["field"]) == (400, "Idempotency-Key")
    assert "comma" in problem["detail"]


@pytest.mark.parametrize("absent", ["headers", "queryStringParameters", "body", "isBase64Encoded", "pathParameters"])
def test_what_a_gateway_leaves_out_is_missing_and_no_crash(cloud: Cloud, absent: str) -> None:
    for sample, expected in (("draw", {200, 201, 400, 404}), ("orders", {200, 400})):
        for changes in ({absent: None}, {}):
            sent = {name: value for name, value in {**event(sample), **changes}.items() if changes or name != absent}
            answer = draw_handler.handler(sent, Context())  # type: ignore[arg-type]
            assert answer["statusCode"] in expected
