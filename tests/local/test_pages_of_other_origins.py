"""A page of another origin calls the local stack as it would call API Gateway: where the stack names its origin."""

import uuid

import pytest

from pages import ORIGINS, ask, listed, preflight
from tombola_cli.files.repository import ROOT
from tombola_cli.local.launch import launch
from tombola_cli.operate.stack import Stack

DRAWS = "/activities/100001/draws"
STRANGE = ("https://evil.example", "https://shop.example.evil.example", "http://shop.example", "null")


@pytest.fixture(scope="module")
def api_url(stack: Stack) -> str:
    launch(ROOT / "activities/100001.yaml", stack)
    return stack.api_url


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("path", [DRAWS, "/users/me/quotas/100001"])
def test_a_preflight_lets_a_page_of_a_named_origin_send_its_key_and_its_token(
    api_url: str, path: str, origin: str
) -> None:
    answer = preflight(f"{api_url}{path}", origin)

    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, origin)
    assert listed(answer, "Access-Control-Allow-Methods") == {"get", "post", "put"}
    assert {"authorization", "content-type", "idempotency-key"} <= listed(answer, "Access-Control-Allow-Headers")
    assert answer.headers["Access-Control-Max-Age"] == "600"


@pytest.mark.parametrize("origin", STRANGE)
def test_no_other_origin_is_named_in_any_answer(api_url: str, origin: str) -> None:
    answers = [
        preflight(f"{api_url}{DRAWS}", origin),
        ask("GET", f"{api_url}/activities/100001", {"Origin": origin}),
        ask("POST", f"{api_url}{DRAWS}", {"Origin": origin}, {}),
    ]

    assert [answer.headers.get("Access-Control-Allow-Origin") for answer in answers] == [None] * 3


def test_a_page_reads_draws_activities_and_problems(api_url: str) -> None:
    origin, user_id = {"Origin": ORIGINS[0]}, f"user-{uuid.uuid4()}"
    answers = [
        ask("POST", f"{api_url}{DRAWS}", {**origin, "Idempotency-Key": "key"}, {"user_id": user_id}),
        ask("GET", f"{api_url}/activities/100001", origin),
        ask("GET", f"{api_url}/users/{user_id}/quotas/100001", origin),
        ask("POST", f"{api_url}{DRAWS}", origin, {"user_id": user_id}),
        ask("GET", f"{api_url}/activities/nowhere", origin),
    ]

    assert [answer.status for answer in answers] == [201, 200, 200, 400, 404]
    assert [answer.headers["Access-Control-Allow-Origin"] for answer in answers] == [ORIGINS[0]] * 5
    assert [listed(answer, "Access-Control-Expose-Headers") for answer in answers] == [{"retry-after"}] * 5
    assert {answer.headers["Vary"] for answer in answers} == {"Origin"}
