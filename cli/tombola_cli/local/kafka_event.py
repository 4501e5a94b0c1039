"""The event that Lambda's poller makes of a batch of Kafka's records, member for member.

https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html and with-kafka.html show an example of each kind.
"""

import base64
from collections.abc import Sequence
from typing import Any, Protocol

TIMESTAMP_TYPES = {1: "CREATE_TIME", 2: "LOG_APPEND_TIME"}
BYTE_MAX = 127  # of Java, whose bytes have a sign


class Record(Protocol):
    """A message as confluent_kafka brings it."""

    def topic(self) -> str | None: ...
    def partition(self) -> int | None: ...
    def offset(self) -> int | None: ...
    def timestamp(self) -> tuple[int, int]: ...
    def headers(self) -> Any: ...  # noqa: ANN401 - pairs of a name and bytes or None, or None
    def key(self) -> Any: ...  # noqa: ANN401 - bytes or None
    def value(self) -> Any: ...  # noqa: ANN401 - bytes or None


def kafka_event(records: Sequence[Record], addresses: str, cluster_arn: str) -> dict[str, Any]:
    """Return the event of these records; without an ARN it is that of a cluster one runs oneself."""
    source = {"eventSource": "aws:kafka", "eventSourceArn": cluster_arn}
    by_partition: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        by_partition.setdefault(partition_of(record), []).append(_shown(record))
    return {
        **(source if cluster_arn else {"eventSource": "SelfManagedKafka"}),
        "bootstrapServers": addresses,
        "records": by_partition,
    }


def partition_of(record: Record) -> str:
    """Return the partition's name in events and in answers to them."""
    return f"{record.topic()}-{record.partition()}"


def _shown(record: Record) -> dict[str, Any]:
    """Return a record as text and numbers; one without a key, and a tombstone, lack that member."""
    kind, stamp = record.timestamp()
    shown = {
        "topic": record.topic(),
        "partition": record.partition(),
        "offset": record.offset(),
        "timestamp": stamp,
        "timestampType": TIMESTAMP_TYPES.get(kind, "NO_TIMESTAMP_TYPE"),
        "headers": [{name: _signed(value or b"")} for name, value in record.headers() or ()],
    }
    parts = {"key": record.key(), "value": record.value()}
    return shown | {name: base64.b64encode(part).decode() for name, part in parts.items() if part is not None}


def _signed(value: bytes) -> list[int]:
    return [byte - 256 if byte > BYTE_MAX else byte for byte in value]
