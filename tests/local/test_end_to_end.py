"""The deployed stack, end to end: HTTP in, a granted prize out, and every repair in between."""

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import urllib3
from localstack_client.session import Session

from builders import a_count, a_share, an_activity, an_order
from played import status_of, until
from tables import TableLedger
from tombola.rules.verdict import Recorded
from tombola_cli.audit.snapshot import read_books
from tombola_cli.files.repository import ROOT
from tombola_cli.local.channel import Queue
from tombola_cli.local.launch import launch
from tombola_cli.operate.api import TIMEOUT_SECONDS, TRY_AGAIN, Api, Reply
from tombola_cli.operate.stack import Stack

LOTTERY_INVOICE = (
    '{"awardContent":"Code","awardId":"3","awardName":"ipad","awardType":1,'
    '"orderId":1454347265400504320,"uId":"xiaofuge"}'
)
ONE_AWARD = """
activity_id: {activity_id}
activity_name: one award
activity_desc: with a hundred units
time_zone: UTC
begin: 2026-01-01T00:00:00Z
end: 2035-12-31T00:00:00Z
strategy: single
awards:
  - {{ award_id: 3, award_type: 1, award_name: ipad, award_content: Code, rate: 1, stock: 100, peak: {peak} }}
"""


@pytest.fixture(scope="module")
def aws(stack: Stack) -> Iterator[Session]:
    """Reach the stack as any LocalStack test does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", stack.endpoint_url or "")
        yield Session()


@pytest.fixture(scope="module")
def api(stack: Stack) -> Api:
    launch(ROOT / "activities/100001.yaml", stack)
    return Api(stack, connections_max=8)


@pytest.fixture
def queue(stack: Stack) -> Queue:
    return Queue(stack)


def drawn(api: Api, activity_id: str = "100001") -> dict[str, Any]:
    reply = api.draw(activity_id, f"user-{uuid.uuid4()}", "key")
    assert reply.status == 201
    return reply.body


def test_the_dashboard_is_deployed_and_names_resources_that_there_are(aws: Session, stack: Stack) -> None:
    cloudwatch = aws.client("cloudwatch", region_name=stack.region)
    [name] = [each["DashboardName"] for each in cloudwatch.list_dashboards()["DashboardEntries"]]

    text = cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"]
    body = json.loads(text)

    [alarms] = [widget["properties"]["alarms"] for widget in body["widgets"] if widget["type"] == "alarm"]
    assert name == f"{stack.stack_name}-{stack.region}"
    assert "${PROP('Dim.code')}" in text  # CloudWatch's own words, left as they are
    assert set(alarms) == {alarm["AlarmArn"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]}
    assert [stack.stack_name, "Draws", "service", "tombola"] in [
        line for widget in body["widgets"] for line in widget["properties"].get("metrics", ())
    ]


def test_the_activity_shows_its_stock_within_seconds(api: Api, stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "shown.yaml"
    file.write_text(ONE_AWARD.format(activity_id="shown", peak=160))
    launch(file, stack)

    def left() -> Any:
        return api.activity("shown").body["awards"][0]["stock_left"]

    assert left() == 100
    drawn(api, "shown")
    assert until(lambda: left() == 99)


@pytest.mark.parametrize(
    ("activity_id", "user_id", "key", "status"),
    [
        ("100001", "a#b", "key", 400),
        ("100001", "me", "key", 400),
        ("100001", "user", "k" * 300, 400),
        ("100001", "user", "key,key", 400),
        ("nowhere", "user", "key", 404),
    ],
)
def test_bad_input_is_refused_over_http(api: Api, activity_id: str, user_id: str, key: str, status: int) -> None:
    reply = api.draw(activity_id, user_id, key)

    assert (reply.status, reply.body["status"], reply.body["code"]) == (status, status, "0002")


def test_a_body_in_latin_1_is_nobody_s_draw(api: Api) -> None:
    url, headers = f"{api.stack.api_url}/activities/100001/draws", {"Idempotency-Key": "key"}

    def sent(body: bytes) -> Any:
        answer = urllib3.request("POST", url, headers=headers, body=body, timeout=TIMEOUT_SECONDS)
        return None if answer.status in TRY_AGAIN else answer

    for name in ("jörg", "jürg"):
        body = f'{{"user_id": "{name}"}}'.encode("latin-1")
        answer = until(partial(sent, body))
        assert (answer.status, answer.json()["field"]) == (400, "body")


def test_without_tokens_nobody_is_me_and_an_address_is_an_id_as_it_stands(api: Api) -> None:
    user_id = f"auth0|{uuid.uuid4()}@example.com"
    order = api.draw("100001", user_id, "key").body

    assert [each["order_id"] for each in api.orders(user_id).body["draws"]] == [order["order_id"]]
    assert api.order(user_id, order["order_id"]).body["user_id"] == user_id
    assert api.orders("me").status == 404


def test_an_eleventh_draw_is_refused(api: Api) -> None:
    user_id = f"user-{uuid.uuid4()}"
    with ThreadPoolExecutor(8) as clients:
        replies = list(clients.map(lambda number: api.draw("100001", user_id, f"key-{number}"), range(14)))

    assert Counter(map(status_of, replies)) == {201: 10, 409: 4}


def test_five_hundred_draws_through_the_api_leave_a_hundred_winners(
    api: Api, stack: Stack, tmp_path: Path, aws: Session
) -> None:
    file = tmp_path / "hundred.yaml"
    file.write_text(ONE_AWARD.format(activity_id="hundred", peak=160))
    launch(file, stack)

    def draw(number: int) -> Reply:
        return api.draw("hundred", f"user-{number}", "key")

    with ThreadPoolExecutor(8) as clients:
        replies = list(clients.map(draw, range(500)))

    assert Counter(map(status_of, replies)) == {201: 500}
    assert Counter(reply.body["outcome"] for reply in replies) == {"won": 100, "lost": 400}
    assert api.activity("hundred").body["awards"][0]["stock_left"] == 0
    books = read_books(aws.client("dynamodb"), stack.table_name)
    assert sum(order["activity_id"] == "hundred" and "award" in order for order in books.orders.values()) == 100


def test_five_hundred_draws_on_the_adapter_from_64_threads_leave_a_hundred_winners(stack: Stack) -> None:
    ledger = TableLedger(stack.client("dynamodb"))
    ledger.apply(an_activity(a_share(stock=100)), {("3", 0): 100})
    orders = [an_order(number, user_id=f"user-{number}") for number in range(500)]

    with ThreadPoolExecutor(64) as threads:
        verdicts = list(threads.map(lambda order: ledger.record(order, a_count(10)), orders))

    assert sum(isinstance(verdict, Recorded) for verdict in verdicts) == 100
    assert ledger.stock_left("100001", {"3": 1}) == {"3": (0,)}
