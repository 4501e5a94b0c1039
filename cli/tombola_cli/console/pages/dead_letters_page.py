"""Dead letters: which messages could not be worked on, why each lies there, and sending or dropping them."""

from collections.abc import Sequence

from nicegui import ui

from tombola_cli.console import long_work, sheets, texts
from tombola_cli.console.act_buttons import LookAgain, button, tell
from tombola_cli.console.desk import Desk
from tombola_cli.console.frame import PAGES, frame
from tombola_cli.console.letter_choice import of_letters, of_reason, of_this
from tombola_cli.console.long_work import LongWork
from tombola_cli.console.order_choice import address
from tombola_cli.console.trouble import Trouble, in_thread
from tombola_cli.operate.dead_letters import DeadLetter, Reason, looked_at
from tombola_cli.screens import dead_letter_sheets
from tombola_cli.screens.blocks import Table

PATH = "/dead-letters"
LIMIT = 100  # rows
HIDDEN = ("message_id", "receives")  # which the command needs, and a page has boxes for


def register(desk: Desk) -> None:
    PAGES.append((PATH, texts.DEAD_LETTERS))
    work = LongWork()

    @ui.page(PATH)
    def dead_letters(reason: str = "") -> None:
        chosen = Reason(reason) if reason in set(Reason) else None
        with frame(desk, texts.DEAD_LETTERS):
            ui.label(texts.TOLD_DEAD)
            _shown(desk, chosen, work)


def _shown(desk: Desk, reason: Reason | None, work: LongWork) -> None:
    under_way = ui.column().classes("tombola-wide")
    with ui.row().classes("tombola-filters"):
        options = {"": texts.ANY_KIND, **{each.value: each.value for each in Reason}}
        kind = ui.select(options, label=texts.OF_KIND, value=reason or "").classes("tombola-field")
        kind.on_value_change(lambda: ui.navigate.to(f"{PATH}?reason={kind.value}" if kind.value else PATH))
        again = ui.button(texts.LOOK_AGAIN).props("outline no-caps")
    table = ui.column().classes("tombola-wide")

    async def look() -> None:
        again.disable()
        await _look(desk, reason, table, look, work)
        again.enable()

    again.on_click(look)
    with under_way:
        long_work.show(work, look)
    ui.timer(0, look, once=True)


async def _look(desk: Desk, reason: Reason | None, table: ui.column, again: LookAgain, work: LongWork) -> None:
    table.clear()
    with table:
        ui.label(texts.LOOKING).props("role=status")
    try:
        found, whole = await in_thread(looked_at, of_this(reason), LIMIT, desk.stack)
    except Trouble as trouble:
        table.clear()
        with table:
            return tell(trouble)
    if table.is_deleted:  # nobody looks any more
        return None
    table.clear()
    with table:
        return _rows(desk, reason, found, again, work, whole=whole)


def _rows(
    desk: Desk, reason: Reason | None, found: Sequence[DeadLetter], again: LookAgain, work: LongWork, *, whole: bool
) -> None:
    listing, *rest = (sheets.without(each, HIDDEN) for each in dead_letter_sheets.listing(found, whole=whole))
    acts = ui.row().classes("tombola-acts")

    def choose(places: Sequence[int]) -> None:
        acts.clear()
        offered = (
            of_letters(desk, [found[place] for place in places], work)
            if places
            else of_reason(desk, reason, found, work)
        )
        with acts:
            for act in offered if found else []:
                button(act, again)

    choose([])
    if isinstance(listing, Table):
        on_select = (lambda event: choose([row["id"] for row in event.selection])) if found else None
        sheets.show_table(listing, {"order_id": address}, on_select)
    sheets.show(rest)
