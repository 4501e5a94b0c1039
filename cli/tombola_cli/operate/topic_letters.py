"""What a letter of a topic tells: where the record stands, or which records Lambda gave up.

https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html has the form of Lambda's own.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

WORD = re.compile(r"[A-Za-z]{1,64}")  # Lambda's for why it gave up, such as RetryAttemptsExhausted
PARTITION = re.compile(r"[A-Za-z0-9._-]{1,255}")  # a topic and the number of its partition
PARTITIONS_MAX = 3  # that a letter tells


def told_of(body: str) -> str | None:
    """Return what Lambda's letter of a topic tells, as a sentence; None if body is another message."""
    try:
        letter: Any = json.loads(body)
        condition, batch = letter["requestContext"]["condition"], letter["KafkaBatchInfo"]
        records, places = batch["batchSize"], dict(batch["recordInfo"])
    except (ValueError, TypeError, LookupError):
        return None
    if not (isinstance(condition, str) and WORD.fullmatch(condition) and type(records) is int):
        return None
    told = [_span(name, place) for name, place in places.items() if PARTITION.fullmatch(name)][:PARTITIONS_MAX]
    count = "1 record" if records == 1 else f"{records} records"
    where = f" of {', '.join(told)}" if told else ""
    return f"Lambda gave {count}{where} up ({condition}): compensation sends what is still due"


def _span(name: str, place: Any) -> str:  # noqa: ANN401 - whatever stands in the letter
    """Return a partition, with the offsets if they are numbers."""
    ends = [place.get(f"{end}RecordOffset") for end in ("first", "last")] if isinstance(place, dict) else []
    return f"{name}@{ends[0]} to {ends[1]}" if ends and all(str(end).isdigit() for end in ends) else name


def place_of(message: Mapping[str, Any]) -> str | None:
    """Return where a record stands that the inbox has put to the dead letters; None of another message."""
    told = {name: attribute.get("StringValue", "") for name, attribute in message.get("MessageAttributes", {}).items()}
    place = f"{told.get('topic', '')}-{told.get('partition', '')}"
    offset = str(told.get("offset", ""))
    return f"{place}@{offset}" if PARTITION.fullmatch(place) and offset.isdigit() else None
