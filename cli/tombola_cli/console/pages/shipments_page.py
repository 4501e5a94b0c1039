"""Shipments: the parcels of each activity, counted; exporting a batch to a file, and marking it from a carrier's."""

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

from fastapi import Query
from nicegui import events, ui

from tombola_cli.console import downloads, links, sheets, texts
from tombola_cli.console.act_buttons import Act, Blocks, button, tell
from tombola_cli.console.desk import Desk
from tombola_cli.console.disclosure import note
from tombola_cli.console.dropped_files import Dropped, Tray
from tombola_cli.console.file_drop import file_drop
from tombola_cli.console.frame import PAGES, frame
from tombola_cli.console.trail import turn
from tombola_cli.console.trouble import Trouble, in_thread
from tombola_cli.errors import TombolaError
from tombola_cli.operate import shipment_export, shipment_lists
from tombola_cli.operate.activity_moves import found
from tombola_cli.operate.registry import activities_in
from tombola_cli.operate.shipment_marks import mark_shipments
from tombola_cli.screens import shipment_sheets
from tombola_cli.screens.blocks import Facts, Table

PATH = "/shipments"
PAGE = 100
UPLOAD_MAX = 64_000_000  # bytes: some 200,000 parcels with their addresses
MEGABYTE = 1_000_000
A_FILE = "FILE.csv"
Again = Callable[[], Awaitable[None]]
LINKS = {
    "order_id": lambda row: links.to_order(row["user_id"], row["order_id"]),
    "user_id": lambda row: links.to_user(row["user_id"]),
}


def register(desk: Desk) -> None:
    PAGES.append((PATH, texts.SHIPMENTS))

    @ui.page(PATH)
    async def shipments(
        activity: str = "", batch: str = "", after: Annotated[list[str] | None, Query()] = None
    ) -> None:
        with frame(desk, texts.SHIPMENTS):
            await ui.context.client.connected()
            with ui.column().classes("tombola-wide") as body:
                await _look(desk, activity, batch, after or [], body)


async def _look(desk: Desk, activity: str, batch: str, after: list[str], body: ui.column) -> None:
    async def again() -> None:
        await _look(desk, activity, batch, after, body)

    body.clear()
    with body:
        try:
            if not activity:
                return await _all(desk)
            ui.link(texts.ALL_PARCELS, PATH).classes("tombola-link")
            zone = (await in_thread(found, activity, desk.stack)).time_zone  # or there is no such activity
            await _counts(desk, activity, zone, again)
            await _parcels(desk, activity, zone, batch, after)
        except Trouble as trouble:
            tell(trouble)


async def _all(desk: Desk) -> None:
    def look() -> Table:
        activities = shipment_lists.with_parcels(activities_in(desk.stack))
        return shipment_sheets.by_activity(shipment_lists.counted_each(activities, desk.stack))

    sheets.show_table(await in_thread(look), {"activity_id": lambda row: links.to_shipments(row["activity_id"])})


async def _counts(desk: Desk, activity: str, zone: str, again: Again) -> None:
    count = await in_thread(shipment_lists.counted, activity, desk.stack)
    leading = {"batch": lambda row: links.to_shipments(activity, batch=row["batch"])}
    sheets.show([sheets.in_zone(each, zone) for each in shipment_sheets.counts(activity, count)], leading)
    if count.new or any(each.batch.finished_at is None for each in count.batches):
        _export(desk, activity, again)
    written_before = [each.batch.name for each in count.batches if each.batch.finished_at is not None]
    if written_before:
        with ui.row().classes("tombola-form"):
            chosen = ui.select(written_before, label=texts.BATCH, value=written_before[-1])
            _export_again(desk, activity, chosen, again)
    ui.label(texts.ADDRESSES_HINT).classes("tombola-hint")
    if count.batches:
        _mark(desk, activity, again)


async def _parcels(desk: Desk, activity: str, zone: str, batch: str, after: list[str]) -> None:
    """Show the orders of a batch, or of the new parcels, without their addresses."""
    title = texts.PARCELS_OF.format(batch=batch) if batch else texts.PARCELS_NEW.format(activity_id=activity)
    ui.label(title).classes("text-h6").props("role=heading aria-level=2")
    page = await in_thread(_listed, desk, activity, batch, after)
    table, unreadable = (sheets.in_zone(each, zone) for each in shipment_sheets.parcels(page, new=not batch)[:2])
    if isinstance(table, Table):
        sheets.show_table(table, LINKS, rows_of_a_page=PAGE)
    sheets.show([unreadable])
    following = None if page.next is None else str(page.next)
    turn(after, following, lambda tokens: links.to_shipments(activity, batch=batch, after=tokens))


def _listed(desk: Desk, activity: str, batch: str, after: list[str]) -> shipment_lists.Page:
    if after and not after[-1].isdecimal():
        raise TombolaError(texts.NO_ORDER_NUMBER.format(order_id=after[-1]))
    if batch:
        shipment_lists.known_batch(activity, batch, desk.stack)
    behind = int(after[-1]) if after else None
    return shipment_lists.listed(activity, batch or None, PAGE, behind, desk.stack)


def written(desk: Desk, activity: str, batch: str | None) -> tuple[Blocks, str | None]:
    """Write the addresses of the next batch, or of one once more, and put on record that the operator asked.

    Return what is told, and where the browser gets the file, None if there is none.
    """
    note(desk, "the addresses of a batch", activity_id=activity, batch=batch or "the next")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, A_FILE)
        if batch is None:
            done = shipment_export.export_shipments(activity, path, desk.stack)
        else:
            done = shipment_export.export_again(activity, batch, path, desk.stack)
        name = f"shipments-{activity}-{done.batch.name if done.batch else ''}.csv"
        address = downloads.kept(path, name) if path.exists() else None
    told = shipment_sheets.exported(activity, Path(name), done)
    if done.batch is not None and done.continued:
        return [Facts({}, shipment_sheets.continued(done.batch, closed_before=done.closed_before)), *told], address
    return told, address


def _export(desk: Desk, activity: str, again: Again) -> None:
    def plan() -> Blocks:
        return shipment_sheets.outlook(shipment_lists.counted(activity, desk.stack))

    words = (texts.EXPORT, texts.ASK_EXPORT)
    command = desk.command("shipments", "export", "--csv", A_FILE, ids=(activity,))
    _file_button(words, lambda: command, plan, lambda: written(desk, activity, None), again)


def _export_again(desk: Desk, activity: str, chosen: ui.select, again: Again) -> None:
    def batch() -> str:
        if not chosen.value:
            raise TombolaError(texts.CHOOSE_BATCH)
        return str(chosen.value)

    def plan() -> Blocks:
        return [Facts({}, texts.PARCELS_OF.format(batch=batch()))]

    def command() -> str:
        return desk.command("shipments", "export", "--csv", A_FILE, "--batch", str(chosen.value), ids=(activity,))

    words = (texts.AGAIN, texts.ASK_AGAIN)
    _file_button(words, command, plan, lambda: written(desk, activity, batch()), again)


def _file_button(
    words: tuple[str, str],
    command: Callable[[], str],
    plan: Callable[[], Blocks],
    write: Callable[[], tuple[Blocks, str | None]],
    again: Again,
) -> None:
    """Show the button of an act that makes a file, which the browser fetches once the act is done."""
    made: list[str] = []

    def run(_: str) -> Blocks:
        told, address = write()
        made.extend([address] if address else [])
        return told

    async def after() -> None:
        while made:
            ui.download.from_url(made.pop())
        await again()

    label, question = words
    act = Act(label=label, question=question, command=lambda _: command(), plan=plan, run=run, asks_why=False)
    button(act, after)


def _mark(desk: Desk, activity: str, again: Again) -> None:
    """Take a carrier's file, and offer to mark its parcels once it was looked at."""
    ui.label(texts.MARK_HINT)
    tray = Tray()
    ui.context.client.on_delete(tray.clear)

    async def taken(dropped: events.UploadEventArguments) -> None:
        file = tray.empty(dropped.file.name)
        await dropped.file.save(file.path)
        tray.dropped = file
        offered.clear()
        with offered:
            ui.label(texts.DROPPED.format(name=file.name, size=file.path.stat().st_size))
            button(marking(desk, activity, tray, file), again)

    def refused() -> None:
        offered.clear()
        with offered:
            tell(Trouble(texts.TOO_LARGE.format(megabytes=UPLOAD_MAX // MEGABYTE)))

    file_drop(texts.DROP, UPLOAD_MAX, taken, refused)
    offered = ui.column().classes("tombola-wide")


def marking(desk: Desk, activity: str, tray: Tray, file: Dropped) -> Act:
    """Return the act that marks the parcels which a file in the tray names, and removes the file."""

    def marked(*, dry_run: bool) -> Blocks:
        try:
            done = mark_shipments(activity, file.path, desk.stack, dry_run=dry_run)
        except TombolaError as error:  # it knows the file by the name that it has here
            raise TombolaError(str(error).replace(str(file.path), file.name)) from None
        return shipment_sheets.marked(Path(file.name), done, dry_run=dry_run)

    def run(_: str) -> Blocks:
        tray.take(file)
        try:
            return marked(dry_run=False)
        finally:
            file.remove()

    return Act(
        label=texts.MARK,
        question=texts.ASK_MARK.format(name=file.name),
        command=lambda _: desk.command("shipments", "mark", ids=(activity, file.name)),
        plan=lambda: marked(dry_run=True),
        run=run,
        asks_why=False,
    )
