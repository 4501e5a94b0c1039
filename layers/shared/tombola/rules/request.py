"""Is this a request that may be worked on?"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any, Literal

from tombola.rules.facts import LIST_MAX, Facts, fact_of
from tombola.rules.page import PageRequest
from tombola.rules.problem import Problem, malformed, nobody_is_me, somebody_else
from tombola.rules.user_id import LOST, ME, check_chosen_user_id, check_user_id

KEY_MAX = 255
KEY_RULE = f"send one, of 1 to {KEY_MAX} visible ASCII characters without a comma, a new one for each draw"
BODY_MAX = 16_384  # characters
FACTS_MAX = 50
NAME_TOLD = 64  # characters of a field's name that an answer repeats
NO_NUMBER = Decimal("NaN")  # beyond what can be read
CLAIM_ROUTE = "POST /users/{user_id}/draws/{order_id}/claim"
FIELDS = frozenset({"user_id", "facts"})

KEY = re.compile(rf"[\x21-\x2b\x2d-\x7e]{{1,{KEY_MAX}}}")  # a gateway joins a doubled header with a comma
ACTIVITY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
ORDER_ID = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a draw: an activity, or the one that a rule tree leads to."""

    kind: Literal["activity", "tree"]
    name: str

    @property
    def scope(self) -> str:
        """The scope that an order's id is made from: no activity's id looks like a tree's."""
        return self.name if self.kind == "activity" else f"TREE#{self.name}"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token stands for, and what it says of them."""

    user_id: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to look: the names in the path, the page, and the user who asks."""

    names: Mapping[str, str]
    page: PageRequest
    bearer: Bearer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRequest:
    """A client's request for a draw; request_hash tells two requests under one key apart."""

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
    fields = read_object(body)
    if isinstance(fields, Problem):
        return fields
    if bearer is not None:
        fields = {"user_id": bearer.user_id, **fields}
    problem = _check_fields(fields) or _check_caller(fields, bearer)
    if problem is not None:
        return problem
    facts = _read_facts(fields.get("facts", {}))
    if isinstance(facts, Problem):
        return facts
    asked = {f"{target.kind}_id": target.name, "facts": fields.get("facts", {}), "user_id": fields["user_id"]}
    # Numbers with a point are hashed as they always were, or a repeat would not find its order.
    canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"), default=float)
    return DrawRequest(
        target=target,
        user_id=fields["user_id"],
        idempotency_key=key,
        request_hash=hashlib.sha256(canonical.encode()).hexdigest(),
        facts=facts if bearer is None else bearer.facts,
    )


def path_user(name: str, bearer: Bearer | None) -> str | Problem:
    """Return whose draws the caller may look at under name, or the problem with it; `me` is the token's user.

    Looking is less strict than drawing: it makes no user, and records stay in sight.
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


def read_object(body: str | None) -> dict[str, Any] | Problem:
    """Return the JSON object that body is, or the problem with it."""
    if body is None or len(body) > BODY_MAX:
        return malformed("body", f"send a JSON object of at most {BODY_MAX} characters")
    if LOST in body:
        return malformed("body", "the body is no UTF-8: it holds U+FFFD, in whose place other characters were lost")
    try:
        fields = json.loads(
            body,
            object_pairs_hook=_object_without_doubles,
            parse_float=_exact,
            parse_int=_whole,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        return malformed("body", f"the body is no JSON object: {str(error)[:100]}")
    if not isinstance(fields, dict):
        return malformed("body", "the body must be a JSON object")
    return fields


def _check_fields(fields: dict[str, Any]) -> Problem | None:
    extra = sorted(set(fields) - FIELDS)
    if extra:
        name = _told(extra[0])
        return malformed(name, f"unknown field {name!r}: a draw takes user_id and facts")
    return check_user_id(fields.get("user_id"))


def _check_caller(fields: Mapping[str, Any], bearer: Bearer | None) -> Problem | None:
    if bearer is None:
        return check_chosen_user_id(fields["user_id"])
    if fields["user_id"] != bearer.user_id:
        return somebody_else()
    if "facts" in fields:
        return malformed("facts", "facts come from the token here: leave them out")
    return None


def _read_facts(facts: object) -> Facts | Problem:
    if not isinstance(facts, dict) or len(facts) > FACTS_MAX:
        return malformed("facts", f"facts must be an object of at most {FACTS_MAX} entries")
    read: Facts = {name: fact for name, value in facts.items() if (fact := fact_of(value)) is not None}
    for odd in (name for name in facts if name not in read):
        name, kinds = _told(odd), f"a text, a number, a truth value or a list of at most {LIST_MAX} texts"
        return malformed(name, f"fact {name!r} must be {kinds}, and a number one that is not too long")
    return read


def _told(name: str) -> str:
    """Return name, which anybody may choose, as an answer repeats it."""
    return name[:NAME_TOLD].encode(errors="backslashreplace").decode()


def _object_without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field is given twice")
    return fields


def _exact(digits: str) -> Decimal:
    try:
        return Decimal(digits) if isfinite(float(digits)) else NO_NUMBER
    except InvalidOperation:  # the exponent alone is too long
        return NO_NUMBER


def _whole(digits: str) -> int | Decimal:
    try:
        return int(digits)
    except ValueError:  # Python bounds the digits, since reading them takes time
        return NO_NUMBER


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")
