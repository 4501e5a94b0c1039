"""The bridge that stands in for Lambda's Kafka poller: what it hands over, and when it commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from kafka_records import PLACE, Message, a_message
from tombola_cli.errors import TombolaError
from tombola_cli.local.bridge import FailedError, Functions, Poller, Settings

DISTRIBUTE = "arn:aws:lambda:us-east-1:000000000000:function:distribute:live"
QUEUE = {"EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:invoices", "State": "Enabled"}
MAPPING = {"UUID": "uuid", "FunctionArn": DISTRIBUTE, "State": "Enabled", "BatchSize": "10", "EventSourceArn": ""}


@dataclass
class Topic:
    """A consumer of records that lie there; notes what is committed, unless the broker is gone."""

    records: list[Message]
    committed: dict[Any, int] = field(default_factory=dict)
    gone: bool = False

    def read(self, limit: int) -> Sequence[Message]:
        read, self.records = self.records[:limit], self.records[limit:]
        return read

    def commit(self, offsets: Mapping[Any, int]) -> None:
        if self.gone:
            raise FailedError("offsets were not committed: the broker is gone")
        self.committed |= offsets


@dataclass
class Scene:
    """A poller, its topic, and a function that answers as told, once for each invocation; then well."""

    topic: Topic
    settings: Settings = field(default_factory=lambda: Settings(function=DISTRIBUTE))
    answers: list[Any] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    committed_before: list[dict[Any, int]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    paused: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.poller = Poller(
            consumer=self.topic,
            settings=lambda: self.settings,
            invoke=self.invoked,
            pause=self.paused.append,
            tell=self.told.append,
            addresses="127.0.0.1:9092",
            batch_max=self.settings.batch_max,
        )

    def invoked(self, function: str, event: dict[str, Any]) -> Any:
        assert function == DISTRIBUTE
        self.events.append(event)
        self.committed_before.append(dict(self.topic.committed))
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def steps(self, count: int) -> "Scene":
        for _ in range(count):
            self.poller.step()
        return self

    def offsets(self) -> list[list[int]]:
        """Return the offsets of each event."""
        return [[record["offset"] for part in event["records"].values() for record in part] for event in self.events]


def a_topic(*offsets: int) -> Topic:
    return Topic([a_message(offset) for offset in offsets])


def failing(*offsets: int) -> dict[str, Any]:
    identifiers = [{"partition": "lottery_invoice-0", "offset": offset} for offset in offsets]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in identifiers]}


def test_a_batch_is_handed_over_and_committed_after_that() -> None:
    scene = Scene(a_topic(0, 1, 2)).steps(1)

    assert scene.offsets() == [[0, 1, 2]]
    assert scene.committed_before == [{}]
    assert scene.topic.committed == {PLACE: 3}


def test_nothing_is_committed_while_the_function_fails_and_the_whole_batch_is_tried_again() -> None:
    scene = Scene(a_topic(0, 1), answers=[FailedError("down"), FailedError("down")])

    scene.steps(2)
    assert (scene.topic.committed, scene.told) == ({}, ["down", "down"])
    assert len(scene.paused) == 2

    scene.steps(1)
    assert scene.offsets() == [[0, 1]] * 3
    assert scene.topic.committed == {PLACE: 2}


def test_a_record_that_comes_meanwhile_waits_for_the_batch_before_it() -> None:
    scene = Scene(a_topic(0), answers=[FailedError("down")]).steps(1)
    scene.topic.records.append(a_message(1))

    assert scene.steps(2).offsets() == [[0], [0], [1]]


def test_an_event_holds_no_more_records_than_the_mapping_allows() -> None:
    scene = Scene(a_topic(*range(5)), Settings(function=DISTRIBUTE, batch_max=2)).steps(3)

    assert scene.offsets() == [[0, 1], [2, 3], [4]]


def test_a_disabled_mapping_hands_over_nothing_not_even_what_was_read_already() -> None:
    scene = Scene(a_topic(0), Settings(function=DISTRIBUTE, enabled=False)).steps(3)
    assert (scene.events, scene.topic.committed) == ([], {})

    scene.settings = Settings(function=DISTRIBUTE)
    assert scene.steps(1).offsets() == [[0]]


def test_each_partition_is_committed_for_itself() -> None:
    topic = Topic([a_message(7), a_message(3, partition=1), a_message(8)])

    Scene(topic).steps(1)

    assert topic.committed == {PLACE: 9, ("lottery_invoice", 1): 4}


def test_with_partial_responses_only_what_failed_is_tried_again_and_the_commit_waits_for_it() -> None:
    settings = Settings(function=DISTRIBUTE, reports_failures=True)
    scene = Scene(a_topic(0, 1, 2), settings, answers=[failing(1)]).steps(1)
    assert scene.topic.committed == {}

    scene.steps(1)
    assert scene.offsets() == [[0, 1, 2], [1]]
    assert scene.topic.committed == {PLACE: 3}


def test_without_partial_responses_an_answer_means_nothing_as_on_aws() -> None:
    scene = Scene(a_topic(0, 1), answers=[failing(0)]).steps(1)

    assert scene.topic.committed == {PLACE: 2}


@pytest.mark.parametrize(
    "identifier",
    ["0", "", None, {}, {"partition": "lottery_invoice-0"}, {"partition": "lottery_invoice-9", "offset": 0}],
)
def test_an_answer_that_names_no_record_of_the_batch_fails_all_of_it(identifier: Any) -> None:
    settings = Settings(function=DISTRIBUTE, reports_failures=True)
    answer = {"batchItemFailures": [{"itemIdentifier": identifier}]}

    assert Scene(a_topic(0, 1), settings, answers=[answer]).steps(2).offsets() == [[0, 1], [0, 1]]


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": None}, {"batchItemFailures": []}])
def test_an_answer_without_failures_is_a_success(answer: Any) -> None:
    settings = Settings(function=DISTRIBUTE, reports_failures=True)

    assert Scene(a_topic(0), settings, answers=[answer]).steps(1).topic.committed == {PLACE: 1}


def test_a_commit_that_fails_is_told_and_made_up_for_by_the_next_one() -> None:
    scene = Scene(Topic([a_message(0)], gone=True)).steps(1)
    assert scene.told == ["offsets were not committed: the broker is gone"]

    scene.topic.gone = False
    scene.topic.records.append(a_message(5, partition=1))
    scene.steps(1)
    assert scene.offsets() == [[0], [5]]
    assert scene.topic.committed == {PLACE: 1, ("lottery_invoice", 1): 6}


class Lambda:
    """Mappings, as a client lists them."""

    def __init__(self, *mappings: dict[str, Any]) -> None:
        self.mappings = mappings

    def list_event_source_mappings(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        assert FunctionName == "distribute"
        return {"EventSourceMappings": self.mappings}


def test_the_settings_are_those_of_the_mapping_that_reads_kafka() -> None:
    provisioned = {**MAPPING, "State": "Disabled", "FunctionResponseTypes": ["ReportBatchItemFailures"]}

    assert Functions(Lambda(QUEUE, MAPPING), "distribute").settings() == Settings(
        function=DISTRIBUTE, batch_max=10, group="uuid"
    )
    assert Functions(Lambda(provisioned), "distribute").settings() == Settings(
        function=DISTRIBUTE, enabled=False, batch_max=10, reports_failures=True, group="uuid"
    )


def test_a_function_that_reads_no_topic_is_no_function_for_the_bridge() -> None:
    with pytest.raises(TombolaError, match="distribute reads no Kafka topic: was the stack deployed with kafka"):
        Functions(Lambda(QUEUE), "distribute").settings()
