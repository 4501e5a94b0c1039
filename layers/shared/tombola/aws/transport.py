"""Which transport takes an order to distribution? Each is one module, imported where it is chosen.

A module has `outbox(env)` and `inbox(env)`; its own variables are read there. With its row here it is one more value of
the parameter Transport of template.yaml.
"""

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple, Protocol, cast

from tombola.aws.events import source_of, wrong_source
from tombola.aws.settings import MissingVariableError
from tombola.rules.invoice import Message
from tombola.rules.order import Order
from tombola.rules.verdict import Sent


class Outbox(Protocol):
    """The way out, for draw and compensation: the port of flows/ports.py."""

    def publish(self, orders: Sequence[Order]) -> Sent: ...


class Inbox(Protocol):
    """The way in, for distribution."""

    def messages(self, event: Any) -> list[Message]:  # noqa: ANN401 - whatever the function is invoked with
        """Return the messages that event brings; raise WrongEventError if it is no event of this transport."""

    def answer(self, event: Any, back: Mapping[str, Exception]) -> dict[str, Any]:  # noqa: ANN401 - as above
        """Give the messages that failed back, by their ids and reasons; return the answer of the function."""


class Transport(NamedTuple):
    """A module, and the eventSource of the events with which Lambda hands its messages to distribution."""

    module: str
    sources: tuple[str, ...]


class _Module(Protocol):
    def outbox(self, env: Mapping[str, str]) -> Outbox: ...

    def inbox(self, env: Mapping[str, str]) -> Inbox: ...


TRANSPORTS = {
    "sqs": Transport("tombola.aws.sqs_transport", ("aws:sqs",)),
    "kafka": Transport("tombola.aws.kafka_transport", ("aws:kafka", "SelfManagedKafka")),
    "streams": Transport("tombola.aws.streams_transport", ("aws:dynamodb",)),
}


def outbox(name: str, env: Mapping[str, str] = os.environ) -> Outbox:
    """Return that transport's outbox; raise MissingVariableError if there is none such, or it lacks variables."""
    if name not in TRANSPORTS:
        raise MissingVariableError(f"TRANSPORT must be one of {', '.join(TRANSPORTS)}")
    return _module(name).outbox(env)


def inbox(event: Any, env: Mapping[str, str] = os.environ) -> Inbox:  # noqa: ANN401 - whatever the function is invoked with
    """Return the inbox of the transport that event comes from; raise WrongEventError if it comes from none.

    It need not be the one of the outbox: a stack that changes its transport gets messages of both for a while.
    """
    source = source_of(event)
    for name, transport in TRANSPORTS.items():
        if source in transport.sources:
            return _module(name).inbox(env)
    raise wrong_source([source for transport in TRANSPORTS.values() for source in transport.sources], event)


def _module(name: str) -> _Module:
    return cast("_Module", import_module(TRANSPORTS[name].module))
