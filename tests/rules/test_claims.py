"""Claims as a gateway hands them over: a text is a text, unless its claim is named as a list."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.rules.claims import Claim, claims_named, facts_in
from tombola.rules.facts import LIST_MAX, TEXT_MAX, Fact

GROUPS, NICKNAME = Claim("groups", is_list=True), Claim("nickname")
ROLES = "https://shop.example/roles"


@pytest.mark.parametrize(
    ("names", "claims"),
    [
        ("", ()),
        (" , ,", ()),
        ("age", (Claim("age"),)),
        (" age ,,groups[] , cognito:groups[]", (Claim("age"), GROUPS, Claim("cognito:groups", is_list=True))),
        (f"{ROLES}[]", (Claim(ROLES, is_list=True),)),
        ("groups[0],[]groups", (Claim("groups[0]"), Claim("[]groups"))),
    ],
)
def test_claims_are_named_with_commas_and_a_list_by_its_brackets(names: str, claims: tuple[Claim, ...]) -> None:
    assert claims_named(names) == claims


@pytest.mark.parametrize(
    ("value", "fact"),
    [
        ("[gold staff]", ("gold", "staff")),
        ("[gold]", ("gold",)),
        ("[]", ()),
        ("[ gold  staff ]", ("gold", "staff")),
        ("[gold\tstaff]", ("gold\tstaff",)),  # the gateway puts blanks between members, and nothing else
        ("[[gold] staff]", ("[gold]", "staff")),
        ("gold", ("gold",)),  # an issuer that has one value may leave the list out
        ("gold staff", ("gold staff",)),
        ("[gold", ("[gold",)),
        ("gold]", ("gold]",)),
        ("[", ("[",)),
        ("", ("",)),
        (["gold", "staff"], ("gold", "staff")),  # some gateways hand JSON over
        ([], ()),
        (7, ("7",)),
        (True, ("true",)),
    ],
)
def test_a_claim_that_is_named_as_a_list_is_read_as_one(value: object, fact: Fact) -> None:
    assert GROUPS.fact(value) == fact


@pytest.mark.parametrize(
    ("value", "fact"),
    [
        ("[gold staff]", "[gold staff]"),
        ("[gold]", "[gold]"),
        ("[]", "[]"),
        ("", ""),
        ("01067", "01067"),
        (18, "18"),
        (1.0, "1"),
        (False, "false"),
    ],
)
def test_any_other_claim_is_a_text_even_if_it_looks_like_a_list(value: object, fact: str) -> None:
    assert NICKNAME.fact(value) == fact


@pytest.mark.parametrize("claim", [GROUPS, NICKNAME])
@pytest.mark.parametrize("value", [None, {}, {"a": "b"}, ["gold", 7], [None], ["x"] * (LIST_MAX + 1), float("nan")])
def test_a_claim_that_is_no_fact_is_as_if_it_were_missing(claim: Claim, value: object) -> None:
    assert facts_in({claim.name: value, "age": "18"}, (claim, Claim("age"))) == {"age": "18"}


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        (GROUPS, "[" + "x " * (LIST_MAX + 1) + "]"),
        (GROUPS, "[" + "x" * (TEXT_MAX + 1) + "]"),
        (GROUPS, "x" * (TEXT_MAX + 1)),
        (NICKNAME, "x" * (TEXT_MAX + 1)),
        (NICKNAME, ["gold"]),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_claim_that_is_too_long_or_of_another_kind_is_as_if_it_were_missing(claim: Claim, value: object) -> None:
    assert facts_in({claim.name: value}, (claim,)) == {}


def test_only_the_claims_that_are_named_and_there_are_facts() -> None:
    claims = {"sub": "xiaofuge", "groups": "[gold staff]", "nickname": "[gold staff]", "exp": "1795435200"}

    facts = facts_in(claims, claims_named("groups[], nickname, level"))

    assert facts == {"groups": ("gold", "staff"), "nickname": "[gold staff]"}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.from_regex(r"\[.*\]"), st.lists
)


@given(values | st.dictionaries(st.text(), values), st.booleans())
def test_whatever_a_claim_holds_is_a_fact_or_missing_and_never_raises(value: Any, is_list: bool) -> None:
    fact = Claim("groups", is_list).fact(value)

    assert fact is None or isinstance(fact, tuple if is_list else str)
