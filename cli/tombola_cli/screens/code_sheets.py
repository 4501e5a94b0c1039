"""Pools and imports of codes, as they are shown: never a code."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tombola_cli.operate.code_counts import PoolCount
from tombola_cli.operate.code_export import Exported
from tombola_cli.operate.code_import import Imported
from tombola_cli.operate.import_record import Finding, ImportState
from tombola_cli.operate.parked_codes import Parked
from tombola_cli.screens.blocks import Block, Column, Facts, Table

RETRY = "the same command with --retry-parked lets them be tried again"
TITLES = {
    Finding.IMPORTED: "imported",
    Finding.FREE: "in the pool already",
    Finding.USED: "handed over already",
    Finding.REPEATED: "twice in the file",
    Finding.EXPIRED: "expired",
    Finding.BAD: "bad lines",
}


def imported(
    file: Path, done: Imported, parked: Parked, retried: int | None, *, dry_run: bool, retry: str = RETRY
) -> list[Block]:
    """Return what became of the lines of a file: the first of each kind by number, and all of them counted.

    retried counts the parked orders that are tried again; None: that was not asked for.
    """
    state = done.state
    counts = {finding.value: state.counts.get(finding, 0) for finding in TITLES}
    fields = {
        "file": str(file),
        "pool": parked.pool,
        "dry_run": dry_run,
        "imported_before": done.before,
        "lines": done.extent.lines,
        **counts,
        "parked": parked.orders,
        "retried": retried or 0,
    }
    told = {title: f"{state.counts[finding]:,}" for finding, title in TITLES.items() if state.counts.get(finding)}
    waiting = _of_parked(parked, retried, retry, dry_run=dry_run)
    columns = [Column("line"), Column("finding"), Column("because", folds=True)]
    rows = [[each.line, each.finding.value, each.because] for each in state.told]
    return [
        Table("problems", columns, rows, "\n".join(_problems(file, state)), "yellow"),
        Facts(fields, {f"{file}": _sentence(parked.pool, done, dry_run=dry_run), **told, **waiting}),
    ]


def _of_parked(parked: Parked, retried: int | None, retry: str, *, dry_run: bool) -> dict[str, str]:
    """Return how many orders wait for codes, if any do, and the next step."""
    if not parked.orders:
        return {}
    if retried is not None:
        return {"parked orders": f"{parked.orders:,}, of which {retried:,} are tried again"}
    if dry_run:  # the codes that they wait for may be these
        return {"parked orders": f"{parked.orders:,} wait for codes of this pool: {retry}"}
    if not parked.with_a_code:
        return {"parked orders": f"{parked.orders:,}, for which there is no code"}
    return {"parked orders": f"{parked.orders:,}: {retry}"}


def _sentence(pool: str, done: Imported, *, dry_run: bool) -> str:
    if done.before:
        return f"was imported into pool {pool} before, at {done.state.finished_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"would be imported into pool {pool}" if dry_run else f"is imported into pool {pool}"


def _problems(file: Path, state: ImportState) -> Iterator[str]:
    listed = Counter(each.finding for each in state.told)
    for each in state.told:
        yield f"{file}:{each.line}: {each.because}"
    for finding, title in TITLES.items():
        more = state.counts.get(finding, 0) - listed[finding]
        if finding is not Finding.IMPORTED and more:
            yield f"{file}: {more:,} more: {title}"


def pools(found: Iterable[PoolCount]) -> list[Block]:
    columns = [
        Column("pool"),
        Column("free"),
        Column("expire_soon", "expire within a week"),
        Column("expired"),
        Column("used"),
    ]
    return [
        Table("pools", columns, [[each.pool, each.free, each.expire_soon, each.expired, each.used] for each in found])
    ]


def exported(pool: str, path: Path, done: Exported) -> list[Block]:
    """Return where the codes are, and how many items could not be read."""
    told = f"{path}: {done.written:,} used codes of pool {pool}"
    lost = f"\n{done.unreadable:,} items of the pool cannot be read, and are not in it" if done.unreadable else ""
    fields = {"pool": pool, "file": str(path), "exported": done.written, "unreadable": done.unreadable}
    return [Facts(fields, told + lost)]


def shortages(found: Sequence[str]) -> Table:
    """Return the warnings that awards can be won more often than their pools have codes."""
    told = "\n".join(f"warning: {each}" for each in found)
    return Table("warnings", [Column("warning", folds=True)], [[each] for each in found], told, "yellow")
