"""What will a campaign do? Many recorded draws by the rules of tombola.rules.odds, a table's worth at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from tombola.rules.activity import Activity
from tombola.rules.odds import WHOLE, StrategyMode
from tombola.rules.quota import times_in

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Places = npt.NDArray[np.int16]  # numpy sorts 16 bits by radix; an activity has 1,000 awards at the most
Tickets = Callable[[int], IntArray]  # the next so many raw numbers of 63 bits, one a draw

BLOCK = 1 << 18  # draws whose raw numbers are in memory at a time
CHUNK_MIN = 64  # draws tried with one table; doubled while no stock ends
UNLIMITED = np.iinfo(np.int64).max
ENDLESS = np.iinfo(np.int64).max  # the number of a draw that never comes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Result:
    """Results of draws. A place is that of a share; one more stands for winning no award by one's own ticket."""

    places: Places  # by draw
    wins: IntArray  # by place
    sold_out_after: tuple[int | None, ...]  # by share: so many draws; None: some is left

    @property
    def draws(self) -> int:
        return int(self.places.size)

    @property
    def nobody(self) -> int:
        """The place of the draws that lose, or get the fallback award."""
        return len(self.sold_out_after)

    def cumulative(self, points: int) -> tuple[IntArray, IntArray]:
        """Return up to so many numbers of draws, evenly on a logarithmic scale, and the wins until then by place."""
        ends = np.unique(np.geomspace(1, self.draws, points).round().astype(np.int64))
        parts = np.split(self.places, ends[:-1])
        return ends, np.cumsum([np.bincount(part, minlength=self.nobody + 1) for part in parts], axis=0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Odds:
    """An activity's shares as arrays by place, nobody's at the end, which is never won."""

    mode: StrategyMode
    weights: IntArray
    stock: IntArray
    opens: IntArray  # the number, from zero, of the first draw that may win it
    levels: IntArray  # where awards unlock, in order

    @property
    def nobody(self) -> int:
        return len(self.weights) - 1

    def next_level(self, at: float) -> int:
        """Return the first draw after at by which more awards are unlocked."""
        return int(self.levels[np.searchsorted(self.levels, at, "right")])


def random_tickets(chance: np.random.Generator) -> Tickets:
    return lambda count: chance.integers(0, 1 << 63, count, dtype=np.int64)


def run(activity: Activity, draws: int, users: int, tickets: Tickets) -> Result:
    """Return the wins of so many recorded draws, users taking turns.

    The ticket of a draw is its raw number modulo the tickets there are. With 63 bits the bias is under 1e-10.
    """
    odds = _odds(activity, users)
    draw = _single if odds.mode is StrategyMode.SINGLE else _total
    left, last = odds.stock.copy(), np.zeros_like(odds.stock)
    places = np.empty(draws, np.int16)
    for start in range(0, draws, BLOCK):
        raw = tickets(min(BLOCK, draws - start))
        block = draw(odds, left, start, raw)
        places[start : start + len(block)] = block
        last[block] = np.arange(start + 1, start + len(block) + 1)  # of repeated places the last one stays
    return Result(
        places=places,
        wins=odds.stock - left,
        sold_out_after=tuple(None if units else int(after) for units, after in zip(left[:-1], last, strict=False)),
    )


def expected(activity: Activity, draws: int, users: int) -> FloatArray:
    """Return the wins by place that a mean-field calculation expects.

    It lets stock run out at the awards' own pace: where tables stand, an award wins its part of every draw. The next
    event is the earliest end of a stock or unlocking. Chance leaves some units of a stock that would just about end, so
    that the true average is a little lower there.
    """
    odds = _odds(activity, users)
    stock = np.where(odds.stock == UNLIMITED, np.inf, odds.stock)
    wins, at = np.zeros_like(stock), 0.0
    while at < draws:
        left = stock - wins
        live = (odds.opens <= at) & (left > 0)
        total = WHOLE if odds.mode is StrategyMode.SINGLE else max(1, int(odds.weights[live].sum()))
        pace = np.where(live, odds.weights / total, 0.0)
        lasts = np.divide(left, pace, out=np.full_like(left, np.inf), where=pace > 0)
        step = min(float(lasts.min()), odds.next_level(at) - at, draws - at)
        wins = np.where(lasts <= step, stock, np.minimum(stock, wins + pace * step))
        at += step
    wins[odds.nobody] = max(0.0, draws - wins.sum())
    return wins


def within_limits(activity: Activity, asked: int, users: int) -> tuple[int, str]:
    """Return how many of the draws asked for can be recorded, and the reason if they are fewer."""
    least, because = min(limits(activity, users), key=lambda limit: limit[0], default=(asked, ""))
    return (least, because) if least < asked else (asked, "")


def limits(activity: Activity, users: int) -> Iterator[tuple[int, str]]:
    """Yield how many draws can be recorded at the most, and the reason."""
    zone = ZoneInfo(activity.time_zone)
    first, last = activity.begin.astimezone(zone).date(), activity.end.astimezone(zone).date()
    for period, limit in activity.quotas.limits:
        yield users * times_in(period, first, last) * limit, f"quotas.{period.name} is {limit:,} a user"
    if activity.cap is not None:
        yield activity.cap.limit, f"cap.draws is {activity.cap.limit:,}"


def _odds(activity: Activity, users: int) -> _Odds:
    shares = activity.shares
    opens = [min(share.unlock_after * users, ENDLESS) for share in shares]
    stock = [UNLIMITED if share.stock is None else min(share.stock, UNLIMITED) for share in shares]
    return _Odds(
        mode=activity.strategy_mode,
        weights=np.array([*(share.weight for share in shares), 0]),
        stock=np.array([*stock, UNLIMITED]),
        opens=np.array([*opens, ENDLESS]),
        levels=np.array(sorted({*opens, ENDLESS})),
    )


def _single(odds: _Odds, left: IntArray, start: int, raw: IntArray) -> Places:
    """Return the places that a block of draws wins, and take them from the units that are left.

    The ticket stands, so one table serves all: nobody wins an award that is locked or sold out.
    """
    fell = np.searchsorted(np.cumsum(odds.weights[:-1]), raw % WHOLE, "right")  # beyond the last edge: nobody
    unlocked = odds.opens[fell] <= np.arange(start, start + len(raw))
    places = np.where(unlocked, fell, odds.nobody).astype(np.int16)
    counts = _count(places, odds)
    if (counts > left).any():
        order = np.argsort(places, kind="stable")
        sought = places[order]
        turn = np.arange(len(raw)) - (np.cumsum(counts) - counts)[sought]  # among those who sought the same award
        places[order[turn >= left[sought]]] = odds.nobody
        counts = _count(places, odds)
    left -= counts
    return places


def _total(odds: _Odds, left: IntArray, start: int, raw: IntArray) -> Places:
    """As _single, where the live awards share the whole: a table serves until a stock ends or an award unlocks.

    A chunk of draws is looked up, kept up to the draw that ends a stock, and looked up again from there. The next
    chunk has twice the draws that were kept, so that what is looked up in vain stays a fixed part of the work.
    """
    places = np.empty(len(raw), np.int16)
    done, size = 0, CHUNK_MIN
    while done < len(raw):
        end = min(done + size, len(raw), odds.next_level(start + done) - start)
        chunk = _share_out(odds, (odds.opens <= start + done) & (left > 0), raw[done:end])
        counts = _count(chunk, odds)
        kept = _until_stock_ends(chunk, counts, left)
        if kept < len(chunk):
            chunk = chunk[:kept]
            counts = _count(chunk, odds)
        left -= counts
        places[done : done + kept] = chunk
        done += kept
        size = max(CHUNK_MIN, 2 * kept)
    return places


def _share_out(odds: _Odds, live: npt.NDArray[np.bool_], raw: IntArray) -> Places:
    """Return the places that draws win of live awards."""
    among = np.flatnonzero(live).astype(np.int16)
    edges = np.cumsum(odds.weights[live])
    if not edges.size or not edges[-1]:
        return np.full(len(raw), odds.nobody, np.int16)
    places: Places = among[np.searchsorted(edges, raw % edges[-1], "right")]
    return places


def _until_stock_ends(chunk: Places, counts: IntArray, left: IntArray) -> int:
    """Return how many draws there are up to the first that takes an award's last unit, all if none does."""
    ending = np.flatnonzero((counts >= left) & (counts > 0))
    if not ending.size:
        return len(chunk)
    order = np.argsort(chunk, kind="stable")
    begins = np.cumsum(counts) - counts
    return int(order[begins[ending] + left[ending] - 1].min()) + 1


def _count(places: Places, odds: _Odds) -> IntArray:
    return np.bincount(places, minlength=odds.nobody + 1)
