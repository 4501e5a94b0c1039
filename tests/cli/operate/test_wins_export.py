"""The export of winners: nobody is missing, nobody is there twice, whatever ends it and whoever draws meanwhile."""

import csv
import random
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from builders import NOON, SECOND, a_lost_order, an_activity, an_award, an_order
from desk import Desk, a_desk
from tombola.aws.items import number, order_from, order_item
from tombola.rules.order import GrantState
from tombola.rules.wins import win_key
from tombola_cli.errors import TombolaError
from tombola_cli.operate import wins_export, wins_list
from tombola_cli.operate.wins_export import COLUMNS, WinExport
from tombola_cli.operate.wins_list import ON_ITS_WAY, Win, listing_of, page_of

SHARDS = 3
WINS = 120
PAGES_UNDER_DRAWS = 40


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for name, size in {"ROWS": 4}.items():
        monkeypatch.setattr(wins_export, name, size)
    for name, size in {"KEYS_MAX": 10, "PAGE": 7}.items():
        monkeypatch.setattr(wins_list, name, size)
    with a_desk(monkeypatch) as desk:
        desk.now = NOON + timedelta(hours=1)
        desk.ledger.apply(an_activity(win_shards=SHARDS), {})
        desk.put(*(a_win(order_id) for order_id in range(WINS)))
        yield desk


def a_win(order_id: int, **changes: Any) -> Any:
    fields = {"win": win_key("100001", order_id % SHARDS), "drawn_at": NOON + order_id // 7 * SECOND}
    return an_order(order_id, **{**fields, **changes})


def export(desk: Desk, path: Path, after: str | None = None, **asked: Any) -> WinExport:
    return WinExport(listing_of("100001", desk.stack, after=after, **asked), path, desk.stack)


def cells(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert tuple(header) == COLUMNS
    return rows


def ids(path: Path) -> list[int]:
    return [int(row[COLUMNS.index("order_id")]) for row in cells(path)]


def test_a_file_has_a_row_for_each_winner_and_only_its_owner_may_read_it(desk: Desk, tmp_path: Path) -> None:
    desk.put(a_win(0, grant_state=GrantState.GRANTED, granted_at=NOON + SECOND, award=an_award(award_name="马,克杯")))
    path = tmp_path / "winners.csv"

    done = export(desk, path).run()

    assert (done.rows, done.unreadable, done.size) == (WINS, 0, path.stat().st_size)
    assert sorted(ids(path)) == list(range(WINS))
    times = "2026-11-23T12:00:00.000+00:00", "2026-11-23T12:00:01.000+00:00"
    assert cells(path)[0] == [times[0], "xiaofuge", "0", "3", "1", "马,克杯", "won", "granted", times[1]]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("user_id", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_cell_that_begins_like_a_formula_is_quoted(desk: Desk, tmp_path: Path, user_id: str) -> None:
    desk.put(a_win(500, user_id=user_id, award=an_award("3", award_name=user_id)))

    export(desk, tmp_path / "winners.csv", since="2026-11-23T12:01:00").run()

    (row,) = cells(tmp_path / "winners.csv")
    assert (row[1], row[5]) == (f"'{user_id}", f"'{user_id}")


class EndedError(Exception):
    """What a test ends an export with."""


def ended_after(rows: int) -> Any:
    def tell(written: int, _: datetime) -> None:
        if written >= rows:
            raise EndedError

    return tell


@pytest.mark.parametrize("rows", range(1, WINS, 9))
def test_an_export_that_ended_early_goes_on_in_the_same_file(desk: Desk, tmp_path: Path, rows: int) -> None:
    whole, path = tmp_path / "whole.csv", tmp_path / "winners.csv"
    export(desk, whole).run()
    first = export(desk, path)
    with pytest.raises(EndedError):
        first.run(ended_after(rows))
    assert first.done.last is not None
    assert ids(path) == ids(whole)[: first.done.rows]

    export(desk, path, first.done.last.token()).run()

    assert path.read_bytes() == whole.read_bytes()


def test_of_a_row_that_was_begun_when_all_ended_nothing_stays(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, path, lines = tmp_path / "whole.csv", tmp_path / "winners.csv", wins_export._lines
    export(desk, whole).run()

    def cut(wins: Any) -> bytes:
        if wins[0].order_id > WINS / 2:
            monkeypatch.setattr(wins_export, "_lines", lines)
            monkeypatch.setattr(wins_export, "Written", ended)
        return lines(wins)

    def ended(**_: Any) -> None:  # between the write and the note of it
        monkeypatch.setattr(wins_export, "Written", type(first.done))
        raise KeyboardInterrupt

    monkeypatch.setattr(wins_export, "_lines", cut)
    first = export(desk, path)
    with pytest.raises(KeyboardInterrupt):
        first.run()
    assert path.stat().st_size == first.done.size
    assert first.done.last is not None

    export(desk, path, first.done.last.token()).run()

    assert path.read_bytes() == whole.read_bytes()


def test_an_export_that_ended_before_its_first_row_leaves_no_file(desk: Desk, tmp_path: Path) -> None:
    desk.ledger.dynamodb.meta.events.register("before-call.dynamodb.BatchGetItem", ended_at_once, "ends")
    try:
        with pytest.raises(EndedError):
            export(desk, tmp_path / "winners.csv").run()
    finally:
        desk.ledger.dynamodb.meta.events.unregister("before-call.dynamodb.BatchGetItem", unique_id="ends")

    assert list(tmp_path.iterdir()) == []


def ended_at_once(**_: Any) -> None:
    raise EndedError


def test_a_file_that_is_there_is_not_overwritten(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "winners.csv"
    path.write_text("mine")

    with pytest.raises(TombolaError, match="is there already: name another file, or go on with it"):
        export(desk, path).run()
    with pytest.raises(TombolaError, match="cannot be written: No such file"):
        export(desk, tmp_path / "none" / "winners.csv").run()

    assert path.read_text() == "mine"


def test_an_item_that_cannot_be_read_is_counted_and_hides_no_other(desk: Desk, tmp_path: Path) -> None:
    desk.ledger.put_item(order_item(a_win(5)) | {"grant_state": number(9)})

    done = export(desk, tmp_path / "winners.csv").run()

    assert (done.rows, done.unreadable) == (WINS - 1, 1)
    assert 5 not in ids(tmp_path / "winners.csv")


class Draws:
    """Draws that go on, each of which is written up to ON_ITS_WAY after it looked at the clock."""

    def __init__(self, desk: Desk, chance: random.Random) -> None:
        self.desk, self.chance = desk, chance
        self.order_ids = iter(range(1_000, 90_000))
        self.under_way = list[Any]()

    def go_on(self) -> None:
        """Let time go on, let draws begin, and let those be written whose time has come, in any order."""
        self.desk.now += self.chance.randrange(1, 3_000) * SECOND / 1_000
        for order_id in (next(self.order_ids) for _ in range(self.chance.randrange(4))):
            order = (a_lost_order if self.chance.random() < 0.3 else a_win)(order_id, drawn_at=self.desk.now)
            self.under_way.append((self.desk.now + self.chance.random() * ON_ITS_WAY, order))
        for entry in [each for each in self.under_way if each[0] <= self.desk.now]:
            self.under_way.remove(entry)
            self.desk.put(entry[1])

    def end(self) -> None:
        """Let all be written that is under way."""
        self.desk.now += timedelta(minutes=1)
        self.go_on()

    def on_record(self) -> dict[int, datetime]:
        """Return the wins that a scan finds, with the time of each."""
        scan = (item for item in self.desk.ledger.items() if item["sk"]["S"].startswith("ORDER#") and "award" in item)
        return {order.order_id: order.drawn_at for order in map(order_from, scan)}


@pytest.mark.parametrize("seed", range(3))
def test_under_draws_interrupted_and_resumed_nobody_is_missing_or_there_twice(
    desk: Desk, tmp_path: Path, seed: int
) -> None:
    """In the end a scan has the same winners."""
    chance, path, token = random.Random(seed), tmp_path / "winners.csv", None  # noqa: S311 - the same seed, the same run
    desk.now = NOON + timedelta(minutes=5)
    draws = Draws(desk, chance)

    def tell(*_: Any) -> None:
        draws.go_on()
        if chance.random() < 0.1:
            raise KeyboardInterrupt

    for _ in range(16):
        run = export(desk, path, token)
        with suppress(KeyboardInterrupt):
            run.run(tell)
        token = token if run.done.last is None else run.done.last.token()
        for _ in range(5):
            draws.go_on()
    draws.end()
    export(desk, path, token).run()

    assert len(draws.on_record()) > WINS + 100
    assert sorted(ids(path)) == sorted(draws.on_record())


@pytest.mark.parametrize("limit", [1, 5, 100])
def test_pages_under_draws_list_everybody_once(desk: Desk, limit: int) -> None:
    chance, found, token = random.Random(limit), list[int](), None  # noqa: S311 - the same seed, the same run
    desk.now = NOON + timedelta(seconds=25)
    draws = Draws(desk, chance)
    for pages in count():
        asked = listing_of("100001", desk.stack, after=token)
        page = page_of(asked, limit, desk.stack)
        found += [win.order_id for win in page.found if isinstance(win, Win)]
        if page.next is None:
            break
        token = page.next
        if pages < PAGES_UNDER_DRAWS:  # else a page of one would never reach the end
            draws.go_on()
    draws.end()

    assert sorted(found) == sorted(order_id for order_id, at in draws.on_record().items() if at <= asked.until)


def test_a_file_that_goes_on_beyond_the_token_already_is_left_as_it_is(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "winners.csv"
    first = export(desk, path)
    with pytest.raises(EndedError):
        first.run(ended_after(9))
    assert first.done.last is not None
    token = first.done.last.token()
    export(desk, path, token).run()
    before = path.read_bytes()

    with pytest.raises(TombolaError, match="goes on beyond --after already: its last row was drawn later"):
        export(desk, path, token).run()

    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [None, "", "any,other,table\n1,2,3\n"], ids=["none", "empty", "another"])
def test_an_export_goes_on_with_no_file_but_its_own(desk: Desk, tmp_path: Path, content: str | None) -> None:
    path, first = tmp_path / "winners.csv", export(desk, tmp_path / "whole.csv")
    first.run()
    assert first.done.last is not None
    if content is not None:
        path.write_text(content)

    with pytest.raises(TombolaError, match=r"is not there: --after goes on|is no list of winners"):
        export(desk, path, first.done.last.token()).run()

    assert (path.read_text() if path.exists() else None) == content
