"""A user's quotas are a row a period, and an activity that limits nothing says so."""

from datetime import UTC

import pytest

from builders import NOON, an_activity
from tombola.rules.quota import Quotas
from tombola.rules.quota_answer import user_quotas_answer
from tombola.rules.unreadable import Unreadable
from tombola_cli.operate.apply import Plan
from tombola_cli.screens import user_sheets
from tombola_cli.screens.blocks import Block, Facts, Table
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


@pytest.mark.parametrize(
    ("blocked", "told"),
    [
        (True, 'put "it\'s \\"é" under blocked there too, or the next apply of the file takes it back'),
        (False, 'take "it\'s \\"é" from under blocked there too, or the next apply of the file takes it back'),
    ],
)
def test_what_the_file_of_the_activity_is_to_say_is_told_as_yaml_reads_it(told: str, *, blocked: bool) -> None:
    plan = Plan(wanted=an_activity(), found=an_activity(), changes=(), refusals=(), unfinished=())
    *_, hint = user_sheets.block_plan(plan, "it's \"é", blocked=blocked)
    assert isinstance(hint, Facts)
    assert str(hint.told).endswith(told)
