"""Kafka's topic as a campaign uses it, and as it stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from tombola.rules.invoice import invoice_json
from tombola.rules.order import Order
from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT
from tombola_cli.local.bridge import Functions, places_read
from tombola_cli.local.broker import SILENT, TOPIC
from tombola_cli.local.local_kafka import LocalKafka
from tombola_cli.local.mappings import enable_mappings
from tombola_cli.operate.stack import Stack

ASK_SECONDS_MAX = 10.0
SEND_SECONDS_MAX = 30.0


@dataclass
class Topic:
    """The outage kills the broker, which keeps what it took; of brokers of one's own, nobody reads meanwhile."""

    stack: Stack
    kafka: LocalKafka
    outage: int = 40  # answers: a draw whose message the brokers do not take waits for them as long as it may

    @property
    def gone(self) -> str:
        return "nobody reads the topic" if self.kafka.is_own else "the broker is killed"

    @property
    def back(self) -> str:
        return "the topic is read again" if self.kafka.is_own else "the broker is back"

    def receive(self, *, enabled: bool) -> None:
        enable_mappings(self.stack, enabled=enabled)

    def take_away(self) -> None:
        if self.kafka.is_own:
            self.receive(enabled=False)
        else:
            self.kafka.broker.kill()

    def bring_back(self) -> None:
        if self.kafka.is_own:
            self.receive(enabled=True)
        else:
            self.kafka.broker.start(ROOT, print)
            self.kafka.broker.await_ready()

    def send_again(self, orders: Sequence[Order]) -> None:
        from confluent_kafka import Producer  # noqa: PLC0415 - only with Kafka

        with Producer({"bootstrap.servers": self.kafka.addresses}, logger=SILENT) as producer:
            for order in orders:
                producer.produce(TOPIC, invoice_json(order).encode(), order.user_id.encode())
            left = producer.flush(SEND_SECONDS_MAX)
        if left:
            raise TombolaError(f"Kafka did not take {left} of {len(orders)} messages in {SEND_SECONDS_MAX:.0f} s")

    def is_empty(self) -> bool:
        return waiting(self.stack, self.kafka.addresses) == 0


def waiting(stack: Stack, addresses: str) -> int:
    """Return how many messages lie in the topic that distribution is not through with."""
    from confluent_kafka import Consumer  # noqa: PLC0415 - only with Kafka

    group = Functions(stack.client("lambda"), stack.distribute_function).settings().group
    with Consumer({"bootstrap.servers": addresses, "group.id": group}, logger=SILENT) as consumer:
        total = 0
        for place in places_read(consumer):
            first, end = consumer.get_watermark_offsets(place, timeout=ASK_SECONDS_MAX)
            total += end - max(place.offset, first)  # an offset below zero says that nothing was committed
    return total
