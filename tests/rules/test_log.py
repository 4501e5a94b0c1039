"""An activity's log: the hash of each line, by an example worked out by hand and by its properties."""

import hashlib
from datetime import timedelta, timezone
from typing import Any

import pytest

from builders import NOON, an_entry
from tombola.rules.activity_states import ActivityState
from tombola.rules.log import START, canonical, entry_fields

FIRST = (
    f'{{"at":"2026-11-23T12:00:00+00:00","before":"{START}","changes":[],"number":1,"state_from":null,"state_to":1,'
    '"version":1,"what":"apply","who":"xiaofuge","why":""}'
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [1, None, True]}, '{"a":[1,null,true],"b":1}'),
        ({"名": "抽奖 ü😀"}, '{"名":"抽奖 ü😀"}'),
        ('"\\\n\x00', r'"\"\\\n\u0000"'),
        ({"z": {"b": {}, "a": []}}, '{"z":{"a":[],"b":{}}}'),
    ],
)
def test_a_value_has_one_text(value: object, text: str) -> None:
    assert canonical(value) == text


def test_the_hash_of_an_entry_is_that_of_its_text() -> None:
    assert canonical(entry_fields(an_entry())) == FIRST
    assert an_entry().digest == hashlib.sha256(FIRST.encode()).hexdigest()


def test_a_first_entry_holds_zeros_in_place_of_a_hash() -> None:
    assert START == "0" * 64


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 2},
        {"at": NOON + timedelta(milliseconds=1)},
        {"at": NOON.astimezone(timezone(timedelta(hours=8)))},  # what is written is what is hashed
        {"who": "fustack"},
        {"what": "submit"},
        {"why": "because"},
        {"state_from": ActivityState.EDIT},
        {"state_to": ActivityState.CLOSE},
        {"version": 2},
        {"changes": ("stock of award 1: 5 -> 6",)},
        {"before": "1" * 64},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_whatever_an_entry_says_is_part_of_its_hash(changes: dict[str, Any]) -> None:
    number = changes.pop("number", 1)

    assert an_entry(number, **changes).digest != an_entry().digest


def test_two_changes_are_not_one() -> None:
    assert an_entry(changes=("a", "b")).digest != an_entry(changes=("a,b",)).digest
