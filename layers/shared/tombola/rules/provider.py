"""What is a provider of coupons, and what is it sent? Its definition is a secret of the stack's operator."""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from tombola.rules.order import Order

FOR_EVER = "for ever"
TIMEOUT_SECONDS_MIN = 0.1
TIMEOUT_SECONDS_MAX = 20  # the function that waits has 30
KEY_MIN = 16  # characters of the key that requests are signed with
URL_MAX = 2_000
BODY_DEPTH_MAX = 20  # of lists and objects within each other
KEEPS_HOURS_MAX = 10 * 366 * 24
PLACEHOLDERS = ("user_id", "order_id", "award_id", "award_name")
SCHEME_VERSION = "v1"

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_FIELDS = frozenset({"url", "body", "timeout_seconds", "key", "coupon", "keeps_keys_hours"})

T = TypeVar("T")


class UndefinedProviderError(Exception):
    """No coupon can be asked of this provider: its definition is not there, or is wrong where the text says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An outside service that gives coupons; what it is called by, and signed with, is in no repr."""

    name: str
    secure: bool  # https
    host: str
    port: int | None
    target: str = field(repr=False)  # path and query
    body: Mapping[str, Any] = field(repr=False)  # JSON, with placeholders in its texts
    timeout_seconds: float  # of a whole call
    key: str = field(repr=False)
    coupon: tuple[str, ...]  # the names that lead to the coupon in an answer
    keeps_keys: timedelta | None  # how long it knows an Idempotency-Key again; None: for ever


@dataclass(frozen=True, slots=True)
class Request:
    """The bytes and headers that are sent; they hold a user and a signature."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


def provider_from(name: str, definition: str, *, local: bool = False) -> Provider:
    """Return the provider that definition, a JSON text, makes; http is allowed only where it is local.

    Raise UndefinedProviderError naming the field that is wrong; its text never holds what stands there.
    """
    values = _object(name, definition)
    strange = sorted(set(values) - _FIELDS)
    if strange:
        raise _undefined(name, f"it has {len(strange)} fields that are none of {', '.join(sorted(_FIELDS))}")

    def read(field_name: str, convert: Callable[[Any], T]) -> T:
        if field_name not in values:
            raise _undefined(name, f"{field_name} is missing")
        try:
            return convert(values[field_name])
        except (TypeError, ValueError, ArithmeticError) as error:
            because = str(error) if isinstance(error, _WrongError) else "cannot be read"
            raise _undefined(name, f"{field_name} {because}") from None

    url = read("url", lambda value: _url(value, local=local))
    return Provider(
        name=name,
        secure=url.scheme == "https",
        host=str(url.hostname),
        port=url.port,
        target=url._replace(scheme="", netloc="", path=url.path or "/", fragment="").geturl(),
        body=read("body", _template),
        timeout_seconds=read("timeout_seconds", _timeout),
        key=read("key", _key),
        coupon=read("coupon", _dotted),
        keeps_keys=read("keeps_keys_hours", _keeps),
    )


def key_of(user_id: str, order_id: int) -> str:
    """Return the Idempotency-Key of an order: its id and a hash of its user, whose name may be none for a header."""
    return f"{order_id}-{hashlib.sha256(user_id.encode()).hexdigest()[:32]}"


def request_of(provider: Provider, order: Order, now: datetime) -> Request:
    """Return the request for order's coupon, signed at now."""
    if order.award is None:
        raise ValueError(f"order {order.order_id} has no award")
    words = {
        "user_id": order.user_id,
        "order_id": str(order.order_id),
        "award_id": order.award.award_id,
        "award_name": order.award.award_name,
    }
    return signed(provider, order, json.dumps(_filled(provider.body, words), separators=(",", ":")).encode(), now)


def signed(provider: Provider, order: Order, body: bytes, now: datetime) -> Request:
    """Return the request that asks provider for order's prize with body, signed at now."""
    key, timestamp = key_of(order.user_id, order.order_id), int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "tombola",
        "Idempotency-Key": key,
        "Tombola-Timestamp": str(timestamp),
        "Tombola-Signature": signature_of(provider.key, timestamp, key, body),
    }
    return Request(body, headers)


def signature_of(secret: str, timestamp: int, key: str, body: bytes) -> str:
    """Return the signature of a request: the scheme's version, and HMAC-SHA256 over time, Idempotency-Key and body."""
    signed = f"{timestamp}.{key}.".encode() + body
    return f"{SCHEME_VERSION}={hmac.digest(secret.encode(), signed, 'sha256').hex()}"


class _WrongError(ValueError):
    """Says what a field must be, and never what it is."""


def _undefined(name: str, because: str) -> UndefinedProviderError:
    return UndefinedProviderError(f"the definition of provider {name}: {because}")


def _object(name: str, definition: str) -> dict[str, Any]:
    try:
        values = json.loads(definition)
    except (ValueError, RecursionError):
        raise _undefined(name, "it is no JSON") from None
    if not isinstance(values, dict):
        raise _undefined(name, "it is no JSON object")
    return values


def _url(value: object, *, local: bool) -> SplitResult:
    if not isinstance(value, str) or len(value) > URL_MAX or not value.isascii() or not value.isprintable():
        raise _WrongError(f"must be a text of up to {URL_MAX} ASCII characters")
    url = urlsplit(value)
    if url.scheme != "https" and not (local and url.scheme == "http"):
        raise _WrongError("must begin with https://")
    if " " in value or not url.hostname or url.username is not None or url.password is not None or url.fragment:
        raise _WrongError("must name a host, and have no user, no blank and no fragment")
    if url.port == 0:
        raise _WrongError("must have a port from 1 on")
    return url


def _template(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _WrongError("must be a JSON object")
    _check_template(value, BODY_DEPTH_MAX)
    return value


def _check_template(value: object, depth: int) -> None:
    if depth == 0:
        raise _WrongError(f"must be no deeper than {BODY_DEPTH_MAX} levels")
    if isinstance(value, str) and set(_PLACEHOLDER.findall(value)) - set(PLACEHOLDERS):
        raise _WrongError(f"must have no other placeholders than {', '.join(PLACEHOLDERS)}")
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        _check_template(part, depth - 1)


def _filled(value: object, words: Mapping[str, str]) -> object:
    """Return value with its placeholders replaced, once: what replaces them is not looked at again."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda found: words[found[1]], value)
    if isinstance(value, list):
        return [_filled(part, words) for part in value]
    if isinstance(value, Mapping):
        return {name: _filled(part, words) for name, part in value.items()}
    return value


def _timeout(value: object) -> float:
    seconds = _number(value)
    if seconds is None or not TIMEOUT_SECONDS_MIN <= seconds <= TIMEOUT_SECONDS_MAX:
        raise _WrongError(f"must be a number from {TIMEOUT_SECONDS_MIN} to {TIMEOUT_SECONDS_MAX}")
    return seconds


def _key(value: object) -> str:
    if not isinstance(value, str) or len(value) < KEY_MIN or not value.isprintable():
        raise _WrongError(f"must be a text of {KEY_MIN} characters at least")
    return value


def _dotted(value: object) -> tuple[str, ...]:
    names = tuple(value.split(".")) if isinstance(value, str) else ("",)
    if not all(names):
        raise _WrongError("must be names with dots between them, such as data.coupon")
    return names


def _keeps(value: object) -> timedelta | None:
    if value == FOR_EVER:
        return None
    hours = _number(value)
    if hours is None or not 0 <= hours <= KEEPS_HOURS_MAX:
        raise _WrongError(f'must be "{FOR_EVER}", or a number of hours up to {KEEPS_HOURS_MAX}')
    return timedelta(hours=hours)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
