"""Machines get every value whole, under names that stay."""

import json
from datetime import UTC, datetime

from tombola_cli.screens.blocks import Block, Column, Facts, Table, Told, Value
from tombola_cli.screens.plain import document, separated

AT = datetime(2026, 11, 23, 12, 30, 15, 123000, tzinfo=UTC)
COLUMNS = [Column("order_id", "order"), Column("at"), Column("secret_of_machines", None), Column("stock", folds=True)]
ROWS: list[list[Value]] = [["7", AT, ["a", "b"], Told(None, "unlimited")], ["8", None, [], 5]]
BLOCKS: list[Block] = [
    Facts({"stack": "tombola", "whole": True}, "a sentence for people"),
    Table("orders", COLUMNS, ROWS, "told"),
]


def test_a_document_has_facts_at_its_top_and_a_list_for_each_table() -> None:
    assert json.loads(document(BLOCKS)) == {
        "stack": "tombola",
        "whole": True,
        "orders": [
            {"order_id": "7", "at": AT.isoformat(), "secret_of_machines": ["a", "b"], "stock": None},
            {"order_id": "8", "at": None, "secret_of_machines": [], "stock": 5},
        ],
    }


def test_a_pipe_gets_names_tabs_and_an_empty_line_between_two_parts() -> None:
    assert separated(BLOCKS).split("\n") == [
        "stack\ttombola",
        "whole\ttrue",
        "",
        "order_id\tat\tsecret_of_machines\tstock",
        f'7\t{AT.isoformat()}\t["a", "b"]\t',
        "8\t\t[]\t5",
    ]


def test_only_the_first_part_is_there_without_rows_in_a_pipe_and_every_one_in_a_document() -> None:
    empty = [Table("orders", COLUMNS, []), Table("unreadable", [Column("pk")], [])]

    assert separated(empty) == "order_id\tat\tsecret_of_machines\tstock"
    assert json.loads(document(empty)) == {"orders": [], "unreadable": []}


def test_a_field_keeps_to_its_field_whatever_is_in_it() -> None:
    (line,) = separated([Facts({"name": "a\tb\nc\x1b[2Jd\u2028e 抽奖"})]).split("\n")

    assert line == "name\ta\\tb\\nc\\x1b[2Jd\\u2028e 抽奖"
