"""Countries are those of ISO 3166-1; a postcode has the form of its country's, wherever it has one."""

import json
from importlib.resources import files

import pytest

from sam_template import ROOT
from tombola.rules.postcode import ASKED_FOR, COUNTRIES, IF_GIVEN, NEEDED, OPTIONAL, WITHOUT, fault_of_postcode

EXAMPLES: dict[str, list[str]] = json.loads((ROOT / "tests/vectors/postcodes.json").read_text())
GIVEN = [(country, postcode) for country, postcodes in EXAMPLES.items() for postcode in postcodes]


def test_the_countries_are_those_of_iso_3166_and_kosovo() -> None:
    lines = (files("tzdata") / "zoneinfo/iso3166.tab").read_text(encoding="utf-8").splitlines()

    assert {line.split("\t")[0] for line in lines if not line.startswith("#")} | {"XK"} == COUNTRIES


def test_no_country_stands_in_the_table_twice() -> None:
    groups = " ".join([*ASKED_FOR.values(), *IF_GIVEN.values(), WITHOUT]).split()

    assert sorted(groups) == sorted(COUNTRIES)


def test_every_country_with_a_form_has_an_example_but_kosovo() -> None:
    assert EXAMPLES.keys() | {"XK"} == NEEDED.keys() | OPTIONAL.keys()


@pytest.mark.parametrize(("country", "postcode"), GIVEN)
def test_the_postcodes_that_posts_give_as_examples_are_good(country: str, postcode: str) -> None:
    assert fault_of_postcode(country, postcode) is None


@pytest.mark.parametrize(
    ("country", "postcode"),
    [("LV", "LV-1010"), ("LV", "1010"), ("CZ", "100 00"), ("GB", "sw1a 1aa"), ("NL", "1234ab"), ("US", "95014-3033")],
)
def test_a_postcode_may_be_written_as_people_write_it(country: str, postcode: str) -> None:
    assert fault_of_postcode(country, postcode) is None


@pytest.mark.parametrize(
    ("country", "postcode"),
    [
        ("DE", "1234"),
        ("DE", "123456"),
        ("DE", "12a45"),
        ("DE", "١٢٣٤٥"),
        ("DE", "CZ12345"),
        ("CA", "123456"),
        ("US", "1234"),
        ("IE", "D02"),
        ("GB", "12345"),
    ],
)
def test_a_postcode_of_another_form_is_refused_in_words_that_do_not_hold_it(country: str, postcode: str) -> None:
    fault = fault_of_postcode(country, postcode)

    assert fault is not None
    assert postcode not in fault


@pytest.mark.parametrize("country", ["DE", "CN", "US"])
def test_a_country_whose_post_asks_for_a_postcode_needs_one(country: str) -> None:
    assert fault_of_postcode(country, None) is not None


@pytest.mark.parametrize("country", ["IE", "XK", "HK", "AE"])
def test_elsewhere_a_postcode_may_be_left_out(country: str) -> None:
    assert fault_of_postcode(country, None) is None


def test_where_no_form_is_known_a_postcode_is_taken_as_it_is() -> None:
    assert fault_of_postcode("GH", "GA-183-8164") is None
