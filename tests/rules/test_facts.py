"""What a fact is, and which facts fit: texts as they are spelled, numbers by their size, lists by any member."""

import tracemalloc
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tombola.rules.facts import (
    LIST_MAX,
    NUMBER_MAX,
    TEXT_MAX,
    Comparison,
    Condition,
    Fact,
    Facts,
    Operator,
    fact_of,
    number_of,
    text_of,
)

EQUAL, GREATER, LESS, AT_LEAST, AT_MOST, IN = Operator


def short(value: object) -> str:
    return repr(value)[:20]


def fits(fact: Fact, operator: Operator, *values: str) -> bool:
    return Comparison(operator=operator, values=values).fits(fact)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", ""),
        ("01067", "01067"),
        ("1.0", "1.0"),
        (" a ", " a "),
        ("x" * TEXT_MAX, "x" * TEXT_MAX),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-18, "-18"),
        (10**400, "1" + "0" * 400),
        (1.0, "1"),
        (1e3, "1000"),
        (1e22, "1" + "0" * 22),
        (-0.0, "0"),
        (0.1 + 0.2, "0.30000000000000004"),
        (Decimal("0.10"), "0.1"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0"), "0"),
        (Decimal("-0.000"), "0"),
        (Decimal("1e-7"), "0.0000001"),
        (Decimal("1200.00"), "1200"),
        (Decimal("0." + "1" * 50), "0." + "1" * 50),
        (Decimal(f"1e{NUMBER_MAX - 1}"), "1" + "0" * (NUMBER_MAX - 1)),
    ],
    ids=short,
)
def test_a_text_is_itself_and_a_number_its_shortest_plain_text(value: object, text: str) -> None:
    assert fact_of(value) == text


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"years": 18},
        ("gold",),
        b"gold",
        [1],
        [None],
        ["gold", True],
        [["gold"]],
        ["gold"] * (LIST_MAX + 1),
        ["x" * (TEXT_MAX + 1)],
        "x" * (TEXT_MAX + 1),
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("-Infinity"),
        Decimal("1e999999"),
        Decimal("1e-999999"),
        Decimal("0e-999999"),
        Decimal(f"1e{NUMBER_MAX}"),
    ],
    ids=short,
)
def test_anything_else_is_no_fact(value: object) -> None:
    assert fact_of(value) is None


@pytest.mark.parametrize(
    "value", [[], ["gold"], ["gold", "01067", ""], ["gold"] * LIST_MAX, ["x" * TEXT_MAX]], ids=short
)
def test_a_list_of_texts_is_a_list(value: list[str]) -> None:
    assert fact_of(value) == tuple(value)


@pytest.mark.parametrize("number", [Decimal("1e9999999"), Decimal("1e-9999999"), Decimal("0e-9999999")], ids=short)
def test_an_exponent_is_not_written_out_to_see_that_it_is_too_long(number: Decimal) -> None:
    tracemalloc.start()
    try:
        assert fact_of(number) is None
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 100_000


def test_a_number_of_more_digits_than_python_writes_is_a_fact_up_to_a_limit() -> None:
    assert fact_of(10 ** (NUMBER_MAX - 1)) == "1" + "0" * (NUMBER_MAX - 1)
    assert fact_of(10**NUMBER_MAX) is None


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.decimals(-(10**30), 10**30))
@example(Decimal("1e-5") / 3)
def test_the_text_of_a_number_spells_exactly_it_in_as_few_characters_as_there_are(value: Any) -> None:
    text = text_of(value)

    assert text is not None
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    assert number_of(text) == exact
    assert not text.startswith("-0") or text[2:3] == "."
    assert "." not in text or text[-1] not in ".0"


@pytest.mark.parametrize(
    ("operator", "below", "above"),
    [(GREATER, False, True), (LESS, True, False), (AT_LEAST, False, True), (AT_MOST, True, False)],
)
def test_an_operator_takes_numbers_below_at_and_above_its_value(operator: Operator, below: bool, above: bool) -> None:
    at = operator in (AT_LEAST, AT_MOST)
    for facts, taken in (
        (("24", "24.9", "24.99999999999999999999999999999999999", "-25", "-" + "1" * 300), below),
        (("25", "25.0", "25.00", "025"), at),
        (("26", "25.1", "25.00000000000000000000000000000000001", "1" * NUMBER_MAX), above),
    ):
        assert [fits(fact, operator, "25") for fact in facts] == [taken] * len(facts), facts


@pytest.mark.parametrize(
    ("fact", "operator", "values"),
    [
        ("gold", IN, ("silver", "gold")),
        ("true", EQUAL, ("true",)),
        ("", EQUAL, ("",)),
        ("٢٥", EQUAL, ("٢٥",)),
        ("01067", EQUAL, ("01067",)),
        ("01067", IN, ("1067", "01067")),
        ("1.0", EQUAL, ("1.0",)),
        ("9007199254740993", GREATER, ("9007199254740992.9",)),
        ("0.00000000000000000000000001", GREATER, ("0",)),
        (("gold", "staff"), EQUAL, ("staff",)),
        (("gold", "staff"), IN, ("bronze", "gold")),
        (("young", "24"), LESS, ("25",)),
        (("24", "26"), GREATER, ("25",)),
    ],
    ids=short,
)
def test_a_fact_fits(fact: Fact, operator: Operator, values: tuple[str, ...]) -> None:
    assert fits(fact, operator, *values)


@pytest.mark.parametrize(
    ("fact", "operator", "values"),
    [
        ("bronze", IN, ("silver", "gold")),
        ("gol", IN, ("gold",)),
        ("True", EQUAL, ("true",)),
        ("01067", EQUAL, ("1067",)),
        ("1067", EQUAL, ("01067",)),
        ("01067", IN, ("1067", "1067.0")),
        ("1.0", EQUAL, ("1",)),
        ("1", EQUAL, ("1.0",)),
        ("-0", EQUAL, ("0",)),
        ("9007199254740993", EQUAL, ("9007199254740992",)),
        ("25 ", EQUAL, ("25",)),
        ("25\n", AT_LEAST, ("25",)),
        ("+25", AT_LEAST, ("25",)),
        ("25.", AT_LEAST, ("25",)),
        (".5", AT_LEAST, ("0.5",)),
        ("2_5", AT_LEAST, ("25",)),
        ("٢٥", AT_LEAST, ("25",)),
        ("2.5e1", AT_LEAST, ("25",)),
        ("NaN", AT_LEAST, ("25",)),
        ("Infinity", AT_LEAST, ("25",)),
        ("true", AT_LEAST, ("0",)),
        ("", AT_LEAST, ("0",)),
        ("0" * NUMBER_MAX + "25", AT_LEAST, ("25",)),
        ((), EQUAL, ("",)),
        ((), AT_LEAST, ("0",)),
        (("gold", "staff"), EQUAL, ("gold staff",)),
        (("gold", "staff"), EQUAL, ("[gold staff]",)),
        ("[gold staff]", EQUAL, ("gold",)),
        (("gold", "staff"), IN, ("bronze",)),
        (("young", "24"), AT_LEAST, ("25",)),
    ],
    ids=short,
)
def test_a_fact_does_not_fit(fact: Fact, operator: Operator, values: tuple[str, ...]) -> None:
    assert not fits(fact, operator, *values)


@given(st.integers(), st.integers())
def test_numbers_compare_by_their_size_however_they_are_spelled(fact: int, value: int) -> None:
    right = {GREATER: fact > value, LESS: fact < value, AT_LEAST: fact >= value, AT_MOST: fact <= value}
    for operator, expected in right.items():
        assert fits(str(fact), operator, f"{value}.0") is fits(f"{fact}.00", operator, str(value)) is expected


texts = st.sampled_from(["gold", "24", "25", "26"]) | st.text(max_size=3)


@given(st.lists(texts, max_size=4), st.sampled_from([GREATER, LESS, AT_LEAST, AT_MOST, EQUAL]))
def test_a_list_fits_exactly_when_one_of_its_members_does(members: list[str], operator: Operator) -> None:
    assert fits(tuple(members), operator, "25") == any(fits(member, operator, "25") for member in members)


ADULT = Condition(fact="age", operator=AT_LEAST, values=("18",))


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"age": "18"}, None),
        ({"age": ("no", "19")}, None),
        ({}, "fact 'age' is missing"),
        ({"Age": "18"}, "fact 'age' is missing"),
        ({"age": "17"}, "fact 'age' does not fit"),
        ({"age": "grown up"}, "fact 'age' does not fit"),
        ({"age": ()}, "fact 'age' does not fit"),
    ],
)
def test_a_condition_that_does_not_hold_names_its_fact_and_never_the_value(facts: Facts, why: str | None) -> None:
    assert ADULT.unmet(facts) == why


def test_a_condition_is_told_as_its_file_says_it() -> None:
    assert str(ADULT) == "age >= 18"
    assert str(Condition(fact="tier", operator=IN, values=("gold", "silver"))) == "tier in gold, silver"
