"""The one place that chooses a transport."""

import pytest

from tombola.aws import transport
from tombola.aws.events import WrongEventError
from tombola.aws.settings import MissingVariableError
from tombola.aws.streams_transport import StreamsInbox, StreamsOutbox
from tombola.aws.transport import TRANSPORTS


def test_the_variable_chooses_the_way_out() -> None:
    assert isinstance(transport.outbox("streams", {}), StreamsOutbox)


@pytest.mark.parametrize("name", ["", "SQS", "pigeon"])
def test_a_transport_that_is_none_starts_nothing(name: str) -> None:
    with pytest.raises(MissingVariableError, match=f"TRANSPORT must be one of {', '.join(TRANSPORTS)}"):
        transport.outbox(name, {})


def test_a_transport_that_lacks_its_variables_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    with pytest.raises(MissingVariableError, match="set QUEUE_URL"):
        transport.outbox("sqs", {})


def test_the_event_chooses_the_way_in_whatever_the_way_out_is() -> None:
    event = {"Records": [{"eventSource": "aws:dynamodb"}]}

    assert isinstance(transport.inbox(event, {"TRANSPORT": "sqs"}), StreamsInbox)


@pytest.mark.parametrize("event", [None, [], {}, {"Records": []}, {"Records": [7]}, {"eventSource": 7}])
def test_an_event_that_comes_from_no_transport_is_refused_by_the_sources_there_are(event: object) -> None:
    with pytest.raises(WrongEventError, match=r"expected an event with eventSource aws:sqs, .*aws:dynamodb"):
        transport.inbox(event, {})
