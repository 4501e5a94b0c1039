"""An address stands on its order, and then on its parcel: nothing that comes out of the functions holds any of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

import compensate_handler
import draw_handler
from addresses import FIELDS
from builders import SECOND, a_share, an_award
from cloud import FAILURES_MAX, Cloud, Context, a_cloud, event
from parcels import a_stack
from tombola.aws.items import order_key
from tombola.aws.shipment_items import new_shipment_key
from tombola.rules.award_type import AwardType
from tombola.rules.order import GrantState, Order
from tombola.rules.problem import BusyError
from tombola_cli.operate import shipment_export
from tombola_cli.operate.order_history import history
from tombola_cli.operate.shipment_lists import parcels_of

WORD, PHONE = "ZZYZX", "98765432109876"
ADDRESS = {
    **{name: f"{WORD} {name}" for name in FIELDS},
    **{name: f"{WORD}-{name}" for name in FIELDS if name.endswith("_id")},
    "country": "GH",  # it has no form of postcodes
    "postcode": f"{WORD}-1",
    "phone": f"+{PHONE}",
    "email": f"{WORD}@{WORD}.example",
}
HOUR = 3600 * SECOND
USERS = ("granted", "failing", "throttled", "late", "careless")


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Yield a cloud in which everybody wins a thing."""
    award = an_award("1", award_type=AwardType.PHYSICAL, award_content="")
    with a_cloud(monkeypatch, a_share("1", award=award, stock=10, claim_within=30 * 24 * HOUR)) as cloud:
        yield cloud


def put(cloud: Cloud, drawn: dict[str, Any], body: object = ADDRESS, user_id: str | None = None) -> dict[str, Any]:
    """Give an address to the order that was drawn; return the whole answer."""
    path = {"user_id": user_id or drawn["user_id"], "order_id": drawn["order_id"]}
    text = body if isinstance(body, str) else json.dumps(body)
    asked = {**event("shipping-address"), "pathParameters": path, "body": text}
    return draw_handler.handler(asked, Context())  # type: ignore[arg-type]


def quoting(code: str) -> Any:
    """Return an API of AWS that refuses each write of an address and quotes it."""
    original = BaseClient._make_api_call  # type: ignore[attr-defined]

    def refusing(client: Any, name: str, given: dict[str, Any]) -> Any:
        if name in {"TransactWriteItems", "UpdateItem"} and WORD in json.dumps(given):
            raise ClientError({"Error": {"Code": code, "Message": json.dumps(given)}}, name)
        return original(client, name, given)

    return refusing


def told(*said: object) -> list[str]:
    """Return which of the words stand in what was said."""
    everything = json.dumps(said, default=repr, ensure_ascii=False) + repr(said)
    return [word for word in (WORD, WORD.lower(), PHONE) if word in everything]


def on_record(cloud: Cloud, drawn: dict[str, Any]) -> Order:
    order = cloud.ledger.order(drawn["user_id"], int(drawn["order_id"]))
    assert isinstance(order, Order)
    return order


def wrong_bodies() -> list[object]:
    """Return addresses that are refused, each field wrong in a way that could be quoted, and what is no address."""
    fields: list[object] = [{**ADDRESS, name: f"{WORD}\n{PHONE}" * 99} for name in ADDRESS]
    lines: list[object] = [{**ADDRESS, name: f"{WORD}\n{PHONE}"} for name in ADDRESS]
    kinds: list[object] = [{**ADDRESS, name: [WORD, {WORD: PHONE}]} for name in ADDRESS]
    wrong: list[object] = [{**ADDRESS, "country": "DE"}, {**ADDRESS, "phone": WORD}, {**ADDRESS, "email": WORD + PHONE}]
    strange: list[object] = [{**ADDRESS, f"{WORD} {PHONE}": WORD}, [WORD], f'{{"name": {WORD}}}', f'"{WORD}', f"{WORD}"]
    twice: list[object] = [f'{{"{WORD}": "{WORD}", "{WORD}": "{PHONE}"}}', f'{{"name": "{WORD}\ufffd"}}']
    return [*fields, *lines, *kinds, *wrong, *strange, *twice]


def test_no_log_metric_message_answer_error_or_log_of_the_activity_holds_an_address(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given, changed, granted, changed again, refused, failing with errors that quote it, parked, busy, too late."""
    drawn = {user: cloud.draw(user, user)[1] for user in USERS}
    answers = [put(cloud, drawn[user]) for user in ("granted", "failing")]
    answers.append(put(cloud, drawn["granted"], {**ADDRESS, "remark": f"{WORD} again"}))
    messages = cloud.messages()
    bodies = {user: [each["Body"] for each in messages if drawn[user]["order_id"] in each["Body"]] for user in USERS}
    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", quoting("ValidationException"))
        answers.append(put(cloud, drawn["throttled"]))
        for _ in range(FAILURES_MAX):
            cloud.distribute(bodies["failing"])
            cloud.compensate(HOUR)
        patch.setattr(BaseClient, "_make_api_call", quoting("ThrottlingException"))
        answers.append(put(cloud, drawn["throttled"]))
        cloud.distribute(bodies["granted"])
    cloud.distribute([*bodies["granted"], *bodies["failing"], WORD])
    answers.append(put(cloud, drawn["granted"]))
    answers += [put(cloud, drawn["careless"], body) for body in wrong_bodies()]
    answers += [put(cloud, drawn["granted"], user_id="careless"), put(cloud, drawn["failing"])]
    cloud.compensate(31 * 24 * HOUR)
    answers.append(put(cloud, drawn["late"]))

    orders = [on_record(cloud, each) for each in drawn.values()]
    said = capsys.readouterr()
    looks = [cloud.get("/users/{user_id}/draws", user_id=user) for user in USERS]
    shown = [cloud.get(f"/activities/{{activity_id}}{end}", activity_id="100001") for end in ("", "/log")]
    histories = [history(order) for order in orders]
    wired = [draw_handler.wire(), compensate_handler.wire()]
    parts = [answers, said, looks, shown, messages, cloud.messages(), orders, list(map(str, orders)), histories, wired]
    assert {each["statusCode"] for each in answers} >= {200, 400, 404, 409, 500, 503}
    assert [order.grant_state for order in orders] == [GrantState.GRANTED, *[GrantState.PARKED] * 4]
    assert orders[1].failures == FAILURES_MAX
    assert all(word in said.out for word in ("address given", "granted", "not granted", "parked", "unforeseen", "busy"))
    assert [told(part) for part in parts] == [[]] * len(parts)


def test_the_words_are_in_the_table_once_and_would_be_found(cloud: Cloud) -> None:
    drawn = cloud.draw()[1]
    put(cloud, drawn)
    key = order_key("xiaofuge", int(drawn["order_id"]))
    parcel = new_shipment_key("100001", int(drawn["order_id"]))
    before = {item["sk"]["S"] for item in cloud.ledger.items() if told(item)}

    cloud.deliver()

    assert before == {key["sk"]["S"]}
    assert {item["sk"]["S"] for item in cloud.ledger.items() if told(item)} == {parcel["sk"]["S"]}
    assert told(f"{WORD} {PHONE}") == [WORD, PHONE]


def test_an_export_tells_of_parcels_without_their_addresses_which_stand_in_its_file_alone(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack, path, said = a_stack(cloud.ledger), tmp_path / "parcels.csv", list[object]()
    put(cloud, cloud.draw()[1])
    cloud.deliver()
    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", quoting("ThrottlingException"))
        with pytest.raises(BusyError) as busy:
            shipment_export.export_shipments("100001", path, stack, lambda *args: said.append(args))

    done = shipment_export.export_shipments("100001", path, stack, lambda *args: said.append(args))

    assert (done.written, told(path.read_text("utf-8"))) == (1, [WORD, PHONE])
    parcels = [*parcels_of("100001", done.batch.name if done.batch else None, stack)]
    assert len(parcels) == 1
    assert told(busy.value, said, done, parcels, capsys.readouterr()) == []
