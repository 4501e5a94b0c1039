"""A model of DynamoDB's transaction conflicts and partition limits, and of draws that meet on one stock item.

Not a measurement: how long a transaction keeps an item prepared is not published, so a case says it. Pauses, bounds and
hints are the code's own.
"""

import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from heapq import heappop, heappush
from random import Random

from tombola.aws.activities import HINT, LOOK_FIRST
from tombola.aws.batch import KEYS_MAX
from tombola.aws.deadline import Deadline
from tombola.flows.draw import TRIES_MAX
from tombola.flows.tell import CALL_SECONDS

WAY = 0.002  # seconds from a function to an item, and as long back
UNITS_A_SECOND, UNITS_BURST = 1_000.0, 100.0  # write units of one partition
FREE_UNITS, REFUSED_UNITS = 2, 1  # of the stock item: prepared and committed; refused for a conflict or for no stock
OTHER_UNITS = 4  # the order's 2 and the quota's 2, of every transaction: what is cancelled was prepared and undone
RECORDED_UNITS = 2  # the order's entry in the index, and the mark that it was sent
DEADLINE = 5.0  # the draw function's 10 s less CALL_SECONDS
SAMPLE_SECONDS = 2.0  # what of a stream is played, at least


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
    ATTACK = auto()  # a transaction of the attacker's, which is refused and holds what it finds free
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
    looks: bool = True  # who was refused looks before he tries


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


def p99_ms(took: Iterable[float]) -> float:
    ordered = sorted(took)
    return ordered[math.ceil(0.99 * len(ordered)) - 1] * 1000 if ordered else math.nan


@dataclass(slots=True)
class Draw:
    arrived: float
    number: int  # the secret one that chooses the shard
    environment: int
    shard: int | None  # None: sold out, so the transaction is of order and quota only
    tries: int = 0
    reads: bool = False  # its next step is to read all shards
    attacks: bool = False


class Model:
    """One run of a case, and what happened when. A draw's way through it is that of flows/draw.py."""

    def __init__(self, case: Case, chance: Random) -> None:
        self.case, self.chance = case, chance
        self.shards = [Shard(case.units) for _ in range(case.shards)]
        self.at = {event: array("d") for event in Event}
        self._took = {event: array("d") for event in Event}  # since the draw arrived
        self._hints: dict[int, float] = {}
        self._refused: dict[int, float] = {}  # when each environment refused the attacker last
        self._quota = Shard(math.inf)  # the attacker's, which his own draws meet on
        self._steps: list[tuple[float, int, Draw]] = []
        self._left, self._slept = 0.0, list[float]()
        self._deadline = Deadline(seconds_left=lambda: self._left, sleep=self._slept.append, chance=chance.random)

    def run(self) -> "Model":
        """Play until the case's last draw has come; steps that are later than that are left out."""
        arrived, rate = 0.0, self.case.rate + self.case.attack
        while (arrived := arrived + self.chance.expovariate(rate)) < self.case.seconds:
            while self._steps and self._steps[0][0] <= arrived:
                now, _, draw = heappop(self._steps)
                (self._read if draw.reads else self._hit if draw.attacks else self._reach)(now, draw)
            number, environment = self.chance.getrandbits(63), self.chance.randrange(self.case.environments)
            draw = Draw(arrived, number, environment, number % self.case.shards)
            (self._attack if self.case.attack and self.chance.random() * rate < self.case.attack else self._come)(draw)
        return self

    def count(self, events: Iterable[Event], start: float, end: float) -> int:
        return sum(start <= at < end for event in events for at in self.at[event])

    def took(self, events: Iterable[Event], start: float, end: float) -> list[float]:
        """Return the seconds from a draw's arrival to each of events."""
        pairs = (pair for event in events for pair in zip(self.at[event], self._took[event], strict=True))
        return [took for at, took in pairs if start <= at < end]

    def p99_ms(self, events: Iterable[Event], start: float, end: float) -> float:
        return p99_ms(self.took(events, start, end))

    def _come(self, draw: Draw) -> None:
        if 0 <= draw.arrived - self._hints.get(draw.environment, -math.inf) < HINT.total_seconds():
            draw.shard = None
        self._note(Event.COME, draw.arrived, draw)
        self._try(draw.arrived, draw)

    def _attack(self, draw: Draw) -> None:
        """Begin a draw beyond its user's quota."""
        draw.attacks = True
        if self.case.aimed:
            draw.shard = 0
        self._try(draw.arrived, draw)

    def _looks(self, draw: Draw) -> bool:
        """Return whether the attacker's draw looks: his environment remembers him, or his own draw was in the way."""
        refused = self._refused.get(draw.environment, -math.inf)
        remembered = 0 <= draw.arrived - refused < LOOK_FIRST.total_seconds()
        return self.case.looks and (remembered or draw.tries > 0)

    def _hit(self, now: float, draw: Draw) -> None:
        """Hold what is free; be refused, or try again where another draw of the attacker's holds his quota."""
        self.shards[draw.shard or 0].meet(now, self.case.lock)
        self._note(Event.ATTACK, now, draw)
        if self._quota.meet(now, self.case.lock) is Event.TAKEN:
            self._refused[draw.environment] = draw.arrived
        else:
            self._pause(now + WAY, draw)

    def _try(self, now: float, draw: Draw) -> None:
        """Begin a transaction, if there is time and there were not too many."""
        self._left = self.case.deadline + CALL_SECONDS - (now - draw.arrived)
        if draw.tries >= TRIES_MAX or not self._deadline.allows(CALL_SECONDS):
            self._give_up(now, draw)
        elif draw.attacks and self._looks(draw):
            self._refused[draw.environment] = draw.arrived
            self._note(Event.LOOK, now, draw)
        elif draw.shard is None:
            self._note(Event.SOLD_OUT, now + WAY + self.case.lock + WAY, draw)
        else:
            heappush(self._steps, (now + WAY, draw.number, draw))

    def _reach(self, now: float, draw: Draw) -> None:
        met = self.shards[draw.shard or 0].meet(now, self.case.lock)
        self._note(met, now, draw)
        if met is Event.TAKEN:
            self._note(Event.WON, now + self.case.lock + WAY, draw)
        elif met is Event.EMPTY:
            draw.reads = True
            heappush(self._steps, (now + WAY + WAY, draw.number, draw))
        else:
            self._pause(now + WAY, draw)

    def _pause(self, now: float, draw: Draw) -> None:
        self._left = self.case.deadline + CALL_SECONDS - (now - draw.arrived)
        if self._deadline.pause(draw.tries):
            draw.tries += 1
            self._try(now + self._slept.pop(), draw)
        else:
            self._give_up(now, draw)

    def _give_up(self, now: float, draw: Draw) -> None:
        if not draw.attacks:
            self._note(Event.BUSY, now, draw)

    def _read(self, now: float, draw: Draw) -> None:
        """Look at all shards; a call reads so many keys, and one call follows the other."""
        self._note(Event.READ, now, draw)
        live = [number for number, shard in enumerate(self.shards) if shard.shown(now) > 0]
        draw.shard = live[draw.number // len(self.shards) % len(live)] if live else None
        if draw.shard is None:
            self._hints[draw.environment] = draw.arrived
        draw.reads = False
        draw.tries += 1
        calls = math.ceil(self.case.shards / KEYS_MAX)
        self._try(now + WAY + (calls - 1) * (WAY + WAY), draw)

    def _note(self, event: Event, at: float, draw: Draw) -> None:
        self.at[event].append(at)
        self._took[event].append(at - draw.arrived)
