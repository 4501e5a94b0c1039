"""Importing a file of codes into a pool: in parts, each of which is planned on record before it is written.

After an end at any point the same command goes on: of a part that was planned it puts the codes that are still missing.
The plan says which codes were new, so that one that a winner has got meanwhile is not put again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import compress, islice
from pathlib import Path

from tombola.rules.code_pool import EXPIRY_MARGIN, may_be_handed_over
from tombola_cli.errors import TombolaError
from tombola_cli.files.code_file import BadLine, CodeLine, Extent, Line, extent_of, read_codes
from tombola_cli.files.seen_codes import SeenCodes
from tombola_cli.operate.batch_writes import parts_of
from tombola_cli.operate.code_pools import CodePool
from tombola_cli.operate.import_record import LISTED_MAX, Finding, ImportRecord, ImportState, Told
from tombola_cli.operate.stack import Stack

PART = 1_000  # lines between two writes of the record
THREADS = 4

Tell = Callable[[int, int], None]  # lines that are done, of how many


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import, of all its runs together."""

    extent: Extent
    state: ImportState
    before: bool  # an earlier run had ended it: this one did nothing


def import_codes(
    path: Path, pool: str, stack: Stack, now: datetime, *, dry_run: bool = False, tell: Tell = lambda *_: None
) -> Imported:
    """Bring the codes of the file at path into pool, or find out what that would do.

    Raise TombolaError if the file cannot be read or changes meanwhile, or if another run imports it.
    """
    extent = extent_of(path)
    record = ImportRecord(stack, pool, extent.digest)
    state = record.read()
    if state.finished_at is not None:
        return Imported(extent, state, before=True)
    with _run(stack, pool) as run:
        if not dry_run:
            run.pool.put_on_the_list()
        lines = read_codes(path)
        for part in parts_of(islice(lines, state.done), PART):
            run.skip(part)
            tell(part[-1].number, extent.lines)
        run.take_up(list(islice(lines, state.planned - state.done)), state, writes=not dry_run)
        for part in parts_of(lines, PART):
            state = run.planned(part, state, now)
            if not dry_run:
                state = record.write(state)
                run.pool.put(_wanted(part, state.wanted))
            tell(part[-1].number, extent.lines)
    if extent_of(path) != extent:
        raise TombolaError(f"{path} was changed while it was read: run the import again, with the file as it is now")
    state = replace(state, done=state.planned, wanted="", finished_at=now)
    return Imported(extent, state if dry_run else record.write(state), before=False)


@dataclass(slots=True)
class _Run:
    pool: CodePool
    seen: SeenCodes
    is_new: bool  # nothing was in the pool when the run began: there is nothing to look for

    def skip(self, part: Sequence[Line]) -> None:
        """Remember the codes that an earlier run has dealt with."""
        for line in part:
            if isinstance(line, CodeLine):
                self.seen.before(line.code, line.number)

    def take_up(self, part: Sequence[Line], state: ImportState, *, writes: bool) -> None:
        """Put the codes of a part that an earlier run has planned, as far as they are missing."""
        self.skip(part)
        if writes:
            wanted = list(_wanted(part, state.wanted))
            known = self.pool.known(line.code for line in wanted)
            self.pool.put(line for line in wanted if line.code not in known)

    def planned(self, part: Sequence[Line], state: ImportState, now: datetime) -> ImportState:
        """Return the state in which part is the next to be written, after the one before."""
        known: Mapping[str, Finding] = {}
        if not self.is_new:
            known = self.pool.known({line.code for line in part if isinstance(line, CodeLine)})
        found = [self._found(line, known, now) for line in part]
        told = [*state.told]
        for each in found:
            if each is not None and sum(other.finding is each.finding for other in told) < LISTED_MAX:
                told.append(each)
        findings = (Finding.IMPORTED if each is None else each.finding for each in found)
        return replace(
            state,
            done=state.planned,
            planned=state.planned + len(part),
            wanted="".join("1" if each is None else "0" for each in found),
            counts=Counter(state.counts) + Counter(findings),
            told=tuple(told),
        )

    def _found(self, line: Line, known: Mapping[str, Finding], now: datetime) -> Told | None:
        """Return why the code of line is not to be put, or None."""
        if isinstance(line, BadLine):
            return Told(line.number, Finding.BAD, line.because)
        first = self.seen.before(line.code, line.number)
        if first is not None:
            return Told(line.number, Finding.REPEATED, f"its code stands on line {first} already")
        if not may_be_handed_over(line.expires_at, now):
            return Told(line.number, Finding.EXPIRED, f"its code has expired, or does so within {_hours()} hours")
        if line.code not in known:
            return None
        where = {Finding.FREE: "is in the pool already", Finding.USED: "was handed over already"}
        return Told(line.number, known[line.code], f"its code {where[known[line.code]]}")


def _hours() -> int:
    return round(EXPIRY_MARGIN.total_seconds() / 3600)


@contextmanager
def _run(stack: Stack, pool: str) -> Iterator[_Run]:
    with SeenCodes() as seen, ThreadPoolExecutor(THREADS) as threads:
        target = CodePool(stack, pool, threads)
        yield _Run(target, seen, target.is_empty())


def _wanted(part: Sequence[Line], wanted: str) -> Iterator[CodeLine]:
    """Return the lines of part whose codes are to be put, as its plan says."""
    chosen = compress(part, map(int, wanted))
    return (line for line in chosen if isinstance(line, CodeLine))
