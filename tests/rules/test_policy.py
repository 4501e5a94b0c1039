"""What every policy has in common; tests/rules/test_admission.py has what each refuses."""

import json
from dataclasses import fields
from typing import Any

import pytest

from tombola.rules.activity import Activity
from tombola.rules.facts import Condition, Operator
from tombola.rules.policy import POLICIES

ASKED: dict[str, tuple[tuple[Any, ...], str]] = {
    "through": (("crowd",), "only through tree crowd"),
    "blocked": (("eve", "mallory"), "2 users"),
    "admit": ((Condition(fact="age", operator=Operator.IN, values=("18", "19")),), "age in 18, 19"),
}


def test_each_has_its_field_of_an_activity() -> None:
    assert set(POLICIES) == set(ASKED) <= {field.name for field in fields(Activity)}


@pytest.mark.parametrize("name", ASKED)
def test_what_it_asks_for_is_told_in_words_and_comes_back_from_json(name: str) -> None:
    asked, words = ASKED[name]
    policy = POLICIES[name]

    assert policy.words(asked) == words
    assert policy.value(json.loads(json.dumps(policy.plain(asked)))) == asked
    assert policy.value(policy.plain(())) == ()
