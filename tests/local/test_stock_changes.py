"""Stock is topped up and lowered while draws run, by the command's own code against the deployed stack."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from played import CLIENTS, draw_all, until
from tombola.aws.clock import utc_now as now
from tombola.rules.activity_states import Action
from tombola_cli.audit.auditor import audit
from tombola_cli.audit.snapshot import read_books
from tombola_cli.errors import TombolaError
from tombola_cli.files.activity_file import read_activity
from tombola_cli.local.launch import launch
from tombola_cli.operate import activity_moves, apply
from tombola_cli.operate.api import Api
from tombola_cli.operate.stack import Stack

ONE_AWARD = """
activity_id: {activity_id}
activity_name: stock
activity_desc: that changes while draws run
time_zone: UTC
begin: 2026-01-01T00:00:00Z
end: 2035-12-31T00:00:00Z
strategy: single
awards:
  - {{ award_id: 3, award_type: 1, award_name: ipad, award_content: Code, rate: 1, stock: {stock}, peak: 160 }}
"""


def test_stock_changed_during_parallel_draws_never_oversells_and_loses_no_unit(stack: Stack, tmp_path: Path) -> None:
    api, activity_id, file = Api(stack, connections_max=CLIENTS), f"stock-{uuid.uuid4().hex[:8]}", tmp_path / "a.yaml"

    def stock(units: int) -> str:
        """Change the stock; return why it could not be."""
        file.write_text(ONE_AWARD.format(activity_id=activity_id, stock=units))
        try:
            apply.apply(read_activity(file), stack, "tests", "more or less", now())
        except TombolaError as error:
            return str(error)
        return ""

    file.write_text(ONE_AWARD.format(activity_id=activity_id, stock=40))
    launch(file, stack)
    with ThreadPoolExecutor(1) as changing:
        changes = changing.map(stock, [60, 30, 70, 50, 90, 80, 40, 100])
        drawn = draw_all(api, activity_id, [(f"{activity_id}-{number}", "key") for number in range(160)])
        refusals = [said for said in changes if said]
    assert all("are won" in said for said in refusals)
    assert len(refusals) <= 4  # to 30, 50 and 40 at the most, and 80
    assert stock(120) == ""

    won = Counter(each.reply.body["outcome"] for each in drawn)["won"]
    assert 30 <= won <= 100
    assert until(lambda: fresh(api, activity_id, 120))["stock_left"] == 120 - won
    books = read_books(stack.client("dynamodb"), stack.table_name)
    assert [breach for breach in audit(books, {}).breaches if breach.promise == "P2"] == []
    assert f"{won} are won" in stock(won - 1)


def fresh(api: Api, activity_id: str, units: int) -> Any:
    """Return the only award, once the API has forgotten the activity of before."""
    award = api.activity(activity_id).body["awards"][0]
    return award if award["stock"] == units else None


class PowerCutError(Exception):
    """The operator's machine went off."""


def test_an_apply_that_was_interrupted_is_taken_up_where_it_stopped(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    activity_id, file = f"cut-{uuid.uuid4().hex[:8]}", tmp_path / "cut.yaml"
    file.write_text(ONE_AWARD.format(activity_id=activity_id, stock=103))
    wanted = read_activity(file)

    def cut(*_: Any) -> None:
        raise PowerCutError

    for step in ("_next", "_raise"):  # before the activity is written, and before its stock is
        with monkeypatch.context() as patch:
            patch.setattr(f"tombola_cli.operate.apply.{step}", cut)
            with pytest.raises(PowerCutError):
                apply.apply(wanted, stack, "tests", "", now())
    assert apply.plan(wanted, stack).unfinished == ("3",)
    with pytest.raises(TombolaError, match="an interrupted apply left the stock of 3 unfinished"):
        activity_moves.take(Action.SUBMIT, activity_id, stack, "tests", "", now())
    assert apply.apply(wanted, stack, "tests", "again", now())
    assert apply.plan(wanted, stack).does_nothing

    # Fewer shards and less stock, as far as nobody draws yet: never more units than the activity says.
    file.write_text(ONE_AWARD.format(activity_id=activity_id, stock=50).replace("peak: 160", "peak: 40"))
    with monkeypatch.context() as patch:
        patch.setattr("tombola_cli.operate.apply._drop_unused", cut)
        with pytest.raises(PowerCutError):
            apply.apply(read_activity(file), stack, "tests", "", now())
    assert apply.plan(read_activity(file), stack).does_nothing
    books = read_books(stack.client("dynamodb"), stack.table_name)
    assert sum(item["initial"] for place, item in books.stock.items() if place[0] == activity_id) == 50


def test_an_operator_who_is_too_late_leaves_no_stock_behind(stack: Stack, tmp_path: Path) -> None:
    activity_id, file = f"late-{uuid.uuid4().hex[:8]}", tmp_path / "late.yaml"
    file.write_text(ONE_AWARD.format(activity_id=activity_id, stock=20))
    launch(file, stack)
    file.write_text(ONE_AWARD.format(activity_id=activity_id, stock=1000))
    planned = apply.plan(read_activity(file), stack)
    activity_moves.take(Action.CLOSE, activity_id, stack, "tests", "", now())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tombola_cli.operate.apply.plan", lambda *_: planned)
        with pytest.raises(TombolaError, match="changed by somebody else meanwhile"):
            apply.apply(read_activity(file), stack, "tests", "", now())

    books = read_books(stack.client("dynamodb"), stack.table_name)
    assert sum(item["initial"] for place, item in books.stock.items() if place[0] == activity_id) == 20


def test_what_players_rely_on_does_not_change_once_it_is_approved(stack: Stack, tmp_path: Path) -> None:
    activity_id, file = f"stands-{uuid.uuid4().hex[:8]}", tmp_path / "stands.yaml"
    text = ONE_AWARD.format(activity_id=activity_id, stock=10)
    file.write_text(text)
    launch(file, stack)

    for old, new, reason in (
        ("rate: 1", "rate: 0.5", "the odds are committed to"),
        ("single", "total", "players rely on it"),
        (", stock: 10", "", "it has been limited"),
        ("strategy", "quotas: { day: 1 }\nstrategy", "a limit may become another number, but not come or go"),
        ("peak: 160", "peak: 40", "draws under way know the shards of before"),
    ):
        file.write_text(text.replace(old, new))
        with pytest.raises(TombolaError, match=reason):
            apply.apply(read_activity(file), stack, "tests", "", now())
    file.write_text(text.replace("activity_name: stock", "activity_name: another").replace("2035", "2036"))
    assert apply.apply(read_activity(file), stack, "tests", "", now())
