"""Callers of the local API wait for their turn: how many at once, in which order, for how long."""

import asyncio
from collections.abc import Sequence
from typing import Any

from tombola_cli.local.patient_ministack import busy, in_turn

CALLERS = 30
CALLS_MAX = 4
SOON, LONG = 0.01, 5.0  # seconds


class Function:
    """What the API calls: it counts how many calls are under way, and notes who came."""

    def __init__(self, *failing: int) -> None:
        self.under_way = self.most = 0
        self.came: list[int] = []
        self.failing = failing
        self.may_answer = asyncio.Event()

    async def __call__(self, caller: int, *, named: str) -> tuple[int, str]:
        self.came.append(caller)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await self.may_answer.wait()
        self.under_way -= 1
        if caller in self.failing:
            raise ValueError(caller)
        return caller, named


def answered(function: Function, callers: int, *, seconds: float = 2 * LONG) -> Sequence[Any]:
    """Let so many call at once, wait for a turn for so long, and the function answer once nobody else comes in."""

    async def called() -> Sequence[Any]:
        call = in_turn(function, CALLS_MAX, seconds)
        calls = [asyncio.ensure_future(call(caller, named="as given")) for caller in range(callers)]
        await asyncio.wait(calls[CALLS_MAX:], timeout=LONG if seconds == SOON else SOON)
        function.may_answer.set()
        answers: Sequence[Any] = await asyncio.gather(*calls, return_exceptions=True)
        return answers

    return asyncio.run(called())


def test_thirty_callers_are_all_answered_four_at_once_first_come_first_served() -> None:
    function = Function()

    assert answered(function, CALLERS) == [(caller, "as given") for caller in range(CALLERS)]
    assert (function.most, function.came) == (CALLS_MAX, list(range(CALLERS)))


def test_a_call_that_fails_makes_room_for_the_next_one() -> None:
    answers = answered(Function(*range(CALLS_MAX)), CALLERS)

    assert [type(answer) for answer in answers[:CALLS_MAX]] == [ValueError] * CALLS_MAX
    assert answers[CALLS_MAX:] == [(caller, "as given") for caller in range(CALLS_MAX, CALLERS)]


def test_who_has_waited_too_long_is_told_to_come_again_and_never_calls() -> None:
    function = Function()

    answers = answered(function, CALLS_MAX + 2, seconds=SOON)

    assert answers[CALLS_MAX:] == [busy(), busy()]
    assert (busy()[0], function.came) == (503, list(range(CALLS_MAX)))


def test_each_of_them_has_headers_of_its_own_since_the_emulator_names_an_origin_in_them() -> None:
    first, second = answered(Function(), CALLS_MAX + 2, seconds=SOON)[CALLS_MAX:]

    first[1]["Access-Control-Allow-Origin"] = "https://shop.example"

    assert second == busy()
