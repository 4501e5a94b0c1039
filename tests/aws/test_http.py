"""Requests as the gateway hands them on: who asks, for what, and which part of it."""

import base64
from typing import Any

import pytest

from tombola.aws.http import as_routed, bearer_of, body_text, draw_request, page_of
from tombola.aws.settings import Settings
from tombola.rules.page import PageRequest
from tombola.rules.problem import Problem, somebody_else
from tombola.rules.request import Bearer, DrawRequest, Target, check_path_user

TARGET = Target("activity", "100001")
CLAIMS = {"sub": "xiaofuge", "age": "20", "gender": "man", "exp": "1795435200"}


def settings(authorization: str, fact_claims: str = "") -> Settings:
    required = dict.fromkeys((field for field in Settings.__dataclass_fields__ if field != "fact_claims"), "1")
    return Settings(**{**required, "authorization": authorization, "fact_claims": fact_claims})


def an_event(**changes: Any) -> dict[str, Any]:
    authorizer = {"jwt": {"claims": CLAIMS, "scopes": None}}
    event = {"headers": {"idempotency-key": "key"}, "body": "{}", "requestContext": {"authorizer": authorizer}}
    return {**event, **changes}


@pytest.mark.parametrize("authorization", ["iam", "none"])
def test_a_caller_who_signs_names_the_user_whatever_claims_come_along(authorization: str) -> None:
    assert bearer_of(an_event(), settings(authorization, "age")) is None


def test_a_bearer_is_the_subject_of_the_token() -> None:
    assert bearer_of(an_event(), settings("jwt")) == Bearer("xiaofuge", {})


def test_only_the_claims_that_are_named_and_there_are_facts() -> None:
    bearer = bearer_of(an_event(), settings("jwt", " age ,,level, gender"))

    assert bearer == Bearer("xiaofuge", {"age": "20", "gender": "man"})


def test_a_token_that_stands_for_nobody_draws_and_sees_nothing() -> None:
    """Some tokens of machines have no sub; the gateway lets them through."""
    event = an_event(requestContext={"authorizer": {"jwt": {"claims": {"scope": "draw"}}}})

    bearer = bearer_of(event, settings("jwt"))
    assert bearer == Bearer("", {})
    assert check_path_user("xiaofuge", bearer) == somebody_else()
    refused = draw_request({**event, "body": "{}"}, TARGET, settings("jwt"))
    assert isinstance(refused, Problem)
    assert (refused.status, refused.field) == (400, "user_id")


@pytest.mark.parametrize("context", [{}, {"authorizer": {}}])
def test_nobody_is_let_in_without_the_token_that_is_asked_for(context: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        bearer_of(an_event(requestContext=context), settings("jwt"))


def test_a_draw_with_a_token_is_the_bearers_and_its_facts_are_the_tokens() -> None:
    request = draw_request(an_event(), TARGET, settings("jwt", "age"))

    assert isinstance(request, DrawRequest)
    assert (request.user_id, request.idempotency_key, request.target) == ("xiaofuge", "key", TARGET)
    assert request.facts == {"age": "20"}


def test_a_draw_in_another_name_than_the_tokens_is_forbidden() -> None:
    refused = draw_request(an_event(body='{"user_id": "fustack"}'), TARGET, settings("jwt"))

    assert isinstance(refused, Problem)
    assert refused.status == 403


def test_a_signed_draw_has_its_user_and_facts_from_the_body() -> None:
    body = '{"user_id": "fustack", "facts": {"age": 7}}'

    request = draw_request(an_event(body=body), TARGET, settings("iam", "age"))

    assert isinstance(request, DrawRequest)
    assert (request.user_id, request.facts) == ("fustack", {"age": 7})


def test_a_draw_without_headers_lacks_its_key() -> None:
    refused = draw_request({"body": '{"user_id": "fustack"}'}, TARGET, settings("iam"))

    assert isinstance(refused, Problem)
    assert (refused.status, refused.field) == (400, "Idempotency-Key")


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ({}, PageRequest()),
        ({"queryStringParameters": None}, PageRequest()),
        ({"queryStringParameters": {"limit": "5"}}, PageRequest(limit="5")),
        ({"queryStringParameters": {"after": "7", "limit": "x", "more": "1"}}, PageRequest(after="7", limit="x")),
    ],
)
def test_the_page_is_what_the_query_says(query: dict[str, Any], page: PageRequest) -> None:
    assert page_of(query) == page


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({}, None),
        ({"body": None, "isBase64Encoded": True}, None),
        ({"body": "平板"}, "平板"),
        ({"body": base64.b64encode("平板".encode()).decode(), "isBase64Encoded": True}, "平板"),
        ({"body": "no base64!", "isBase64Encoded": True}, None),
        ({"body": base64.b64encode(b"\xff").decode(), "isBase64Encoded": True}, None),
    ],
)
def test_a_body_is_text_or_none(event: dict[str, Any], text: str | None) -> None:
    assert body_text(event) == text


def test_the_path_is_the_route_with_each_parameter_encoded() -> None:
    event = {
        "routeKey": "GET /users/{user_id}/draws/{order_id}",
        "rawPath": "/prod/users/a/b 'c/draws/7",
        "pathParameters": {"user_id": "a/b 'c", "order_id": "7"},
        "requestContext": {"stage": "prod", "requestId": "1"},
    }

    routed = as_routed(event)

    assert routed["rawPath"] == "/users/a%2Fb%20%27c/draws/7"
    assert routed["requestContext"] == {"stage": "$default", "requestId": "1"}
