"""Kafka beside the local stack: a broker, unless one's own is named, and the bridge that hands its messages over."""

import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT
from tombola_cli.local.bridge import READING
from tombola_cli.local.broker import PARTITIONS, TOPIC, Broker, make_topic
from tombola_cli.local.process import Background

OWN = "KAFKA_BOOTSTRAP_SERVERS"
READY_SECONDS_MAX = 120.0
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class LocalKafka:
    """The processes in the home of a local stack."""

    home: Path

    @property
    def broker(self) -> Broker:
        return Broker(self.home / "kafka")

    @property
    def bridge(self) -> Background:
        return Background(self.home / "bridge")

    @property
    def is_own(self) -> bool:
        """Return whether the brokers are somebody's own, which nobody here starts or ends."""
        return bool(os.environ.get(OWN))

    @property
    def addresses(self) -> str:
        """Return where the functions find the brokers."""
        return os.environ.get(OWN) or self.broker.address

    def start(self, tell: Callable[[str], None]) -> str:
        """Start the broker if it does not run, and return its address at once; it is ready seconds later."""
        if self.is_own:
            self.broker.stop()
            tell(f"using the brokers of {OWN}, {self.addresses}")
        elif not self.broker.process.is_alive():
            tell("starting Kafka")
            self.broker.start(ROOT, tell)
        return self.addresses

    def serve(self, stack_file: Path) -> None:
        """Wait for the broker, and bridge it to the stack of that file."""
        if self.is_own:
            _make_own_topic(self.addresses)
        else:
            self.broker.await_ready()
        self.bridge.stop()
        command = [sys.executable, "-m", "tombola_cli.local.bridge", str(stack_file), self.addresses]
        self.bridge.start(command, dict(os.environ))
        deadline = time.monotonic() + READY_SECONDS_MAX
        while READING not in self.bridge.log.read_text():
            if not self.bridge.is_alive() or time.monotonic() > deadline:
                raise TombolaError(f"the bridge does not read: {self.bridge.last_words()} (log: {self.bridge.log})")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """End both, and forget what they left."""
        self.bridge.stop()
        shutil.rmtree(self.bridge.folder, ignore_errors=True)
        self.broker.stop()


def _make_own_topic(addresses: str) -> None:
    from confluent_kafka import KafkaException  # noqa: PLC0415 - only with Kafka

    try:
        make_topic(TOPIC, PARTITIONS, addresses)
    except KafkaException as error:
        raise TombolaError(f"{OWN}={addresses}: {error.args[0].str()}: start it, or unset the variable") from None
