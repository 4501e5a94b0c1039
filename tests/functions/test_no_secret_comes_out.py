"""Nothing that comes out of the functions holds a code, but the answer to its owner once it is granted."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from builders import SECOND, a_share, an_award
from cloud import Cloud, a_cloud
from code_pools import POOL, fill
from tombola.aws.code_ledger import DynamoCodePool
from tombola.rules.award_type import AwardType
from tombola.rules.order import GrantState, Order

RECOGNISED = "SECRET-CODE"
HOUR = 3600 * SECOND


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    award = an_award("1", award_type=AwardType.CODE, award_content="", source=POOL)
    with a_cloud(monkeypatch, a_share("1", award=award, stock=5)) as cloud:
        yield cloud


def fill_pool(cloud: Cloud, codes: int) -> None:
    pool = DynamoCodePool(cloud.ledger.dynamodb, cloud.ledger.table)
    fill(pool, [f"{RECOGNISED}-{number}" for number in range(codes)])


def test_a_code_is_in_no_log_metric_message_answer_or_verdict_but_its_owners(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Granted, failed with an error that quotes the request, parked for an empty pool, sent again, doubled, poison."""
    fill_pool(cloud, 1)
    answers = [cloud.draw(f"key-{number}", f"user-{number}") for number in range(3)]
    messages = cloud.messages()
    original = BaseClient._make_api_call  # type: ignore[attr-defined]

    def refusing(client: Any, name: str, given: dict[str, Any]) -> Any:
        if name == "TransactWriteItems":
            raise ClientError({"Error": {"Code": "ValidationException", "Message": json.dumps(given)}}, name)
        return original(client, name, given)

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", refusing)
        cloud.distribute([message["Body"] for message in messages])
    for _ in range(3):
        cloud.compensate(HOUR)
        cloud.deliver()
    cloud.distribute([*(message["Body"] for message in messages), RECOGNISED])
    cloud.compensate(HOUR)

    orders = [order for number in range(3) for order in cloud.ledger.orders_of(f"user-{number}")]
    states = [order.grant_state for order in orders if isinstance(order, Order)]
    assert sorted(states) == [GrantState.GRANTED, GrantState.PARKED, GrantState.PARKED]
    shown = [cloud.get(f"/activities/{{activity_id}}{end}", activity_id="100001") for end in ("", "/log")]
    quotas = "/users/{user_id}/quotas/{activity_id}"
    shown += [cloud.get(quotas, user_id=f"user-{number}", activity_id="100001") for number in range(3)]
    said = capsys.readouterr()
    everything = [answers, messages, shown, said, cloud.messages(), cloud.audit(), orders, list(map(str, orders))]
    assert all(word in said.out for word in ("granted", "not granted", "not delivered", "Grants"))
    assert RECOGNISED not in repr(everything)
    owners = [cloud.get("/users/{user_id}/draws", user_id=f"user-{number}") for number in range(3)]
    assert json.dumps(owners).count(RECOGNISED) == 1
