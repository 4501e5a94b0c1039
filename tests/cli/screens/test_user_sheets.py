"""A user's quotas are a row a period, and an activity that limits nothing says so."""

from datetime import UTC

from builders import NOON
from tombola.rules.quota import Quotas
from tombola.rules.quota_answer import user_quotas_answer
from tombola.rules.unreadable import Unreadable
from tombola_cli.screens import user_sheets
from tombola_cli.screens.blocks import Block, Table
from tombola_cli.screens.plain import words


def rows_of(block: Block) -> list[list[str]]:
    assert isinstance(block, Table)
    return [[words(cell) for cell in row] for row in block.rows]


def test_a_period_and_an_activity_without_quotas_have_a_row_and_what_cannot_be_read_is_told() -> None:
    limited = user_quotas_answer("u", "1", Quotas(activity=3, day=1), UTC, {"taken": 2, "d2026-11-23": 1}, NOON)
    free = user_quotas_answer("u", "2", Quotas(), UTC, {}, NOON)
    hurt = Unreadable(pk="USER#u", sk="QUOTA#3", because="damage")

    table, unreadable = user_sheets.quotas([limited, hurt, free])

    assert rows_of(table) == [
        ["1", "activity", "3", "2", "1", "never"],
        ["1", "day", "1", "1", "0", "2026-11-24 00:00 (UTC+00:00)"],
        ["2", "none", "", "", "", ""],
    ]
    assert rows_of(unreadable) == [["USER#u", "QUOTA#3", "damage"]]
