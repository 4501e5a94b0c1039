"""Requests as the gateway hands them on: who asks, for what, and which part of it."""

import base64
from typing import Any

import pytest

from tombola.aws.http import asked, bearer_of, body_text, draw_request, header
from tombola.aws.settings import Settings
from tombola.rules.page import PageRequest
from tombola.rules.problem import Problem, somebody_else
from tombola.rules.request import Asked, Bearer, DrawRequest, Target, path_user

TARGET = Target("activity", "100001")
CLAIMS = {"sub": "xiaofuge", "age": "20", "gender": "man", "exp": "1795435200"}


def settings(authorization: str, fact_claims: str = "") -> Settings:
    env = dict.fromkeys((field.upper() for field in Settings.__dataclass_fields__), "1")
    return Settings.from_env({**env, "AUTHORIZATION": authorization, "FACT_CLAIMS": fact_claims})


def an_event(**changes: Any) -> dict[str, Any]:
    authorizer = {"jwt": {"claims": CLAIMS, "scopes": None}}
    event = {
        "headers": {"idempotency-key": "key"},
        "body": "{}",
        "requestContext": {"authorizer": authorizer},
        "pathParameters": {"activity_id": "100001"},
    }
    return {**event, **changes}


@pytest.mark.parametrize("authorization", ["iam", "none"])
def test_a_caller_who_signs_names_the_user_whatever_claims_come_along(authorization: str) -> None:
    assert bearer_of(an_event(), settings(authorization, "age")) is None


def test_a_bearer_is_the_subject_of_the_token() -> None:
    assert bearer_of(an_event(), settings("jwt")) == Bearer("xiaofuge", {})


def test_only_the_claims_that_are_named_and_there_are_facts() -> None:
    bearer = bearer_of(an_event(), settings("jwt", " age ,,level, gender"))

    assert bearer == Bearer("xiaofuge", {"age": "20", "gender": "man"})


def test_a_claim_is_a_list_only_where_it_is_named_as_one_and_missing_where_it_is_no_fact() -> None:
    claims: dict[str, Any] = {"sub": "u", "groups": "[gold staff]", "nickname": "[gold staff]", "age": None, "odd": {}}
    event = an_event(requestContext={"authorizer": {"jwt": {"claims": claims}}})

    bearer = bearer_of(event, settings("jwt", "groups[],nickname,age,odd[]"))

    assert bearer == Bearer("u", {"groups": ("gold", "staff"), "nickname": "[gold staff]"})


def test_a_token_that_stands_for_nobody_draws_and_sees_nothing() -> None:
    """Some tokens of machines have no sub; the gateway lets them through."""
    event = an_event(requestContext={"authorizer": {"jwt": {"claims": {"scope": "draw"}}}})

    bearer = bearer_of(event, settings("jwt"))
    assert bearer == Bearer("", {})
    assert path_user("xiaofuge", bearer) == somebody_else()
    refused = draw_request({**event, "body": "{}"}, settings("jwt"))
    assert isinstance(refused, Problem)
    assert (refused.status, refused.field) == (400, "user_id")


@pytest.mark.parametrize("context", [{}, {"authorizer": {}}])
def test_without_the_token_that_is_asked_for_one_is_nobody(context: dict[str, Any]) -> None:
    """What is public comes without a token; nobody's draws are nobody's to see."""
    bearer = bearer_of(an_event(requestContext=context), settings("jwt"))

    assert bearer == Bearer("", {})
    assert path_user("xiaofuge", bearer) == somebody_else()


def test_a_path_with_a_tree_s_id_draws_through_the_tree() -> None:
    request = draw_request(an_event(pathParameters={"tree_id": "100001"}), settings("jwt"))

    assert isinstance(request, DrawRequest)
    assert request.target == Target("tree", "100001")


def test_a_draw_with_a_token_is_the_bearers_and_its_facts_are_the_tokens() -> None:
    request = draw_request(an_event(), settings("jwt", "age"))

    assert isinstance(request, DrawRequest)
    assert (request.user_id, request.idempotency_key, request.target) == ("xiaofuge", "key", TARGET)
    assert request.facts == {"age": "20"}


def test_a_draw_in_another_name_than_the_tokens_is_forbidden() -> None:
    refused = draw_request(an_event(body='{"user_id": "fustack"}'), settings("jwt"))

    assert isinstance(refused, Problem)
    assert refused.status == 403


def test_a_signed_draw_has_its_user_and_facts_from_the_body() -> None:
    body = '{"user_id": "fustack", "facts": {"age": 7}}'

    request = draw_request(an_event(body=body), settings("iam", "age"))

    assert isinstance(request, DrawRequest)
    assert (request.user_id, request.facts) == ("fustack", {"age": "7"})


@pytest.mark.parametrize("headers", [{}, {"headers": None}, {"headers": {}}])
def test_a_draw_without_headers_lacks_its_key(headers: dict[str, Any]) -> None:
    event = {"body": '{"user_id": "fustack"}', "pathParameters": {"tree_id": "crowd"}, **headers}
    refused = draw_request(event, settings("iam"))

    assert isinstance(refused, Problem)
    assert (refused.status, refused.field) == (400, "Idempotency-Key")


@pytest.mark.parametrize("name", ["idempotency-key", "Idempotency-Key", "IDEMPOTENCY-KEY"])
def test_a_header_is_found_in_any_case(name: str) -> None:
    request = draw_request(an_event(headers={"accept": "*/*", name: "key"}), settings("jwt"))

    assert isinstance(request, DrawRequest)
    assert request.idempotency_key == "key"


def test_two_headers_of_one_name_are_joined_as_a_gateway_joins_them_and_are_no_key() -> None:
    event = an_event(headers={"idempotency-key": "one", "Idempotency-Key": "two"})

    assert header(event, "idempotency-key") == "one,two"
    assert isinstance(draw_request(event, settings("jwt")), Problem)


@pytest.mark.parametrize("parameters", [{}, {"pathParameters": None}, {"pathParameters": {}}])
def test_a_path_without_names_asks_for_what_nobody_knows(parameters: dict[str, Any]) -> None:
    event = {"requestContext": {}, **parameters}

    assert asked(event, settings("iam")).names["activity_id"] == ""
    drawn = draw_request(event | {"headers": {"idempotency-key": "k"}, "body": '{"user_id": "u"}'}, settings("iam"))
    assert isinstance(drawn, DrawRequest)
    assert drawn.target == Target("activity", "")


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ({}, PageRequest()),
        ({"queryStringParameters": None}, PageRequest()),
        ({"queryStringParameters": {"limit": "5"}}, PageRequest(limit="5")),
        ({"queryStringParameters": {"after": "7", "limit": "x", "more": "1"}}, PageRequest(after="7", limit="x")),
    ],
)
def test_what_is_asked_for_is_in_path_query_and_token(query: dict[str, Any], page: PageRequest) -> None:
    event = an_event(pathParameters={"user_id": "a/b"}, **query)

    assert asked(event, settings("jwt")) == Asked({"user_id": "a/b"}, page, Bearer("xiaofuge", {}))
    assert asked(event, settings("iam")).bearer is None


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({}, None),
        ({"body": None, "isBase64Encoded": True}, None),
        ({"body": "平板"}, "平板"),
        ({"body": base64.b64encode("平板".encode()).decode(), "isBase64Encoded": True}, "平板"),
        ({"body": "no base64!", "isBase64Encoded": True}, None),
        ({"body": base64.b64encode(b"j\xf6rg").decode(), "isBase64Encoded": True}, "j\ufffdrg"),
    ],
)
def test_a_body_is_text_or_none(event: dict[str, Any], text: str | None) -> None:
    assert body_text(event) == text
