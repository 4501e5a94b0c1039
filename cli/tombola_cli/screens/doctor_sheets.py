"""The doctor's findings, as they are shown."""

from collections.abc import Sequence

from tombola_cli.doctor.finding import Line, Verdict
from tombola_cli.screens.blocks import Block, Column, Facts, Table, Told, Value

COLOURS = {Verdict.RIGHT: "green", Verdict.WRONG: "red", Verdict.ONLY_YOU: "yellow"}
COLUMNS = [
    Column("verdict"),
    Column("check"),
    Column("about", None),
    Column("seen", "seen, and what to do", folds=True),
    Column("todo", None),
    Column("milliseconds", None),
]


def examined(stack_name: str, found: Sequence[Line]) -> list[Block]:
    """Return every line, and how many there are of each verdict."""
    verdicts = [line.finding.verdict for line in found]
    told = ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in Verdict)
    return [
        Facts({"stack": stack_name}, f"stack {stack_name}"),
        Table("lines", COLUMNS, list(map(_row, found))),
        Facts({"wrong": verdicts.count(Verdict.WRONG)}, told),
    ]


def _row(line: Line) -> list[Value]:
    finding = line.finding
    words = [finding.seen, *([f"→ {finding.todo}"] if finding.todo else [])]
    return [
        Told(finding.verdict.value, finding.verdict.value, COLOURS[finding.verdict]),
        Told(line.check, f"{line.check}: {line.about}"),
        line.about,
        Told(finding.seen, "\n".join(words)),
        finding.todo,
        finding.milliseconds,
    ]
