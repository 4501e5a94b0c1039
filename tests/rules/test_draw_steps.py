"""What a draw can want, and what can come of it: all of it has its place in the machine."""

from typing import get_args

from tombola.rules.draw_machine import ANSWERS
from tombola.rules.draw_steps import ASKS, ENDS, Ask, Busy, End, Outcome, Want


def test_every_want_has_an_answer_and_every_outcome_answers_something() -> None:
    assert {want for want, _ in ANSWERS} == set(get_args(Want))
    assert {outcome for _, outcome in ANSWERS} == set(get_args(Outcome))


def test_only_the_ledger_can_be_busy_and_always() -> None:
    assert {want for want, outcome in ANSWERS if outcome is Busy} == set(get_args(Ask))


def test_every_ask_and_every_end_is_known_as_one() -> None:
    assert set(ASKS) == set(get_args(Ask))
    assert set(ENDS) == set(get_args(End))
