"""The tests' own CloudWatch decides as AWS's page says: its two tables, row by row."""

import ast

import pytest

from operations.alarms import State, calculated, judged

STATES = {
    "OK": State.OK,
    "ALARM": State.ALARM,
    "Insufficient data": State.INSUFFICIENT_DATA,
    "Retain current state": State.OK,  # where it is OK before
}
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
# Data points, the oldest first, and the state by treatment. From the page that alarms.py names.
THREE_OF_THREE = """
0 - X - X | OK | OK | OK | OK
0 - - - - | OK | OK | OK | OK
- - - - - | Insufficient data | Retain current state | ALARM | OK
0 X X - X | ALARM | ALARM | ALARM | ALARM
- - - - X | Insufficient data | Retain current state | ALARM | OK
X - - - - | ALARM | Retain current state | ALARM | OK
"""
TWO_OF_THREE = """
0 - X - X | ALARM | ALARM | ALARM | ALARM
0 0 X 0 X | ALARM | ALARM | ALARM | ALARM
0 - X - - | OK | OK | ALARM | OK
- - - - 0 | OK | OK | ALARM | OK
- - - - X | Insufficient data | Retain current state | ALARM | OK
"""
CASES = [
    (to_alarm, *map(str.strip, row.split("|")))
    for to_alarm, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for row in table.strip().splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_alarm_is_judged_as_awss_page_says(case: tuple[int, str, str, str, str, str]) -> None:
    to_alarm, data, *states = case
    points = [{"0": False, "X": True, "-": None}[each] for each in data.split()]

    assert [judged(points, 3, to_alarm, each, State.OK) for each in TREATMENTS] == [STATES[each] for each in states]


@pytest.mark.parametrize(
    ("expression", "value"),
    [("FILL(a, 0) + FILL(b, 0)", 2.0), ("100 * FILL(a, 0) / b", None), ("100 * FILL(b, 0) / a", 0.0), ("a + b", None)],
)
def test_what_lacks_a_value_has_none_unless_it_is_filled(expression: str, value: float | None) -> None:
    assert calculated(ast.parse(expression, mode="eval").body, {"a": 2.0, "b": None}) == value
