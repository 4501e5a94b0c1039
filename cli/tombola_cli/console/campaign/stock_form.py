"""More or less stock: a number for each limited award, the plan of the change, and the change."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from nicegui import ui

from tombola.rules.activity import Activity
from tombola_cli.console import texts
from tombola_cli.console.act_buttons import Act, Blocks, button
from tombola_cli.console.campaign.stock_bars import units_by_award
from tombola_cli.console.desk import Desk
from tombola_cli.console.sheets import EXACT_IN_A_BROWSER
from tombola_cli.errors import TombolaError
from tombola_cli.operate.apply import Plan
from tombola_cli.operate.batches import stock_name
from tombola_cli.operate.restock import plan_restock, restock
from tombola_cli.screens import activity_sheets
from tombola_cli.screens.blocks import Facts

AWARDS_MAX = 100  # that have a field; the stock of more is changed by a file


class StockForm:
    """The fields, and the button that shows the plan of what they ask for."""

    def __init__(self, desk: Desk, activity: Activity, after: Callable[[], Awaitable[None]]) -> None:
        self._desk, self._activity_id = desk, activity.activity_id
        self._units = dict(list(units_by_award(activity).items())[:AWARDS_MAX])
        self._seen: Plan | None = None
        ui.label(texts.NEW_STOCK_TOLD)
        with ui.element("div").classes("tombola-fields"):
            self._fields = {
                award_id: ui.number(texts.UNITS_IN_ALL.format(name=name), value=units, min=0, precision=0, step=1)
                for award_id, (name, units) in self._units.items()
            }
        button(self._act(), after)

    def _act(self) -> Act:
        file, who = f"{self._activity_id}.yaml", self._desk.who
        return Act(
            label=texts.NEW_STOCK,
            question=texts.STOCK_QUESTION.format(activity_id=self._activity_id),
            command=lambda why: self._desk.command("activity", "apply", file, "--who", who, "--why", why),
            plan=self._plan,
            run=self._run,
        )

    def _plan(self) -> Blocks:
        seen = plan_restock(self._activity_id, self._asked(), self._desk.stack)
        if seen.refusals:
            names = {award_id: name for award_id, (name, _) in self._units.items()}
            raise TombolaError("; ".join(with_names(each, names) for each in seen.refusals))
        if seen.does_nothing:
            raise TombolaError(texts.NO_CHANGE)
        self._seen = seen
        unfinished = [stock_name(award_id) for award_id in seen.unfinished]
        return [*activity_sheets.plan(self._file, seen, unfinished), Facts({}, texts.STOCK_IN_FILE)]

    def _run(self, why: str) -> Blocks:
        stack, who = self._desk.stack, self._desk.who
        changed = restock(self._activity_id, self._asked(), stack, who, why, stack.now(), self._seen)
        return activity_sheets.applied(self._file, self._activity_id, changed=changed)

    @property
    def is_filled(self) -> bool:
        """Whether another number stands in a field than the page began with."""
        return any(field.value != self._units[award_id][1] for award_id, field in self._fields.items())

    @property
    def _file(self) -> Path:
        return Path(self._activity_id)

    def _asked(self) -> dict[str, int]:
        """Return the units that another number stands for than the page began with."""
        asked = {award_id: whole(field.value, self._units[award_id][0]) for award_id, field in self._fields.items()}
        return {award_id: units for award_id, units in asked.items() if units != self._units[award_id][1]}


def with_names(words: str, names: Mapping[str, str]) -> str:
    """Return words with the name of each award behind its id: the fields of the form have names alone."""
    for award_id, name in names.items():
        words = words.replace(f"award {award_id} ", f"award {award_id} ({name}) ")
    return words


def whole(value: float | None, name: str) -> int:
    """Return the number in the field of name; raise TombolaError where there is none that units can be."""
    if value is None or not (0 <= value <= EXACT_IN_A_BROWSER and value == int(value)):
        raise TombolaError(texts.NO_UNITS.format(name=name))
    return int(value)
