"""A stack minute by minute: the real handlers on emulated AWS, with the metrics that they and AWS around them emit."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from botocore.client import BaseClient

from cloud import Cloud
from kafka_brokers import KAFKA_VARIABLES, record_read
from operations.alarms import Figures, Metric, emitted
from operations.aws_metrics import AWS_METRICS
from table_stream import distributed
from tombola.aws import telemetry

MINUTE = timedelta(minutes=1)
NAMESPACE = "AWS::StackName"  # what the template gives the functions for it
SERVER_ERROR = 500
RECEIVES_MAX = 5  # of a message, before it is a dead letter
HIDDEN_MINUTES = 3  # between two of them
RECEIVES_COUNTED_MAX = 3  # from here on the age of the queue's oldest message is that of another one


Spoils = Callable[[str, dict[str, Any]], Exception | None]  # an operation and what it is given


@dataclass
class Scene:
    """A cloud and all figures since its first minute; whatever is printed belongs to the minute that is."""

    cloud: Cloud
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    figures: Figures = field(default_factory=Figures)
    idle: list[tuple[Metric, float]] = field(default_factory=list)
    transport: str = "sqs"
    at: int = 0  # minutes since the beginning

    def takes(self, transport: str) -> None:
        """Let the stack have that transport, before anything has happened on it."""
        self.transport = transport
        self.monkeypatch.setenv("TRANSPORT", transport)
        for name, value in KAFKA_VARIABLES.items() if transport == "kafka" else ():
            self.monkeypatch.setenv(name, value)

    def minutes(self, count: int) -> Iterator[int]:
        """Yield each of so many minutes; what is done in between happens in it."""
        for number in range(count):
            yield number
            self.collect()
            self.at += 1
            self.cloud.now += MINUTE

    def collect(self) -> list[tuple[Metric, float]]:
        lines = [json.loads(line) for line in self.capsys.readouterr().out.splitlines()]
        found = [each for line in lines if "_aws" in line for each in emitted(line)]
        for metric, value in found:
            self.figures.add(metric, self.at, value)
        return found

    def aws(self, name: str, value: float = 1.0) -> None:
        """Emit a metric of AWS."""
        self.figures.add(AWS_METRICS[name].metric, self.at, value)

    def rests(self) -> None:
        """Let compensation find nothing to do."""
        if not self.idle:
            self.collect()
            self.cloud.compensate()
            self.idle += self.collect()
            return
        for metric, value in self.idle:
            self.figures.add(metric, self.at, value)

    def draws(self, count: int = 1) -> list[int]:
        """Let clients draw; return the statuses that the gateway answers."""
        return [self._status(partial(self.cloud.draw, f"{self.at}-{number}")) for number in range(count)]

    def looks(self, route: str, **parameters: str) -> int:
        return self._status(partial(self.cloud.get, route, None, **parameters))

    def _status(self, request: Callable[[], tuple[int, Any]]) -> int:
        status = 0
        with self.invoked("draw"):
            status, _ = request()
        self.answered(status or SERVER_ERROR)
        return status or SERVER_ERROR

    def answered(self, status: int) -> None:
        """Let the gateway count an answer: its own metric has no word about who made it."""
        self.aws("API Count")
        if status >= SERVER_ERROR:
            self.aws("API 5xx")

    def compensates(self) -> None:
        with self.invoked("compensate"):
            self.cloud.compensate()

    def distributes(self, *bodies: str) -> set[int]:
        """Return the positions that go back: all, if the function fails."""
        with self.invoked("distribute"):
            return self.cloud.distribute(list(bodies))
        return set(range(len(bodies)))

    def reads(self, value: bytes) -> dict[str, Any] | None:
        """Hand a record of the topic over; return the answer, None if the function fails."""
        with self.invoked("distribute"):
            return record_read(value)
        return None

    def hands_over(self, records: list[dict[str, Any]]) -> list[str]:
        """Hand records over as a stream does; return the numbers that come back: all, if the function fails."""
        with self.invoked("distribute"):
            return distributed(records)
        return [record["dynamodb"]["SequenceNumber"] for record in records]

    @contextmanager
    def invoked(self, function: str) -> Iterator[None]:
        """Count an invocation as Lambda does, and go on whatever it raises."""
        if function == "distribute":  # the others' invocations nobody watches
            self.aws("distribute Invocations")
        try:
            yield
        except Exception:  # noqa: BLE001 - the function's end; its alarm is what is tested
            self.aws(f"{function} Errors")

    def lies(self, minutes: int) -> None:
        """Let a message lie on the queue since so many minutes, and this one."""
        self.aws("queue Age", (minutes + 1) * MINUTE.total_seconds())

    def lies_until_dead(self, body: str) -> None:
        """Send a message, and let it be received again and again until it is a dead letter."""
        receives = 0
        for minute in self.minutes(RECEIVES_MAX * HIDDEN_MINUTES + 1):
            self.rests()
            if receives == RECEIVES_MAX:
                self.aws("dead letters Visible")
                continue
            if minute % HIDDEN_MINUTES == 0:
                assert self.distributes(body) == {0}
                receives += 1
            if receives < RECEIVES_COUNTED_MAX:
                self.lies(minute)

    @contextmanager
    def broken(self, service: str, spoils: Spoils) -> Iterator[None]:
        """Answer calls of a service with the error that spoils returns for an operation."""
        original = BaseClient._make_api_call  # type: ignore[attr-defined]

        def call(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
            if client.meta.service_model.service_name == service:
                error = spoils(operation, arguments)
                if error is not None:
                    raise error
            return original(client, operation, arguments)

        with self.monkeypatch.context() as patch:
            patch.setattr(BaseClient, "_make_api_call", call)
            yield


def in_the_templates_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write metrics where the template says, as the functions do on AWS."""
    monkeypatch.setattr(telemetry.metrics.provider, "namespace", NAMESPACE)
