"""What an operator may do with dead letters: those that are chosen, or all of a reason; what can be sent is sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from tombola_cli.console import texts
from tombola_cli.console.act_buttons import Act
from tombola_cli.console.desk import Desk
from tombola_cli.console.long_work import LongWork, Progress
from tombola_cli.errors import TombolaError
from tombola_cli.operate.dead_letters import (
    MESSAGES_MAX,
    DeadLetter,
    Reason,
    Wanted,
    drop,
    looked_at,
    refuse_to_send,
    send_again,
)
from tombola_cli.screens import dead_letter_sheets
from tombola_cli.screens.blocks import Block

SEND, DROP = "retry", "drop"  # as the command calls them
LABELS = {SEND: texts.ACT_SEND, DROP: texts.ACT_DROP}
PAST = {SEND: "sent again", DROP: "dropped"}


def of_letters(desk: Desk, letters: Sequence[DeadLetter], work: LongWork) -> list[Act]:
    """Return the acts that can be done with every one of letters."""
    ids = [letter.message_id for letter in letters]
    counted = dead_letter_sheets.counted(len(ids))
    return [
        _Intent(desk=desk, what=what, ids=ids, work=work).act(
            texts.LETTERS_CHOSEN.format(act=LABELS[what], messages=counted),
            texts.ASK_LETTERS.format(act=LABELS[what], messages=counted),
        )
        for what in _possible(letters, desk)
    ]


def of_reason(desk: Desk, reason: Reason | None, letters: Sequence[DeadLetter], work: LongWork) -> list[Act]:
    """Return the acts that can be done with all messages of a reason, or with all, of which letters are the first."""
    return [
        _Intent(desk=desk, what=what, reason=reason, work=work).act(
            texts.LETTERS_LISTED.format(act=LABELS[what]), texts.ASK_LISTED.format(act=LABELS[what])
        )
        for what in _possible(letters, desk)
    ]


def of_this(reason: Reason | None) -> Wanted:
    """Return what lets the messages of a reason pass, or all."""
    return lambda letter: reason in (None, letter.reason)


def _possible(letters: Sequence[DeadLetter], desk: Desk) -> list[str]:
    try:
        refuse_to_send(letters, desk.stack)
    except TombolaError:
        return [DROP]
    return [SEND, DROP]


@dataclass(slots=True, kw_only=True)
class _Intent:
    """An act that is asked for, on the messages of ids, else on those of a reason; found are those of the last look."""

    desk: Desk
    what: str
    work: LongWork
    ids: Sequence[str] | None = None
    reason: Reason | None = None
    found: Collection[str] = field(default=())

    def act(self, label: str, question: str) -> Act:
        return Act(
            label=label,
            question=question,
            command=lambda _: self._command(),
            plan=self._plan,
            run=lambda _: self._run(),
            asks_why=False,
            final=self.what == DROP,
            progress=Progress(),
            work=self.work,
        )

    def _wanted(self, letter: DeadLetter) -> bool:
        return of_this(self.reason)(letter) if self.ids is None else letter.message_id in self.ids

    def _plan(self) -> Sequence[Block]:
        limit = MESSAGES_MAX if self.ids is None else len(self.ids)
        letters, _ = looked_at(self._wanted, limit, self.desk.stack)
        gone = 0 if self.ids is None else len(self.ids) - len(letters)
        if gone:
            raise TombolaError(texts.LETTERS_GONE.format(count=gone))
        if self.what == SEND:
            refuse_to_send(letters, self.desk.stack)
        self.found = {letter.message_id for letter in letters}
        return dead_letter_sheets.outlook(self.what, letters)

    def _run(self) -> Sequence[Block]:
        do, asked = send_again if self.what == SEND else drop, len(self.found)
        done = do(
            self.found,
            self._wanted,
            self.desk.stack,
            lambda number: self.work.progress.tell(number, asked, PAST[self.what]),
        )
        return dead_letter_sheets.done(PAST[self.what], done, asked)

    def _command(self) -> str:
        listed = ("--all",) if self.reason is None else ("--reason", self.reason)
        return self.desk.command("dlq", self.what, *(listed if self.ids is None else self.ids))
