"""Doctor: an examination of the stack, when it is asked for."""

import uuid
from collections.abc import Sequence

from nicegui import ui

from tombola_cli.console import long_work, texts
from tombola_cli.console.act_buttons import Act, button
from tombola_cli.console.desk import Desk
from tombola_cli.console.frame import PAGES, frame
from tombola_cli.console.long_work import LongWork, Progress
from tombola_cli.doctor.examination import examined
from tombola_cli.doctor.finding import Line, Verdict
from tombola_cli.operate.stack import Stack
from tombola_cli.screens import doctor_sheets
from tombola_cli.screens.blocks import Block, Facts

PATH = "/doctor"
FIRST = (Verdict.WRONG, Verdict.ONLY_YOU, Verdict.RIGHT)


def register(desk: Desk) -> None:
    PAGES.append((PATH, texts.DOCTOR))
    work = LongWork()
    act = Act(
        label=texts.EXAMINE,
        question=texts.ASK_EXAMINE.format(stack=desk.stack.stack_name),
        command=lambda _: desk.command("doctor"),
        plan=lambda: [Facts({}, texts.PLAN_EXAMINE)],
        run=lambda _: examination(desk.stack, work.progress),
        asks_why=False,
        work=work,
    )

    @ui.page(PATH)
    def doctor() -> None:
        with frame(desk, texts.DOCTOR):
            ui.label(texts.TOLD_DOCTOR)
            button(act)
            long_work.show(work)


def examination(stack: Stack, progress: Progress) -> Sequence[Block]:
    """Return what the doctor finds, first what is wrong; progress is told each check."""
    found: list[Line] = []
    for line in examined(stack, str(uuid.uuid4())):
        found.append(line)
        progress.tell(len(found), None, f"{texts.CHECKS}; {line.check}: {line.about}")
    return doctor_sheets.examined(stack.stack_name, sorted(found, key=lambda line: FIRST.index(line.finding.verdict)))
