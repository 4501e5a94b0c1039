"""Setting aside: an item out of everybody's way, looked at again, and no failure that keeps the others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from builders import NOON
from fakes import Patience
from tombola.flows.set_aside import LOOKS_MAX, NEVER_MAX, look_again, set_aside, what_never_comes
from tombola.rules.due import LanePage, Standing
from tombola.rules.problem import BusyError
from tombola.rules.unreadable import LOOK_AGAIN, Aside, Unreadable

FAILURES: tuple[Exception | None, ...] = (BusyError("no answer"), RuntimeError("nobody foresaw this"))


def a_standing(number: int) -> Standing:
    return Standing(pk=f"USER#{number}", sk="ORDER#1", lane="7", due_at="1", at=NOON)


@dataclass
class Lanes:
    """One lane, whose moves of the first entry may fail; moves are noted by item."""

    asides_: Sequence[Aside] = ()
    fails: Exception | None = None
    moves: list[tuple[str, str, datetime]] = field(default_factory=list)
    limits: list[int] = field(default_factory=list)

    def set_aside(self, entry: Standing, until: datetime) -> bool:
        return self._move("aside", entry, until)

    def put_off(self, entry: Standing, until: datetime) -> bool:
        return self._move("off", entry, until)

    def give_back(self, aside: Aside, due_at: datetime) -> bool:
        return self._move("back", aside.standing, due_at)

    def never(self, lane: str, limit: int) -> LanePage:
        self.limits.append(limit)
        return LanePage((a_standing(1), a_standing(2)))

    def asides(self, until: datetime, limit: int) -> Sequence[Aside]:
        self.limits.append(limit)
        return self.asides_

    def _move(self, what: str, entry: Standing, until: datetime) -> bool:
        if self.fails is not None and entry.pk == "USER#1":
            raise self.fails
        self.moves.append((what, entry.pk, until))
        return True


def an_aside(number: int, because: str | None = None, due_at: datetime | None = NOON) -> Aside:
    return Aside(standing=a_standing(number), lane="7", due_at=due_at, because=because)


def test_an_item_is_set_aside_until_it_is_looked_at_again() -> None:
    lanes, errors = Lanes(), list[Exception]()

    told = set_aside(lanes, a_standing(1), "damage", errors, NOON)  # type: ignore[arg-type]

    assert told == [Unreadable(pk="USER#1", sk="ORDER#1", because="damage")]
    assert (lanes.moves, errors) == ([("aside", "USER#1", NOON + LOOK_AGAIN)], [])


LOOKS: dict[str, Callable[[Lanes, list[Exception]], object]] = {
    "never": lambda lanes, errors: len(what_never_comes(lanes, "7", Patience(), errors, NOON)),  # type: ignore[arg-type]
    "again": lambda lanes, errors: look_again(lanes, Patience(), errors, NOON),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("fails", FAILURES, ids=["busy", "unforeseen"])
@pytest.mark.parametrize("name", LOOKS)
def test_an_item_that_cannot_be_moved_keeps_no_other_and_only_the_unforeseen_is_told(
    name: str, fails: Exception
) -> None:
    lanes, errors = Lanes([an_aside(1), an_aside(2)], fails), list[Exception]()

    assert LOOKS[name](lanes, errors) == 1
    assert [pk for _, pk, _ in lanes.moves] == ["USER#2"]
    assert errors == ([] if isinstance(fails, BusyError) else [fails])


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_is_bounded_in_items_and_in_time(name: str) -> None:
    lanes, errors = Lanes([an_aside(1), an_aside(2)]), list[Exception]()
    in_time = Patience(looks=1)

    counted = {
        "never": lambda: len(what_never_comes(lanes, "7", in_time, errors, NOON)),  # type: ignore[arg-type]
        "again": lambda: look_again(lanes, in_time, errors, NOON),  # type: ignore[arg-type]
    }[name]()

    assert counted == 1
    assert lanes.limits == [{"never": NEVER_MAX, "again": LOOKS_MAX}[name]]


@pytest.mark.parametrize(
    ("aside", "move"),
    [
        (an_aside(1), ("back", "USER#1", NOON)),
        (an_aside(1, due_at=None), ("back", "USER#1", NOON)),
        (an_aside(1, because="damage"), ("off", "USER#1", NOON + LOOK_AGAIN)),
    ],
    ids=["it can be read", "its time is lost", "it cannot be read"],
)
def test_an_item_comes_back_once_it_can_be_read(aside: Aside, move: tuple[str, str, datetime]) -> None:
    lanes = Lanes([aside])

    assert look_again(lanes, Patience(), [], NOON) == (move[0] == "back")  # type: ignore[arg-type]
    assert lanes.moves == [move]
