"""A provider is what its secret definition says; what is wrong there is named, and never told."""

import hashlib
import hmac
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from builders import NOON, a_provider, an_award, an_order, definition
from tombola.rules.coupon import ANSWER_MAX, COUPON_MAX, RETRY_AFTER_MAX
from tombola.rules.provider import (
    BODY_DEPTH_MAX,
    KEY_MIN,
    TIMEOUT_SECONDS_MAX,
    TIMEOUT_SECONDS_MIN,
    UndefinedProviderError,
    key_of,
    provider_from,
    request_of,
    signature_of,
)

PAGE = Path(__file__).parents[2] / "docs/coupons.md"
SECRET = "sesame-sesame-sesame"  # noqa: S105 - of no provider


def deep(levels: int) -> dict[str, Any]:
    return {} if levels == 0 else {"in": deep(levels - 1)}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no address": ({"url": None}, "url must be a text"),
    "an address without TLS": ({"url": f"http://example.com/{SECRET}"}, "url must begin with https://"),
    "another scheme": ({"url": f"file:///{SECRET}"}, "url must begin with https://"),
    "an address without a host": ({"url": f"https:///{SECRET}"}, "url must name a host"),
    "a user in the address": ({"url": f"https://me:{SECRET}@example.com/"}, "url must name a host, and have no user"),
    "a fragment": ({"url": f"https://example.com/#{SECRET}"}, "url must name a host"),
    "a blank in the address": ({"url": f"https://example.com/ {SECRET}"}, "url must name a host"),
    "a line break in the address": ({"url": f"https://example.com/\r\n{SECRET}"}, "url must be a text"),
    "a port that is none": ({"url": f"https://example.com:99999/{SECRET}"}, "url cannot be read"),
    "an address that is no end": ({"url": "https://example.com/" + "x" * 2_000}, "url must be a text"),
    "a body that is a text": ({"body": SECRET}, "body must be a JSON object"),
    "a placeholder that nobody fills": ({"body": {"a": ["{phone}"]}}, "body must have no other placeholders"),
    "a body without a bottom": ({"body": deep(BODY_DEPTH_MAX)}, "body must be no deeper"),
    "a time that is a text": ({"timeout_seconds": "5"}, "timeout_seconds must be a number from 0.1 to 20"),
    "a time that is a truth": ({"timeout_seconds": True}, "timeout_seconds must be a number"),
    "no time": ({"timeout_seconds": 0}, "timeout_seconds must be a number"),
    "a time that is no number": ({"timeout_seconds": float("nan")}, "timeout_seconds must be a number"),
    "more time than the function has": ({"timeout_seconds": 21}, "timeout_seconds must be a number"),
    "a number without end": ({"timeout_seconds": 10**400}, "timeout_seconds cannot be read"),
    "a short key": ({"key": "sesame"}, "key must be a text of 16 characters at least"),
    "a key that is a number": ({"key": 1}, "key must be a text"),
    "a path with a hole": ({"coupon": "data..coupon"}, "coupon must be names with dots"),
    "a path that is a list": ({"coupon": ["data"]}, "coupon must be names with dots"),
    "keys that are kept for a while": ({"keeps_keys_hours": "a while"}, "keeps_keys_hours must be .for ever., or"),
    "keys that are kept less than never": ({"keeps_keys_hours": -1}, "keeps_keys_hours must be"),
    "a field that nobody knows": ({"secret": SECRET}, "it has 1 fields that are none of body, coupon"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_in_a_definition_is_named_and_not_told(case: str) -> None:
    change, because = WRONG[case]

    with pytest.raises(UndefinedProviderError, match=because) as error:
        provider_from("shop", definition(**change))

    assert str(error.value).startswith("the definition of provider shop: ")
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("field", ["url", "body", "timeout_seconds", "key", "coupon", "keeps_keys_hours"])
def test_a_field_that_is_missing_is_named(field: str) -> None:
    values = json.loads(definition())
    del values[field]

    with pytest.raises(UndefinedProviderError, match=f"{field} is missing"):
        provider_from("shop", json.dumps(values))


@pytest.mark.parametrize("text", ["", SECRET, "[" * 100_000, "[]", '"sesame"', "null", "\ud800"])
def test_a_definition_that_is_no_object_is_none(text: str) -> None:
    with pytest.raises(UndefinedProviderError, match="it is no JSON") as error:
        provider_from("shop", text)

    assert SECRET not in str(error.value)


def test_a_definition_is_read_as_it_is_meant() -> None:
    provider = a_provider(url="https://example.com:8443/v1/coupons?shop=1", coupon="data.coupon", keeps_keys_hours=24)

    assert (provider.secure, provider.host, provider.port) == (True, "example.com", 8443)
    assert provider.target == "/v1/coupons?shop=1"
    assert (provider.coupon, provider.keeps_keys) == (("data", "coupon"), timedelta(days=1))
    assert a_provider(url="https://example.com", keeps_keys_hours="for ever").keeps_keys is None
    assert a_provider(url="https://example.com").target == "/"


def test_an_address_without_tls_is_one_of_the_local_stage_only() -> None:
    provider = provider_from("shop", definition(url="http://127.0.0.1:8000/"), local=True)

    assert (provider.secure, provider.host, provider.port) == (False, "127.0.0.1", 8000)


def test_nothing_that_is_secret_is_in_a_repr() -> None:
    provider = a_provider(url=f"https://example.com/{SECRET}?{SECRET}", key=SECRET, body={"password": SECRET})
    request = request_of(provider, an_order(user_id="secret-user"), NOON)

    assert SECRET not in repr(provider)
    assert "secret-user" not in repr(request)
    assert "v1=" not in repr(request)


def test_the_placeholders_are_filled_once_wherever_they_stand() -> None:
    body = {"to": ["{user_id}", {"no": "{order_id}/{award_id}"}], "name": "{award_name}", "n": 1, "brace": "{}"}
    order = an_order(
        1454347265400504320, user_id="{award_name}", award=an_award("3", award_name='a "cup" of {order_id}')
    )

    sent = json.loads(request_of(a_provider(body=body), order, NOON).body)

    assert sent == {
        "to": ["{award_name}", {"no": "1454347265400504320/3"}],
        "name": 'a "cup" of {order_id}',
        "n": 1,
        "brace": "{}",
    }


def test_the_key_of_an_order_names_it_and_its_user_and_fits_into_a_header() -> None:
    key = key_of("小傅哥\r\n", 7)

    assert key == "7-" + hashlib.sha256("小傅哥\r\n".encode()).hexdigest()[:32]
    assert key_of("xiaofuge", 7) != key_of("fustack", 7)
    assert key_of("xiaofuge", 7) != key_of("xiaofuge", 8)


def test_a_request_names_its_order_and_is_signed_over_time_key_and_body() -> None:
    request = request_of(a_provider(key=SECRET), an_order(), NOON)
    key, body = key_of("xiaofuge", 7), request.body

    signed = str(int(NOON.timestamp())).encode() + b"." + key.encode() + b"." + body
    assert request.headers["Idempotency-Key"] == key
    assert request.headers["Tombola-Timestamp"] == str(int(NOON.timestamp()))
    assert request.headers["Tombola-Signature"] == "v1=" + hmac.new(SECRET.encode(), signed, "sha256").hexdigest()


def test_a_signature_changes_with_all_that_it_is_made_of() -> None:
    given = ("k" * 16, 1, "key", b"body")
    changes: list[tuple[Any, ...]] = [("l" * 16, 1, "key", b"body"), ("k" * 16, 2, "key", b"body")]
    changes += [("k" * 16, 1, "yek", b"body"), ("k" * 16, 1, "key", b"ydob")]

    assert len({signature_of(*each) for each in [given, *changes]}) == 5


def test_the_definition_and_the_example_of_the_page_are_what_runs() -> None:
    shown, example = (
        json.loads(block) for block in re.findall(r"```json\n(.+?)```", PAGE.read_text("utf-8"), re.DOTALL)
    )
    provider = provider_from("shop", json.dumps(shown))
    assert (provider.key, provider.coupon, provider.keeps_keys) == (
        example["key"],
        ("data", "coupon"),
        timedelta(days=1),
    )

    order = an_order(example["order_id"], user_id=example["user_id"])
    body = {name: text for name, text in shown["body"].items() if name != "name"}
    request = request_of(replace(provider, body=body), order, datetime.fromtimestamp(example["Tombola-Timestamp"], UTC))
    assert request.body == example["body"].encode()
    for name in ("Idempotency-Key", "Tombola-Timestamp", "Tombola-Signature"):
        assert request.headers[name] == str(example[name])


def test_the_page_tells_every_field_of_a_definition_and_every_number() -> None:
    page = PAGE.read_text("utf-8")
    told = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)

    assert told == list(json.loads(definition()))
    assert f"from {TIMEOUT_SECONDS_MIN} to {TIMEOUT_SECONDS_MAX}" in page
    assert f"{KEY_MIN} characters at least" in page
    assert f"up to {COUPON_MAX:,} printable characters" in page
    assert f"more than {ANSWER_MAX // 1024} KiB" in page
    assert timedelta(hours=6) == RETRY_AFTER_MAX
