"""Whoever asks for what pages hide is on record, and what they saw is not."""

import json
from typing import Any, cast

import pytest

from tombola_cli.console.desk import Desk
from tombola_cli.console.disclosure import note


class Named:
    stack_name = "prod"


def test_a_line_says_when_who_where_and_what_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    note(Desk(stack=cast("Any", Named()), who="olga\nann"), "the content of a prize", order_id="7", activity_id="1")

    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert said.pop("at").endswith("+00:00")
    assert said == {
        "who": "olga\nann",
        "stack": "prod",
        "asked_for": "the content of a prize",
        "order_id": "7",
        "activity_id": "1",
    }
