"""A whole campaign on the deployed stack: from a file to results that anybody can compute again."""

import json
import subprocess
import sys
import uuid
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from played import CLIENTS, Drawn, compensate, draw_all, status_of, until
from tombola.aws.activity_cache import FRESH
from tombola.aws.clock import utc_now as now
from tombola.rules.activity import Activity
from tombola.rules.activity_life import LAST_DRAW
from tombola.rules.activity_states import Action
from tombola_cli.audit.auditor import Audit, audit
from tombola_cli.audit.books import WAITING
from tombola_cli.audit.snapshot import read_books
from tombola_cli.errors import TombolaError
from tombola_cli.files.activity_file import read_activity
from tombola_cli.files.repository import ROOT
from tombola_cli.operate import activity_moves, apply
from tombola_cli.operate.api import Api
from tombola_cli.operate.legible import legible
from tombola_cli.operate.registry import log_of
from tombola_cli.operate.reveal import reveal
from tombola_cli.operate.stack import Stack

USERS = 40  # of whose third draws none wins the locked award once in a million campaigns: 0.7 ** 40
UNITS = 12
STARTED, CLOSED = 5, 7
HOUR = timedelta(hours=1)
CAMPAIGN = """
activity_id: {activity_id}
activity_name: three awards
activity_desc: one on four shards, one locked, one for who would lose
time_zone: Asia/Shanghai
begin: {begin}
end: {end}
strategy: single
quotas: {{ day: 3, activity: 10 }}
fallback: consolation
awards:
  - {{ award_id: limited, award_type: 1, award_name: ipad, award_content: Code, rate: 0.6, stock: 12, peak: 160 }}
  - {{ award_id: locked, award_type: 1, award_name: Book, award_content: Code, rate: 0.3, unlock_after: 2 }}
  - {{ award_id: consolation, award_type: 1, award_name: pen, award_content: Code, rate: 0 }}
"""


def test_a_campaign_opens_is_drawn_until_the_stock_ends_closes_and_is_revealed(stack: Stack, tmp_path: Path) -> None:
    api, begin = Api(stack, connections_max=CLIENTS), now() + timedelta(seconds=2)
    activity_id = approved(stack, tmp_path, begin, begin + HOUR).activity_id

    moved_by_compensation(stack, activity_id, STARTED)
    until(lambda: api.activity(activity_id).body["state"] == STARTED and now() >= begin)
    drawn = drawn_to_the_end(api, activity_id)

    end = ended_early(stack, tmp_path)
    until(lambda: now() > end)
    moved_by_compensation(stack, activity_id, CLOSED)
    closed_for_all_but_repeats(api, drawn, now())
    revealed_for_ever(stack, activity_id)

    verdict = until(lambda: quiet(stack, drawn))
    assert (verdict.breaches, verdict.parked) == ((), 0)
    assert recomputed(api, activity_id, tmp_path) == f"{3 * USERS} of {3 * USERS} draws are what the seed makes them"


def approved(stack: Stack, folder: Path, begin: datetime, end: datetime) -> Activity:
    """Return the activity from its file, approved; what it commits to is secret before and public then."""
    file, activity_id = folder / "campaign.yaml", f"campaign-{uuid.uuid4().hex[:8]}"
    file.write_text(CAMPAIGN.format(activity_id=activity_id, begin=moment(begin), end=moment(end)))
    wanted = read_activity(file)
    assert apply.apply(wanted, stack, "tests", "a campaign", now())
    assert not apply.apply(wanted, stack, "tests", "a campaign", now())
    activity_moves.take(Action.SUBMIT, activity_id, stack, "tests", "", now())
    return activity_moves.take(Action.APPROVE, activity_id, stack, "tests", "", now())


def moved_by_compensation(stack: Stack, activity_id: str, state: int) -> None:
    def is_there() -> bool:
        compensate(stack)
        return found(stack, activity_id).state == state

    until(is_there)


def found(stack: Stack, activity_id: str) -> Activity:
    return activity_moves.found(activity_id, stack)


def drawn_to_the_end(api: Api, activity_id: str) -> list[Drawn]:
    """Let every user draw three times, and once more than a day allows."""
    draws = [(f"user-{user}", f"key-{number}") for number in range(4) for user in range(USERS)]
    drawn = draw_all(api, activity_id, draws)

    assert Counter((status_of(each.reply), each.reply.body["code"]) for each in drawn) == {
        (201, "0000"): 3 * USERS,
        (409, "0004"): USERS,
    }
    orders = [each.reply.body for each in drawn if status_of(each.reply) == 201]
    awards = Counter(order["award"]["award_id"] for order in orders)
    assert awards["limited"] == UNITS
    assert awards.keys() == {"limited", "locked", "consolation"}
    assert all(order["proof"]["taken"] == 2 for order in orders if order["award"]["award_id"] == "locked")
    return [each for each in drawn if status_of(each.reply) == 201]


def moment(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds")


def ended_early(stack: Stack, folder: Path) -> datetime:
    """Move the end of the window to a moment from now: the file may say so while draws run."""
    file = folder / "campaign.yaml"
    old, new = read_activity(file).end, now() + timedelta(seconds=1)
    file.write_text(file.read_text().replace(moment(old), moment(new)))
    assert apply.apply(read_activity(file), stack, "tests", "sold out", now())
    return new


def closed_for_all_but_repeats(api: Api, drawn: list[Drawn], closed: datetime) -> None:
    """Wait until every function has forgotten the open activity, and ask again then."""
    until(lambda: now() > closed + FRESH)
    first = drawn[0]
    late = api.draw(first.activity_id, first.user_id, first.key)
    assert (late.status, late.body["order_id"]) == (200, first.reply.body["order_id"])
    assert api.draw(first.activity_id, "late", "key").body["code"] == "0001"


def revealed_for_ever(stack: Stack, activity_id: str) -> None:
    closed = found(stack, activity_id)
    with pytest.raises(TombolaError, match="draws may be under way until"):
        reveal(closed, stack, "tests", "", closed.since)
    reveal(closed, stack, "tests", "the end", closed.since + LAST_DRAW)
    with pytest.raises(TombolaError, match="never opens again"):
        activity_moves.take(Action.OPEN, activity_id, stack, "tests", "", now())
    entries, broken = log_of(found(stack, activity_id), stack)
    assert [legible(entry).what for entry in entries] == [
        "apply",
        "submit",
        "approve",
        "start",
        "apply",
        "close",
        "reveal",
    ]
    assert broken is None


def quiet(stack: Stack, drawn: list[Drawn]) -> Audit | None:
    compensate(stack)
    books = read_books(stack.client("dynamodb"), stack.table_name)
    verdict = audit(books, {}, [each.answer for each in drawn])
    mine = books.orders_of(drawn[0].activity_id)  # others of this stack may wait for a hand
    return None if any("award" in order and order["grant_state"] == WAITING for _, _, order in mine) else verdict


def recomputed(api: Api, activity_id: str, folder: Path) -> str:
    """Return the last line of docs/verify.py on what the API answers, run by a Python that knows no module of ours."""

    def shown() -> Any:
        activity = api.activity(activity_id).body
        return activity if activity["seed"] else None

    files = [folder / "activity.json", folder / "log.json"]
    files[0].write_text(json.dumps(until(shown)))
    files[1].write_text(json.dumps(api.log(activity_id, "?limit=100").body))
    for user in range(USERS):
        files.append(folder / f"user-{user}.json")
        files[-1].write_text(json.dumps({"draws": draws_of(api, f"user-{user}")}))
    command = [sys.executable, "-I", "-S", str(ROOT / "docs/verify.py"), *map(str, files)]
    return str(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])


def draws_of(api: Api, user_id: str) -> list[dict[str, Any]]:
    """Return a user's draws, page after page."""
    page = api.orders(user_id, "?limit=2").body
    draws = list(page["draws"])
    for _ in range(USERS):
        if page["next"] is None:
            break
        page = api.orders(user_id, f"?limit=2&after={page['next']}").body
        draws += page["draws"]
    assert [draw["drawn_at"] for draw in draws] == sorted((draw["drawn_at"] for draw in draws), reverse=True)
    return draws
