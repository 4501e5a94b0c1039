"""docs/openapi.json is what the code does: its routes, its limits, its answers and its refusals."""

import copy
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from jsonschema_rs import Draft202012Validator

import draw_handler
import sam_template
from builders import a_lost_order, a_share, an_activity, an_entry, an_order
from tombola.aws import http
from tombola.rules import problem
from tombola.rules.activity import CAP, Cap, GrantType
from tombola.rules.answer import activity_answer, entry_answer, order_answer
from tombola.rules.facts import LIST_MAX, Condition, Operator
from tombola.rules.order import Order
from tombola.rules.order_life import GRANT, changed
from tombola.rules.page import PageRequest, number_after, place_after
from tombola.rules.problem import Problem
from tombola.rules.request import (
    FACTS_MAX,
    FIELDS,
    DrawRequest,
    Target,
    is_activity_id,
    is_order_id,
    read_draw_request,
)
from tombola.rules.user_id import NOT_A_PATH, USER_ID_MAX, check_chosen_user_id, check_user_id
from tombola_cli.describe import openapi
from tombola_cli.describe.examples import NOON
from tombola_cli.files.repository import ROOT

DOCUMENT = openapi.document()
SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = [
    (method.upper(), path, operation) for path, item in DOCUMENT["paths"].items() for method, operation in item.items()
]
PROBLEMS = [
    (status, each)
    for *_, operation in OPERATIONS
    for status, response in operation["responses"].items()
    for each in response["content"].get("application/problem+json", {"examples": {}})["examples"].values()
]


def breaches(schema: dict[str, Any], value: object) -> list[str]:
    """Return what schema has against value, a field that it does not name included."""
    components = copy.deepcopy(DOCUMENT["components"])
    for each in components["schemas"].values():
        if "properties" in each:
            each["additionalProperties"] = False
    validator = Draft202012Validator(schema | {"components": components}, validate_formats=True)
    return [error.message for error in validator.iter_errors(json.loads(json.dumps(value)))]


def named(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def test_the_file_is_what_the_code_says() -> None:
    written = (ROOT / "docs/openapi.json").read_text("utf-8")

    assert written == openapi.text(), "renew it: make openapi"


def test_it_is_an_openapi_document() -> None:
    schemathesis.openapi.from_dict(copy.deepcopy(DOCUMENT)).validate()


def test_its_operations_are_the_routes_of_the_template_and_of_the_handler() -> None:
    routes = sam_template.Stack().of_type("AWS::ApiGatewayV2::Route").values()
    told = sorted(f"{method} {path}" for method, path, _ in OPERATIONS)

    assert sorted(f"{method} {path}" for method, path, _ in OPERATIONS) == sorted(each["RouteKey"] for each in routes)
    assert [each for each in told if each.startswith("GET ")] == sorted(draw_handler.SHOWS)
    assert all(each.endswith("/draws") for each in told if each.startswith("POST "))


@pytest.mark.parametrize(("path", "operation"), [each[1:] for each in OPERATIONS], ids=lambda each: str(each)[:40])
def test_an_operation_names_each_part_of_its_path(path: str, operation: dict[str, Any]) -> None:
    names = [each["$ref"].rpartition("/")[2] for each in operation["parameters"]]
    placed = [name for name in names if DOCUMENT["components"]["parameters"][name]["in"] == "path"]

    assert placed == re.findall(r"{(\w+)}", path)


def test_operation_ids_are_told_apart() -> None:
    told = [operation["operationId"] for *_, operation in OPERATIONS]

    assert told == ["draw", "drawThroughTree", "listDraws", "showDraw", "showActivity", "showLog"]


def test_every_problem_is_documented_with_its_code_and_no_other_is() -> None:
    source = Path(problem.__file__).read_text()
    raised = {(status, code.strip('"')) for status, code in re.findall(r'Problem\((\d{3}), (None|"\w+")', source)}

    assert {(status, str(each["value"].get("code"))) for status, each in PROBLEMS} == raised


def test_whoever_is_busy_says_when_to_ask_again() -> None:
    for *_, operation in OPERATIONS:
        responses = operation["responses"].items()
        assert [status for status, response in responses if "Retry-After" in response.get("headers", {})] == ["503"]


def test_what_caches_may_keep_is_documented() -> None:
    for method, path, operation in OPERATIONS:
        kept = http.FOR_ANYBODY if f"{method} {path}" in http.PUBLIC_ROUTES else http.FOR_NOBODY_ELSE
        for status, response in operation["responses"].items():
            told = response.get("headers", {}).get("Cache-Control", {"schema": None})["schema"]
            assert told == ({"const": kept["Cache-Control"]} if status in ("200", "201") else None)


@pytest.mark.parametrize(
    "order",
    [
        an_order(),
        a_lost_order(tree_id="tree"),
        changed(an_order(), GRANT, now=NOON),
        an_order(grant_type=GrantType.AT_A_TIME, grant_at=NOON),
    ],
    ids=["won", "lost", "granted", "granted at a time"],
)
def test_an_order_is_answered_as_documented(order: Order) -> None:
    answer = order_answer(order)

    assert breaches(named("OrderAnswer"), answer) == []
    assert breaches(named("OrdersAnswer"), {"draws": [answer], "unreadable": 0, "next": "1795435200000-7"}) == []
    assert breaches(named("OrderAnswer"), {**answer, "mq_state": 9}) != []
    assert breaches(named("OrderAnswer"), {**answer, "secret": ""}) != []


def test_an_activity_is_answered_as_documented() -> None:
    shares = (a_share("1", weight=1), a_share("2", weight=999_999, stock=None))
    full = an_activity(*shares, cap=Cap(limit=3), seed=bytes(32), fallback="2")
    conditions = [Condition(fact="x", operator=operator, values=("1",)) for operator in Operator]
    full = replace(full, through=("crowd",), admit=tuple(conditions))

    assert breaches(named("ActivityAnswer"), activity_answer(full, {"1": 5, CAP: 3})) == []
    assert breaches(named("ActivityAnswer"), activity_answer(an_activity(approved=False), {"3": 0})) == []


def test_a_log_is_answered_as_documented() -> None:
    entry = entry_answer(an_entry(changes=("stock of 3: 5 to 6",)))

    assert breaches(named("LogAnswer"), {"entries": [entry], "unreadable": 0, "next": 1}) == []


@pytest.mark.parametrize("refusal", [problem.busy(), problem.somebody_else(), problem.unknown("order", "\ud800")])
def test_a_refusal_is_answered_as_documented(refusal: Problem) -> None:
    assert breaches(named("Problem"), json.loads(http.refused(refusal).body or "")) == []


def test_every_example_is_what_its_schema_allows() -> None:
    for parameter in DOCUMENT["components"]["parameters"].values():
        assert "example" not in parameter or breaches(parameter["schema"], parameter["example"]) == []
    for *_, operation in OPERATIONS:
        for each in [operation.get("requestBody", {"content": {}}), *operation["responses"].values()]:
            for content in each["content"].values():
                values = [example["value"] for example in content.get("examples", {}).values()]
                for value in [content["example"]] if "example" in content else values:
                    assert breaches(content["schema"], value) == []


def test_a_user_id_is_documented_character_by_character() -> None:
    pattern = re.compile(SCHEMAS["DrawRequest"]["properties"]["user_id"]["pattern"])
    characters = [chr(code) for code in range(0x11000) if not 0xD800 <= code < 0xE000]  # JSON carries no surrogates

    assert [each for each in characters if bool(pattern.search(each + "a")) != (check_user_id(each) is None)] == []


def test_the_ids_that_no_path_carries_are_documented_and_no_others() -> None:
    told = set(re.findall(r"'(.{1,2})'", SCHEMAS["DrawRequest"]["properties"]["user_id"]["description"]))
    visible = [chr(code) for code in range(0x21, 0x7F)]

    assert told == {each for each in (*visible, *NOT_A_PATH) if check_chosen_user_id(each) is not None}


def test_a_draws_body_is_documented_as_it_is_read() -> None:
    assert set(SCHEMAS["DrawRequest"]["properties"]) == FIELDS
    for length in (0, 1, USER_ID_MAX, USER_ID_MAX + 1):
        assert (breaches(named("DrawRequest"), {"user_id": "u" * length}) == []) == (
            check_user_id("u" * length) is None
        )


@pytest.mark.parametrize("value", [None, {}, "text", True, 7, 1.5, [], ["a", "b"], [7], [None], [["a"]]], ids=repr)
def test_facts_are_documented_as_they_are_read(value: object) -> None:
    for count in (1, FACTS_MAX, FACTS_MAX + 1):
        body = {"user_id": "u", "facts": {str(number): value for number in range(count)}}
        read = read_draw_request(Target("tree", "t"), "key", json.dumps(body))
        assert (breaches(named("DrawRequest"), body) == []) == isinstance(read, DrawRequest)


@pytest.mark.parametrize("length", [LIST_MAX, LIST_MAX + 1])
def test_a_list_is_documented_as_long_as_it_may_be(length: int) -> None:
    body = {"user_id": "u", "facts": {"groups": ["a"] * length}}
    read = read_draw_request(Target("tree", "t"), "key", json.dumps(body))

    assert (breaches(named("DrawRequest"), body) == []) == isinstance(read, DrawRequest) == (length == LIST_MAX)


@pytest.mark.parametrize("key", ["", "k", "a b", "~!", "k" * 255, "k" * 256, "é", "k\n", "k,k", "+-"])
def test_a_key_is_documented_as_it_is_read(key: str) -> None:
    schema = DOCUMENT["components"]["parameters"]["Idempotency-Key"]["schema"]
    read = read_draw_request(Target("tree", "t"), key, '{"user_id": "u"}')

    assert (breaches(schema, key) == []) == isinstance(read, DrawRequest)


@pytest.mark.parametrize(("name", "texts"), [("place", ["1-2", "1", "-", "1-x"]), ("number", [0, 1, -1, 10**15])])
def test_a_cursor_is_documented_as_it_is_read(name: str, texts: list[str | int]) -> None:
    schema = DOCUMENT["components"]["parameters"][name]["schema"]
    read = {"place": place_after, "number": number_after}[name]

    for each in texts:
        assert (breaches(schema, each) == []) != isinstance(read(PageRequest(after=str(each))), Problem)


@pytest.mark.parametrize("text", ["", "1", "a_-Z", "a b", "9" * 19, "9" * 20, "a" * 64, "a" * 65, "1\n"])
def test_ids_are_documented_as_they_are_read(text: str) -> None:
    schemas = {name: each["schema"] for name, each in DOCUMENT["components"]["parameters"].items()}

    assert (breaches(schemas["activity_id"], text) == []) == is_activity_id(text)
    # Of 19 digits some are no order's: they are unknown, as any other that was never given.
    assert (breaches(schemas["order_id"], text) == []) == (is_order_id(text) or text == "9" * 19)
