"""Spans of time in a file: a number and a unit, and nothing that could be read in two ways."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola_cli.files.file_spans import read_span, span_words

LONGEST = 3650 * 86_400  # seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1 second", 1),
        ("30 seconds", 30),
        ("90 minutes", 5_400),
        ("1 hour", 3_600),
        ("48 hours", 172_800),
        ("14 days", 1_209_600),
        ("3650 days", LONGEST),
    ],
)
def test_a_number_and_a_unit_are_a_time(text: str, seconds: int) -> None:
    assert read_span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["14", "0 days", "1.5 days", "-1 days", "14days", "two weeks", "1 month", "", None, 14]
)
def test_another_text_is_told_what_to_write(text: object) -> None:
    with pytest.raises(ValueError, match="write such a time as 14 days"):
        read_span(text)


@pytest.mark.parametrize("text", ["3651 days", "999999999 days", "315360001 seconds"])
def test_a_time_that_a_clock_might_run_over_with_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"must be at most 3650 days, and is {text}"):
        read_span(text)


@given(st.integers(1, LONGEST))
def test_what_is_shown_of_a_time_is_read_as_the_same_time(seconds: int) -> None:
    span = timedelta(seconds=seconds)

    assert read_span(span_words(span)) == span
