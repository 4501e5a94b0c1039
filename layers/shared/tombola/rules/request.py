"""Is this a request that may be worked on?"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tombola.rules.page import PageRequest
from tombola.rules.problem import Problem, malformed, nobody_is_me, somebody_else
from tombola.rules.tree import Facts
from tombola.rules.user_id import LOST, ME, check_chosen_user_id, check_user_id

KEY_MAX = 255
KEY_RULE = f"send one, of 1 to {KEY_MAX} visible ASCII characters without a comma, a new one for each draw"
BODY_MAX = 16_384  # characters
FACTS_MAX = 50
FIELDS = frozenset({"user_id", "facts"})

KEY = re.compile(rf"[\x21-\x2b\x2d-\x7e]{{1,{KEY_MAX}}}")  # a gateway joins a doubled header with a comma
ACTIVITY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
ORDER_ID = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Target:
    """What is drawn: an activity, or the one that a rule tree leads to."""

    kind: Literal["activity", "tree"]
    name: str

    @property
    def scope(self) -> str:
        """What an order's id is made from: no activity's id looks like a tree's."""
        return self.name if self.kind == "activity" else f"TREE#{self.name}"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token stands for, and what it says of them."""

    user_id: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to see: the names in the path, the page, and who it is."""

    names: Mapping[str, str]
    page: PageRequest
    bearer: Bearer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRequest:
    """What the client asked for; request_hash tells two requests under one key apart."""

    target: Target
    user_id: str
    idempotency_key: str
    request_hash: str
    facts: Facts = field(default_factory=dict)


def read_draw_request(
    target: Target, key: str | None, body: str | None, bearer: Bearer | None = None
) -> DrawRequest | Problem:
    """Return the request to draw, or the problem with it, naming the field.

    With a bearer the user is theirs, and facts come from the token alone; they are no part of the hash, since a
    refreshed token may say something else under the same key.
    """
    if key is None or not KEY.fullmatch(key):
        return malformed("Idempotency-Key", KEY_RULE)
    fields = _read_object(body)
    if isinstance(fields, Problem):
        return fields
    if bearer is not None:
        fields = {"user_id": bearer.user_id, **fields}
    problem = _check_fields(fields) or _check_caller(fields, bearer)
    if problem is not None:
        return problem
    asked = {f"{target.kind}_id": target.name, "facts": fields.get("facts", {}), "user_id": fields["user_id"]}
    canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return DrawRequest(
        target=target,
        user_id=fields["user_id"],
        idempotency_key=key,
        request_hash=hashlib.sha256(canonical.encode()).hexdigest(),
        facts=fields.get("facts", {}) if bearer is None else bearer.facts,
    )


def path_user(name: str, bearer: Bearer | None) -> str | Problem:
    """Return whose draws the caller may look at under name, or the problem with it; `me` is the token's user.

    Looking is less strict than drawing: it makes no user, and what is on record stays in sight.
    """
    if bearer is None:
        return nobody_is_me() if name == ME else check_user_id(name) or name
    if name not in (ME, bearer.user_id):
        return somebody_else()
    return check_user_id(bearer.user_id) or bearer.user_id


def is_activity_id(text: str) -> bool:
    return ACTIVITY_ID.fullmatch(text) is not None


def is_order_id(text: str) -> bool:
    return ORDER_ID.fullmatch(text) is not None and int(text) < 2**63


def _read_object(body: str | None) -> dict[str, Any] | Problem:
    if body is None or len(body) > BODY_MAX:
        return malformed("body", f"send a JSON object of at most {BODY_MAX} characters")
    if LOST in body:
        return malformed("body", "the body is no UTF-8: it holds U+FFFD, in whose place other characters were lost")
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


def _check_caller(fields: Mapping[str, Any], bearer: Bearer | None) -> Problem | None:
    if bearer is None:
        return check_chosen_user_id(fields["user_id"])
    if fields["user_id"] != bearer.user_id:
        return somebody_else()
    if "facts" in fields:
        return malformed("facts", "facts come from the token here: leave them out")
    return None


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
