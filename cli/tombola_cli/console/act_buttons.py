"""What an operator does on a page: look at the plan, say why, see the command that does the same, and do it."""

from asyncio import Lock, sleep
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from nicegui import Client, background_tasks, context, ui

from tombola.rules.act import WHY_MAX
from tombola_cli.console import sheets, texts
from tombola_cli.console.long_work import LOOK_SECONDS, LongWork, Progress, bar
from tombola_cli.console.trouble import Trouble, in_thread
from tombola_cli.errors import TombolaError
from tombola_cli.screens.blocks import Block

Blocks = Sequence[Block]


LookAgain = Callable[[], Awaitable[None]]


def nothing_planned() -> Blocks:
    return ()


def nothing_more(_: LookAgain) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that an operator may do now: plan returns what would be done, run does it and returns what was done.

    Both are run beside the pages, and may tell progress how far they are. run gets the reason, "" where none is asked
    for; command returns the command line that does the same, for that reason. more adds what else there is to say
    beside the reason, and is given what has to be awaited after a change of it. run goes on without its page in work.
    """

    label: str
    question: str
    command: Callable[[str], str]
    run: Callable[[str], Blocks]
    plan: Callable[[], Blocks] = field(default=nothing_planned)
    asks_why: bool = True
    needs_why: bool = False
    final: bool = False  # there is no way back
    more: Callable[[LookAgain], None] = field(default=nothing_more)
    progress: Progress = field(default_factory=Progress)
    work: LongWork | None = None


def button(act: Act, after: LookAgain | None = None) -> ui.button:
    """Show the button of an act; after is awaited once it was done, where the page is another then."""
    shown = ui.button(act.label).props("outline no-caps" if not act.final else "outline no-caps color=negative")
    asking = False

    async def ask() -> None:
        nonlocal asking
        if asking:  # a second click would ask, and do it, twice
            return
        asking = True
        try:
            await _ask(act, shown, after, context.client)
        finally:
            asking = False

    shown.on_click(ask)
    return shown


async def _ask(act: Act, shown: ui.button, after: LookAgain | None, client: Client) -> None:
    with _dialog(act.question, client).props("persistent") as dialog, ui.card().classes("tombola-dialog"):
        ui.label(act.question).classes("text-h6").props("role=heading aria-level=2")
        if act.final:
            ui.label(texts.NO_WAY_BACK).classes("tombola-final")
        body = ui.column().classes("tombola-wide")
        turn = Lock()  # of two looks the later one is shown

        async def look() -> None:
            async with turn:
                doing.disable()
                _tell_command(act, why, line)
                if await _fill(body, act, act.plan, texts.LOOKING, shown):
                    doing.enable()

        act.more(look)
        why = _reason(act)
        ui.label(texts.SAME_COMMAND)
        line = ui.label().classes("tombola-command")
        if why is not None:
            why.on_value_change(lambda: _tell_command(act, why, line))
        with ui.row().classes("tombola-answers"):
            ui.button(texts.CANCEL, on_click=lambda: dialog.submit(None)).props("flat no-caps")
            doing = ui.button(act.label, on_click=lambda: _answer(act, why, dialog)).props("no-caps")
    _tell_command(act, why, line)
    doing.disable()
    dialog.open()
    background_tasks.create(look())  # it can take minutes, in which nobody has to wait
    reason = await dialog
    dialog.delete()
    if reason is None:
        return
    if act.work is None:
        await _do(act, reason, shown, after, client)
    else:
        await _start(act, act.work, reason, shown, client)


def _dialog(name: str, client: Client) -> ui.dialog:
    with client.content:  # the button's own place may be gone: a page is made anew while the dialog is open
        dialog = ui.dialog().props("transition-duration=0")
    dialog.props["aria-label"] = name
    return dialog


def _reason(act: Act) -> ui.input | None:
    if not act.asks_why:
        return None
    return (
        ui.input(texts.WHY_NEEDED if act.needs_why else texts.WHY).props(f"maxlength={WHY_MAX}").classes("tombola-wide")
    )


def _tell_command(act: Act, why: ui.input | None, line: ui.label) -> None:
    line.set_text(act.command("" if why is None else (why.value or "")))


def _answer(act: Act, why: ui.input | None, dialog: ui.dialog) -> None:
    reason = "" if why is None else (why.value or "").strip()
    if act.needs_why and why is not None and not reason:
        why.props(f'error error-message="{texts.WHY_MISSING}"')
        return
    dialog.submit(reason)


async def _fill(body: ui.column, act: Act, look: Callable[[], Blocks], waiting: str, shown: ui.button) -> bool:
    """Show in body what look returns, and until then how far it is; return whether it did."""
    body.clear()
    act.progress.tell(0)
    with body:
        timer = ui.timer(LOOK_SECONDS, bar(act.progress, waiting))
    try:
        blocks = await in_thread(look)
    except Trouble as trouble:
        if not body.is_deleted:
            body.clear()
            with body:
                tell(trouble, shown)
        return False
    finally:
        timer.cancel()
    if body.is_deleted:  # given up meanwhile
        return False
    body.clear()
    with body:
        sheets.show(blocks)
    return True


async def _start(act: Act, work: LongWork, reason: str, shown: ui.button, client: Client) -> None:
    try:
        work.start(act.question.removesuffix("?"), lambda: act.run(reason))
    except TombolaError as error:
        with client:
            ui.notify(str(error), type="warning")
        return
    while work.is_running and not shown.is_deleted:  # noqa: ASYNC110 - its thread sets plain values, and no event
        await sleep(LOOK_SECONDS)
    if work.trouble is not None and not shown.is_deleted:
        _forbid(work.trouble, shown)


async def _do(act: Act, reason: str, shown: ui.button, after: LookAgain | None, client: Client) -> None:
    with _dialog(act.label, client) as dialog, ui.card().classes("tombola-dialog"):
        ui.label(act.label).classes("text-h6").props("role=heading aria-level=2")
        body = ui.column().classes("tombola-wide")
        with ui.row().classes("tombola-answers"):
            ui.button(texts.CLOSE, on_click=dialog.close).props("flat no-caps")
    dialog.open()
    await _fill(body, act, lambda: act.run(reason), texts.WORKING, shown)
    if after is not None:
        await after()


def tell(trouble: Trouble, asked: ui.button | None = None) -> None:
    """Show a trouble in its place; a button whose right is missing says so from now on."""
    ui.label(str(trouble)).classes("tombola-trouble").props("role=alert")
    if asked is not None:
        _forbid(trouble, asked)


def _forbid(trouble: Trouble, asked: ui.button) -> None:
    """Let a button say which right is missing, if that is the trouble."""
    if trouble.right is not None:
        asked.set_text(texts.LACKS_RIGHT.format(label=asked.text, right=trouble.right))
        asked.disable()
