"""The shapes of requests, answers and refusals of the HTTP API, as schemas that pydantic makes of types."""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import TypedDict

from tombola.rules import address_request, answer, page, postcode, quota_answer, request, user_id
from tombola.rules.activity import GrantType
from tombola.rules.activity_states import ActivityState
from tombola.rules.award_type import AWARD_TYPES
from tombola.rules.facts import LIST_MAX, Operator
from tombola.rules.odds import StrategyMode
from tombola.rules.order import GrantState, MqState, Outcome
from tombola.rules.quota import PERIODS

Schema = dict[str, Any]

NUMBER_MAX = 10**15 - 1  # of an entry: rules/page.py reads so many digits


def whole(pattern: re.Pattern[str]) -> str:
    """Return pattern as a schema needs it to stand for the whole text."""
    return f"^{pattern.pattern}$"


Name = Annotated[str, Field(pattern=whole(request.ACTIVITY_ID))]
OrderId = Annotated[str, Field(pattern=whole(request.ORDER_ID))]
Key = Annotated[str, Field(pattern=whole(request.KEY))]
UserId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=user_id.USER_ID_MAX,
        # Surrogates are no part of JSON's texts, and validators stumble over them.
        pattern=r"^[^\u0000-\u001f\u007f-\u009f\ufffd-\uffff]*$",
    ),
]
PageSize = Annotated[int, Field(ge=1, le=page.SIZE_MAX, default=page.SIZE)]
Place = Annotated[str, Field(pattern=whole(page.PLACE))]
EntryNumber = Annotated[int, Field(ge=0, le=NUMBER_MAX)]

Fact = str | float | bool | Annotated[list[str], Field(max_length=LIST_MAX)]
WHOSE = (
    "With a token: its `sub`, or left out. A server chooses ids that a path carries, without '/', '?', '%', '#' and "
    "'\\', and neither '.' nor '..' nor 'me'; without blanks at either end, without characters that are invisible, "
    "give a direction or are not assigned, and in Unicode's normal form C."
)
FACTS_TOLD = (
    "What rule trees and the conditions of activities ask for; a number is its shortest plain text. "
    "With a token they come from its claims: leave them out."
)
# No blank at either end, and nothing that is a character nowhere; the function knows more of them.
INSIDE = r"[^\u0000-\u001f\u007f-\u009f\ufffd-\uffff]"
LINE = rf"^(?!\s){INSIDE}*(?<!\s)$"
ADDRESS_TOLD = (
    f"At most {request.BODY_MAX} characters in all. Each field is one line with a letter or a digit, in Unicode's "
    "normal form C, without characters that control, give a direction or are not assigned. A phone or an email is "
    "needed, and, where the country's post asks for one, a postcode in its form."
)


class DrawRequest(TypedDict):
    __pydantic_config__ = ConfigDict(  # type: ignore[misc]  # pydantic's own way to configure a TypedDict
        extra="forbid",
        json_schema_extra={"description": f"At most {request.BODY_MAX} characters in all."},
    )

    facts: NotRequired[Annotated[dict[str, Fact], Field(max_length=request.FACTS_MAX, description=FACTS_TOLD)]]
    user_id: Annotated[UserId, Field(description=WHOSE)]


class Problem(TypedDict):
    """A refusal as RFC 9457 tells it; status and code say which, field what it is about."""

    type: Literal["about:blank"]
    status: int
    code: NotRequired[str]
    title: str
    detail: str
    field: NotRequired[str]
    request_id: NotRequired[str]


class Message(TypedDict):
    """An answer of the gateway's own."""

    message: str


SHAPES = (
    DrawRequest,
    answer.ActivityAnswer,
    answer.LogAnswer,
    answer.OrdersAnswer,
    quota_answer.UserQuotasAnswer,
    Problem,
    Message,
)
ENUMS: tuple[type[Enum], ...] = (
    GrantState,
    GrantType,
    MqState,
    Operator,
    Outcome,
    StrategyMode,
    ActivityState,
)
# The form of the texts in answers, by the name of their field.
TEXTS: dict[str, Schema] = {
    "activity_id": {"pattern": whole(request.ACTIVITY_ID)},
    "tree_id": {"pattern": whole(request.ACTIVITY_ID)},
    "order_id": {"pattern": whole(request.ORDER_ID)},
    "next": {"pattern": whole(page.PLACE)},
    "code": {"enum": list(answer.INFO)},
    "info": {"enum": list(answer.INFO.values())},
    "rate": {"pattern": r"^(0(\.[0-9]{1,6})?|1)$"},
    **{name: {"format": "date-time"} for name in ("at", "begin", "drawn_at", "end", "grant_at", "renews_at")},
    **{name: {"pattern": "^[0-9a-f]{64}$"} for name in ("before", "commitment", "hash", "seed")},
}


class _Untitled(GenerateJsonSchema):
    """Titles of fields only repeat their names."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002 - pydantic asks for each field
        return False


def schemas() -> dict[str, Schema]:
    """Return the schema of each shape, and of the shapes and enums in it, by its name."""
    adapters: Any = [(shape.__name__, "serialization", TypeAdapter(shape)) for shape in SHAPES]
    references = "#/components/schemas/{model}"
    _, made = TypeAdapter.json_schemas(adapters, ref_template=references, schema_generator=_Untitled)
    named: dict[str, Schema] = made["$defs"]
    for name, schema in named.items():
        del schema["title"]
        if name.endswith("Answer"):
            _narrow(schema["properties"])
    for answered, field, kind, schema in (
        ("ActivityAnswer", "quotas", "QuotasAnswer", _quotas()),
        ("AwardAnswer", "award_type", "AwardType", _award_types()),
        ("ShareAnswer", "award_type", "AwardType", _award_types()),
    ):
        named[answered]["properties"][field] = {"$ref": references.format(model=kind)}
        named[kind] = schema
    named["UserQuotaAnswer"]["properties"]["period"]["enum"] = [*PERIODS]
    named["ShippingAddress"] = _shipping_address()
    for enum in ENUMS:
        named[enum.__name__]["description"] = ", ".join(f"{each.value} {each.name}" for each in enum)
    return dict(sorted(named.items()))


def _quotas() -> Schema:
    limit = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    limits = {"properties": dict.fromkeys(PERIODS, limit), "required": [*PERIODS], "type": "object"}
    return {"description": "Draws a user; null is no limit.", **limits}


def _award_types() -> Schema:
    words = ", ".join(f"{number} {each.name}" for number, each in AWARD_TYPES.items())
    return {"enum": [*AWARD_TYPES], "type": "integer", "description": words}


def _shipping_address() -> Schema:
    lengths = address_request.LENGTHS.items()
    fields: Schema = {
        name: {"type": "string", "minLength": 1, "maxLength": length, "pattern": LINE} for name, length in lengths
    }
    fields["country"] = {"enum": sorted(postcode.COUNTRIES), "description": "By ISO 3166-1, and XK."}
    return {
        "description": ADDRESS_TOLD,
        "type": "object",
        "properties": fields,
        "required": [*address_request.REQUIRED],
        "additionalProperties": False,
    }


def schema_of(shape: Any) -> Schema:  # noqa: ANN401 - any type that pydantic takes
    """Return the schema of a parameter."""
    return TypeAdapter(shape).json_schema(schema_generator=_Untitled)


def _narrow(fields: Mapping[str, Schema]) -> None:
    """Put into the texts among fields what their type does not tell."""
    for name, field in fields.items():
        for each in field.get("anyOf", [field]):
            if each.get("type") == "string":
                each.update(TEXTS.get(name, {}))
