"""Winners: those of an activity, a page at a time, and all of them as a file."""

import re
import tempfile
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query
from nicegui import ui

from tombola.rules.activity import Activity
from tombola.rules.unreadable import Unreadable
from tombola_cli.console import downloads, links, sheets, texts
from tombola_cli.console.act_buttons import Blocks, tell
from tombola_cli.console.desk import Desk
from tombola_cli.console.frame import PAGES, frame
from tombola_cli.console.trail import turn
from tombola_cli.console.trouble import Trouble, in_thread
from tombola_cli.errors import TombolaError
from tombola_cli.operate.registry import activities_in
from tombola_cli.operate.wins_export import WinExport
from tombola_cli.operate.wins_list import Listing, WinPage, WinState, listing_of, page_of
from tombola_cli.screens import win_sheets
from tombola_cli.screens.blocks import Table

PATH = "/winners"
PAGE = 100
LOOKED_AT_MAX = 2_000  # winners for one page, so that it is there within a second where a filter lets few of them pass
AS_PEOPLE_WRITE = re.compile(r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d)(:\d\d)?$")
TOLD_SECONDS = 1.0  # between two looks at how far an export has come, which ask nobody
LINKS = {
    "order_id": lambda row: links.to_order(row["user_id"], row["order_id"]),
    "user_id": lambda row: links.to_user(row["user_id"]),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which winners are asked for, in the words of the page's address; "": all."""

    activity: str = ""
    award: str = ""
    state: str = ""
    since: str = ""
    until: str = ""
    user: str = ""

    def listing(self, desk: Desk, after: str | None) -> Listing:
        read = self._as_read()
        try:
            return listing_of(
                self.activity,
                desk.stack,
                since=read.since or None,
                until=read.until or None,
                after=after,
                award_id=self.award or None,
                state=_state(self.state),
                user_id=self.user or None,
            )
        except TombolaError as error:
            words = str(error).replace("--since", texts.SINCE).replace("--until", texts.UNTIL)
            raise TombolaError(words) from None

    def command(self, desk: Desk) -> str:
        """Return the command that writes the same winners to a file."""
        named = {name: value for name, value in asdict(self._as_read()).items() if value and name != "activity"}
        options = [word for name, value in named.items() for word in (f"--{name}", value)]
        return desk.command("winners", self.activity, *options, "--csv", f"winners-{self.activity}.csv")

    def _as_read(self) -> "Asked":
        return replace(self, since=as_files_have_it(self.since), until=as_files_have_it(self.until))


def as_files_have_it(moment: str) -> str:
    """Return a time as people and the list below write it, 2027-03-01 18:30, in the form that is read."""
    return AS_PEOPLE_WRITE.sub(lambda found: f"{found[1]}T{found[2]}{found[3] or ':00'}", moment)


def register(desk: Desk) -> None:
    PAGES.append((PATH, texts.WINNERS))

    @ui.page(PATH)
    async def winners(
        activity: str = "",
        award: str = "",
        state: str = "",
        since: str = "",
        until: str = "",
        user: str = "",
        after: Annotated[list[str] | None, Query()] = None,
    ) -> None:
        asked = Asked(activity=activity, award=award, state=state, since=since, until=until, user=user)
        with frame(desk, texts.WINNERS):
            await ui.context.client.connected()  # a page that is looking for long is there meanwhile
            try:
                _form(asked, await in_thread(activities_in, desk.stack))
                if asked.activity:
                    await _list(desk, asked, after or [])
            except Trouble as trouble:
                tell(trouble)


def _state(named: str) -> WinState | None:
    if named and named not in list(WinState):
        raise TombolaError(texts.NO_SUCH_STATE.format(state=named, states=", ".join(WinState)))
    return WinState(named) if named else None


def _form(asked: Asked, found: list[Activity | Unreadable]) -> None:
    known = {each.activity_id: each for each in found if isinstance(each, Activity)}
    names = {name: f"{name} {each.activity_name}" for name, each in known.items()}
    with ui.element("form").classes("tombola-form").on("submit.prevent", lambda: _go(fields)):
        fields: dict[str, ui.select | ui.input] = {
            "activity": _select(texts.OF_ACTIVITY, asked.activity, names),
            "award": _select(texts.AWARD, asked.award, _awards(known.get(asked.activity))),
            "state": _select(texts.STATE, asked.state, {each.value: each.value for each in WinState}),
            "since": ui.input(texts.SINCE, value=asked.since),
            "until": ui.input(texts.UNTIL, value=asked.until),
            "user": ui.input(texts.USER, value=asked.user),
        }
        ui.button(texts.SHOW).props("type=submit no-caps")
    ui.label(texts.MOMENT).classes("tombola-hint")
    award = fields["award"]
    fields["activity"].on_value_change(lambda change: _offer(award, _awards(known.get(change.value))))


def _select(label: str, value: str, options: dict[str, str]) -> ui.select:
    """Show a choice, of value too where it is none of the options: the list below says so."""
    known = options if not value or value in options else {value: value, **options}
    return ui.select(known, label=label, value=value or None, clearable=True)


def _offer(award: ui.select | ui.input, options: dict[str, str]) -> None:
    if isinstance(award, ui.select):
        award.set_options(options, value=None)


def _awards(activity: Activity | None) -> dict[str, str]:
    awards = [] if activity is None else [share.award for share in activity.shares]
    return {award.award_id: f"{award.award_id} {award.award_name}" for award in awards}


def _go(fields: dict[str, ui.select | ui.input]) -> None:
    asked = {name: str(field.value or "").strip() for name, field in fields.items()}
    ui.navigate.to(links.to_winners(**asked))


async def _list(desk: Desk, asked: Asked, after: list[str]) -> None:
    listing, found = await in_thread(_page, desk, asked, after)
    _download(desk, asked)
    table, unreadable, _ = win_sheets.page(found, listing)
    zone = listing.activity.time_zone
    shown = sheets.in_zone(table, zone)
    if isinstance(shown, Table):
        sheets.show_table(shown, LINKS, rows_of_a_page=PAGE)
    sheets.show([unreadable])
    if found.next is None:
        ui.label(texts.WHOLE_UNTIL.format(at=listing.until.astimezone(ZoneInfo(zone)), zone=zone))
    elif len(found.found) < PAGE:
        ui.label(texts.LOOKED_AT.format(looked_at=LOOKED_AT_MAX)).classes("tombola-hint")
    turn(after, found.next, lambda tokens: links.to_winners(**asdict(asked), after=tokens))
    ui.label(texts.SAME_COMMAND)
    ui.label(asked.command(desk)).classes("tombola-command")


def _page(desk: Desk, asked: Asked, after: list[str]) -> tuple[Listing, WinPage]:
    listing = asked.listing(desk, after[-1] if after else None)
    return listing, page_of(listing, PAGE, desk.stack, LOOKED_AT_MAX)


def _download(desk: Desk, asked: Asked) -> None:
    button = ui.button(texts.DOWNLOAD).props("outline no-caps")
    told = ui.column().classes("tombola-wide")
    button.on_click(lambda: _export(desk, asked, button, told))


async def _export(desk: Desk, asked: Asked, button: ui.button, told: ui.column) -> None:
    rows = [0]
    told.clear()
    with told:
        so_far = ui.label(texts.LOOKING).props("role=status")
    telling = ui.timer(TOLD_SECONDS, lambda: so_far.set_text(texts.ROWS_WRITTEN.format(rows=rows[0])))
    button.disable()
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "winners.csv")
            done = await in_thread(_written, desk, asked, path, rows)
            telling.cancel()
            told.clear()
            with told:
                sheets.show(done)
            downloads.offer(path, f"winners-{asked.activity}.csv")
    except Trouble as trouble:
        told.clear()
        with told:
            tell(trouble, button)
    finally:
        telling.cancel()
        button.enable()


def _written(desk: Desk, asked: Asked, path: Path, rows: list[int]) -> Blocks:
    def told(written: int, _: datetime) -> None:
        rows[0] = written

    listing = asked.listing(desk, None)
    done = WinExport(listing, path, desk.stack).run(told)
    return win_sheets.exported(listing, Path(f"winners-{asked.activity}.csv"), done)
