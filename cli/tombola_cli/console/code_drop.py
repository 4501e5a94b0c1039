"""A file of codes that was dropped on a page, and its import: nothing of it is shown, and it is kept no longer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nicegui import ui

from tombola.rules.activity import Activity
from tombola_cli.console import texts
from tombola_cli.console.act_buttons import Act, LookAgain
from tombola_cli.console.desk import Desk
from tombola_cli.console.dropped_files import Dropped, Tray
from tombola_cli.console.long_work import LongWork, Progress
from tombola_cli.errors import TombolaError
from tombola_cli.operate.code_import import import_codes
from tombola_cli.operate.code_pools import checked_name
from tombola_cli.operate.parked_codes import Parked, parked_for, retry_parked
from tombola_cli.operate.registry import activities_in
from tombola_cli.screens import code_sheets
from tombola_cli.screens.blocks import Block, Facts


@dataclass(slots=True, kw_only=True)
class CodeImport:
    """The import of the file that lies in the tray into a pool."""

    desk: Desk
    tray: Tray
    pool: str
    dropped: Dropped
    work: LongWork
    retries: bool = False  # as its box says

    def act(self) -> Act:
        progress = Progress()
        return Act(
            label=texts.IMPORT,
            question=texts.ASK_IMPORT.format(name=self.dropped.name, pool=self.pool),
            command=lambda _: self._command(),
            plan=lambda: self._imported(progress, dry_run=True),
            run=lambda _: self._run(),
            asks_why=False,
            more=self._more,
            progress=progress,
            work=self.work,
        )

    def _command(self) -> str:
        more = ("--retry-parked", "--who", self.desk.who) if self.retries else ()
        return self.desk.command("codes", "import", *more, ids=(self.pool, self.dropped.name))

    def _more(self, look_again: LookAgain) -> None:
        self.retries = False
        box = ui.checkbox(texts.RETRY_PARKED)

        async def said() -> None:
            self.retries = bool(box.value)
            await look_again()

        box.on_value_change(said)

    def _run(self) -> Sequence[Block]:
        self.tray.take(self.dropped)
        try:
            return self._imported(self.work.progress, dry_run=False)
        finally:
            self.dropped.remove()

    def _imported(self, progress: Progress, *, dry_run: bool) -> Sequence[Block]:
        """Import, or find out what that would do; raise TombolaError without the name that the file has here."""
        stack, pool, shown = self.desk.stack, checked_name(self.pool), Path(self.dropped.name)
        if not self.dropped.path.exists():
            raise TombolaError(texts.GONE_FILE)
        try:
            done = import_codes(
                self.dropped.path,
                pool,
                stack,
                stack.now(),
                dry_run=dry_run,
                tell=lambda lines, of: progress.tell(lines, of, texts.LINES),
            )
        except TombolaError as error:
            raise TombolaError(str(error).replace(str(self.dropped.path), self.dropped.name)) from None
        parked = parked_for(pool, stack, lambda orders: progress.tell(orders, None, texts.PARKED_ORDERS))
        retried = self._retried(parked, progress) if self.retries and parked.with_a_code and not dry_run else None
        retry = texts.RETRY_THEM if dry_run else texts.RETRY_THERE
        return [
            *self._unknown(pool),
            *code_sheets.imported(shown, done, parked, retried, dry_run=dry_run, retry=retry),
        ]

    def _unknown(self, pool: str) -> Sequence[Block]:
        """Warn of a pool that no activity names: its name may be misspelt."""
        activities = [each for each in activities_in(self.desk.stack) if isinstance(each, Activity)]
        named = any(share.award.source == pool for activity in activities for share in activity.shares)
        return [] if named else [Facts({}, texts.NO_SUCH_POOL.format(pool=pool))]

    def _retried(self, parked: Parked, progress: Progress) -> int:
        def told(orders: int) -> None:
            progress.tell(orders, parked.with_a_code, texts.PARKED_ORDERS)

        return retry_parked(parked, self.desk.who, self.desk.stack, told)
