"""Requests are documented as they are read, answers and refusals as they are given."""

import json
import re
from dataclasses import fields, replace
from typing import Any

import pytest

from addresses import address_body
from builders import a_lost_order, a_share, an_activity, an_entry, an_order
from described import DOCUMENT, breaches, named
from tombola.aws import http
from tombola.rules import problem
from tombola.rules.activity import CAP, Cap, GrantType
from tombola.rules.address_request import LENGTHS, read_shipping_address
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
from tombola.rules.shipping_address import ShippingAddress
from tombola.rules.user_id import NOT_A_PATH, USER_ID_MAX, check_chosen_user_id, check_user_id
from tombola_cli.describe import openapi_shapes
from tombola_cli.describe.examples import NOON

SCHEMAS = DOCUMENT["components"]["schemas"]


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


def test_every_number_and_word_of_a_closed_set_is_told_with_its_name() -> None:
    described = {name: each for name, each in SCHEMAS.items() if "enum" in each}

    assert described.keys() == {"AwardType", *(kind.__name__ for kind in openapi_shapes.ENUMS)}
    for each in described.values():
        assert re.findall(r"(\S+) [A-Z_]+", each["description"]) == [str(value) for value in each["enum"]]


def test_each_rule_about_texts_is_about_a_field_of_an_answer() -> None:
    answered = {field for name, each in SCHEMAS.items() if name.endswith("Answer") for field in each["properties"]}

    assert openapi_shapes.TEXTS.keys() <= answered


def test_a_refusal_has_the_fields_of_a_problem() -> None:
    assert set(SCHEMAS["Problem"]["properties"]) == {"type", *(each.name for each in fields(Problem))}


@pytest.mark.parametrize("changes", [{}, {"country": "XK", "postcode": None}, {"remark": "x" * LENGTHS["remark"]}])
def test_an_address_that_is_taken_is_one_of_the_document(changes: dict[str, str | None]) -> None:
    body = json.loads(address_body(**changes))

    assert isinstance(read_shipping_address(json.dumps(body)), ShippingAddress)
    assert breaches(named("ShippingAddress"), body) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"name": None},
        {"country": "ZZ"},
        {"name": ""},
        {"name": "a\nb"},
        {"name": " a"},
        {"name": "a "},
        {"street": "a"},
        {"phone": 5},
        *({name: "x" * (length + 1)} for name, length in LENGTHS.items()),
    ],
)
def test_an_address_that_the_document_forbids_is_refused(changes: dict[str, Any]) -> None:
    body = json.loads(address_body(**changes))

    assert isinstance(read_shipping_address(json.dumps(body)), Problem)
    assert breaches(named("ShippingAddress"), body) != []
