"""What a dropped file says: its mistakes by line, or what applying it would change, and the button that applies it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from nicegui import ui

from tombola.rules.activity_states import ActivityState
from tombola_cli.console import sheets, texts
from tombola_cli.console.act_buttons import Act, Blocks, button
from tombola_cli.console.campaign.forecast_form import ForecastForm
from tombola_cli.console.desk import Desk
from tombola_cli.console.links import to_activity
from tombola_cli.errors import TombolaError
from tombola_cli.files.activity_file import ActivityFile, file_of
from tombola_cli.files.yaml_lines import Mistake, WrongFileError
from tombola_cli.operate.apply import Plan, apply, plan
from tombola_cli.operate.batches import stock_name
from tombola_cli.operate.pool_shortage import shortages
from tombola_cli.screens import activity_sheets, code_sheets
from tombola_cli.screens.blocks import Column, Facts, Table

FILE_MAX = 1_000_000  # bytes; an activity takes a third of it in the table


@dataclass(frozen=True, slots=True)
class Read:
    """A file without a mistake, and the plan of applying it."""

    file: ActivityFile
    plan: Plan
    blocks: Blocks

    @property
    def may_be_applied(self) -> bool:
        return not self.plan.refusals and not self.plan.does_nothing


def read(contents: bytes, name: Path, desk: Desk) -> Read | tuple[Mistake, ...]:
    """Return what applying a file would do, or its mistakes; raise TombolaError for what is no text, or too long."""
    if len(contents) > FILE_MAX:
        raise TombolaError(texts.TOO_LONG.format(name=name, most=f"{FILE_MAX:,}"))
    try:
        file = file_of(contents, name)
    except WrongFileError as wrong:
        return wrong.mistakes
    planned = plan(file.activity, desk.stack)
    return Read(file, planned, _blocks(file, name, planned, desk))


def _blocks(file: ActivityFile, name: Path, planned: Plan, desk: Desk) -> Blocks:
    warnings = code_sheets.shortages(shortages(file.activity, desk.stack, desk.stack.now()))
    unfinished = [stock_name(award_id) for award_id in planned.unfinished]
    return [*activity_sheets.file_facts(file), warnings, *activity_sheets.plan(name, planned, unfinished)]


def mistakes(found: tuple[Mistake, ...]) -> Table:
    columns = [Column("line"), Column("mistake", folds=True)]
    return Table("mistakes", columns, [[each.line, each.words] for each in found])


def show_mistakes(found: tuple[Mistake, ...]) -> None:
    ui.label(texts.MISTAKES.format(count=len(found))).classes("tombola-trouble").props("role=alert")
    sheets.show([mistakes(found)])


def show_read(desk: Desk, name: Path, found: Read, again: Callable[[], Awaitable[None]]) -> None:
    """Show what a file would do; again is awaited once it was applied."""
    activity_id = found.file.activity.activity_id
    sheets.show(found.blocks)
    if found.may_be_applied:
        button(applying(desk, name, found), again)
    if found.plan.found is not None:
        ui.link(texts.LOOK_AT.format(activity_id=activity_id), to_activity(activity_id)).classes("tombola-link")
    with sheets.folded(texts.SIMULATE):
        ForecastForm(found.file.activity)


def applying(desk: Desk, name: Path, found: Read) -> Act:
    """Return the act that makes the changes of a plan that was shown, and no others."""
    activity, stack = found.file.activity, desk.stack

    def run(why: str) -> Blocks:
        changed = apply(activity, stack, desk.who, why, stack.now(), seen=found.plan)
        done = activity_sheets.applied(name, activity.activity_id, changed=changed)
        is_draft = found.plan.found is None or found.plan.found.state is ActivityState.EDIT
        return [*done, Facts({}, texts.NEXT_SUBMIT)] if is_draft else done

    return Act(
        label=texts.APPLY,
        question=texts.APPLY_QUESTION.format(name=name, activity_id=activity.activity_id),
        command=lambda why: desk.command("activity", "apply", str(name), "--who", desk.who, "--why", why),
        plan=lambda: activity_sheets.outlook(found.plan),
        run=run,
    )
