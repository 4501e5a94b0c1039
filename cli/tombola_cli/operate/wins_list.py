"""The winners of an activity: listed by the index of wins, which is a moment old, and each as its order is now."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tombola.aws.batch import KEYS_MAX, batch_get
from tombola.aws.decode import Fields, moment_from, totally
from tombola.aws.items import moment, order_key, order_of_key, text
from tombola.rules.activity import Activity
from tombola.rules.order import GrantState, Order, Outcome
from tombola.rules.unreadable import Unreadable
from tombola.rules.wins import win_key
from tombola_cli.errors import TombolaError
from tombola_cli.files.file_times import read_moment
from tombola_cli.files.zones import zone_of
from tombola_cli.operate.activity_moves import found
from tombola_cli.operate.batch_writes import parts_of
from tombola_cli.operate.index_walk import Index, Place, Route, walk
from tombola_cli.operate.order_lists import ledger_of
from tombola_cli.operate.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WINS = Index("wins", partition="win", time="drawn_at")
# A draw writes its order some time after it looked at the clock, and the index is a moment behind: only of the time
# before it is certain that no win can come any more, so that a list of it goes on without a gap.
DRAW_SECONDS = 10  # the draw function's timeout (template.yaml)
INDEX_SECONDS = 5
ON_ITS_WAY = timedelta(seconds=DRAW_SECONDS + INDEX_SECONDS)
PAGE = 500  # entries a query of a whole list
AHEAD = 2  # batch reads under way, so that a new table (12,000 read units a second) bears them beside its draws
LOOKED_AT_MAX = 20_000  # entries for one page
# Neither content nor address: an attribute that is not asked for is in no list.
ONLY = (
    "pk",
    "sk",
    "drawn_at",
    "outcome",
    "grant_state",
    "granted_at",
    "award.award_id",
    "award.award_type",
    "award.award_name",
)


class WinState(StrEnum):
    """The state of a prize."""

    WAITING = "waiting"
    GRANTED = "granted"
    PARKED = "parked"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class Win:
    """A row of the list."""

    drawn_at: datetime
    user_id: str
    order_id: int
    award_id: str
    award_type: int
    award_name: str
    outcome: Outcome
    state: WinState
    granted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which wins are asked for; None: all of them."""

    activity: Activity
    until: datetime
    since: datetime | None = None
    after: Place | None = None
    award_id: str | None = None
    state: WinState | None = None
    user_id: str | None = None

    def lets(self, win: Win) -> bool:
        """Return whether win is one of those."""
        return self.award_id in (None, win.award_id) and self.state in (None, win.state)

    def route(self, page: int) -> Route:
        shards = [win_key(self.activity.activity_id, shard) for shard in range(self.activity.win_shards)]
        return Route(index=WINS, partitions=shards, since=self.since, until=self.until, after=self.after, page=page)


@dataclass(frozen=True, slots=True)
class WinPage:
    """A part of a list; next is the word with which the list goes on, None at its end."""

    found: list[Win | Unreadable]
    next: str | None

    @property
    def unreadable(self) -> bool:
        """Whether any item of the page cannot be read."""
        return any(isinstance(each, Unreadable) for each in self.found)


def listing_of(
    activity_id: str,
    stack: Stack,
    *,
    since: str | None = None,
    until: str | None = None,
    after: str | None = None,
    award_id: str | None = None,
    state: WinState | None = None,
    user_id: str | None = None,
) -> Listing:
    """Return what is asked for in words; raise TombolaError if there is no such activity, award, time or place."""
    activity = found(activity_id, stack)
    awards = [share.award.award_id for share in activity.shares]
    if award_id not in (None, *awards):
        raise TombolaError(f"--award: activity {activity_id} has no award {award_id}, but {', '.join(awards)}")
    whole, last = stack.now() - ON_ITS_WAY, _moment("--until", until, activity, last=True)
    return Listing(
        activity=activity,
        since=_moment("--since", since, activity, last=False),
        until=(whole if last is None else min(last, whole)).astimezone(UTC),
        after=Place.read(after) if after else None,
        award_id=award_id,
        state=state,
        user_id=user_id,
    )


def page_of(listing: Listing, limit: int, stack: Stack, looked_at_max: int = LOOKED_AT_MAX) -> WinPage:
    """Return the first wins of a listing; the page may end before limit where many entries were looked at."""
    is_whole = listing.award_id is None and listing.state is None  # then each entry is a row
    entries, rows = _entries(listing, limit + 1 if is_whole else PAGE, stack), list[Win | Unreadable]()
    looked_at, reader = 0, _Reader(stack)
    for part in parts_of(entries, min(KEYS_MAX, limit)):
        for place, win in reader.read(part):
            if isinstance(win, Win) and not listing.lets(win):
                continue
            rows.append(win)
            if len(rows) == limit:
                more = place != part[-1] or next(entries, None) is not None
                return WinPage(rows, place.token() if more else None)
        looked_at += len(part)
        if looked_at >= looked_at_max:
            return WinPage(rows, part[-1].token() if next(entries, None) else None)
    return WinPage(rows, None)


def wins_of(listing: Listing, stack: Stack) -> Iterator[tuple[Place, Win | Unreadable]]:
    """Yield every win of a listing with its place, the oldest first, whatever their number in the same memory."""
    reader = _Reader(stack)
    for part in _ahead(reader, parts_of(_entries(listing, PAGE, stack), KEYS_MAX)):
        for place, win in part:
            if isinstance(win, Unreadable) or listing.lets(win):
                yield place, win


def _entries(listing: Listing, page: int, stack: Stack) -> Iterator[Place]:
    """Yield the places of a listing's wins; a user's from the user's own partition, since the index knows no user."""
    route = listing.route(page)
    return walk(route, stack) if listing.user_id is None else _entries_of(listing.user_id, route, stack)


def _entries_of(user_id: str, route: Route, stack: Stack) -> Iterator[Place]:
    orders = [each for each in ledger_of(stack).orders_of(user_id) if isinstance(each, Order)]
    found = [_place_of(each) for each in orders if each.win in route.partitions]
    return (each for each in sorted(found, key=route.order) if route.meets(each))


def _place_of(order: Order) -> Place:
    key = order_key(order.user_id, order.order_id)
    return Place(partition=order.win or "", at=moment(order.drawn_at)["N"], pk=key["pk"]["S"], sk=key["sk"]["S"])


class _Reader:
    """Reads the orders of entries as they are now; one that is gone, such as a forgotten user's, is left out."""

    def __init__(self, stack: Stack) -> None:
        self._dynamodb: DynamoDBClient = stack.client("dynamodb")
        self._table, self._patience = stack.table_name, stack.patience

    def read(self, entries: Sequence[Place]) -> list[tuple[Place, Win | Unreadable]]:
        keys = [{"pk": text(entry.pk), "sk": text(entry.sk)} for entry in entries]
        items = batch_get(self._dynamodb, self._table, keys, only=ONLY, patience=lambda _: self._patience())
        by_key = {(item["pk"]["S"], item["sk"]["S"]): item for item in items}
        return [(entry, _decode(item)) for entry in entries if (item := by_key.get((entry.pk, entry.sk))) is not None]


def _ahead(reader: _Reader, parts: Iterable[Sequence[Place]]) -> Iterator[list[tuple[Place, Win | Unreadable]]]:
    """Yield the rows of parts in their order, while those of the next ones are read."""
    with ThreadPoolExecutor(AHEAD) as threads:
        under_way = deque[Future[list[tuple[Place, Win | Unreadable]]]]()
        for part in parts:
            under_way.append(threads.submit(reader.read, part))
            if len(under_way) > AHEAD:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


def _win_from(item: Mapping[str, Any]) -> Win:
    (user_id, order_id), fields = order_of_key(item), Fields(item)
    award = Fields(fields.read("award", "M", dict))
    return Win(
        drawn_at=fields.read("drawn_at", "N", moment_from),
        user_id=user_id,
        order_id=order_id,
        award_id=award.read("award_id", "S", str),
        award_type=award.read("award_type", "N", int),
        award_name=award.read("award_name", "S", str),
        outcome=fields.read("outcome", "S", Outcome),
        state=fields.read("grant_state", "N", lambda digits: WinState(GrantState(int(digits)).name.lower())),
        granted_at=fields.maybe("granted_at", "N", moment_from),
    )


_decode = totally(_win_from)


def _moment(option: str, words: str | None, activity: Activity, *, last: bool) -> datetime | None:
    """Return the moment that an option says, in the activity's time zone."""
    if words is None:
        return None
    try:
        return read_moment(words, zone_of(activity.time_zone), last=last)
    except ValueError as error:
        raise TombolaError(f"{option}: {error}") from None
