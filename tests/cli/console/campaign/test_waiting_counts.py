"""What waits for a person is told in one line; whether an alarm rings only where there are alarms."""

from typing import Any

import pytest

from tombola_cli.console.campaign import waiting_counts
from tombola_cli.console.campaign.waiting_counts import alarms, waiting
from tombola_cli.doctor.checks import Check
from tombola_cli.doctor.finding import Finding, right, wrong
from tombola_cli.operate.backlog import Backlog


class AStack:
    """A stack that is asked for nothing but the time and its place."""

    def __init__(self, endpoint_url: str | None = None) -> None:
        self.endpoint_url = endpoint_url

    def now(self) -> None:
        return None


def said(monkeypatch: pytest.MonkeyPatch, **counts: int) -> str:
    names = ("due", "soon", "later", "by_hand", "unclaimed", "parked", "unreadable")
    backlog = Backlog(**{**dict.fromkeys(names, 0), **counts})
    monkeypatch.setattr(waiting_counts, "counted", lambda *_: backlog)
    stack: Any = AStack()
    return waiting(stack)


def test_only_what_waits_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(monkeypatch) == "nothing"
    assert said(monkeypatch, soon=5, later=9) == "nothing"
    told = said(monkeypatch, due=1, parked=1200, unclaimed=3, by_hand=4, unreadable=5)
    assert told == "1,200 parked, 4 by hand, 3 to be claimed, or without an address, 1 due now, 5 unreadable"


def test_the_local_stack_has_no_alarms() -> None:
    stack: Any = AStack("http://127.0.0.1:1")
    assert alarms(stack) == (False, "The local stack has none.")


@pytest.mark.parametrize(
    ("finding", "told"),
    [
        (right("none of 9 rings"), (False, "none of 9 rings")),
        (wrong("rings: parked", "look up each"), (True, "rings: parked (look up each)")),
    ],
)
def test_an_alarm_that_rings_is_told(monkeypatch: pytest.MonkeyPatch, finding: Finding, told: tuple[bool, str]) -> None:
    monkeypatch.setattr(waiting_counts, "ALARM_STATES", Check("alarm states", "alarms", lambda _: finding))
    stack: Any = AStack()
    assert alarms(stack) == told
