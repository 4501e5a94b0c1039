"""Work of minutes, beside the pages: it goes on while no page looks, and every page can show how far it has come."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from threading import Lock, Thread

from nicegui import ui

from tombola.aws.clock import utc_now
from tombola_cli.console import sheets, texts
from tombola_cli.console.trouble import Trouble, trouble_of, unforeseen
from tombola_cli.errors import TombolaError
from tombola_cli.screens.blocks import Block

LOOK_SECONDS = 0.5  # between two looks at the plain values of this process: no stack is asked


class Progress:
    """How far work has come, as plain values: its thread sets them, pages read them."""

    def __init__(self) -> None:
        self.done, self.total, self.words = 0, None, ""

    done: int
    total: int | None  # None: nobody knows
    words: str  # the unit, or the step

    def tell(self, done: int, total: int | None = None, words: str = "") -> None:
        """Tell how much is done, of how much, in which unit."""
        self.done, self.total, self.words = done, total, words

    def said(self) -> str:
        """Return it as a sentence, "" before anything was told."""
        done = f"{self.done:,}" if self.total is None else texts.DONE_OF.format(done=self.done, total=self.total)
        return f"{done} {self.words}".strip() if self.done else self.words


class LongWork:
    """A kind of work of which one run is under way at a time; what came of the last one stays until the next."""

    def __init__(self) -> None:
        self.progress = Progress()
        self.label = ""
        self.runs = 0
        self.blocks: Sequence[Block] = ()
        self.trouble: Trouble | None = None
        self.ended_at: datetime | None = None  # of the last run that came to its end
        self._lock = Lock()
        self._thread: Thread | None = None

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def wait(self, seconds: float) -> None:
        """Wait until the run that is under way has ended, at most so long."""
        if self._thread is not None:
            self._thread.join(seconds)

    def start(self, label: str, call: Callable[[], Sequence[Block]]) -> None:
        """Run call in a thread of its own, which ends with the console; raise TombolaError while another runs."""
        with self._lock:
            if self.is_running:
                raise TombolaError(texts.STILL_RUNNING.format(label=self.label))
            self.progress.tell(0)
            self.label, self.blocks, self.trouble, self.runs = label, (), None, self.runs + 1
            self._thread = Thread(target=self._run, args=(call,), daemon=True)
            self._thread.start()

    def _run(self, call: Callable[[], Sequence[Block]]) -> None:
        try:
            self.blocks = call()
            self.ended_at = utc_now()
        except Exception as error:
            trouble = trouble_of(error)
            self.trouble = trouble or unforeseen(error)
            if trouble is None:
                raise


def bar(progress: Progress, waiting: str) -> Callable[[], None]:
    """Show how far work has come; return what shows it anew."""
    said = ui.label(waiting).props("role=status")
    shown = ui.linear_progress(value=0, show_value=False, size="8px").props(f'aria-label="{texts.PROGRESS}"')

    def renew() -> None:
        said.set_text(progress.said() or waiting)
        known = progress.total is not None and progress.total > 0
        shown.props(remove="indeterminate") if known else shown.props("indeterminate")
        shown.set_value(min(1.0, progress.done / progress.total) if known and progress.total else 0)

    renew()
    return renew


def show(
    work: LongWork, after: Callable[[], Awaitable[None]] | None = None, begun: Callable[[], None] | None = None
) -> None:
    """Show the run that is under way, or what came of the last one, as long as the page is open.

    begun is called once a run has begun since then, and after is awaited once one has ended.
    """
    box = ui.column().classes("tombola-wide")
    shown: tuple[int, bool] | None = None
    renew: Callable[[], None] = _nothing

    async def look() -> None:
        nonlocal shown, renew
        now, seen = (work.runs, work.is_running), shown
        if now == seen:
            return renew()
        shown, renew = now, _rebuilt(work, box, is_running=now[1])
        if seen is not None and now[1] and begun is not None:
            begun()
        if seen is not None and not now[1] and after is not None:
            await after()
        return None

    ui.timer(LOOK_SECONDS, look)


def _nothing() -> None:
    return None


def _rebuilt(work: LongWork, box: ui.column, *, is_running: bool) -> Callable[[], None]:
    box.clear()
    with box:
        if not work.runs:
            return _nothing
        ui.label(work.label).classes("text-h6").props("role=heading aria-level=2")
        if is_running:
            ui.label(texts.GOES_ON)
            return bar(work.progress, texts.WORKING)
        if work.trouble is not None:
            ui.label(str(work.trouble)).classes("tombola-trouble").props("role=alert")
        elif work.ended_at is not None:
            ui.label(texts.ENDED_AT.format(at=work.ended_at.astimezone())).classes("tombola-hint")
        sheets.show(work.blocks)
    return _nothing
