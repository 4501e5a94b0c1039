"""Hot keys: how many wins a second does a stock item bear, and what does it cost when the stock runs out?

A model of DynamoDB's transaction conflicts and partition limits, not a measurement. How long a transaction keeps an
item prepared is not published, so it is an option. Pauses, bounds and hints are the code's own.
"""

import argparse
import math
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import partial
from heapq import heappop, heappush
from itertools import product
from pathlib import Path
from random import Random

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tombola.aws.activities import HINT
from tombola.aws.batch import KEYS_MAX
from tombola.aws.deadline import Deadline
from tombola.flows.draw import CALL_SECONDS, TRIES_MAX

RATES, SHARDS, LOCKS_MS = (100, 300, 1_000, 3_000, 10_000, 20_000), (1, 10, 50, 200), (4.0, 8.0)
RATES_OF_ONE = (20, 40, 60, 80, 100, 150, 200)  # draws a second on a single shard
WAY = 0.002  # seconds from a function to an item, and as long back
UNITS_A_SECOND, UNITS_BURST = 1_000.0, 100.0  # write units of one partition
FREE_UNITS, REFUSED_UNITS = 2, 1  # of the stock item: prepared and committed; refused for a conflict or for no stock
OTHER_UNITS = 4  # the order's 2 and the quota's 2, of every transaction: what is cancelled was prepared and undone
RECORDED_UNITS = 2  # the order's entry in the index, and the mark that it was sent
DEADLINE = 5.0  # the draw function's 10 s less CALL_SECONDS
SETTLING = 1.0  # longer than the longest pause: then whoever came before the deadline has been answered
SAMPLE_RATE, SAMPLE_DRAWS, SAMPLE_SECONDS = 2_000.0, 10_000.0, 2.0  # what of a steady stream is played, at least
WINS_A_SHARD, STOCK_SECONDS, END_SECONDS = 40, 2, 6  # the end of the stock: the rate, the stock, the whole run
BINS = 120  # of the time line


class Event(Enum):
    COME = auto()
    TAKEN = auto()  # the item was free: prepared now, so the unit is sold
    CONFLICT = auto()
    THROTTLED = auto()
    EMPTY = auto()
    READ = auto()  # one batch read, which may take several calls
    WON = auto()
    SOLD_OUT = auto()
    BUSY = auto()  # 503


REFUSED, ANSWERED = (Event.CONFLICT, Event.THROTTLED, Event.EMPTY), (Event.WON, Event.SOLD_OUT, Event.BUSY)
Figures = dict[str, float]  # by their headings


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    rate: float  # draws a second, all of which win this award
    shards: int
    lock: float  # seconds an item stays prepared
    seconds: float = SAMPLE_SECONDS
    deadline: float = DEADLINE
    environments: int = 200
    units: float = math.inf  # of each shard


@dataclass(slots=True)
class Shard:
    """One stock item, alone in its partition."""

    left: float
    prepared_until: float = -1.0
    tokens: float = UNITS_BURST
    counted_at: float = 0.0

    def meet(self, now: float, lock: float) -> Event:
        """Return what a transaction meets that arrives now; a free item is its own until it commits."""
        self.tokens = min(UNITS_BURST, self.tokens + (now - self.counted_at) * UNITS_A_SECOND)
        self.counted_at = now
        prepared = now < self.prepared_until
        cost = REFUSED_UNITS if prepared or not self.left else FREE_UNITS
        if self.tokens < cost:
            return Event.THROTTLED
        self.tokens -= cost
        if prepared or not self.left:
            return Event.CONFLICT if prepared else Event.EMPTY
        self.left -= 1
        self.prepared_until = now + lock
        return Event.TAKEN

    def shown(self, now: float) -> float:
        """Return what a consistent read shows: a unit that is only prepared is still there."""
        return self.left + (now < self.prepared_until)


@dataclass(slots=True)
class Draw:
    arrived: float
    order_id: int
    environment: int
    shard: int | None  # None: sold out, so the transaction is of order and quota only
    tries: int = 0
    reads: bool = False  # its next step is to read all shards


class Model:
    """One run of a case, and what happened when. A draw's way through it is that of flows/draw.py."""

    def __init__(self, case: Case, chance: Random) -> None:
        self.case, self.chance = case, chance
        self.shards = [Shard(case.units) for _ in range(case.shards)]
        self.at = {event: array("d") for event in Event}
        self._took = {event: array("d") for event in Event}  # since the draw arrived
        self._hints: dict[int, float] = {}
        self._steps: list[tuple[float, int, Draw]] = []
        self._left, self._slept = 0.0, list[float]()
        self._deadline = Deadline(seconds_left=lambda: self._left, sleep=self._slept.append, chance=chance.random)

    def run(self) -> "Model":
        """Play until the case's last draw has come; steps that are later than that are left out."""
        arrived = 0.0
        while (arrived := arrived + self.chance.expovariate(self.case.rate)) < self.case.seconds:
            while self._steps and self._steps[0][0] <= arrived:
                now, _, draw = heappop(self._steps)
                (self._read if draw.reads else self._reach)(now, draw)
            order_id, environment = self.chance.getrandbits(63), self.chance.randrange(self.case.environments)
            hinted = 0 <= arrived - self._hints.get(environment, -math.inf) < HINT.total_seconds()
            draw = Draw(arrived, order_id, environment, None if hinted else order_id % self.case.shards)
            self._note(Event.COME, arrived, draw)
            self._try(arrived, draw)
        return self

    def count(self, events: Iterable[Event], start: float, end: float) -> int:
        return sum(start <= at < end for event in events for at in self.at[event])

    def p99_ms(self, events: Iterable[Event], start: float, end: float) -> float:
        pairs = (pair for event in events for pair in zip(self.at[event], self._took[event], strict=True))
        took = sorted(took for at, took in pairs if start <= at < end)
        return took[math.ceil(0.99 * len(took)) - 1] * 1000 if took else math.nan

    def _try(self, now: float, draw: Draw) -> None:
        """Begin a transaction, if there is time and there were not too many."""
        self._left = self.case.deadline + CALL_SECONDS - (now - draw.arrived)
        if draw.tries >= TRIES_MAX or not self._deadline.allows(CALL_SECONDS):
            self._note(Event.BUSY, now, draw)
        elif draw.shard is None:
            self._note(Event.SOLD_OUT, now + WAY + self.case.lock + WAY, draw)
        else:
            heappush(self._steps, (now + WAY, draw.order_id, draw))

    def _reach(self, now: float, draw: Draw) -> None:
        met = self.shards[draw.shard or 0].meet(now, self.case.lock)
        self._note(met, now, draw)
        if met is Event.TAKEN:
            self._note(Event.WON, now + self.case.lock + WAY, draw)
        elif met is Event.EMPTY:
            draw.reads = True
            heappush(self._steps, (now + WAY + WAY, draw.order_id, draw))
        else:
            self._pause(now + WAY, draw)

    def _pause(self, now: float, draw: Draw) -> None:
        self._left = self.case.deadline + CALL_SECONDS - (now - draw.arrived)
        if self._deadline.pause(draw.tries):
            draw.tries += 1
            self._try(now + self._slept.pop(), draw)
        else:
            self._note(Event.BUSY, now, draw)

    def _read(self, now: float, draw: Draw) -> None:
        """Look at all shards; a call reads so many keys, and one call follows the other."""
        self._note(Event.READ, now, draw)
        live = [number for number, shard in enumerate(self.shards) if shard.shown(now) > 0]
        draw.shard = live[draw.order_id % len(live)] if live else None
        if draw.shard is None:
            self._hints[draw.environment] = draw.arrived
        draw.reads = False
        draw.tries += 1
        calls = math.ceil(self.case.shards / KEYS_MAX)
        self._try(now + WAY + (calls - 1) * (WAY + WAY), draw)

    def _note(self, event: Event, at: float, draw: Draw) -> None:
        self.at[event].append(at)
        self._took[event].append(at - draw.arrived)


def load(case: Case, chance: Random) -> Figures:
    """Return what a steady stream of winning draws gets, counted once those that came first have all been answered.

    A draw stays on its shard, so shards know nothing of each other: of many, some stand for all.
    """
    played = min(case.shards, math.ceil(SAMPLE_RATE * case.shards / case.rate))
    rate, start = case.rate * played / case.shards, case.deadline + SETTLING
    seconds = max(case.seconds, SAMPLE_DRAWS / rate)
    end = start + seconds
    model = Model(replace(case, rate=rate, shards=played, seconds=end), chance).run()
    won, throttled = model.count([Event.WON], start, end), model.count([Event.THROTTLED], start, end)
    refused, answered = model.count(REFUSED, start, end), model.count(ANSWERED, start, end)
    units = won * (FREE_UNITS + OTHER_UNITS + RECORDED_UNITS)
    units += refused * OTHER_UNITS + (refused - throttled) * REFUSED_UNITS
    return {
        "wins/s": won / seconds * case.shards / played,
        "ok %": 100 * won / answered,
        "p99 ms": model.p99_ms([Event.WON], start, end),
        "retries/win": refused / won,
        "units/draw": units / answered,
    }


def ending(base: Case, shards: int) -> Case:
    """Return a case whose stock ends, at the rate that the sizing rule has in mind."""
    units = WINS_A_SHARD * STOCK_SECONDS
    return replace(base, shards=shards, rate=WINS_A_SHARD * shards, units=units, seconds=END_SECONDS)


def exhaust(case: Case, chance: Random) -> tuple[Figures, Model]:
    """Return what draws meet in the second around the sale of the last unit, and the whole run."""
    model = Model(case, chance).run()
    last = model.at[Event.TAKEN][-1]
    start, end = last - 0.5, last + 0.5
    return {
        "stock": case.units * case.shards,
        "sold": len(model.at[Event.TAKEN]),
        "spread ms": max(0.0, last - model.at[Event.EMPTY][0]) * 1000,
        "extra/draw before": model.count(REFUSED, start - 1, start) / model.count([Event.COME], start - 1, start),
        "extra/draw": model.count(REFUSED, start, end) / model.count([Event.COME], start, end),
        "reads": model.count([Event.READ], start, end),
        "p99 ms": model.p99_ms(ANSWERED, start, end),
        "503s": len(model.at[Event.BUSY]),
    }, model


def _show(title: str, rows: Mapping[Case, Figures]) -> None:
    table = Table("lock ms", "shards", "draws/s", *next(iter(rows.values())), title=title)
    for case, figures in rows.items():
        values = (case.lock * 1000, case.shards, case.rate, *figures.values())
        table.add_row(*(f"{value:,.{0 if value >= 100 or value == int(value) else 2}f}" for value in values))
    Console().print(table)


def _plot(file: Path, loads: Mapping[Case, Figures], run: Model) -> None:
    mpl.rcParams.update({"svg.hashsalt": "hot keys", "svg.fonttype": "none"})  # the same figures, the same file
    figure = Figure(figsize=(15, 4.5), layout="constrained")
    wins, waits, line = figure.subplots(1, 3)
    _plot_loads(wins, loads, "wins/s")
    _plot_loads(waits, loads, "p99 ms")
    wins.legend(fontsize="x-small")
    seconds = run.case.seconds
    for event in (Event.COME, Event.TAKEN, Event.CONFLICT, Event.EMPTY, Event.READ):
        line.hist(run.at[event], BINS, range=(0, seconds), histtype="step", label=event.name.lower())
    line.set(title=f"{run.case.shards} shards sell out", xlabel="s", ylabel=f"in {seconds / BINS * 1000:g} ms")
    line.legend(fontsize="x-small")
    figure.savefig(file, format="svg", metadata={"Date": None})


def _plot_loads(axes: Axes, loads: Mapping[Case, Figures], heading: str) -> None:
    locks, shards = (list(dict.fromkeys(key)) for key in zip(*((c.lock, c.shards) for c in loads), strict=True))
    for lock, number in product(locks, shards):
        points = {c.rate: figures[heading] for c, figures in loads.items() if (c.lock, c.shards) == (lock, number)}
        (drawn,) = axes.loglog(list(points), list(points.values()), ".-", label=f"{number} x, lock {lock * 1000:g} ms")
        drawn.set(color=f"C{shards.index(number)}", linestyle=("-", "--", ":")[locks.index(lock) % 3])
    axes.set(title=heading, xlabel="draws/s")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lock-ms", type=float, nargs="+", default=LOCKS_MS, help="how long an item stays prepared")
    parser.add_argument("--deadline", type=float, default=DEADLINE, help="seconds until a draw is answered 503")
    parser.add_argument("--environments", type=int, default=200, help="how many remember what is sold out")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same figures")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write a picture, as SVG")
    parser.add_argument("--quick", action="store_true", help="a small grid")
    return parser.parse_args()


def main() -> None:
    asked = _options()
    rates, shards = ((100, 1_000), (1, 10)) if asked.quick else (RATES, SHARDS)
    base_of = partial(Case, rate=1, shards=1, deadline=asked.deadline, environments=asked.environments)
    bases = [base_of(lock=lock_ms / 1000) for lock_ms in asked.lock_ms]
    chance = partial(Random, asked.seed)  # each case begins anew, so it depends on no other
    one = [replace(base, rate=rate) for base, rate in product(bases, RATES_OF_ONE)]
    grid = [replace(base, shards=number, rate=rate) for base, number, rate in product(bases, shards, rates)]
    ends = [ending(base, number) for base, number in product(bases, shards)]
    loads = {case: load(case, chance()) for case in track([*one, *grid], "steady load", transient=True)}
    runs = {case: exhaust(case, chance()) for case in track(ends, "end of the stock", transient=True)}
    _show("one shard, steady load", {case: loads[case] for case in one})
    _show("steady load", {case: loads[case] for case in grid})
    _show("the second around the last unit", {case: figures for case, (figures, _) in runs.items()})
    if asked.plot:
        _plot(asked.plot, {case: loads[case] for case in grid}, runs[ends[-2]][1])


if __name__ == "__main__":
    main()
