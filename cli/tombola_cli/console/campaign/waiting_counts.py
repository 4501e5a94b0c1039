"""How much waits for a person, and whether an alarm rings; counted more seldom than the activities are looked at."""

from nicegui import ui

from tombola_cli.console import texts
from tombola_cli.console.act_buttons import tell
from tombola_cli.console.desk import Desk
from tombola_cli.console.trouble import Trouble, in_thread
from tombola_cli.doctor.asking import Questions
from tombola_cli.doctor.checks import ALARM_STATES
from tombola_cli.doctor.finding import Verdict
from tombola_cli.operate.backlog import counted
from tombola_cli.operate.stack import Stack

COUNT_SECONDS = 30.0  # each count asks for every lane of the index
WAITING_PATH = "/waiting"


class WaitingCounts:
    """A line for what waits, which leads to it, and one for the alarms."""

    def __init__(self, desk: Desk) -> None:
        self._stack = desk.stack
        with ui.element("dl").classes("tombola-facts"):
            with ui.element("dt"):
                ui.label(texts.WAITING)
            with ui.element("dd"):
                self._link = ui.link(texts.LOOKING, WAITING_PATH).classes("tombola-link")
            with ui.element("dt"):
                ui.label(texts.ALARMS)
            with ui.element("dd"):
                self._alarms = ui.label(texts.LOOKING)
        self._troubles = ui.column()
        ui.timer(COUNT_SECONDS, self._look)

    async def _look(self) -> None:
        """Count and ask, each whatever came of the other."""
        self._troubles.clear()
        try:
            self._link.set_text(await in_thread(waiting, self._stack))
        except Trouble as trouble:
            self._tell(self._link, trouble)
        try:
            rings, words = await in_thread(alarms, self._stack)
        except Trouble as trouble:
            self._tell(self._alarms, trouble)
        else:
            self._alarms.set_text(words)
            self._alarms.classes(remove="tombola-trouble", add="tombola-trouble" if rings else "")

    def _tell(self, shown: ui.label | ui.link, trouble: Trouble) -> None:
        shown.set_text(texts.UNKNOWN)
        with self._troubles:
            tell(trouble)


def waiting(stack: Stack) -> str:
    """Return how many prizes wait for what, those that wait for nothing left out."""
    found = counted(stack, stack.now())
    counts = {words: getattr(found, name) for name, words in texts.WAITS.items()}
    return ", ".join(f"{number:,} {words}" for words, number in counts.items() if number) or texts.NOTHING_WAITS


def alarms(stack: Stack) -> tuple[bool, str]:
    """Return whether an alarm rings, and what is known of the alarms."""
    if stack.endpoint_url is not None:
        return False, texts.NO_ALARMS
    found = ALARM_STATES.line(Questions(stack)).finding
    return found.verdict is Verdict.WRONG, f"{found.seen} {found.todo and f'({found.todo})'}".strip()
