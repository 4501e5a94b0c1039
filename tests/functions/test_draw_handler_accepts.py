"""Users accept their prizes over HTTP: they claim in time, or say where a parcel goes, for themselves alone."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

import draw_handler
from addresses import FIELDS, address_body, an_address
from builders import SECOND, a_share, an_award
from cloud import Cloud, Context, a_cloud, event
from tombola.aws.address_items import address_map
from tombola.aws.shipment_items import new_shipment_key
from tombola.rules.award_type import AwardType
from tombola.rules.order import GrantState, Order
from tombola_cli.files.repository import ROOT

DAYS = timedelta(days=30)
IN_TIME = timedelta(hours=1)


@pytest.fixture
def parcels(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Yield a cloud in which everybody wins a thing."""
    award = an_award("1", award_type=AwardType.PHYSICAL, award_content="")
    with a_cloud(monkeypatch, a_share("1", award=award, claim_within=DAYS)) as cloud:
        yield cloud


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Yield a cloud in which everybody wins a text that is to be claimed."""
    with a_cloud(monkeypatch, a_share("1", award=an_award("1"), claim_within=IN_TIME)) as cloud:
        yield cloud


def guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHORIZATION", "jwt")
    draw_handler.wire.cache_clear()


def claim(cloud: Cloud, order_id: str, user_id: str = "xiaofuge", **changes: Any) -> tuple[int, dict[str, Any]]:
    return cloud.send("claim", pathParameters={"user_id": user_id, "order_id": order_id}, **changes)


def give(cloud: Cloud, order_id: str, user_id: str = "xiaofuge", **changes: Any) -> tuple[int, dict[str, Any]]:
    path = {"user_id": user_id, "order_id": order_id}
    return cloud.send("shipping-address", pathParameters=path, **changes)


def on_record(cloud: Cloud, order_id: str, user_id: str = "xiaofuge") -> Order:
    order = cloud.ledger.order(user_id, int(order_id))
    assert isinstance(order, Order)
    return order


def of_another(cloud: Cloud, name: str) -> dict[str, Any]:
    """Return the change to a sample event that gives it the token of another user."""
    context = event("draw-jwt")["requestContext"]
    context["authorizer"]["jwt"]["claims"]["sub"] = "fustack"
    context["http"]["method"] = event(name)["requestContext"]["http"]["method"]
    return {"requestContext": context}


# ---- A claim


def test_a_prize_that_is_claimed_in_time_is_told_to_distribution_and_granted(texts: Cloud) -> None:
    _, drawn = texts.draw()
    assert texts.messages() == []

    status, claimed = claim(texts, drawn["order_id"])

    assert (status, claimed["order_id"], claimed["mq_state"]) == (200, drawn["order_id"], 1)
    assert texts.deliver() == 1
    assert on_record(texts, drawn["order_id"]).grant_state is GrantState.GRANTED
    assert texts.audit().balanced


def test_a_claim_may_be_sent_again_even_after_the_grant(texts: Cloud) -> None:
    _, drawn = texts.draw()
    first = claim(texts, drawn["order_id"])
    again = claim(texts, drawn["order_id"])
    texts.deliver()
    texts.now += 2 * IN_TIME

    assert first[0] == again[0] == claim(texts, drawn["order_id"])[0] == 200
    assert len(texts.messages()) == 0


@pytest.mark.parametrize(("later", "status"), [(IN_TIME, 200), (IN_TIME + SECOND / 1000, 409)])
def test_a_claim_is_in_time_until_the_deadline_and_not_a_millisecond_later(
    texts: Cloud, later: timedelta, status: int
) -> None:
    _, drawn = texts.draw()
    texts.now += later

    found, answer = claim(texts, drawn["order_id"])

    assert found == status
    assert status == 200 or (answer["code"], answer["title"], answer["field"]) == ("0001", "too late", "order_id")


def test_nobody_claims_what_another_user_drew(texts: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    _, drawn = texts.draw()
    before = texts.ledger.items()

    status, problem = claim(texts, drawn["order_id"], user_id="fustack")
    assert (status, problem["code"], problem["field"]) == (404, "0002", "order_id")
    guard(monkeypatch)
    for name, asked in (("claim", claim), ("shipping-address", give)):
        token = of_another(texts, name)
        assert asked(texts, drawn["order_id"], **token)[0] == 403
        assert asked(texts, drawn["order_id"], user_id="me", **token)[0] == 404
    assert texts.ledger.items() == before


def test_me_is_the_user_of_the_token(texts: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    _, drawn = texts.draw("key", "fustack")
    guard(monkeypatch)

    assert claim(texts, drawn["order_id"], user_id="me", **of_another(texts, "claim"))[0] == 200


def test_without_a_token_nobody_is_me(texts: Cloud) -> None:
    assert claim(texts, "7", user_id="me")[0] == 404
    assert give(texts, "7", user_id="me")[0] == 404


@pytest.mark.parametrize("order_id", ["7", "x", "", "9" * 30, "-1"])
def test_an_order_that_is_none_is_a_404(texts: Cloud, order_id: str) -> None:
    for asked in (claim, give):
        status, problem = asked(texts, order_id)
        assert (status, problem["code"], problem["field"]) == (404, "0002", "order_id")


def test_a_thing_is_claimed_by_its_address(parcels: Cloud) -> None:
    _, drawn = parcels.draw()

    status, problem = claim(parcels, drawn["order_id"])

    assert (status, problem["code"], problem["title"]) == (409, "0001", "nothing to claim")
    assert "shipping address" in problem["detail"]


NOT_FOR_A_DRAW = {
    "tombola.flows.accept",
    "tombola.rules.address_request",
    "tombola.rules.postcode",
    "tombola.rules.quota_answer",
}


def test_a_draw_starts_without_what_only_another_route_needs() -> None:
    code = "import json, sys, draw_handler; print(json.dumps([*sys.modules]))"
    path = os.pathsep.join(str(ROOT / folder) for folder in ("functions/draw", "layers/shared"))
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)

    loaded = json.loads(done.stdout)
    assert "tombola.flows.draw" in loaded
    assert not NOT_FOR_A_DRAW & set(loaded)


# ---- An address


def test_an_address_that_is_given_is_granted_into_a_parcel_and_is_on_the_order_no_more(parcels: Cloud) -> None:
    _, drawn = parcels.draw()

    status, answer = give(parcels, drawn["order_id"])

    assert (status, answer["mq_state"]) == (200, 1)
    assert on_record(parcels, drawn["order_id"]).address == an_address()
    assert parcels.deliver() == 1
    granted = on_record(parcels, drawn["order_id"])
    assert (granted.grant_state, granted.address) == (GrantState.GRANTED, None)
    assert shipped_to(parcels, drawn["order_id"]) == (address_map(an_address()), "1")


def test_an_address_may_be_changed_before_the_grant_and_after_it_until_the_parcel_leaves(parcels: Cloud) -> None:
    _, drawn = parcels.draw()
    give(parcels, drawn["order_id"])
    assert give(parcels, drawn["order_id"], body=address_body(name="second"))[0] == 200
    parcels.deliver()
    assert shipped_to(parcels, drawn["order_id"]) == (address_map(an_address(name="second")), "2")

    assert give(parcels, drawn["order_id"], body=address_body(name="third"))[0] == 200

    assert shipped_to(parcels, drawn["order_id"]) == (address_map(an_address(name="third")), "3")


def test_after_the_deadline_no_address_is_taken(parcels: Cloud) -> None:
    _, drawn = parcels.draw()
    parcels.now += DAYS + SECOND / 1000
    before = parcels.ledger.items()

    status, problem = give(parcels, drawn["order_id"])

    assert (status, problem["title"]) == (409, "too late")
    assert parcels.ledger.items() == before


def test_a_text_needs_no_address(texts: Cloud) -> None:
    _, drawn = texts.draw()

    status, problem = give(texts, drawn["order_id"])

    assert (status, problem["title"]) == (409, "nothing to claim")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (None, "body"),
        ("{", "body"),
        ("[]", "body"),
        (json.dumps({**FIELDS, "street": "Main Street"}), "body"),
        (address_body(name=None), "name"),
        (address_body(address="line\nline"), "address"),
        (address_body(country="XX"), "country"),
        (address_body(postcode="1"), "postcode"),
        (address_body(phone=None, email=None), "phone"),
    ],
)
def test_an_address_that_is_none_is_refused_by_its_field_and_changes_nothing(
    parcels: Cloud, body: str | None, field: str
) -> None:
    _, drawn = parcels.draw()
    before = parcels.ledger.items()

    status, problem = give(parcels, drawn["order_id"], body=body)

    assert (status, problem["code"], problem["field"]) == (400, "0002", field)
    assert parcels.ledger.items() == before


def test_an_address_comes_as_base64_too(parcels: Cloud) -> None:
    _, drawn = parcels.draw()

    assert give(parcels, drawn["order_id"], body="//79", isBase64Encoded=True)[1]["field"] == "body"


def test_a_claim_and_an_address_are_logged_by_their_ids_alone(texts: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    _, drawn = texts.draw()
    capsys.readouterr()
    claim(texts, drawn["order_id"])

    [line] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (line["message"], line["order_id"], line["activity_id"]) == ("claimed", drawn["order_id"], "100001")
    assert "xiaofuge" not in json.dumps(line)


def test_an_answer_is_kept_by_nobody_and_has_no_address(parcels: Cloud) -> None:
    _, drawn = parcels.draw()
    path = {"user_id": "xiaofuge", "order_id": drawn["order_id"]}

    answer = draw_handler.handler({**event("shipping-address"), "pathParameters": path}, Context())  # type: ignore[arg-type]

    assert answer["headers"] == {"Content-Type": "application/json", "Cache-Control": "no-store"}
    assert not [value for value in FIELDS.values() if value in answer["body"] and len(value) > 4]


def test_where_nothing_answers_a_claim_is_busy(texts: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    context = Context(seconds=1)

    answer = draw_handler.handler(event("claim"), context)  # type: ignore[arg-type]

    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "1")


def shipped_to(cloud: Cloud, order_id: str) -> tuple[dict[str, Any], str]:
    """Return the address on the parcel of an order, and how often one was given."""
    key = new_shipment_key("100001", int(order_id))
    item: Any = cloud.ledger.dynamodb.get_item(TableName=cloud.ledger.table, Key=key)["Item"]
    return item["address"]["M"], item["addresses"]["N"]
