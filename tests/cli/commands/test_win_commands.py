"""The commands about wins, as an operator types them."""

import csv
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from builders import NOON, SECOND, an_activity, an_order
from desk import Desk, a_desk
from tombola.aws.items import number, order_item
from tombola.rules.order import GrantState
from tombola_cli.operate import wins_export, wins_list

WINS = 150


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        desk.now = NOON + timedelta(hours=1)
        desk.ledger.apply(an_activity(), {})
        desk.put(*(a_win(order_id) for order_id in range(WINS)))
        yield desk


def a_win(order_id: int, **changes: Any) -> Any:
    return an_order(order_id, **{"win": "100001#00", "drawn_at": NOON + order_id * SECOND, **changes})


def ids(said: Any) -> list[str]:
    return [win["order_id"] for win in said["winners"]]


def test_a_page_has_a_hundred_winners_and_tells_how_it_goes_on(desk: Desk) -> None:
    out = desk.run("winners", "100001").out

    (token,) = re.findall(r"there is more: --after (\S+)", out)
    assert out.count("xiaofuge") == 100
    rest = desk.run("winners", "100001", "--after", token).out
    assert rest.count("xiaofuge") == 50
    assert "whole until 2026-11-23 12:59:45 UTC: later wins may still be on their way" in rest


def test_json_has_them_all_as_one_document_and_a_page_where_one_is_asked_for(desk: Desk) -> None:
    whole, page = desk.json("winners", "100001"), desk.json("winners", "100001", "--limit", 7)

    assert ids(whole) == [str(order_id) for order_id in range(WINS)]
    assert (whole["next"], whole["until"], whole["unreadable"]) == (None, "2026-11-23T12:59:45+00:00", [])
    assert (ids(page), page.keys()) == (ids(whole)[:7], whole.keys())
    assert page["winners"] == whole["winners"][:7]
    assert whole["winners"][0] == {
        "drawn_at": "2026-11-23T12:00:00+00:00",
        "user_id": "xiaofuge",
        "order_id": "0",
        "award_id": "3",
        "award_type": 1,
        "award_name": "ipad",
        "outcome": "won",
        "state": "waiting",
        "granted_at": None,
    }


def test_an_activity_without_winners_has_an_empty_list_in_every_form(desk: Desk, tmp_path: Path) -> None:
    asked = ("winners", "100001", "--since", "2026-11-24")

    assert desk.json(*asked)["winners"] == []
    assert desk.run(*asked).out.startswith("drawn (UTC)")
    assert desk.json(*asked, "--csv", tmp_path / "a.csv")["exported"] == 0


def test_winners_are_chosen_by_award_state_and_time(desk: Desk) -> None:
    desk.put(a_win(3, grant_state=GrantState.PARKED))

    assert ids(desk.json("winners", "100001", "--state", "parked")) == ["3"]
    assert ids(desk.json("winners", "100001", "--award", "3", "--until", "2026-11-23T12:00:01")) == ["0", "1"]
    assert desk.run("winners", "100001", "--state", "won").status == 2
    assert "has no award 9" in desk.run("winners", "100001", "--award", "9").err


def test_an_export_that_is_stopped_tells_the_token_to_go_on_with(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, read = tmp_path / "winners.csv", wins_list._Reader.read

    def stopped(self: Any, entries: Any) -> Any:
        if entries[0].sk > f"ORDER#{99:019d}":
            raise KeyboardInterrupt
        return read(self, entries)

    monkeypatch.setattr(wins_list._Reader, "read", stopped)
    monkeypatch.setattr(wins_export, "ROWS", 30)
    done = desk.run("winners", "100001", "--csv", path)
    monkeypatch.setattr(wins_list._Reader, "read", read)

    (token,) = re.findall(r"90 winners are in \S+, and the same command with --after (\S+) goes on", done.err)
    assert done.status != 0
    assert desk.json("winners", "100001", "--csv", path, "--after", token)["exported"] == 60
    with path.open(newline="") as file:
        assert [row["order_id"] for row in csv.DictReader(file)] == [str(order_id) for order_id in range(WINS)]


def test_a_document_that_is_stopped_tells_the_token_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    read = wins_list._Reader.read

    def stopped(self: Any, entries: Any) -> Any:
        if entries[0].sk > f"ORDER#{99:019d}":
            raise KeyboardInterrupt
        return read(self, entries)

    monkeypatch.setattr(wins_list._Reader, "read", stopped)
    done = desk.run("winners", "100001", "--json")
    monkeypatch.setattr(wins_list._Reader, "read", read)

    (token,) = re.findall(r"--after (\S+) goes on behind the last winner", done.err)
    assert ids(desk.json("winners", "100001", "--after", token)) == [str(order_id) for order_id in range(100, WINS)]


@pytest.mark.parametrize("form", [["--json"], ["--limit", "1000"], ["--csv", "a.csv"]])
def test_an_item_that_cannot_be_read_makes_the_exit_status_one(
    desk: Desk, form: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    desk.ledger.put_item(order_item(a_win(5)) | {"grant_state": number(9)})

    done = desk.run("winners", "100001", *form)

    assert done.status == 1
    if form == ["--json"]:
        (hurt,) = json.loads(done.out)["unreadable"]
        assert hurt["because"] == "grant_state cannot be read"


def test_a_limit_is_for_pages(desk: Desk) -> None:
    assert desk.run("winners", "100001", "--csv", "a.csv", "--limit", "5").status == 2


def test_old_wins_are_put_into_the_index(desk: Desk) -> None:
    desk.put(an_order(500))

    assert desk.json("orders", "index-wins") == {"filled": 1, "unreadable": 0}
    assert "500" in ids(desk.json("winners", "100001"))
