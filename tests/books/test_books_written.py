"""What an earlier version wrote keeps the five promises, and loses nothing where today's code writes it again."""

import json
import subprocess
import sys
from pathlib import Path

from books.reading import audited, draws_shown, orders_in, unreadable_then
from books.recording import ACTIVITY, Item, Recording
from cloud import Cloud
from tombola.aws.activity_items import (
    activity_from,
    activity_item,
    entry_from,
    entry_item,
    name_item,
    stock_item,
    tree_from,
    tree_item,
)
from tombola.aws.items import counters_from, number, order_from, order_item, quota_key, units_left

ROOT = Path(__file__).parents[2]
ASIDE = ("lane", "due_at", "lane_before", "due_before")  # where an item stands that was set aside, and where it stood


def test_the_auditor_finds_no_breach_in_it(book: Recording, cloud: Cloud) -> None:
    verdict = audited(book, cloud)

    assert (verdict.breaches, verdict.oversold, verdict.granted_twice, verdict.unaccounted) == ((), 0, 0, 0)
    assert verdict.draws == len(orders_in(book.items))


def test_the_public_script_computes_every_draw_of_a_revealed_activity_again(book: Recording, tmp_path: Path) -> None:
    revealed = [each.answer for each in book.shown if each.route == ACTIVITY and each.answer.get("seed")]
    draws = list(draws_shown(book).values())

    assert {each["strategy_mode"] for each in revealed} == {1, 2}
    for activity in revealed:
        papers = {
            "activity": activity,
            "log": book.log[activity["activity_id"]],
            "draws": {"draws": draws, "next": None},
        }
        for name, content in papers.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(content))
        files = [str(tmp_path / f"{name}.json") for name in papers]
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(ROOT / "docs/verify.py"), *files],
            capture_output=True,
            text=True,
            check=False,
        )
        mine = sum(draw["activity_id"] == activity["activity_id"] for draw in draws)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert done.stdout.splitlines()[-1] == f"{mine} of {mine} draws are what the seed makes them"


def test_today_every_item_is_written_with_all_that_was_read_of_it(book: Recording) -> None:
    damaged = [orders_in(book.items)[name] for name in unreadable_then(book)]

    for item in (each for each in book.items if each not in damaged):
        assert written_again(item) == item


def written_again(item: Item) -> Item:
    """Return item as today's code writes whatever it reads of it."""
    (kind, _, name), (role, _, rest) = item["pk"]["S"].partition("#"), item["sk"]["S"].partition("#")
    again: Item
    match kind, role:
        case "USER", "ORDER":
            stands = {each: item[each] for each in ASIDE if "lane_before" in item}
            again = {**order_item(order_from(item)), **stands}
        case "USER", "QUOTA":
            counters = {each: number(value) for each, value in counters_from(item).items()}
            again = {**quota_key(name, rest), **counters}
        case "ACTIVITY", "CONFIG":
            again = activity_item(activity_from(item))
        case "ACTIVITY", "LOG":
            again = entry_item(name, entry_from(item))
        case "ACTIVITIES", _:
            again = name_item(role)
        case "TREE", "CONFIG":
            again = tree_item(tree_from(item))
        case "STOCK", "STOCK":
            activity_id, award_id, shard = name.rsplit("#", 2)
            dealt = stock_item(activity_id, award_id, int(shard), int(item["initial"]["N"]))
            again = {**dealt, "left": number(units_left(item)), "version": item["version"]}
        case _:
            raise AssertionError(f"nobody here knows what {kind} {role} is")
    return again
