"""The auditor's verdict on a stack's books, promise by promise, as it is shown."""

from collections import Counter
from collections.abc import Iterator, Sequence

from tombola_cli.audit.books import Breach
from tombola_cli.operate.stack_books import Audited, TableSize
from tombola_cli.screens.blocks import Block, Column, Facts, Table, Told, Value

ROWS_MAX = 1_000  # breaches, and items, that are listed; all are counted
PROMISES = {
    "P1": "the same draw asked twice is one draw, with one answer",
    "P2": "stock is never oversold, and no unit is lost",
    "P3": "a prize is granted exactly once, or stands where an operator sees it",
    "P4": "nobody draws past a quota",
    "P5": "everybody can compute each result again, once the seed is revealed",
}
KEPT, BROKEN = Told("kept", "kept", "green"), Told("broken", "BROKEN", "red")
KEPT_SO_FAR = Told("kept_so_far", "kept, as far as seeds are revealed", "yellow")
TOLD_ANSWERS = "what users were told: nobody records it, so that it is not compared with the orders"


def cost(size: TableSize) -> list[Block]:
    """Return what an audit reads."""
    fields = {"items": size.items, "bytes": size.bytes, "read_units": size.read_units}
    told = (
        f"reads the whole table, about {size.items:,} items or {size.read_units:,} read units as DynamoDB counted them"
        " within the last hours, and once more where something looks broken; nothing is written"
    )
    return [Facts(fields, told)]


def verdict(found: Audited) -> list[Block]:
    """Return each promise with its verdict, each breach, and what was not audited."""
    balanced = found.verdict.balanced
    sentence, style = ("the books balance", "green") if balanced else ("the books do NOT balance", "red")
    figures = {name: getattr(found.verdict, name) for name in ("draws", "won", "granted", "parked", "waiting", "void")}
    return [
        Facts({"balanced": balanced}, sentence, style),
        Table("promises", [Column("promise"), Column("says", folds=True), *_counted()], _promises(found)),
        breaches(found.verdict.breaches[:ROWS_MAX]),
        Facts({"items": found.items, **figures, "passing": found.passing}, _figures(found, figures)),
        Table(
            "not_audited", [Column("what", "not audited", folds=True), Column("because", folds=True)], [*_left(found)]
        ),
    ]


def breaches(found: Sequence[Breach]) -> Table:
    """Return each breach, with its promise and its place."""
    columns = [Column("promise"), Column("where"), Column("what", folds=True)]
    told = "\n".join(f"{each.promise} broken at {each.where}: {each.what}" for each in found)
    return Table("breaches", columns, [[each.promise, each.where, each.what] for each in found], told, "red")


def _counted() -> list[Column]:
    return [Column("verdict"), Column("breaches")]


def _promises(found: Audited) -> list[list[Value]]:
    broken = Counter(breach.promise for breach in found.verdict.breaches)
    kept = {"P5": KEPT_SO_FAR if found.unrevealed else KEPT}
    return [
        [name, says, BROKEN if broken[name] else kept.get(name, KEPT), broken[name]] for name, says in PROMISES.items()
    ]


def _figures(found: Audited, figures: dict[str, int]) -> str:
    told = ", ".join(f"{number:,} {name}" for name, number in figures.items())
    moved = f"; at {found.passing:,} places only the first look found a breach: draws were under way"
    return f"{found.items:,} items: {told}{moved if found.passing else ''}"


def _left(found: Audited) -> Iterator[list[Value]]:
    yield ["answers", TOLD_ANSWERS]
    for activity_id in found.unrevealed[:ROWS_MAX]:
        yield [f"the results of activity {activity_id}", "its seed is not revealed"]
    for item in found.unreadable[:ROWS_MAX]:
        yield [f"{item.pk} {item.sk}", f"it cannot be read: {item.because}"]
