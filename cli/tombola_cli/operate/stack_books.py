"""Do a stack's books keep the five promises? The auditor needs the whole table: a scan, asked for and bounded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tombola.aws.activity_items import decode_activity
from tombola.aws.items import decode_order
from tombola.rules.unreadable import Unreadable
from tombola_cli.audit.auditor import Audit, audit
from tombola_cli.audit.books import Books, Breach
from tombola_cli.audit.snapshot import read_books
from tombola_cli.errors import TombolaError
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ITEMS_MAX = 200_000  # of 3 kB each in this machine's memory
UNIT_BYTES = 4_096  # of a consistent read, a read unit

Item = Mapping[str, Any]
Tell = Callable[[int, int], None]  # items that are read, of about how many


@dataclass(frozen=True, slots=True)
class TableSize:
    """The size of a table as DynamoDB knows it, which may be six hours old."""

    items: int
    bytes: int

    @property
    def read_units(self) -> int:
        """What a consistent scan of it costs."""
        return -(-self.bytes // UNIT_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """The verdict, how many items it is about, and what it is not about.

    passing: places where the first look found a breach, and a second one did not.
    """

    verdict: Audit
    items: int
    passing: int
    unreadable: tuple[Unreadable, ...]
    unrevealed: tuple[str, ...]  # activities whose results nobody can compute again yet


@dataclass(slots=True)
class _Look:
    """One scan of the table: how many items it met, and which of them nobody can read."""

    about: int
    tell: Tell
    met: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)

    def lets(self, item: Item) -> bool:
        """Return whether item is for the auditor; raise TombolaError beyond the bound."""
        self.met += 1
        self.tell(self.met, max(self.about, self.met))
        if self.met > ITEMS_MAX:
            raise TombolaError(too_large(self.met))
        found = _read(item)
        if isinstance(found, Unreadable):
            self.unreadable.append(found)
        return not isinstance(found, Unreadable)


def size_of(stack: Stack) -> TableSize:
    """Return how large the table is; raise TombolaError where the auditor would need too much memory."""
    dynamodb: DynamoDBClient = stack.client("dynamodb")
    table = dynamodb.describe_table(TableName=stack.table_name)["Table"]
    size = TableSize(table.get("ItemCount", 0), table.get("TableSizeBytes", 0))
    if size.items > ITEMS_MAX:
        raise TombolaError(too_large(size.items))
    return size


def too_large(items: int) -> str:
    return (
        f"the table has {items:,} items or more, and the auditor holds all of them in memory, {ITEMS_MAX:,} at most:"
        " nothing is audited; docs/verify.py checks the results of one activity, one by one"
    )


def audited(stack: Stack, tell: Tell = lambda *_: None) -> Audited:
    """Return the verdict on a stack's books; a breach stands where a second look finds one at the same place.

    A scan is no snapshot: what is drawn meanwhile looks like a breach once, and is none.
    """
    found = _looked(stack, size_of(stack).items, tell)
    if found.verdict.balanced:
        return found
    again, places = _looked(stack, found.items, tell), set(map(_place, found.verdict.breaches))
    lasting = tuple(breach for breach in again.verdict.breaches if _place(breach) in places)
    passing = len(places - set(map(_place, lasting)))
    return replace(again, verdict=replace(again.verdict, breaches=lasting), passing=passing)


def _looked(stack: Stack, about: int, tell: Tell) -> Audited:
    look = _Look(about, tell)
    books = read_books(stack.client("dynamodb"), stack.table_name, look.lets)
    return Audited(
        verdict=_verdict(books),
        items=look.met,
        passing=0,
        unreadable=tuple(look.unreadable),
        unrevealed=tuple(sorted(name for name, activity in books.activities.items() if not activity.get("seed"))),
    )


def _verdict(books: Books) -> Audit:
    try:
        return audit(books, {})
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        kind = type(error).__name__
        raise TombolaError(f"the auditor met an item that it cannot read ({kind}): nothing is audited") from error


def _read(item: Item) -> object:
    """Return what item is, Unreadable if nobody can read it; only orders and activities are told apart."""
    kind, role = item["pk"]["S"].partition("#")[0], item["sk"]["S"].partition("#")[0]
    if (kind, role) == ("USER", "ORDER"):
        return decode_order(item)
    return decode_activity(item) if (kind, role) == ("ACTIVITY", "CONFIG") else item


def _place(breach: Breach) -> tuple[str, str]:
    return breach.promise, breach.where
