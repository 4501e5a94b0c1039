"""The stream of a cloud's table, played: the writes since the last look that the template's filter lets through."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import distribute_handler
from cloud import Cloud, Context
from sam_template import Stack
from stream_filter import passes, patterns_of


@cache
def filter_of_the_template() -> list[Any]:
    mappings = Stack(Transport="streams").of_type("AWS::Lambda::EventSourceMapping")
    return patterns_of(mappings["OrdersFromStream"])


@dataclass
class TableStream:
    """Of several writes to one item between two looks only the last is told."""

    cloud: Cloud
    seen: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    number: int = 0

    def records(self) -> list[dict[str, Any]]:
        """Return the new records that are handed to distribution."""
        found = {(item["pk"]["S"], item["sk"]["S"]): item for item in self.cloud.ledger.items()}
        changed = [item for key, item in found.items() if self.seen.get(key) != item]
        self.seen = found
        return [record for record in map(self.record, changed) if passes(filter_of_the_template(), record)]

    def record(self, image: Mapping[str, Any]) -> dict[str, Any]:
        """Return the write that left an item as it is."""
        self.number += 1
        return {
            "eventID": f"event-{self.number}",
            "eventName": "MODIFY",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "us-east-1",
            "dynamodb": {
                "ApproximateCreationDateTime": self.cloud.now.timestamp(),
                "Keys": {name: image[name] for name in ("pk", "sk")},
                "NewImage": image,
                "SequenceNumber": f"{self.number:030d}",
                "SizeBytes": 1,
                "StreamViewType": "NEW_IMAGE",
            },
        }

    def deliver(self) -> list[str]:
        """Hand the new records to distribution; return the numbers of those that come back."""
        records = self.records()
        return distributed(records) if records else []


def distributed(records: list[dict[str, Any]]) -> list[str]:
    """Invoke distribution with records; return the numbers of those that come back."""
    answer = distribute_handler.handler({"Records": records}, Context())  # type: ignore[arg-type]
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]
