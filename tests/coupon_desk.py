"""Providers of coupons for the tests: their definitions, and the clock by which calls are remembered."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from builders import an_award, an_order, definition
from cloud import client
from tombola.rules.award_type import AwardType
from tombola.rules.order import Order
from tombola_cli.local.sample_provider import Desk, SampleProvider

CALLS = "calls"


def make_calls_table() -> None:
    """Create the table of calls, with the template's key."""
    client("dynamodb").create_table(
        TableName=CALLS,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )


def remembered() -> list[dict[str, Any]]:
    """Return what the table of calls holds."""
    return list(client("dynamodb").scan(TableName=CALLS)["Items"])


def define(name: str = "shop", text: str | None = None, **changes: Any) -> None:
    """Define a provider, or define it anew."""
    secrets, name = client("secretsmanager"), f"tombola/provider/{name}"
    value = definition(**changes) if text is None else text
    try:
        secrets.put_secret_value(SecretId=name, SecretString=value)
    except secrets.exceptions.ResourceNotFoundException:
        secrets.create_secret(Name=name, SecretString=value)


def a_coupon_order(order_id: int = 7, source: str | None = "shop", **changes: Any) -> Order:
    award = an_award(award_type=AwardType.COUPON, award_content="", source=source)
    return an_order(order_id, award=award, **changes)


def remember_by(now: Callable[[], datetime], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Powertools read the time of the test, which it reads as local time."""
    clock = SimpleNamespace(datetime=SimpleNamespace(now=now), timedelta=dt.timedelta, date=dt.date, time=dt.time)
    for module in ("base", "persistence.base", "persistence.dynamodb", "persistence.datarecord"):
        monkeypatch.setattr(f"aws_lambda_powertools.utilities.idempotency.{module}.dt", clock)


@contextmanager
def serving(desk: Desk, **given: Any) -> Iterator[SampleProvider]:
    """Serve desk on a free port."""
    with SampleProvider(0, desk, **given) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
