"""A drill: invoices go by pigeon. It is one new module and its row, and both ends use it from there."""

import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import pytest

import compensate_handler
import distribute_handler
from builders import an_order
from cloud import Context, a_cloud, event
from tombola.aws import transport
from tombola.aws.invoices import read_message
from tombola.aws.settings import read_variables
from tombola.rules.invoice import Message, invoice_json
from tombola.rules.order import GrantState, Order
from tombola.rules.verdict import Sent

LOFT: dict[str, list[str]] = {"north": []}


class Pigeons(ModuleType):
    """The new file: it reads its own variable, and has the two ends."""

    class Outbox:
        def __init__(self, loft: list[str]) -> None:
            self.loft = loft

        def publish(self, orders: Sequence[Order]) -> Sent:
            self.loft += map(invoice_json, orders)
            return Sent(taken=frozenset(order.order_id for order in orders))

    class Inbox:
        def messages(self, event: Any) -> list[Message]:
            return [read_message(str(at), text) for at, text in enumerate(event["letters"])]

        def answer(self, _event: Any, back: Mapping[str, Exception]) -> dict[str, Any]:
            return {"home": [int(message_id) for message_id in back]}

    def outbox(self, env: Mapping[str, str]) -> Outbox:
        return self.Outbox(LOFT[read_variables(["loft"], env)["loft"]])

    def inbox(self, _env: Mapping[str, str]) -> Inbox:
        return self.Inbox()


def test_a_new_transport_is_one_module_and_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tombola.aws.pigeons", Pigeons("pigeons"))
    monkeypatch.setitem(transport.TRANSPORTS, "pigeon", transport.Transport("tombola.aws.pigeons", ("aws:pigeon",)))
    with a_cloud(monkeypatch) as cloud:
        monkeypatch.setenv("TRANSPORT", "pigeon")
        monkeypatch.setenv("LOFT", "north")
        cloud.ledger.put(an_order(7))
        cloud.now = an_order().due_at or cloud.now

        assert compensate_handler.handler(event("compensate-schedule"), Context())["resent"] == 1  # type: ignore[arg-type]
        letters = {"eventSource": "aws:pigeon", "letters": [*LOFT["north"], "wet"]}
        answer = distribute_handler.handler(letters, Context())  # type: ignore[arg-type]

        order = cloud.ledger.order("xiaofuge", 7)
        assert answer == {"home": [1]}
        assert order is not None
        assert order.grant_state is GrantState.GRANTED
