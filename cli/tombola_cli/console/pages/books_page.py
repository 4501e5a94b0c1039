"""Books: the auditor's verdict on the stack, promise by promise, when it is asked for."""

from collections.abc import Sequence

from nicegui import ui

from tombola_cli.console import long_work, texts
from tombola_cli.console.act_buttons import Act, button
from tombola_cli.console.desk import Desk
from tombola_cli.console.frame import PAGES, frame
from tombola_cli.console.long_work import LongWork, Progress
from tombola_cli.operate.stack import Stack
from tombola_cli.operate.stack_books import audited, size_of
from tombola_cli.screens import audit_sheets
from tombola_cli.screens.blocks import Block

PATH = "/books"


def register(desk: Desk) -> None:
    PAGES.append((PATH, texts.BOOKS))
    work = LongWork()
    act = Act(
        label=texts.AUDIT,
        question=texts.ASK_AUDIT.format(stack=desk.stack.stack_name),
        command=lambda _: desk.command("audit"),
        plan=lambda: audit_sheets.cost(size_of(desk.stack)),
        run=lambda _: verdict(desk.stack, work.progress),
        asks_why=False,
        work=work,
    )

    @ui.page(PATH)
    def books() -> None:
        with frame(desk, texts.BOOKS):
            ui.label(texts.TOLD_BOOKS)
            button(act)
            long_work.show(work)


def verdict(stack: Stack, progress: Progress) -> Sequence[Block]:
    """Return the verdict; progress is told the items that are read."""
    return audit_sheets.verdict(audited(stack, lambda items, of: progress.tell(items, of, texts.ITEMS)))
