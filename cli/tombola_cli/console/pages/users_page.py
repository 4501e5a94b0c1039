"""Users: what one of them drew, what their quotas leave them, and blocking or forgetting them."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Query
from nicegui import ui

from tombola.rules.activity import Activity
from tombola.rules.unreadable import Unreadable
from tombola_cli.console import links, sheets, texts
from tombola_cli.console.act_buttons import Act, Blocks, button, tell
from tombola_cli.console.desk import Desk
from tombola_cli.console.frame import PAGES, frame
from tombola_cli.console.trail import turn
from tombola_cli.console.trouble import Trouble, in_thread
from tombola_cli.errors import TombolaError
from tombola_cli.operate import forget_users, forgetting, order_lists, user_blocks
from tombola_cli.operate.registry import activities_in, shared_zone
from tombola_cli.operate.remains import remains_of
from tombola_cli.operate.user_quotas import belongings_in, quotas_of
from tombola_cli.screens import forget_sheets, order_sheets, user_sheets
from tombola_cli.screens.blocks import Facts, Table

PATH = "/users"
PAGE = 100
LINKS = {
    "order_id": lambda row: links.to_order(row["user_id"], row["order_id"]),
    "activity_id": lambda row: links.to_activity(row["activity_id"]),
}
Activities = list[Activity | Unreadable]
FLAGS = {"give_up": texts.GIVE_UP, "not_issued": texts.NOT_ISSUED, "while_open": texts.WHILE_OPEN}


def register(desk: Desk) -> None:
    PAGES.append((PATH, texts.USERS))

    @ui.page(PATH)
    async def users(user: str = "", after: Annotated[list[str] | None, Query()] = None) -> None:
        with frame(desk, texts.USERS):
            _form(user)
            if user:
                await ui.context.client.connected()
                with ui.column().classes("tombola-wide") as body:
                    await _look(desk, user, after or [], body)


def _form(user: str) -> None:
    with ui.element("form").classes("tombola-form") as form:
        named = ui.input(texts.USER, value=user)
        ui.button(texts.SHOW).props("type=submit no-caps")
    form.on("submit.prevent", lambda: _go(named.value))


def _go(user: str | None) -> None:
    ui.navigate.to(links.to_user(user or ""))


async def _look(desk: Desk, user: str, after: list[str], body: ui.column) -> None:
    """Show in body what there is of the user now; a part that cannot be read leaves the others."""

    async def again() -> None:
        await _look(desk, user, after, body)

    body.clear()
    with body:
        await _part(texts.DRAWS, lambda: _draws(desk, user, after))
        await _part(texts.QUOTAS, lambda: _quotas(desk, user))
        await _part(texts.BLOCKED, lambda: _blocks(desk, user, again))
        await _part(texts.FORGET, lambda: _forget(desk, user, again))


async def _part(title: str, show: Callable[[], Awaitable[None]]) -> None:
    ui.label(title).classes("text-h6").props("role=heading aria-level=2")
    with ui.column().classes("tombola-wide"):
        try:
            await show()
        except Trouble as trouble:
            tell(trouble)


async def _draws(desk: Desk, user: str, after: list[str]) -> None:
    token = after[-1] if after else None
    found, zone = await in_thread(_drawn, desk, user, token)
    if not found.found and not after:
        ui.label(texts.NEVER_DREW)
        return
    table, unreadable = (sheets.in_zone(each, zone) for each in order_sheets.of_one_user(found)[:2])
    if isinstance(table, Table):
        sheets.show_table(table, LINKS, rows_of_a_page=PAGE)
    sheets.show([unreadable])
    turn(after, found.next, lambda tokens: links.to_user(user, after=tokens))


def _drawn(desk: Desk, user: str, after: str | None) -> tuple[order_lists.Page, str]:
    """Return a page of the user's draws, and the time zone that their activities share."""
    page = order_lists.of_user(user, None, order_lists.Filter(), PAGE, after, desk.stack)
    return page, shared_zone(page.activity_ids, desk.stack)


async def _quotas(desk: Desk, user: str) -> None:
    def look() -> Blocks:
        return user_sheets.quotas(
            quotas_of(belongings_in(desk.stack, user), activities_in(desk.stack), desk.stack.now())
        )

    sheets.show(await in_thread(look), {"activity_id": LINKS["activity_id"]})


async def _blocks(desk: Desk, user: str, again: Callable[[], Awaitable[None]]) -> None:
    activities: Activities = await in_thread(activities_in, desk.stack)
    blocking = [each.activity_id for each in activities if isinstance(each, Activity) and user in each.blocked]
    ui.label(f"{texts.BLOCKED_IN} {', '.join(blocking)}" if blocking else texts.NOT_BLOCKED)
    with ui.row():
        for each in user_blocks.changeable(activities, user, blocked=False):
            button(act_of_unblock(desk, user, each.activity_id), again)
    free = user_blocks.changeable(activities, user, blocked=True)
    if free:
        with ui.row().classes("tombola-form"):
            names = {each.activity_id: f"{each.activity_id} {each.activity_name}" for each in free}
            chosen = ui.select(names, label=texts.BLOCK_IN)
            button(act_of_block(desk, user, chosen), again)


def act_of_block(desk: Desk, user: str, chosen: ui.select) -> Act:
    def activity_id() -> str:
        if not chosen.value:
            raise TombolaError(texts.CHOOSE_ACTIVITY)
        return str(chosen.value)

    return _change(desk, user, activity_id, blocked=True, words=(texts.BLOCK, texts.ASK_BLOCK))


def act_of_unblock(desk: Desk, user: str, activity_id: str) -> Act:
    words = [each.format(activity_id=activity_id) for each in (texts.UNBLOCK, texts.ASK_UNBLOCK)]
    return _change(desk, user, lambda: activity_id, blocked=False, words=(words[0], words[1]))


def _change(desk: Desk, user: str, named: Callable[[], str], *, blocked: bool, words: tuple[str, str]) -> Act:
    def plan() -> Blocks:
        planned = user_blocks.planned(user, named(), desk.stack, blocked=blocked)
        return user_sheets.block_plan(planned, user, blocked=blocked)

    def run(why: str) -> Blocks:
        activity_id, now = named(), desk.stack.now()
        changed = user_blocks.perform(user, activity_id, desk.stack, desk.who, why, now, blocked=blocked)
        return user_sheets.block_done(activity_id, changed=changed)

    def command(why: str) -> str:
        file = f"{_name_in(named)}.yaml"
        return desk.command("activity", "apply", "--who", desk.who, "--why", why, ids=(file,))

    return Act(label=words[0], question=words[1], command=command, plan=plan, run=run)


def _name_in(named: Callable[[], str]) -> str:
    """Return the activity that is chosen by now, as a command line names it."""
    try:
        return named()
    except TombolaError:
        return texts.OF_ACTIVITY.upper()


async def _forget(desk: Desk, user: str, again: Callable[[], Awaitable[None]]) -> None:
    found = await in_thread(belongings_in, desk.stack, user)
    if not found.units and not found.unreadable:
        ui.label(texts.NOTHING_TO_FORGET)
        return
    ui.label(texts.FORGET_HINT)
    flags = {name: ui.checkbox(words) for name, words in FLAGS.items()}
    button(act_of_forgetting(desk, user, lambda: [name for name, box in flags.items() if box.value]), again)


def act_of_forgetting(desk: Desk, user: str, chosen: Callable[[], list[str]]) -> Act:
    whom = forget_users.Whom(user_id=user)

    def wish() -> forgetting.Wish:
        names = chosen()
        return forgetting.Wish(who=desk.who, **{name: name in names for name in FLAGS})

    def plan() -> Blocks:
        tally = forget_users.surveyed(whom, wish(), desk.stack)
        warning = forget_sheets.START_ANEW if wish().while_open and tally.kinds else ""
        stays = remains_of(forget_users.blocking(user, desk.stack))
        return [Facts({}, warning), *forget_sheets.outlook(tally, stays)]

    def run(_: str) -> Blocks:
        stays = remains_of(forget_users.blocking(user, desk.stack))
        return forget_sheets.done(forget_users.performed(whom, wish(), desk.stack), stays)

    return Act(
        label=texts.FORGET,
        question=texts.ASK_FORGET,
        command=lambda _: desk.command(
            "user", "forget", *(f"--{each.replace('_', '-')}" for each in chosen()), "--who", desk.who, ids=(user,)
        ),
        plan=plan,
        run=run,
        asks_why=False,
        final=True,
    )
