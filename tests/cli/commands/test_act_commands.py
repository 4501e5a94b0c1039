"""The commands that act on orders: nothing is done to many without a look, a word or a question."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from builders import NOON, SECOND, an_award, an_order
from desk import Desk, a_desk
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.order import GrantState
from tombola_cli.commands import options
from tombola_cli.errors import TombolaError
from tombola_cli.operate import order_acts
from tombola_cli.screens import output

PARKED: dict[str, Any] = {"grant_state": GrantState.PARKED, "parked_because": "the pool is empty", "due_at": NOON}
WHY = ("--why", "the pool is full again")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(order_acts, "WORKERS", 1)
    with a_desk(monkeypatch) as desk:
        desk.now = NOON + 60 * SECOND
        yield desk


def states(desk: Desk, *order_ids: int) -> list[GrantState]:
    return [desk.order(each).grant_state for each in order_ids]


def test_one_order_is_acted_on_without_a_question_by_who_is_named(desk: Desk) -> None:
    desk.put(an_order(7, **PARKED))

    said = desk.json("orders", "retry", "xiaofuge", 7, *WHY, "--who", "fang")

    assert said == {"done": 1, "moved_on": 0, "refused": 0, "refusals": []}
    (act,) = desk.order(7).acts
    assert (act.what, act.who, act.why) == ("retry", "fang", "the pool is full again")


def test_who_is_not_named_is_the_login_name(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "login")
    desk.put(an_order(7, **PARKED))

    desk.json("orders", "retry", "xiaofuge", 7, *WHY)

    assert desk.order(7).acts[0].who == "login"


@pytest.mark.parametrize("command", ["retry", "void"])
def test_nobody_acts_in_the_name_of_the_deadline(desk: Desk, command: str) -> None:
    desk.put(an_order(7, **PARKED))

    done = desk.run("orders", command, "xiaofuge", "7", *WHY, "--who", "deadline")

    assert done.status == 2
    assert desk.order(7).acts == ()


@pytest.mark.parametrize("command", ["retry", "void", "release"])
def test_many_are_not_touched_where_nobody_can_be_asked(desk: Desk, command: str) -> None:
    desk.put(an_order(1, **PARKED), an_order(2, grant_type=GrantType.BY_HAND))

    done = desk.run("orders", command, "--all", *WHY)

    assert done.status == 1
    assert f"{command} 1 order? Nobody can be asked here: say --yes, or look before with --dry-run" in done.err
    assert [desk.order(each).acts for each in (1, 2)] == [(), ()]


def test_a_dry_run_tells_what_would_be_done_and_does_nothing(desk: Desk) -> None:
    desk.put(an_order(1, **PARKED), an_order(2, **PARKED))

    said = desk.json("orders", "retry", "--because", "POOL", *WHY, "--dry-run")

    assert (said["would"], said["orders"], said["refused"]) == ("retry", 2, 0)
    (kind,) = said["kinds"]
    assert (kind["award_id"], kind["because"], kind["orders"]) == ("3", "the pool is empty", 2)
    assert states(desk, 1, 2) == [GrantState.PARKED, GrantState.PARKED]


def test_a_dry_run_of_an_order_that_would_be_refused_ends_with_1(desk: Desk) -> None:
    assert desk.run("orders", "retry", "xiaofuge", 7, *WHY, "--dry-run").status == 1


def test_those_of_a_pool_are_tried_again_and_no_others(desk: Desk) -> None:
    code = an_award("4", award_type=AwardType.CODE, award_content="", source="spring")
    desk.put(an_order(1, **PARKED, award=code), an_order(2, **PARKED))

    assert desk.json("orders", "retry", "--pool", "spring", *WHY, "--yes")["done"] == 1
    assert desk.json("orders", "retry", "--provider", "spring", *WHY, "--yes")["done"] == 0
    assert states(desk, 1, 2) == [GrantState.WAITING, GrantState.PARKED]


@pytest.mark.parametrize("form", ["--json", ""])
def test_what_list_prints_is_a_file_of_ids(
    desk: Desk, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "on_a_terminal", lambda: False)
    desk.put(*(an_order(each, **PARKED) for each in range(3)))
    (tmp_path / "ids").write_text(desk.run(*f"orders list --parked --limit 2 {form}".split()).out)

    said = desk.json("orders", "retry", "--file", tmp_path / "ids", *WHY, "--yes")

    assert said["done"] == 2
    assert states(desk, 0, 1, 2).count(GrantState.PARKED) == 1


def test_what_is_piped_in_is_a_file_of_ids(desk: Desk) -> None:
    desk.put(an_order(1, **PARKED), an_order(2, **PARKED))
    ids = desk.run("orders", "list", "--parked", "--json").out

    done = desk.run("orders", "retry", "--file", "-", *WHY, "--yes", "--json", stdin=ids)

    assert done.said["done"] == 2


def test_the_orders_that_were_refused_are_told_and_the_rest_is_done(desk: Desk, tmp_path: Path) -> None:
    desk.put(an_order(1, **PARKED), an_order(2))
    (tmp_path / "ids.csv").write_text("user_id,order_id\nxiaofuge,1\nxiaofuge,2\nxiaofuge,3\n")

    done = desk.run("orders", "retry", "--file", tmp_path / "ids.csv", *WHY, "--yes", "--json")

    assert (done.status, done.said["done"], done.said["refused"]) == (1, 1, 2)
    assert [(each["order_id"], each["user_id"]) for each in done.said["refusals"]] == [
        ("2", "xiaofuge"),
        ("3", "xiaofuge"),
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "name USER_ID and ORDER_ID, or --file"),
        (["xiaofuge"], "name the ORDER_ID as well"),
        (["xiaofuge", "7", "--all"], "name USER_ID and ORDER_ID, or --file"),
        (["--all", "--award", "3"], "name USER_ID and ORDER_ID, or --file"),
        (["--pool", "a", "--provider", "b"], "a prize has only one of them"),
        (["xiaofuge", "-7"], ""),
    ],
)
def test_orders_are_named_in_exactly_one_way(desk: Desk, words: list[str], told: str) -> None:
    done = desk.run("orders", "retry", *words, *WHY)

    assert done.status == 2
    assert told in " ".join(done.err.split())


@pytest.mark.parametrize("why", [[], ["--why", " "], ["--why", "x" * 501]])
@pytest.mark.parametrize("command", ["retry", "void", "release"])
def test_nothing_is_done_without_a_reason_that_can_be_kept(desk: Desk, command: str, why: list[str]) -> None:
    desk.put(an_order(7, **PARKED))

    assert desk.run("orders", command, "xiaofuge", 7, *why).status == 2
    assert desk.order(7).acts == ()


@pytest.mark.parametrize("command", ["retry", "void", "release"])
def test_each_command_has_its_help_and_tells_its_status(desk: Desk, command: str) -> None:
    done = desk.run("orders", command, "--help")

    assert done.status == 0
    for words in ("--json", "--dry-run", "--yes", "--file", "The exit status is 1 if an order was refused"):
        assert words in " ".join(done.out.split())


class Keyboard(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("answer", ["y\n", "n\n"])
def test_at_a_terminal_many_are_done_only_after_a_yes(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard(answer))
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: answer.strip())

    if answer == "y\n":
        options.confirm("retry 2 orders?", yes=False)
    else:
        with pytest.raises(typer.Abort):
            options.confirm("retry 2 orders?", yes=False)


def test_where_there_is_no_terminal_a_question_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))

    with pytest.raises(TombolaError, match="Nobody can be asked here"):
        options.confirm("retry 2 orders?", yes=False)
