"""Is this an event that the function is for? Another kind has fields of the same names and would be half understood."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tombola.rules.order import LANES

NAMES_MAX = 10  # of an event's fields that an error tells
WORKER = "lanes"  # the one field of the event that a worker of compensation is started with


class WrongEventError(Exception):
    """The function was invoked with an event of another kind."""


def check_http_event(event: Any) -> None:  # noqa: ANN401 - whatever the function is invoked with
    """Raise WrongEventError unless event is an HTTP API's, payload format 2.0, with a matched route."""
    if not _is_mapping_with(event, "routeKey", "requestContext") or event.get("version") != "2.0":
        raise WrongEventError(_sentence("an event of an HTTP API, payload format 2.0, with routeKey", event))


def source_of(event: Any) -> str | None:  # noqa: ANN401 - as above
    """Return the eventSource of event or of its first record, None where there is none."""
    records = event.get("Records") if isinstance(event, Mapping) else None
    first = records[0] if isinstance(records, list) and records else event
    source = first.get("eventSource") if isinstance(first, Mapping) else None
    return source if isinstance(source, str) else None


def records_from(source: str, event: Any, *names: str) -> list[dict[str, Any]]:  # noqa: ANN401 - as above
    """Return the records of event, each from source and with names; raise WrongEventError if it is something else."""
    records = event.get("Records") if isinstance(event, Mapping) else None
    if isinstance(records, list) and records and all(_comes_from(source, record, *names) for record in records):
        return records
    raise WrongEventError(_sentence(f"Records, each with eventSource {source} and {', '.join(names)}", event))


def records_of_topics(sources: Sequence[str], event: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as above
    """Return the records of an event of Kafka, which come by partition; raise WrongEventError if it is none.

    https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html#msk-sample-event
    """
    source = event.get("eventSource") if isinstance(event, Mapping) else None
    partitions = event.get("records") if source in sources else None
    if isinstance(partitions, Mapping) and all(isinstance(records, list) for records in partitions.values()):
        found = [record for records in partitions.values() for record in records]
        if found and all(_is_of_a_topic(record) for record in found):
            return found
    expected = f"an event with eventSource {' or '.join(sources)} and records, each with topic, partition and offset"
    raise WrongEventError(_sentence(expected, event))


def wrong_source(sources: Iterable[str], event: Any) -> WrongEventError:  # noqa: ANN401 - as above
    """Return the error of an event that comes from none of sources."""
    return WrongEventError(_sentence(f"an event with eventSource {', '.join(sources)}", event))


def worker_lanes(event: Any) -> tuple[str, ...] | None:  # noqa: ANN401 - as above
    """Return the lanes of a worker's event, None for every other one; raise WrongEventError if they are none."""
    if not isinstance(event, Mapping) or WORKER not in event:
        return None
    lanes = event[WORKER]
    if isinstance(lanes, list) and lanes and all(isinstance(lane, str) and lane in LANES for lane in lanes):
        return tuple(lanes)
    raise WrongEventError(f"expected {WORKER}: a list of numbered lanes, {LANES[0]} to {LANES[-1]}")


def _comes_from(source: str, record: Any, *names: str) -> bool:  # noqa: ANN401 - as above
    return _is_mapping_with(record, *names) and record.get("eventSource") == source


def _is_of_a_topic(record: Any) -> bool:  # noqa: ANN401 - as above
    numbers = [record.get("partition"), record.get("offset")] if _is_mapping_with(record, "topic") else [None]
    return all(type(number) is int for number in numbers)


def _is_mapping_with(value: Any, *names: str) -> bool:  # noqa: ANN401 - as above
    return isinstance(value, Mapping) and all(value.get(name) for name in names)


def _sentence(expected: str, event: Any) -> str:  # noqa: ANN401 - as above
    names = ", ".join(sorted(map(str, event))[:NAMES_MAX]) if isinstance(event, Mapping) else type(event).__name__
    return f"expected {expected}; got {names or 'nothing'}"
