"""Pools: how many codes each has, which have too few, and the import of more."""

from collections.abc import Callable

from nicegui import events, ui

from tombola_cli.console import long_work, texts
from tombola_cli.console.act_buttons import LookAgain, button
from tombola_cli.console.code_drop import CodeImport
from tombola_cli.console.desk import Desk
from tombola_cli.console.dropped_files import Tray
from tombola_cli.console.file_drop import file_drop
from tombola_cli.console.frame import PAGES, frame
from tombola_cli.console.long_work import LongWork
from tombola_cli.console.pool_counts import PoolCounts
from tombola_cli.errors import TombolaError

PATH = "/pools"
MEGABYTE = 2**20
FILE_BYTES_MAX = 64 * MEGABYTE  # some two million codes: this process holds a file for a moment


def register(desk: Desk) -> None:
    PAGES.append((PATH, texts.POOLS))
    tray, work, counts = Tray(), LongWork(), PoolCounts(desk.stack)

    @ui.page(PATH)
    def pools() -> None:
        async def look() -> None:
            offer()
            counts.since(work.runs - work.is_running)

        def opened() -> None:
            offer()
            counts.since(work.runs - work.is_running, opened=True)

        with frame(desk, texts.POOLS):
            long_work.show(counts.work, look)
            ui.button(texts.COUNT_AGAIN, on_click=lambda: _count(counts)).props("outline no-caps")
            offer = _import(desk, tray, work, counts, look)
            long_work.show(work, look, offer)
            ui.timer(0, opened, once=True)


def _count(counts: PoolCounts) -> None:
    try:
        counts.again()
    except TombolaError as error:
        ui.notify(str(error), type="warning")


def _import(desk: Desk, tray: Tray, work: LongWork, counts: PoolCounts, look: LookAgain) -> Callable[[], None]:
    ui.label(texts.IMPORT).classes("text-h6").props("role=heading aria-level=2")
    ui.label(texts.CODES_FORM)
    pool = ui.input(texts.POOL, value=tray.pool).classes("tombola-field")

    async def dropped(event: events.UploadEventArguments) -> None:
        place = tray.empty(event.file.name)
        await event.file.save(place.path)
        tray.dropped = place
        offer()

    def too_large() -> None:
        ui.notify(texts.CODES_TOO_LARGE.format(size=FILE_BYTES_MAX // MEGABYTE), type="warning")

    file_drop(texts.DROP_CODES, FILE_BYTES_MAX, dropped, too_large)
    box = ui.column().classes("tombola-wide")

    def offer() -> None:
        tray.pool = (pool.value or "").strip()
        pool.set_autocomplete(list(counts.pools))
        box.clear()
        if tray.dropped is None:
            return
        size = tray.dropped.path.stat().st_size
        with box:
            ui.label(texts.DROPPED.format(name=tray.dropped.name, size=size))
            if tray.pool:
                button(CodeImport(desk=desk, tray=tray, pool=tray.pool, dropped=tray.dropped, work=work).act(), look)
            else:
                ui.label(texts.NAME_A_POOL)

    pool.on_value_change(offer)
    return offer
