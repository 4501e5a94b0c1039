"""Waiting: each prize that is not granted, by what it waits for, and what an operator may do with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from nicegui import ui

from tombola.rules.order import Order
from tombola_cli.console import links, long_work, order_choice, sheets, texts
from tombola_cli.console.act_buttons import LookAgain, button, tell
from tombola_cli.console.desk import Desk
from tombola_cli.console.frame import PAGES, frame
from tombola_cli.console.long_work import LongWork
from tombola_cli.console.trail import turn
from tombola_cli.console.trouble import Trouble, in_thread
from tombola_cli.operate import order_lists
from tombola_cli.operate.order_lists import Filter, View
from tombola_cli.operate.parked_codes import lacking
from tombola_cli.operate.registry import shared_zone
from tombola_cli.screens import order_sheets
from tombola_cli.screens.blocks import Block, Table

PATH = "/waiting"
LIMIT = 100  # rows of a page
VIEWS = {
    View.PARKED: (texts.VIEW_PARKED, texts.TOLD_PARKED),
    View.BY_HAND: (texts.VIEW_BY_HAND, texts.TOLD_BY_HAND),
    View.UNCLAIMED: (texts.VIEW_UNCLAIMED, texts.TOLD_UNCLAIMED),
    View.FAILING: (texts.VIEW_FAILING, texts.TOLD_FAILING),
    View.OVERDUE: (texts.VIEW_OVERDUE, texts.TOLD_OVERDUE),
    View.UNREADABLE: (texts.VIEW_UNREADABLE, texts.TOLD_UNREADABLE),
}
# What tells nothing about the orders of a list, and would take the room of the reason.
HIDDEN = {View.PARKED: ("due_at", "failures"), View.BY_HAND: ("due_at",), View.UNCLAIMED: ("failures",)}
WITH_A_REASON = (View.PARKED, View.FAILING)
LEADING = {
    "order_id": order_choice.address,
    "user_id": lambda row: links.to_user(str(row["user_id"])),
    "activity_id": lambda row: links.to_activity(str(row["activity_id"])),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the address of the page asks for."""

    view: View
    wanted: Filter
    after: Sequence[str]  # the words that led here, page by page

    def address(self, **changes: str | Sequence[str] | None) -> str:
        """Return the address of the page that asks for this with changes; what is None or empty is left out."""
        wanted = self.wanted
        fields = {"view": self.view.value, "activity": wanted.activity_id, "award": wanted.award_id}
        asked = {**fields, "because": wanted.because, **changes}
        return f"{PATH}?{urlencode({name: value for name, value in asked.items() if value}, doseq=True)}"


def register(desk: Desk) -> None:
    PAGES.append((PATH, texts.WAITING_PAGE))
    works = {view: LongWork() for view in View}  # the page of a list shows what was done with it, and no other

    @ui.page(PATH)
    def waiting(
        view: str = "",
        activity: str = "",
        award: str = "",
        because: str = "",
        after: Annotated[list[str] | None, Query()] = None,
    ) -> None:
        chosen = View(view) if view in set(View) else View.PARKED
        reason = because if chosen in WITH_A_REASON else ""
        wanted = Filter(activity_id=activity or None, award_id=award or None, because=reason or None)
        with frame(desk, texts.WAITING_PAGE):
            _shown(desk, Asked(view=chosen, wanted=wanted, after=after or ()), works[chosen])


def _shown(desk: Desk, asked: Asked, work: LongWork) -> None:
    _lists(asked.view)
    ui.label(VIEWS[asked.view][1])
    if asked.view is not View.UNREADABLE:
        _filters(asked)
    under_way, table = (ui.column().classes("tombola-wide") for _ in range(2))

    async def look() -> None:
        await _look(desk, asked, table, look, work)

    with under_way:
        long_work.show(work, look)
    ui.timer(0, look, once=True)


def _lists(here: View) -> None:
    with ui.element("nav").classes("tombola-tabs").props(f'aria-label="{texts.LISTS}"'):
        for view, (name, _) in VIEWS.items():
            link = ui.link(name, f"{PATH}?view={view}").classes("tombola-link")
            link.props("aria-current=page" if view is here else "")


def _filters(asked: Asked) -> None:
    with ui.row().classes("tombola-filters"):
        activity = ui.input(texts.OF_ACTIVITY, value=asked.wanted.activity_id or "")
        award = ui.input(texts.FILTER_AWARD, value=asked.wanted.award_id or "")
        because = (
            ui.input(texts.FILTER_REASON, value=asked.wanted.because or "") if asked.view in WITH_A_REASON else None
        )

        def go() -> None:
            reason = because.value if because is not None else None
            ui.navigate.to(asked.address(activity=activity.value, award=award.value, because=reason))

        for each in (activity, award, because):
            if each is not None:
                each.on("keydown.enter", go)
        ui.button(texts.SHOW, on_click=go).props("no-caps outline")


async def _look(desk: Desk, asked: Asked, table: ui.column, again: LookAgain, work: LongWork) -> None:
    table.clear()
    with table:
        ui.label(texts.LOOKING).props("role=status")
    try:
        blocks, orders, following = await in_thread(_found, desk, asked)
    except Trouble as trouble:
        table.clear()
        with table:
            return tell(trouble)
    if table.is_deleted:  # nobody looks any more
        return None
    table.clear()
    with table:
        _rows(desk, asked, blocks, orders, again, work)
        turn(asked.after, following, lambda after: asked.address(after=after))
    return None


def _found(desk: Desk, asked: Asked) -> tuple[Sequence[Block], list[Order], str | None]:
    """Return what a page shows, the orders behind its rows, and how the list goes on."""
    after = asked.after[-1] if asked.after else None
    if asked.view is View.UNREADABLE:
        asides, following = order_lists.asides(LIMIT, after, desk.stack)
        return [sheets.in_rows(each) for each in order_sheets.set_aside(asides, None)[:-1]], [], following
    page = order_lists.listed(asked.view, asked.wanted, LIMIT, after, desk.stack)
    orders = [each for each in page.found if isinstance(each, Order)]
    zone, hidden = shared_zone(page.activity_ids, desk.stack), HIDDEN.get(asked.view, ())
    blocks = [sheets.in_zone(sheets.without(block, hidden), zone) for block in order_sheets.orders(page)[:-1]]
    return blocks, orders, page.next


def _rows(
    desk: Desk,
    asked: Asked,
    blocks: Sequence[Block],
    orders: Sequence[Order],
    again: LookAgain,
    work: LongWork,
) -> None:
    table, *rest = blocks
    lists = order_choice.of_list(desk, asked.view, asked.wanted, work)
    if not lists or not orders:
        return sheets.show(blocks, LEADING if orders else None)
    ui.label(texts.CHOOSE_SOME)
    if any(lacking(each) is not None for each in orders):
        ui.link(texts.TO_POOLS, links.to_pools())
    acts = ui.row().classes("tombola-acts")

    def choose(places: Sequence[int]) -> None:
        acts.clear()
        chosen = order_choice.of_orders(desk, [orders[place] for place in places])
        with acts:
            for act in chosen if places else lists:
                button(act, again)

    choose([])
    if isinstance(table, Table):
        sheets.show_table(table, LEADING, lambda event: choose([row["id"] for row in event.selection]))
    return sheets.show(rest)
