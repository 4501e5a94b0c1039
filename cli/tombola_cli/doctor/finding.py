"""The finding of a check: right, wrong, or only you can know. It names the thing checked and says what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    ONLY_YOU = "only you can know"


@dataclass(frozen=True, slots=True)
class Finding:
    """milliseconds are there where something was timed."""

    verdict: Verdict
    seen: str
    todo: str = ""
    milliseconds: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A finding, the check that made it, and the part of the stack it is about."""

    check: str
    about: str
    finding: Finding


class UnansweredError(Exception):
    """A question got no answer; the finding is all that is known."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.seen)
        self.finding = finding


def right(seen: str, milliseconds: int | None = None) -> Finding:
    return Finding(Verdict.RIGHT, seen, "", milliseconds)


def wrong(seen: str, todo: str) -> Finding:
    return Finding(Verdict.WRONG, seen, todo)


def only_you(seen: str, todo: str) -> Finding:
    return Finding(Verdict.ONLY_YOU, seen, todo)
