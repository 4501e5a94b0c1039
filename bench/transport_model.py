"""What does a million draws cost on each transport? Counted calls and units times list prices, and what runs idle.

A call of an AWS service is what the SDK sent; units are what DynamoDB charges for. How long a function runs is not
counted but assumed, from its calls.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MILLION = 1_000_000
MONTH_HOURS = 730
DRAW_GB = 1.0  # memory of the draw function (template.yaml)
GRANT_GB = 0.5  # of distribution
BATCH_MAX = 10  # messages that an invocation of distribution gets (template.yaml)
OWN_SECONDS = 0.010  # of a warm function, with its share of a processor: its own work
CALL_SECONDS = {"dynamodb": 0.012, "sqs": 0.017}  # as docs/repair.md, and the SDK's work with that share
PUBLISH_SECONDS = {"kafka": 0.010}  # acknowledged by all replicas

# Lambda reads an empty queue with five pollers, each of which asks for 20 s.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
EMPTY_RECEIVES = 5 * MONTH_HOURS * 3600 / 20
BROKERS = 3  # one a zone, kafka.m7g.large
BROKER_GB = 30  # of disk
ENDPOINTS = 4  # in the VPC, for functions and poller: KMS, SQS, Lambda, STS; DynamoDB's costs nothing
ZONES = 2  # that they are in
POLLER_UNITS = 1  # up to ten provisioned pollers


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of an AWS service: the operation, the bytes both ways, and DynamoDB's units."""

    service: str
    operation: str
    sent: int
    received: int
    write_units: int = 0
    read_units: float = 0


@dataclass(frozen=True, kw_only=True)
class Run:
    """An invocation of a function: its calls, and the bytes that it gave to a broker."""

    calls: tuple[Call, ...]
    published: int = 0

    @property
    def write_units(self) -> int:
        return sum(call.write_units for call in self.calls)

    @property
    def read_units(self) -> float:
        return sum(call.read_units for call in self.calls)

    @property
    def bytes(self) -> int:
        return self.published + sum(call.sent + call.received for call in self.calls)


@dataclass(frozen=True, kw_only=True)
class Counts:
    """The runs of a transport: a draw that loses, one that wins, the grant of one prize, and of a full batch."""

    transport: str
    lost: Run
    won: Run
    one: Run
    batch: Run


Amounts = Mapping[str, float]  # by the names of prices.toml
Prices = Mapping[str, float]  # of one each, in dollars


def prices_in(file: Path) -> Prices:
    """Return the prices of a file; raise KeyError where one lacks its source or the day on which it was seen."""
    entries = {name: each for name, each in tomllib.loads(file.read_text("utf-8")).items() if isinstance(each, dict)}
    for name, each in entries.items():
        if not each["source"] or not each["seen"]:
            raise KeyError(f"{file}: {name} has no source or no day")
    return {name: each["dollars"] / each["per"] for name, each in entries.items()}


def cost(amounts: Amounts, prices: Prices) -> float:
    return sum(amount * prices[name] for name, amount in amounts.items())


def total(*amounts: Amounts) -> dict[str, float]:
    return {name: sum(each.get(name, 0) for each in amounts) for name in dict.fromkeys(_names(amounts))}


def times(number: float, amounts: Amounts) -> dict[str, float]:
    return {name: number * amount for name, amount in amounts.items()}


def _names(amounts: Iterable[Amounts]) -> list[str]:
    return [name for each in amounts for name in each]


def draw_amounts(run: Run, transport: str) -> dict[str, float]:
    """Return what a draw takes: its request, its invocation and its calls."""
    seconds = PUBLISH_SECONDS.get(transport, 0) if run.published else 0
    return {"http_request": 1, **_run_amounts(run, DRAW_GB, seconds)}


def grant_amounts(run: Run, transport: str, messages: int) -> dict[str, float]:
    """Return what the grant of one prize takes where an invocation gets so many messages.

    Lambda's poller receives a batch of a queue with one request and deletes it with another. It reads a stream, or
    without provisioned pollers a topic, for nothing.
    """
    polled = {"queue_request": 2.0} if transport == "sqs" else {}
    return times(1 / messages, total(_run_amounts(run, GRANT_GB), polled))


def _run_amounts(run: Run, memory_gb: float, more_seconds: float = 0) -> dict[str, float]:
    seconds = OWN_SECONDS + more_seconds + sum(CALL_SECONDS[call.service] for call in run.calls)
    return {
        "invocation": 1,
        "gb_second": seconds * memory_gb,
        "write_unit": run.write_units,
        "read_unit": run.read_units,
        "queue_request": sum(call.service == "sqs" for call in run.calls),
    }


def million_draws(counts: Counts, wins: float, messages: int) -> dict[str, float]:
    """Return what a million draws take of which this part wins, all granted, in batches of so many messages."""
    run = {1: counts.one, BATCH_MAX: counts.batch}[messages]
    lost, won = (draw_amounts(each, counts.transport) for each in (counts.lost, counts.won))
    granted = grant_amounts(run, counts.transport, messages)
    return times(MILLION, total(times(1 - wins, lost), times(wins, total(won, granted))))


IDLE_MONTH: Mapping[str, Mapping[str, Amounts]] = {  # by transport and purpose, while nobody draws
    "sqs": {"empty receives": {"queue_request": EMPTY_RECEIVES}},
    "streams": {},
    "kafka": {
        f"{BROKERS} brokers with {BROKER_GB} GB each": {
            "broker_hour": BROKERS * MONTH_HOURS,
            "broker_gb_month": BROKERS * BROKER_GB,
        },
        f"{ENDPOINTS} endpoints of the VPC in {ZONES} zones": {"endpoint_hour": ENDPOINTS * ZONES * MONTH_HOURS},
        "provisioned pollers, where they are chosen": {"poller_unit_hour": POLLER_UNITS * MONTH_HOURS},
    },
}


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value that this part of values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]
