"""What has to stay whole stays whole on a terminal of any width, and nothing that is shown steers the terminal."""

import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from tombola_cli.screens import terminal
from tombola_cli.screens.blocks import Block, Column, Facts, Table, Told, Value

ANSI = re.compile(r"\x1b\[[0-9;]*m")
COLUMNS = [Column("order_id", "order"), Column("at"), Column("machine", None), Column("what", folds=True)]
AT = datetime(2026, 11, 23, 12, 30, 15)  # noqa: DTZ001 - what it shows is the same in every zone
ORDER_ID = "9223372036854775806"


def shown(capsys: pytest.CaptureFixture[str], width: int, *blocks: Block) -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        terminal.show(blocks)
    return ANSI.sub("", capsys.readouterr().out).splitlines()


def test_a_table_that_fits_is_a_grid_with_a_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    title, rule, *rows = shown(capsys, 80, Table("orders", COLUMNS, [[ORDER_ID, AT, "hidden", "a prize"]] * 2))

    assert title.split() == ["order", "at", "what"]
    assert set(rule) <= {"─", " "}
    assert [row.split() for row in rows] == [[ORDER_ID, "2026-11-23", "12:30:15", "a", "prize"]] * 2


def test_free_text_is_folded_where_that_suffices(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, 60, Table("orders", COLUMNS, [[ORDER_ID, AT, None, "many words " * 6]]))

    assert len(lines) > 3
    assert all(cell_len(line.rstrip()) <= 60 for line in lines)
    assert [" ".join(lines).count(word) for word in ("many", "words")] == [6, 6]
    assert f"{ORDER_ID}  2026-11-23 12:30:15" in lines[2]


def test_a_table_that_would_cut_an_id_has_lines_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, 40, Table("orders", COLUMNS, [[ORDER_ID, AT, None, "a prize"]]))

    assert [line.split(maxsplit=1) for line in lines if line] == [
        ["order", ORDER_ID],
        ["at", "2026-11-23 12:30:15"],
        ["what", "a prize"],
    ]


def test_a_value_that_does_not_fit_beside_its_title_gets_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, 80, Facts({"the_commitment_of_it": "c0ffee" * 11})) == ["the commitment of it", "c0ffee" * 11]


WHOLE = st.text("abcdefghij-0123456789", min_size=1, max_size=60)
FREE = st.lists(st.text("x", min_size=1, max_size=30), max_size=12).map(" ".join)


@given(rows=st.lists(st.tuples(WHOLE, WHOLE, FREE), min_size=1, max_size=5), width=st.integers(20, 200))
def test_no_id_is_cut_and_no_text_is_lost_at_any_width(rows: list[tuple[str, str, str]], width: int) -> None:
    columns = [Column("user_id"), Column("order_id"), Column("what_was_said", folds=True)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        console = Console(highlight=False, soft_wrap=True)
        with console.capture() as captured:
            for part in terminal._parts(Table("orders", columns, rows), width):
                console.print(part)
    said = ANSI.sub("", captured.get())

    assert all(user_id in said and order_id in said for user_id, order_id, _ in rows)
    assert said.count("x") == sum(text.count("x") for *_, text in rows)
    if "─" in said:
        assert all(cell_len(line.rstrip()) <= width for line in said.splitlines())


def test_wide_signs_are_counted_as_they_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [["抽奖活动规则树抽奖活动规则树", "a"], ["short", "b"]]
    lines = shown(capsys, 34, Table("trees", [Column("name"), Column("sign")], rows))

    assert [cell_len(line.rstrip()) for line in lines[2:]] == [31, 31]


def test_a_value_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(capsys, 80, Facts({"name": "[red]a\x1b[2Jb\tc\x07"}), Facts({}, "told \x9b2J"))

    assert said == ["name  [red]a\\x1b[2Jb\\tc\\x07", "told \\x9b2J"]


def test_people_read_other_words_than_machines_and_figures_stand_to_the_right(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows: list[list[Value]] = [["a", Told(None, "unlimited")], ["b", 10]]

    assert shown(capsys, 80, Table("awards", [Column("name"), Column("stock")], rows))[2:] == [
        "a     unlimited",
        "b            10",
    ]


def test_a_table_without_rows_shows_its_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, 80, Table("orders", COLUMNS, []))[0].split() == ["order", "at", "what"]
    assert shown(capsys, 80, Table("orders", COLUMNS, [], "")) == []
