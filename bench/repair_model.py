"""A model of repair: orders that are due, the workers that send them again, the queue, and the index that bears it all.

Not a measurement: it goes by seconds and by crowds of orders that share a fate. Bounds and waits are the code's own.
"""

import math
from collections import Counter, deque
from dataclasses import dataclass
from datetime import timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random

from index_model import INSERT, MOVE, PARTITION_UNITS, REMOVE, partitions_of
from tombola.flows.repair import CHUNK, PAGE, WORK_SECONDS
from tombola.rules.order import LANES
from tombola.rules.remedy import Waits, backoff

MINUTE = 60  # seconds between runs
RUN_SECONDS = 60.0  # the function's timeout
LOOK_SECONDS = 2  # of a run, to find the full lanes and to start the workers
WHOLE_CPU_MB = 1769  # of memory; Python's threads use no second processor
BATCH = 10  # messages that distribution takes at a time
SENDS = math.ceil(CHUNK / 10)  # calls to the queue a chunk
POLLERS = 5  # batches at a time when a queue fills
POLLERS_A_MINUTE = 300  # so many more each minute
CROWD = 1_000  # orders of the backlog that share a fate
FULL = PAGE * len(LANES)  # orders that are due beyond what a run works off alone
HORIZON = 6 * 3_600  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    backlog: int  # orders due at the start that were never sent
    wins: int  # a second, ever after
    concurrency: int  # DistributeConcurrency
    waits: Waits
    cpu: float  # seconds of an order in compensation
    index_units: int = 4_000  # write units a second that the index is warm for
    workers: int = 1
    memory: int = WHOLE_CPU_MB  # of compensation, MB
    distribute_memory: int = 512
    distribute_cpu: float = 0.0015  # seconds of a message
    threads: int = 4
    table_seconds: float = 0.005  # a call to the table; a transaction takes twice as long
    queue_seconds: float = 0.010  # a call to the queue
    account: int = 1_000  # executions at a time
    draws: int = 200  # of them, for draws
    distribute_reserved: int | None = None
    compensate_reserved: int | None = None
    seed: int = 1

    @property
    def batch_seconds(self) -> float:
        """One read of all orders, and a grant each, one after the other."""
        return (1 + BATCH) * self.table_seconds + BATCH * self.distribute_cpu / _cpus(self.distribute_memory)

    @property
    def worker_rate(self) -> float:
        """Orders a second that a worker claims and sends: its processor or its waiting sets the pace."""
        waiting = (2 * CHUNK / PAGE + 2) * self.table_seconds + SENDS * self.queue_seconds
        return min(_cpus(self.memory) / self.cpu, self.threads * CHUNK / waiting)

    @property
    def batches(self) -> int:
        """Batches at a time, when Lambda polls as much as it may."""
        reserved = self.account if self.distribute_reserved is None else self.distribute_reserved
        return max(0, min(self.concurrency, reserved, self.account - self.draws))

    @property
    def helpers(self) -> int:
        """Workers at a time, beside the run that starts them."""
        room = (
            self.account - self.draws - self.batches if self.compensate_reserved is None else self.compensate_reserved
        )
        return max(0, min(self.workers, room - 1))

    @property
    def index_bears(self) -> float:
        """Write units a second before the fullest partition throttles: lanes fall on partitions by chance."""
        partitions, chance = partitions_of(self.index_units), Random(self.seed)  # noqa: S311 - a seeded model
        fullest = max(Counter(chance.randrange(partitions) for _ in LANES).values())
        return len(LANES) / fullest * PARTITION_UNITS


@dataclass(slots=True)
class Crowd:
    left: int  # not granted
    old: bool  # of the backlog
    claims: int = 0
    sent_at: int | None = None


@dataclass(slots=True)
class Message:
    """One message each for so many orders of a crowd."""

    waiting: int
    crowd: Crowd


class Model:
    """A case as it goes on from the moment at which the queue is back."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.refused = 0.0  # the greatest part of the index's writes that were throttled in a second
        self.messages = self.queue_most = self.claimed = 0
        self.granted_after: int | None = None
        self._old = case.backlog
        self._due: list[tuple[int, int, Crowd]] = []
        self._order = count()
        self._ready: deque[Crowd] = deque()  # due, and not claimed
        self._queue: deque[Message] = deque()
        self._queue_now = 0
        self._spare = self._served = 0.0
        for start in range(0, case.backlog, CROWD):
            self._stand(0, Crowd(min(CROWD, case.backlog - start), old=True))

    def run(self) -> "Model":
        for now in range(HORIZON):
            self._second(now)
            if self._old == 0:
                self.granted_after = now + 1
                break
        return self

    def _stand(self, at: int, crowd: Crowd) -> None:
        heappush(self._due, (at, next(self._order), crowd))

    def _second(self, now: int) -> None:
        case = self.case
        while self._due and self._due[0][0] <= now:
            self._ready.append(heappop(self._due)[2])
        if case.wins:
            self._send(won := Crowd(case.wins, old=False, sent_at=now))
            self._stand(now + int(case.waits.first_check.total_seconds()), won)
        claims, grants = self._claims_wanted(now), self._grants_wanted(now)
        asked = INSERT * case.wins + MOVE * claims + REMOVE * grants
        borne = min(1.0, case.index_bears / asked) if asked else 1.0
        self.refused = max(self.refused, 1 - borne)
        self._claim(now, claims * borne)
        self._grant(grants * borne)
        self.queue_most = max(self.queue_most, self._queue_now)

    def _claims_wanted(self, now: int) -> float:
        if not LOOK_SECONDS <= now % MINUTE < RUN_SECONDS - WORK_SECONDS:
            return 0.0
        due, most = 0, self.case.worker_rate * max(1, self.case.helpers)
        for crowd in self._ready:
            due += crowd.left
            if due > max(most, FULL):
                break
        hands = self.case.helpers if due > FULL else 0
        return min(due, self.case.worker_rate * max(1, hands))

    def _grants_wanted(self, now: int) -> float:
        polled = min(self.case.batches, POLLERS + POLLERS_A_MINUTE * now / MINUTE)
        return min(self._queue_now, polled * BATCH / self.case.batch_seconds)

    def _claim(self, now: int, orders: float) -> None:
        self._spare = self._spare + orders if orders else 0.0
        while self._ready and self._ready[0].left <= self._spare:
            crowd = self._ready.popleft()
            if crowd.left:
                self._spare -= crowd.left
                self._remedy(now, crowd)

    def _remedy(self, now: int, crowd: Crowd) -> None:
        """Follow rules.remedy: wait for a message that is young, else send again."""
        waits = self.case.waits
        patience = int(waits.resend_after.total_seconds())
        self.claimed += crowd.left
        if crowd.sent_at is not None and now < crowd.sent_at + patience:
            until = crowd.sent_at + patience
        else:
            self._send(crowd)
            until = now + int(max(waits.resend_after, backoff(waits, crowd.claims)).total_seconds())
        crowd.claims += 1
        self._stand(until, crowd)

    def _send(self, crowd: Crowd) -> None:
        self._queue.append(Message(crowd.left, crowd))
        self._queue_now += crowd.left
        self.messages += crowd.left

    def _grant(self, messages: float) -> None:
        self._served += messages
        while self._queue and self._served >= 1:
            message = self._queue[0]
            taken = min(message.waiting, int(self._served))
            granted = min(taken, message.crowd.left)  # a second message finds its order granted
            message.waiting -= taken
            message.crowd.left -= granted
            self._served -= taken
            self._queue_now -= taken
            self._old -= granted if message.crowd.old else 0
            if not message.waiting:
                self._queue.popleft()


def _cpus(memory: int) -> float:
    return min(1.0, memory / WHOLE_CPU_MB)


def waits_of(defaults: dict[str, int]) -> Waits:
    """Return the waits that a template's parameters say."""
    seconds = {name: timedelta(seconds=defaults[name]) for name in defaults if name.endswith("Seconds")}
    return Waits(
        first_check=seconds["FirstCheckSeconds"],
        resend_after=seconds["ResendAfterSeconds"],
        backoff=seconds["BackoffSeconds"],
        backoff_max=seconds["BackoffMaxSeconds"],
        failures_max=defaults["FailuresMax"],
    )
