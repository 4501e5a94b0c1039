"""A user's quotas, and the activities that block them, as they are shown."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from tombola.rules.quota_answer import UserQuotasAnswer
from tombola.rules.unreadable import Unreadable
from tombola_cli.screens import activity_sheets
from tombola_cli.screens.blocks import Block, Column, Facts, Table, Told, Value

if TYPE_CHECKING:
    from tombola_cli.operate.apply import Plan

QUOTA_COLUMNS = [
    Column("activity_id", "activity"),
    Column("period"),
    Column("draws", "draws allowed"),
    Column("taken"),
    Column("left"),
    Column("renews_at", "renews"),
]
NO_QUOTA = Told(None, "none")
PUT_THERE = "put {user} under blocked there too"
TAKE_AWAY = "take {user} from under blocked there too"
FILES = "the file of the activity does not say so: {words}, or the next apply of the file takes it back"


def quotas(found: Sequence[UserQuotasAnswer | Unreadable]) -> list[Block]:
    """Return a row for each period that an activity limits, and one for an activity that limits nothing."""
    rows = [row for each in found if not isinstance(each, Unreadable) for row in _rows(each)]
    return [Table("quotas", QUOTA_COLUMNS, rows), activity_sheets.unreadable(found)]


def block_plan(planned: "Plan", user_id: str, *, blocked: bool) -> list[Block]:
    """Return what blocking a user, or taking that back, changes, and what a file has to say of it."""
    refused = "; ".join(planned.refusals)
    named = json.dumps(user_id, ensure_ascii=False)  # as YAML reads it, whatever it holds
    words = FILES.format(words=(PUT_THERE if blocked else TAKE_AWAY).format(user=named))
    return [activity_sheets.changes(planned.changes), Facts({"refused": refused}, refused), Facts({}, words)]


def block_done(activity_id: str, *, changed: bool) -> list[Block]:
    words = "changed; draws know it within ten seconds" if changed else "it was so already"
    return [Facts({"activity_id": activity_id, "changed": changed}, f"activity {activity_id}: {words}")]


def _rows(quotas: UserQuotasAnswer) -> list[list[Value]]:
    name = quotas["activity_id"]
    if not quotas["quotas"]:
        return [[name, NO_QUOTA, None, None, None, None]]
    return [
        [name, each["period"], each["draws"], each["taken"], each["left"], _renewal(each["renews_at"])]
        for each in quotas["quotas"]
    ]


def _renewal(at: str | None) -> Told:
    """Return the moment in the activity's time zone, as people read it."""
    return Told(at, "never" if at is None else f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M} (UTC{at[-6:]})")
