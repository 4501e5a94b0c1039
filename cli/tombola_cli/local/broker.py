"""Apache Kafka on this machine: one node that is broker and controller, on free ports of 127.0.0.1."""

import base64
import logging
import os
import shutil
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tombola_cli.errors import TombolaError
from tombola_cli.local import install, java
from tombola_cli.local.loopback import free_ports
from tombola_cli.local.process import Background

TOPIC = "lottery_invoice"
PARTITIONS = 4  # Lottery has one; with more, what holds for each partition alone can be seen
WARM_UP = "warm_up"  # a topic of the local stack's own
READY_SECONDS_MAX = 60.0
ASK_SECONDS_MAX = 1.0
SEND_SECONDS_MAX = 10.0
POLL_SECONDS = 0.05
# The client's own lines, of which each connection that fails is one; errors are raised all the same.
SILENT = logging.Logger("kafka", logging.CRITICAL)  # noqa: LOG001 - no handler of anybody's

# A broker that lives for minutes: these halve its start and its memory.
JAVA_OPTIONS = ("-Xms64m", "-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
# Its log holds errors alone, so that the last of them can be told.
LOG_OPTIONS = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=error",)
SETTINGS = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://{address},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://{address}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
# A topic that is missing has to be missed.
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# After kill -9 the broker waits until its own old session has ended: 9 seconds by default.
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300
num.network.threads=2
num.io.threads=2
background.threads=1
log.cleaner.dedupe.buffer.size=1048577
"""


@dataclass(frozen=True)
class Broker:
    """A broker with all its files in one folder; it keeps its address and its data when it is started again."""

    folder: Path

    @property
    def process(self) -> Background:
        return Background(self.folder)

    @property
    def address(self) -> str:
        """Return host and port; there is none before the first start."""
        return (self.folder / "address").read_text()

    def start(self, root: Path, tell: Callable[[str], None]) -> None:
        """Start the broker, on a new address the first time; what it needs is fetched if it is missing."""
        program, jars = java.found("java", "Kafka"), java.jars(root, "kafka", tell)
        command = [program, *JAVA_OPTIONS, *LOG_OPTIONS, f"-Dkafka.logs.dir={self.folder}", "-cp", f"{jars}/*"]
        if not (self.folder / "formatted").exists():
            self._format(command)
        self.process.start([*command, "kafka.Kafka", str(self._settings)], dict(os.environ))

    def await_ready(self) -> None:
        """Wait until the broker leads its topics and takes a message; its port is open seconds earlier."""
        from confluent_kafka import KafkaException  # noqa: PLC0415 - only with Kafka

        deadline = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < deadline:
            if not self.process.is_alive():
                log = self.process.log
                raise TombolaError(f"Kafka, on {self.address}, ended at once: {self.process.last_words()} (log: {log})")
            with suppress(KafkaException):
                make_topic(TOPIC, PARTITIONS, self.address)
                make_topic(WARM_UP, 1, self.address)
                _warm_up(self.address)
                return
            time.sleep(POLL_SECONDS)
        self.process.stop()
        raise TombolaError(f"Kafka was not ready in {READY_SECONDS_MAX:.0f} s (log: {self.process.log})")

    def kill(self) -> None:
        """End the broker as kill -9 does."""
        self.process.kill()

    def stop(self) -> None:
        """End the broker and forget its data."""
        self.process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _settings(self) -> Path:
        return self.folder / "server.properties"

    def _format(self, command: list[str]) -> None:
        """Choose an address and lay out the data folder, once: ports and data belong together."""
        self.folder.mkdir(parents=True, exist_ok=True)
        port, controller = free_ports(2)
        address = f"127.0.0.1:{port}"
        (self.folder / "address").write_text(address)
        self._settings.write_text(SETTINGS.format(address=address, controller=controller, data=self.folder / "data"))
        wanted = ["format", "--cluster-id", _cluster_id(), "--config", str(self._settings)]
        install.run([*command, "kafka.tools.StorageTool", *wanted], self.folder)
        (self.folder / "formatted").touch()


def make_topic(name: str, partitions: int, address: str) -> None:
    """Make a topic if it is missing; raise KafkaException while the broker cannot tell."""
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415 - only with Kafka
    from confluent_kafka.cimpl import NewTopic  # noqa: PLC0415 - as above

    with AdminClient({"bootstrap.servers": address}, logger=SILENT) as admin:
        if name not in admin.list_topics(timeout=ASK_SECONDS_MAX).topics:
            admin.create_topics([NewTopic(name, partitions, 1)])[name].result(SEND_SECONDS_MAX)


def _warm_up(address: str) -> None:
    """Send a message: the first one that a broker takes from an idempotent producer takes a second."""
    from confluent_kafka import Producer  # noqa: PLC0415 - only with Kafka

    with Producer({"bootstrap.servers": address, "enable.idempotence": True}, logger=SILENT) as producer:
        producer.produce(WARM_UP, b"")
        producer.flush(SEND_SECONDS_MAX)


def _cluster_id() -> str:
    """Return a new cluster's id; one that began with a dash would be taken for an option by the format tool."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return text
