"""Is this a request that may be worked on?"""

import hashlib
import json
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from tombola.rules.problem import Problem, malformed

KEY_MAX = 255
USER_ID_MAX = 128
BODY_MAX = 16_384  # characters
FACTS_MAX = 50
FORBIDDEN = "#\ufffe\uffff"  # one ends the id within a key, the others no queue carries
FIELDS = frozenset({"user_id", "facts"})

_KEY = re.compile(rf"[\x21-\x7e]{{1,{KEY_MAX}}}")
_ACTIVITY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ORDER_ID = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRequest:
    """What the client asked for; request_hash tells two requests under one key apart."""

    activity_id: str
    user_id: str
    idempotency_key: str
    request_hash: str


def read_draw_request(activity_id: str, key: str | None, body: str | None) -> DrawRequest | Problem:
    """Return the request to draw, or the problem with it, naming the field."""
    if key is None or not _KEY.fullmatch(key):
        return malformed("Idempotency-Key", f"send 1 to {KEY_MAX} visible ASCII characters, a new one for each draw")
    fields = _read_object(body)
    if isinstance(fields, Problem):
        return fields
    problem = _check_fields(fields)
    if problem is not None:
        return problem
    asked = {"activity_id": activity_id, "facts": fields.get("facts", {}), "user_id": fields["user_id"]}
    canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return DrawRequest(
        activity_id=activity_id,
        user_id=fields["user_id"],
        idempotency_key=key,
        request_hash=hashlib.sha256(canonical.encode()).hexdigest(),
    )


def check_user_id(user_id: object) -> Problem | None:
    """Return what is wrong with user_id, or None."""
    if not isinstance(user_id, str) or not 1 <= len(user_id) <= USER_ID_MAX:
        return malformed("user_id", f"user_id must be a text of 1 to {USER_ID_MAX} characters")
    if any(character in FORBIDDEN or unicodedata.category(character) in ("Cc", "Cs") for character in user_id):
        return malformed("user_id", "user_id must not hold '#', control characters, surrogates or noncharacters")
    return None


def is_activity_id(text: str) -> bool:
    return _ACTIVITY_ID.fullmatch(text) is not None


def is_order_id(text: str) -> bool:
    return _ORDER_ID.fullmatch(text) is not None and int(text) < 2**63


def _read_object(body: str | None) -> dict[str, Any] | Problem:
    if body is None or len(body) > BODY_MAX:
        return malformed("body", f"send a JSON object of at most {BODY_MAX} characters")
    try:
        fields = json.loads(
            body, object_pairs_hook=_object_without_doubles, parse_float=_finite, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        return malformed("body", f"the body is no JSON object: {str(error)[:100]}")
    if not isinstance(fields, dict):
        return malformed("body", "the body must be a JSON object")
    return fields


def _check_fields(fields: dict[str, Any]) -> Problem | None:
    extra = sorted(set(fields) - FIELDS)
    if extra:
        name = extra[0][:64].encode(errors="backslashreplace").decode()  # it goes into an answer
        return malformed(name, f"unknown field {name!r}: a draw takes user_id and facts")
    return check_user_id(fields.get("user_id")) or _check_facts(fields.get("facts", {}))


def _check_facts(facts: object) -> Problem | None:
    if not isinstance(facts, dict) or len(facts) > FACTS_MAX:
        return malformed("facts", f"facts must be an object of at most {FACTS_MAX} entries")
    if not all(isinstance(value, str | int | float) for value in facts.values()):
        return malformed("facts", "each fact must be a text, a number or a truth value")
    return None


def _object_without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field is given twice")
    return fields


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")
