"""An order: its facts, its history as a time line, and the acts that its state allows now."""

from nicegui import ui

from tombola.rules.answer import order_answer
from tombola.rules.order import Order
from tombola_cli.console import links, sheets, texts
from tombola_cli.console.act_buttons import button, tell
from tombola_cli.console.desk import Desk
from tombola_cli.console.disclosure import note
from tombola_cli.console.frame import frame
from tombola_cli.console.order_choice import of_order
from tombola_cli.console.order_standing import standing
from tombola_cli.console.trouble import Trouble, in_thread
from tombola_cli.errors import TombolaError
from tombola_cli.files.order_ids import NUMBER
from tombola_cli.operate import order_lists
from tombola_cli.operate.order_history import Event, history
from tombola_cli.operate.parked_codes import lacking
from tombola_cli.operate.registry import shared_zone
from tombola_cli.screens import order_sheets
from tombola_cli.screens.blocks import Facts
from tombola_cli.screens.plain import words

PATH = "/orders/{user_id:path}/{order_id}"


def register(desk: Desk) -> None:
    @ui.page(PATH)
    async def order(user_id: str, order_id: str, user: str = "") -> None:
        with frame(desk, texts.ORDER.format(order_id=order_id)):
            await ui.context.client.connected()
            with ui.column().classes("tombola-wide") as body:
                await _look(desk, user or user_id, order_id, body)


async def _look(desk: Desk, user_id: str, order_id: str, body: ui.column) -> None:
    """Show the order in body as it is now."""
    try:
        found, zone = await in_thread(_found, desk, user_id, order_id)
    except Trouble as trouble:
        body.clear()
        with body:
            return tell(trouble)
    body.clear()
    with body:
        with ui.row().classes("tombola-turn"):
            ui.link(texts.ORDERS_OF_USER, links.to_user(user_id))
            ui.link(f"{texts.OF_ACTIVITY} {found.activity_id}", links.to_activity(found.activity_id))
        ui.label(standing(found, zone)).classes("text-h6")
        if lacking(found) is not None:
            ui.link(texts.TO_POOLS, links.to_pools())
        _facts(found, zone)
        _acts(desk, found, body)
        _content(desk, found)
        ui.label(texts.HISTORY).classes("text-h6").props("role=heading aria-level=2")
        time_line(history(found), zone)
    return None


def _facts(order: Order, zone: str) -> None:
    """Show what everybody wants to know, and apart from it what tells an engineer where the order is."""
    known = {
        texts.USER: order.user_id,
        texts.AWARD: None if order.award is None else order.award.award_name,
        texts.DRAWN: sheets.moment_in(order.drawn_at, zone),
    }
    sheets.show_facts(Facts({}, {name: words(value) for name, value in known.items()}))
    with sheets.folded(texts.DETAILS):
        sheets.show(order_sheets.shown(order)[:1])


def _found(desk: Desk, user_id: str, order_id: str) -> tuple[Order, str]:
    """Return the order, and the time zone of its activity."""
    if not NUMBER.fullmatch(order_id):
        raise TombolaError(texts.NO_ORDER_NUMBER.format(order_id=order_id))
    order = order_lists.one(user_id, int(order_id), desk.stack)
    return order, shared_zone([order.activity_id], desk.stack)


def time_line(events: list[Event], zone: str) -> None:
    """Show events below each other, each with its time by the clocks of a zone, its words and who did it."""
    with ui.element("ol").classes("tombola-time-line"):
        for event in events:
            with ui.element("li"):
                if event.at is not None:
                    ui.label(sheets.moment_in(event.at, zone)).classes("tombola-hint")
                ui.label(event.what).classes("tombola-event")
                who = "" if event.who is None else f" ({texts.BY.format(who=event.who)})"
                ui.label(words(f"{event.words}{who}")).classes("tombola-told")


def _acts(desk: Desk, order: Order, body: ui.column) -> None:
    async def after() -> None:
        await _look(desk, order.user_id, str(order.order_id), body)

    acts = of_order(desk, order)
    with ui.row():
        for act in acts:
            button(act, after)
    if not acts and order.award is not None:
        ui.label(texts.NO_ORDER_ACT).classes("tombola-hint")


def _content(desk: Desk, order: Order) -> None:
    if order.award is None:
        return
    asking = ui.button(texts.CONTENT).props("outline no-caps")
    told = ui.label(texts.CONTENT_HINT).classes("tombola-hint")

    def show() -> None:
        told.set_text(asked_content(desk, order))
        told.classes(replace="tombola-command")
        asking.disable()

    asking.on_click(show)


def asked_content(desk: Desk, order: Order) -> str:
    """Return what the winner sees of the prize by now, and put on record that the operator asked."""
    note(desk, "the content of a prize", order_id=str(order.order_id), activity_id=order.activity_id)
    award = order_answer(order)["award"]
    if order.award is not None and order.award.award_type.addressed:
        return texts.A_PARCEL
    return texts.NO_CONTENT if award is None or award["award_content"] is None else award["award_content"]
