"""A model of DynamoDB's transaction conflicts and partition limits, and of draws that meet on one stock item.

Not a measurement: how long a transaction keeps an item prepared is not published, so a case says it. Pauses, bounds and
hints are the code's own.
"""

import math
from array import array
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from heapq import heappop, heappush
from itertools import count
from random import Random

from tombola.aws.activity_cache import HINT, LOOK_FIRST
from tombola.aws.batch import KEYS_MAX
from tombola.aws.deadline import Deadline
from tombola.flows.tell import CALL_SECONDS
from tombola.rules.draw_machine import TRIES_MAX

WAY = 0.002  # seconds from a function to an item, and as long back
UNITS_A_SECOND = 1_000.0  # write units of one partition
UNITS_BURST = 100.0  # of them, saved up by an idle partition
FREE_UNITS = 2  # of the stock item: prepared and committed
REFUSED_UNITS = 1  # of the stock item: refused for a conflict or for no stock
OTHER_UNITS = 4  # the order's 2 and the quota's 2, of every transaction: a cancelled one was prepared and undone
RECORDED_UNITS = 3  # the order's entries in the indexes of what is due and of wins, and the mark that it was sent
DEADLINE = 5.0  # the draw function's 10 s less CALL_SECONDS
SAMPLE_SECONDS = 2.0  # the part of a stream that is played, at least


Waits = Iterator[float]  # seconds that a draw waits before it goes on, again and again until it ends


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
    ATTACK = auto()  # a transaction of the attacker's, which is refused and holds each item that it finds free
    LOOK = auto()  # the attacker was refused by reads, which hold nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    rate: float  # draws a second, all of which win this award; each is of another user
    shards: int
    lock: float  # seconds an item stays prepared
    seconds: float = SAMPLE_SECONDS
    deadline: float = DEADLINE
    environments: int = 200
    units: float = math.inf  # of each shard
    attack: float = 0.0  # draws a second of one user whose quota is used up
    aimed: bool = False  # the attacker chooses the shard by his keys; else it is secret
    looks: bool = True  # a refused client looks before it tries again


@dataclass(slots=True)
class Shard:
    """One stock item, alone in its partition."""

    left: float
    prepared_until: float = -1.0
    tokens: float = UNITS_BURST
    counted_at: float = 0.0

    def meet(self, now: float, lock: float) -> Event:
        """Return the state that an arriving transaction meets; a free item is its own until it commits."""
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
        """Return the stock that a consistent read shows: a unit that is only prepared is still there."""
        return self.left + (now < self.prepared_until)


def p99_ms(took: Iterable[float]) -> float:
    ordered = sorted(took)
    return ordered[math.ceil(0.99 * len(ordered)) - 1] * 1000 if ordered else math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    arrived: float
    number: int  # the secret one that chooses the shard
    environment: int
    deadline: Deadline


class Model:
    """One run of a case, and the times of its events. A draw's way through it is that of rules/draw_machine.py."""

    def __init__(self, case: Case, chance: Random) -> None:
        self.case, self.chance = case, chance
        self.shards = [Shard(case.units) for _ in range(case.shards)]
        self.at = {event: array("d") for event in Event}
        self._took = {event: array("d") for event in Event}  # since the draw arrived
        self._hints: dict[int, float] = {}
        self._refused: dict[int, float] = {}  # when each environment refused the attacker last
        self._quota = Shard(math.inf)  # the attacker's, which his own draws meet on
        self._now = 0.0
        self._asleep: list[tuple[float, int, Waits]] = []  # a heap: the draw that goes on next is at its top
        self._order = count()  # of draws that go on at the same moment
        self._slept = list[float]()  # the seconds of a pause, as the code under test asks for them

    def run(self) -> "Model":
        """Play until the case's time is over; later events are left out."""
        self._go_on(self._arrive())
        while self._asleep[0][0] < self.case.seconds:  # there is always a draw to come
            self._now, _, way = heappop(self._asleep)
            self._go_on(way)
        return self

    def _go_on(self, way: Waits) -> None:
        """Let a draw go on until it waits again or ends."""
        wait = next(way, None)
        if wait is not None:
            heappush(self._asleep, (self._now + wait, next(self._order), way))

    def count(self, events: Iterable[Event], start: float, end: float) -> int:
        return sum(start <= at < end for event in events for at in self.at[event])

    def took(self, events: Iterable[Event], start: float, end: float) -> list[float]:
        """Return the seconds from a draw's arrival to each of events."""
        pairs = (pair for event in events for pair in zip(self.at[event], self._took[event], strict=True))
        return [took for at, took in pairs if start <= at < end]

    def p99_ms(self, events: Iterable[Event], start: float, end: float) -> float:
        return p99_ms(self.took(events, start, end))

    def _arrive(self) -> Waits:
        """Let draws come, the attacker's among them."""
        rate = self.case.rate + self.case.attack
        while True:
            yield self.chance.expovariate(rate)
            draw = self._new_draw()
            attacks = self.case.attack and self.chance.random() * rate < self.case.attack
            self._go_on(self._attack(draw) if attacks else self._draw(draw))

    def _new_draw(self) -> Draw:
        arrived = self._now

        def seconds_left() -> float:
            return self.case.deadline + CALL_SECONDS - (self._now - arrived)

        return Draw(
            arrived=arrived,
            number=self.chance.getrandbits(63),
            environment=self.chance.randrange(self.case.environments),
            deadline=Deadline(seconds_left=seconds_left, sleep=self._slept.append, chance=self.chance.random),
        )

    def _draw(self, draw: Draw) -> Waits:
        """Try until a shard gives a unit, none has any, or there is no time left."""
        self._note(Event.COME, draw)
        shard = None if self._knows_end(draw) else draw.number % self.case.shards
        tries = 0
        while shard is not None and self._may_try(draw, tries):
            yield WAY
            met = self.shards[shard].meet(self._now, self.case.lock)
            self._note(met, draw)
            if met is Event.TAKEN:
                self._note(Event.WON, draw, after=self.case.lock + WAY)
                return
            yield WAY
            if met is Event.EMPTY:
                shard = yield from self._read(draw)
            elif draw.deadline.pause(tries):
                yield self._slept.pop()
            else:
                break
            tries += 1
        if shard is None and self._may_try(draw, tries):
            self._note(Event.SOLD_OUT, draw, after=WAY + self.case.lock + WAY)
        else:
            self._note(Event.BUSY, draw)

    def _knows_end(self, draw: Draw) -> bool:
        """Return whether the draw's environment remembers that the award is sold out."""
        since = draw.arrived - self._hints.get(draw.environment, -math.inf)
        return 0 <= since < HINT.total_seconds()

    def _may_try(self, draw: Draw, tries: int) -> bool:
        return tries < TRIES_MAX and draw.deadline.allows(CALL_SECONDS)

    def _read(self, draw: Draw) -> Generator[float, None, int | None]:
        """Look at all shards, and return a live one; a call reads so many keys, and one call follows the other."""
        yield WAY
        now, calls = self._now, math.ceil(self.case.shards / KEYS_MAX)
        self._note(Event.READ, draw)
        live = [number for number, shard in enumerate(self.shards) if shard.shown(now) > 0]
        yield WAY + (calls - 1) * (WAY + WAY)
        if live:
            return live[draw.number // len(self.shards) % len(live)]
        self._hints[draw.environment] = draw.arrived
        return None

    def _attack(self, draw: Draw) -> Waits:
        """Hold each free item until the quota refuses; try again where another draw of the attacker's holds it."""
        shard = 0 if self.case.aimed else draw.number % self.case.shards
        tries = 0
        while self._may_try(draw, tries):
            if self.case.looks and (tries > 0 or self._remembers_attacker(draw)):
                self._refused[draw.environment] = draw.arrived
                self._note(Event.LOOK, draw)
                return
            yield WAY
            self.shards[shard].meet(self._now, self.case.lock)
            self._note(Event.ATTACK, draw)
            held = self._quota.meet(self._now, self.case.lock) is not Event.TAKEN
            yield WAY
            if not held:
                self._refused[draw.environment] = draw.arrived
                return
            if not draw.deadline.pause(tries):
                return
            yield self._slept.pop()
            tries += 1

    def _remembers_attacker(self, draw: Draw) -> bool:
        since = draw.arrived - self._refused.get(draw.environment, -math.inf)
        return 0 <= since < LOOK_FIRST.total_seconds()

    def _note(self, event: Event, draw: Draw, after: float = 0.0) -> None:
        at = self._now + after
        self.at[event].append(at)
        self._took[event].append(at - draw.arrived)
