"""Apply a file: drop it, see its mistakes or what it would change, and apply it."""

from pathlib import Path

from nicegui import events, ui

from tombola_cli.console import texts
from tombola_cli.console.act_buttons import tell
from tombola_cli.console.campaign.file_report import FILE_MAX, Read, read, show_mistakes, show_read
from tombola_cli.console.campaign.sample_file import NAME, sample_file
from tombola_cli.console.desk import Desk
from tombola_cli.console.file_drop import file_drop
from tombola_cli.console.frame import PAGES, frame
from tombola_cli.console.trouble import Trouble, in_thread

PATH = "/apply"


def register(desk: Desk) -> None:
    PAGES.append((PATH, texts.APPLY_FILE))

    @ui.page(PATH)
    def apply() -> None:
        with frame(desk, texts.APPLY_FILE):
            _Page(desk)


class _Page:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        ui.label(texts.APPLY_TOLD)
        with ui.row():
            ui.button(texts.SAMPLE, on_click=self._sample).props("outline no-caps")
        file_drop(texts.DROP, FILE_MAX, self._taken, self._not_taken)
        self._report = ui.column().classes("tombola-wide tombola-body")
        self._file: tuple[bytes, Path] | None = None

    async def _sample(self) -> None:
        try:
            now = await in_thread(self._desk.stack.now)
        except Trouble as trouble:
            self._tell(trouble)
            return
        ui.download.content(sample_file(now.date()), NAME, "application/yaml")

    async def _taken(self, upload: events.UploadEventArguments) -> None:
        self._file = await upload.file.read(), Path(upload.file.name)
        await self._look()

    def _not_taken(self) -> None:
        self._file = None
        self._tell(Trouble(texts.NOT_TAKEN.format(most=f"{FILE_MAX:,}")))

    async def _look(self) -> None:
        """Show the file that was taken last, as it stands against the table now."""
        if self._file is None:
            return
        contents, name = self._file
        try:
            found = await in_thread(read, contents, name, self._desk)
        except Trouble as trouble:
            self._tell(trouble)
            return
        self._report.clear()
        with self._report:
            ui.label(str(name)).classes("text-h6").props("role=heading aria-level=2")
            if isinstance(found, Read):
                show_read(self._desk, name, found, self._look)
            else:
                show_mistakes(found)

    def _tell(self, trouble: Trouble) -> None:
        self._report.clear()
        with self._report:
            tell(trouble)
