"""What the bench of imports compares is the same work."""

from pathlib import Path
from typing import Any

import codes_import
from tombola_cli.operate.stack import Place


def items_of(dynamodb: Any, table: str) -> list[Any]:
    pages = dynamodb.get_paginator("scan").paginate(TableName=table)
    items = [item for page in pages for item in page["Items"] if item["pk"]["S"].startswith("CODES#")]
    return sorted(items, key=lambda item: item["sk"]["S"])


def test_the_import_writes_the_items_that_the_floor_writes_and_as_many_others(emulator: Place, tmp_path: Path) -> None:
    took = codes_import.seconds(emulator, tmp_path, 120, rounds=1)

    dynamodb = emulator.client("dynamodb")
    bare, imported = items_of(dynamodb, "bare-0"), items_of(dynamodb, "imported-0")
    assert len(bare) == 120
    assert imported[:120] == bare
    assert len(imported) == 240
    assert all(seconds > 0 for seconds in took.values())


def test_memory_is_that_of_a_process_which_imports(emulator: Place, tmp_path: Path) -> None:
    assert 20 < codes_import.peak_mb(emulator, tmp_path, 60) < 1_000

    assert len(items_of(emulator.client("dynamodb"), "memory-60")) == 60
