"""The commands that look at orders."""

from collections.abc import Iterator
from typing import Any

import pytest

from builders import NOON, SECOND, an_award, an_order
from desk import Desk, a_desk
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.order import Act, GrantState

PARKED: dict[str, Any] = {"grant_state": GrantState.PARKED, "parked_because": "the pool is empty"}


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        yield desk


def test_those_that_are_parked_are_listed_with_the_reason_and_with_how_to_go_on(desk: Desk) -> None:
    desk.put(*(an_order(number, **PARKED, due_at=NOON + number * SECOND) for number in range(3)))

    first = desk.json("orders", "list", "--parked", "--limit", 2)
    rest = desk.json("orders", "list", "--parked", "--limit", 2, "--after", first["next"])

    assert [order["order_id"] for order in first["orders"] + rest["orders"]] == ["0", "1", "2"]
    assert {order["because"] for order in first["orders"]} == {"the pool is empty"}
    assert rest["next"] is None
    assert f"--after {first['next']}" in desk.run("orders", "list", "--parked", "--limit", 2).out


def test_a_users_own_list_may_be_narrowed_to_those_in_trouble(desk: Desk) -> None:
    desk.put(an_order(1), an_order(2, **PARKED), an_order(3, user_id="fustack", **PARKED))

    def listed(*words: str) -> list[str]:
        return [order["order_id"] for order in desk.json("orders", "list", *words)["orders"]]

    assert sorted(listed("xiaofuge")) == ["1", "2"]
    assert listed("xiaofuge", "--parked") == ["2"]
    assert sorted(listed("--parked")) == ["2", "3"]
    assert listed("--parked", "--because", "empty", "--activity", "other") == []


def test_nothing_is_no_reason_for_an_order_that_has_ended(desk: Desk) -> None:
    desk.put(an_order(1, grant_state=GrantState.GRANTED, due_at=None, failed_at=NOON, failed_because="it was down"))

    (order,) = desk.json("orders", "list", "xiaofuge")["orders"]

    assert order["because"] is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "name a USER_ID, or one of --by-hand"),
        (["--parked", "--failing"], "--parked and --failing are two lists"),
        (["xiaofuge", "--unreadable"], "--unreadable takes no USER_ID"),
        (["--unreadable", "--award", "3"], "--unreadable takes no USER_ID and no filter"),
        (["--parked", "--limit", "0"], "greater than or equal to 1"),
        (["--parked", "--after", "x", "--limit", "10001"], "less than or equal to 10000"),
    ],
)
def test_a_list_that_makes_no_sense_is_not_understood(desk: Desk, words: list[str], told: str) -> None:
    done = desk.run("orders", "list", *words)

    assert done.status == 2
    assert told in " ".join(done.err.replace("│", " ").split())


def test_a_token_of_nowhere_is_an_error_in_one_line(desk: Desk) -> None:
    done = desk.run("orders", "list", "--parked", "--after", "nonsense")

    assert (done.status, done.out) == (1, "")
    assert "no token of a list" in done.err


def test_one_order_is_shown_with_its_history_and_who_acted(desk: Desk) -> None:
    act = Act(at=NOON + 2 * SECOND, what="retry", who="fang", why="the pool is full again", ended="it was empty")
    desk.put(an_order(7, acts=(act,), failed_at=NOON + SECOND, failed_because="it is down", failures=1))

    said = desk.json("orders", "show", "xiaofuge", 7)

    assert [event["what"] for event in said["history"]] == ["drawn", "failed", "parked", "retry", "due"]
    assert said["history"][3]["who"] == "fang"
    assert (said["order_id"], said["lane"], said["failures"]) == ("7", "7", 1)


@pytest.mark.parametrize("award_type", [AwardType.CODE, AwardType.COUPON, AwardType.TEXT])
def test_no_command_prints_what_the_winner_got(desk: Desk, award_type: AwardType) -> None:
    outside = award_type is not AwardType.TEXT
    award = an_award(
        award_type=award_type, award_content="" if outside else "SECRET", source="spring" if outside else None
    )
    got = {"content": "SECRET"} if outside else {}
    desk.put(
        an_order(1, award=award, grant_state=GrantState.GRANTED, granted_at=NOON, due_at=None, **got),
        an_order(2, award=award, **PARKED, **got),
        an_order(3, award=award, grant_type=GrantType.BY_HAND, **got),
        an_order(4, award=award, **got),
    )
    desk.dead(*(desk.order(number) for number in range(1, 5)))
    desk.now = NOON + 1000 * SECOND

    lines = [
        ["orders", "list", "xiaofuge"],
        *(["orders", "list", f"--{view}"] for view in ("parked", "by-hand", "failing", "overdue", "unreadable")),
        *(["orders", "show", "xiaofuge", str(number)] for number in range(1, 5)),
        ["dlq", "list"],
        ["dlq", "retry", "--all", "--dry-run"],
        ["dlq", "drop", "--all", "--yes"],
    ]
    for line in lines:
        for form in ((), ("--json",)):
            done = desk.run(*line, *form)
            assert done.status == 0
            assert "SECRET" not in done.out + done.err
    assert not outside or "spring" in desk.run("orders", "show", "xiaofuge", 1).out


def test_an_order_that_is_not_there_is_told_with_where_to_look(desk: Desk) -> None:
    done = desk.run("orders", "show", "xiaofuge", 7)

    assert done.status == 1
    assert "xiaofuge has no order 7: tombola orders list xiaofuge shows which there are" in done.err


@pytest.mark.parametrize("command", ["list", "show", "release"])
def test_each_command_has_its_help(desk: Desk, command: str) -> None:
    done = desk.run("orders", command, "--help")

    assert done.status == 0
    assert "--json" in done.out
