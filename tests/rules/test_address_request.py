"""Which addresses are taken, and that a refusal names the field and the rule, never what was sent."""

import json
import re
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addresses import FIELDS, address_body, an_address
from tombola.aws.address_items import address_from, address_map
from tombola.rules.address_request import LENGTHS, read_shipping_address
from tombola.rules.problem import Problem
from tombola.rules.request import BODY_MAX
from tombola.rules.shipping_address import ShippingAddress

WORD = "Ottilie"


def refused(body: str | None) -> Problem:
    problem = read_shipping_address(body)
    assert isinstance(problem, Problem)
    assert (problem.status, problem.code) == (400, "0002")
    return problem


def refused_field(**changes: Any) -> str | None:
    return refused(address_body(**changes)).field


def test_an_address_is_read_whole() -> None:
    assert read_shipping_address(address_body()) == an_address()


def test_every_field_of_an_address_has_a_length_and_no_other_has() -> None:
    assert {each.name for each in fields(ShippingAddress)} == LENGTHS.keys()


@pytest.mark.parametrize("name", ["name", "address", "country", "postcode"])
def test_a_parcel_needs_a_name_an_address_a_country_and_where_the_post_asks_a_postcode(name: str) -> None:
    problem = refused(address_body(**{name: None}))

    assert problem.field == name
    assert "is missing" in problem.detail


@pytest.mark.parametrize("given", [{"phone": None}, {"email": None}])
def test_a_carrier_needs_a_phone_or_an_email(given: dict[str, None]) -> None:
    assert isinstance(read_shipping_address(address_body(**given)), ShippingAddress)
    assert refused_field(phone=None, email=None) == "phone"


@pytest.mark.parametrize("name", sorted(FIELDS.keys() - {"name", "address", "country", "postcode", "phone", "email"}))
def test_all_else_may_be_left_out(name: str) -> None:
    assert read_shipping_address(address_body(**{name: None})) == an_address(**{name: None})


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "Ottilie\nStreet",
        "Ottilie\x00",
        "Ottilie\x7f",
        "Ottilie\u2028",
        "Ottilie\u202e",
        "Ottilie\u2066",
        "\ud800Ottilie",
        "Ottilie\ufffd",
        "Ottilie\ufffe",
        "Ottilie\ue000",
        "Ottilie\u0378",
        " Ottilie",
        "Ottilie ",
        "Ottilie\u0301",
        "...",
        "\u200d\u2060",
        5,
        True,
        None,
        ["Ottilie"],
        {"Ottilie": "Ottilie"},
    ],
)
def test_a_field_that_is_no_line_of_text_is_refused_by_name_and_its_value_is_not_told(name: str, value: object) -> None:
    problem = refused(json.dumps({**FIELDS, name: value}))

    assert problem.field == name
    assert WORD not in repr(problem)


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_has_a_bound(name: str) -> None:
    problem = refused(address_body(**{name: "x" * (LENGTHS[name] + 1)}))

    assert problem.field == name
    assert str(LENGTHS[name]) in problem.detail


@pytest.mark.parametrize("name", ["name", "address", "city_name", "remark"])
def test_a_text_may_be_as_long_as_its_bound(name: str) -> None:
    value = "字" * LENGTHS[name]

    assert read_shipping_address(address_body(**{name: value})) == an_address(**{name: value})


@pytest.mark.parametrize("name", ["Ödön von Horváth", "محمد", "नमस्\u200dते", "O'Neill 3rd", "株式会社\u3000山田"])
def test_names_of_all_the_world_are_taken(name: str) -> None:
    assert read_shipping_address(address_body(name=name)) == an_address(name=name)


@pytest.mark.parametrize("country", ["de", "ZZ", "EU", "UK", "AC", "D1", "中国"])
def test_a_country_is_one_of_iso_3166_in_capitals(country: str) -> None:
    assert refused_field(country=country) == "country"


def test_a_postcode_must_fit_its_country_and_is_not_told() -> None:
    problem = refused(address_body(country="DE", postcode="D-8999X"))

    assert problem.field == "postcode"
    assert "8999X" not in repr(problem)


@pytest.mark.parametrize("phone", ["+49 89 5550100", "(089) 555-0100", "089/555.0100", "01234", "+86 10 5555 0100"])
def test_a_phone_is_taken_as_people_write_it(phone: str) -> None:
    assert read_shipping_address(address_body(phone=phone)) == an_address(phone=phone)


@pytest.mark.parametrize("phone", ["1234", "1" * 21, "call me 12345", "++4912345", "49+12345", "٠١٢٣٤٥"])
def test_a_phone_that_nobody_could_call_is_refused(phone: str) -> None:
    assert refused_field(phone=phone) == "phone"


@pytest.mark.parametrize("email", ["a@b.de", "first.last+prize@mail.example.org", "用户@例子.公司"])
def test_an_email_has_one_at_and_a_domain(email: str) -> None:
    assert read_shipping_address(address_body(email=email)) == an_address(email=email)


@pytest.mark.parametrize("email", ["a", "a@b", "a@@b.de", "a b@c.de", "a@b.", "@b.de", "a@.de@c.de"])
def test_an_email_that_could_not_be_sent_is_refused(email: str) -> None:
    assert refused_field(email=email) == "email"


def test_an_unknown_field_is_refused_and_its_name_not_repeated_since_an_address_could_stand_there() -> None:
    problem = refused(json.dumps({**FIELDS, "Ottilie Street 5": "Ottilie"}))

    assert problem.field == "body"
    assert WORD not in repr(problem)
    assert all(name in problem.detail for name in LENGTHS)


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        "Ottilie",
        '["Ottilie"]',
        '"Ottilie"',
        '{"name": Ottilie}',
        '{"name": "Ottilie"',
        '{"name": "Ottilie", "name": "Ottilie"}',
        '{"name": "Ottilie\ufffd"}',
        '{"name": "Ottilie\\q"}',
        '{"name": "Ottilie\n"}',
        '{"Ottilie": NaN}',
        "[" * 10_000,
        '{"name": "' + "Ottilie" * BODY_MAX + '"}',
    ],
)
def test_a_body_that_is_no_object_is_refused_and_not_repeated(body: str | None) -> None:
    problem = refused(body)

    assert problem.field == "body"
    assert WORD not in repr(problem)


@pytest.mark.parametrize("changes", [{"country": "Ottilie"}, {"phone": "Ottilie 5"}, {"email": "Ottilie@5"}])
def test_no_refusal_holds_what_was_sent(changes: dict[str, str]) -> None:
    assert not re.search(f"{WORD}|{FIELDS['name']}|{FIELDS['address']}", repr(refused(address_body(**changes))))


MARK = "qzxj"
MARKED = st.text(max_size=20).map(lambda text: f"{text}{MARK}{text}")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | MARKED,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(MARKED, parts, max_size=3),
    max_leaves=5,
)


@given(fields=st.dictionaries(st.sampled_from([*LENGTHS]) | MARKED, JSON, max_size=6), whole=st.booleans())
def test_whatever_is_sent_is_an_address_or_a_refusal_that_repeats_none_of_it(
    fields: dict[str, object], whole: bool
) -> None:
    found = read_shipping_address(json.dumps({**FIELDS, **fields} if whole else fields))

    assert isinstance(found, ShippingAddress | Problem)
    assert MARK not in repr(found)
    if isinstance(found, ShippingAddress):
        assert address_from(address_map(found)) == found
