"""Records of Kafka as its client brings them, and as Lambda shows them."""

from dataclasses import dataclass
from typing import Any

TOPIC = "lottery_invoice"
PLACE = (TOPIC, 0)


@dataclass(frozen=True)
class Message:
    """A record, with the methods of confluent_kafka's."""

    where: tuple[str, int, int]
    what: tuple[bytes | None, bytes | None]
    stamp: tuple[int, int] = (1, 1795639569491)
    head: list[tuple[str, bytes | None]] | None = None

    def topic(self) -> str:
        return self.where[0]

    def partition(self) -> int:
        return self.where[1]

    def offset(self) -> int:
        return self.where[2]

    def timestamp(self) -> tuple[int, int]:
        return self.stamp

    def headers(self) -> list[tuple[str, bytes | None]] | None:
        return self.head

    def key(self) -> bytes | None:
        return self.what[0]

    def value(self) -> bytes | None:
        return self.what[1]


def a_message(
    offset: int = 0, value: bytes | None = b"{}", key: bytes | None = None, partition: int = 0, **rest: Any
) -> Message:
    return Message((TOPIC, partition, offset), (key, value), **rest)
