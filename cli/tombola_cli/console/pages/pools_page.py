"""Pools: how many codes each has, which have too few, and the import of more."""

from collections.abc import Callable, Sequence
from datetime import datetime

from nicegui import events, ui

from tombola.rules.activity import Activity
from tombola.rules.activity_states import ActivityState
from tombola_cli.console import long_work, sheets, texts
from tombola_cli.console.act_buttons import LookAgain, button, tell
from tombola_cli.console.code_drop import CodeImport
from tombola_cli.console.desk import Desk
from tombola_cli.console.dropped_files import Tray
from tombola_cli.console.file_drop import file_drop
from tombola_cli.console.frame import PAGES, frame
from tombola_cli.console.long_work import LOOK_SECONDS, LongWork, Progress
from tombola_cli.console.trouble import Trouble, in_thread
from tombola_cli.operate.code_counts import counted, pools_in
from tombola_cli.operate.pool_shortage import shortages
from tombola_cli.operate.registry import activities_in
from tombola_cli.operate.stack import Stack
from tombola_cli.screens import code_sheets
from tombola_cli.screens.blocks import Block, Facts

PATH = "/pools"
MEGABYTE = 2**20
FILE_BYTES_MAX = 64 * MEGABYTE  # some two million codes: this process holds a file for a moment


def register(desk: Desk) -> None:
    PAGES.append((PATH, texts.POOLS))
    tray, work = Tray(), LongWork()

    @ui.page(PATH)
    def pools() -> None:
        with frame(desk, texts.POOLS):
            counts = ui.column().classes("tombola-wide")

            async def look() -> None:
                offer()
                await _count(desk.stack, counts)

            offer = _import(desk, tray, work, look)

            long_work.show(work, look, offer)
            ui.timer(0, look, once=True)


async def _count(stack: Stack, counts: ui.column) -> None:
    """Show how many codes there are, and then what is short of them."""
    progress = Progress()
    counts.clear()
    with counts:
        box = ui.column().classes("tombola-wide")
        with box:
            timer = ui.timer(LOOK_SECONDS, long_work.bar(progress, texts.COUNTING))
        for look in (_counted, _short):
            try:
                blocks = await in_thread(look, stack, progress)
            except Trouble as trouble:
                tell(trouble)
            else:
                sheets.show(blocks)
        timer.cancel()
        box.delete()


def _counted(stack: Stack, progress: Progress) -> Sequence[Block]:
    now = stack.now()
    found = [
        counted(pool, stack, now, lambda codes: progress.tell(codes, None, texts.CODES)) for pool in pools_in(stack)
    ]
    return code_sheets.pools(found)


def _short(stack: Stack, _: Progress) -> Sequence[Block]:
    now = stack.now()
    activities = [each for each in activities_in(stack) if isinstance(each, Activity) and _may_be_drawn(each, now)]
    found = [
        texts.OF_THE_ACTIVITY.format(activity_id=activity.activity_id, words=words)
        for activity in activities
        for words in shortages(activity, stack, now)
    ]
    return [code_sheets.shortages(found)] if found else [Facts({}, texts.NO_SHORTAGE)]


def _may_be_drawn(activity: Activity, now: datetime) -> bool:
    """Return whether somebody may still win something of activity."""
    return activity.state is not ActivityState.CLOSE and activity.end > now


def _import(desk: Desk, tray: Tray, work: LongWork, look: LookAgain) -> Callable[[], None]:
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
