"""The record of an import of codes: how far it has come, and what it has found, so that it goes on after any end."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from tombola.aws.decode import Fields, Item, count, moment_from, totally
from tombola.aws.items import moment, number, text
from tombola_cli.operate.legible import legible
from tombola_cli.operate.run_record import RunRecord
from tombola_cli.operate.stack import Stack

IMPORTS_PK = "CODES-IMPORTS"
LISTED_MAX = 20  # lines of each finding; the others are counted


class Finding(StrEnum):
    """What became of a line."""

    IMPORTED = "imported"
    BAD = "bad"
    EXPIRED = "expired"
    REPEATED = "repeated"
    FREE = "already_free"
    USED = "already_used"


@dataclass(frozen=True, slots=True)
class Told:
    """A line whose code was not imported, and why; it holds no code."""

    line: int
    finding: Finding
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportState:
    """How far an import has come, in lines that are neither empty nor the header.

    The codes of the first `done` of them are in the pool. Those up to `planned` may be: what was found in them is
    counted, and `wanted` has a sign for each, 1 where its code is to be put.
    """

    done: int = 0
    planned: int = 0
    wanted: str = ""
    counts: Mapping[Finding, int] = field(default_factory=dict)
    told: tuple[Told, ...] = ()
    version: int = 0
    finished_at: datetime | None = None

    @property
    def refused(self) -> int:
        """The lines that somebody has to mend."""
        return self.counts.get(Finding.BAD, 0) + self.counts.get(Finding.EXPIRED, 0)


class ImportRecord:
    """The record of one file and one pool."""

    def __init__(self, stack: Stack, pool: str, digest: str) -> None:
        key = {"pk": text(IMPORTS_PK), "sk": text(f"{pool}#{digest}")}
        self._record = RunRecord(stack, key, "another run imports this file into this pool")

    def read(self) -> ImportState:
        """Return the state on record; raise TombolaError if it cannot be read."""
        found = self._record.read()
        return ImportState() if found is None else legible(_decode(found))

    def write(self, state: ImportState) -> ImportState:
        """Put state in place of the one that it followed, and return it with its new version.

        Raise TombolaError if another run has written meanwhile. Sent twice, it acts once.
        """
        after = replace(state, version=state.version + 1)
        self._record.put(_item(after), after.version)
        return after


def _item(state: ImportState) -> Item:
    told = [
        {"M": {"line": number(each.line), "finding": text(each.finding), "because": text(each.because)}}
        for each in state.told
    ]
    return {
        **{name: number(getattr(state, name)) for name in ("done", "planned")},
        "wanted": text(state.wanted),
        "counts": {"M": {finding.value: number(times) for finding, times in state.counts.items()}},
        "told": {"L": told},
        **({} if state.finished_at is None else {"finished_at": moment(state.finished_at)}),
    }


def _state_from(item: Mapping[str, Any]) -> ImportState:
    fields = Fields(item)
    return ImportState(
        **{name: fields.read(name, "N", count) for name in ("done", "planned", "version")},
        wanted=fields.read("wanted", "S", str),
        counts=fields.read("counts", "M", _counts_from),
        told=fields.read("told", "L", lambda told: tuple(_told_from(Fields(each["M"])) for each in told)),
        finished_at=fields.maybe("finished_at", "N", moment_from),
    )


def _counts_from(values: Mapping[str, Any]) -> dict[Finding, int]:
    fields = Fields(values)
    return {Finding(name): fields.read(name, "N", count) for name in values}


def _told_from(fields: Fields) -> Told:
    return Told(fields.read("line", "N", count), fields.read("finding", "S", Finding), fields.read("because", "S", str))


_decode = totally(_state_from)
