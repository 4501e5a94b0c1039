"""An activity as a file: its fields, and the mistakes that are refused."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    create_model,
    field_validator,
    model_validator,
)

from tombola.rules.activity import Activity
from tombola.rules.award_type import AWARD_TYPES
from tombola.rules.mistake import MistakeError
from tombola.rules.quota import PERIODS
from tombola.rules.stock import shards_for
from tombola.rules.user_id import check_user_id
from tombola_cli.files.activity_of_fields import activity_of
from tombola_cli.files.fields import ComparisonFields, Name, Words, editors_schema
from tombola_cli.files.file_numbers import Draws, Peak, Rate, Units
from tombola_cli.files.file_spans import Span
from tombola_cli.files.file_times import FORM, read_moment
from tombola_cli.files.yaml_lines import (
    Document,
    Mistake,
    WrongFileError,
    document_of,
    read_document,
    shown,
    wrong,
)
from tombola_cli.files.zones import zone_names, zone_of

AWARDS_MAX = 1_000
BLOCKED_MAX = 1_000
THROUGH_MAX = 20
ADMIT_MAX = 20
SHARDS_SUM_MAX = 1_000  # ten batch reads show the stock of the whole activity
ITEM_MAX = 350_000  # bytes of the activity as it is stored; DynamoDB takes 400,000
Grant = Literal["at-once", "at-a-time", "by-hand"]

OFFERED = {str(number): each.told for number, each in AWARD_TYPES.items() if each.told is not None}
# Where the content of an award comes from that does not stand in the file.
SOURCES = {source for number in OFFERED if (source := AWARD_TYPES[int(number)].source) is not None}

Moment = Annotated[datetime, WithJsonSchema({"type": ["string"], "pattern": FORM})]


def _zone(name: str) -> str:
    if name not in zone_names():
        raise ValueError(f"there is no time zone {name!r}: take an IANA name such as Asia/Shanghai")
    return name


def _user(user_id: str) -> str:
    problem = check_user_id(user_id)
    if problem is not None:
        raise ValueError(problem.detail)
    return user_id


def _offered(digits: str) -> str:
    if digits not in OFFERED:
        raise ValueError(f"must be {' or '.join(OFFERED)}, which somebody hands over, and is {shown(digits)}")
    return digits


def _types_schema() -> dict[str, Any]:
    return {"enum": [*OFFERED, *map(int, OFFERED)]}


class _Fields(BaseModel):
    model_config = ConfigDict(extra="forbid")


_PERIODS: dict[str, Any] = {
    name: (Draws | None, Field(default=None, description=period.told)) for name, period in PERIODS.items()
}
QuotasField = create_model(
    "QuotasField", __base__=_Fields, __doc__="Draws a user; a period that is left out has no limit.", **_PERIODS
)


class CapField(_Fields):
    """Draws of all users together."""

    draws: Draws
    peak: Peak = Field(default=1, description="draws a second at the most; sets the number of shards")


class _AwardField(_Fields):
    """One award; without a stock it is unlimited."""

    award_id: Name
    award_type: Annotated[str, AfterValidator(_offered), WithJsonSchema(_types_schema())] = Field(
        description="; ".join(f"{number}: {told}" for number, told in OFFERED.items())
    )
    award_name: Words
    award_content: Words | None = Field(
        default=None, validate_default=True, description="the text that the winner sees, where the type has no source"
    )
    rate: Rate = Field(description="0 to 1 in whole millionths, such as 0.05, or in percent, such as 5 %")
    stock: Units | None = Field(default=None, description="units; left out: unlimited")
    peak: Peak = Field(default=1, description="wins a second at the most; sets the number of shards")
    unlock_after: Units = Field(default=0, description="only a user who has drawn so often before can win it")
    grant: Grant | None = Field(default=None, description="when it is granted; left out: as the activity says")

    claim_within: Span | None = Field(
        default=None,
        description="how long after the draw its user can claim it, or give an address; left out: see docs",
    )
    unclaimed: Literal["park", "void"] | None = Field(
        default=None, description="what becomes of it after that: an operator decides, or it is void; left out: park"
    )

    @field_validator("award_content", *SOURCES, check_fields=False)
    @classmethod
    def _content(cls, value: str | None, info: ValidationInfo) -> str | None:
        digits = info.data.get("award_type")  # without its type the award is refused in any case
        if digits is None:
            return value
        needed = AWARD_TYPES[int(digits)].source or "award_content"
        if info.field_name == needed and value is None:
            raise ValueError(f"is missing: an award of type {digits} needs it")
        if info.field_name != needed and value is not None:
            raise ValueError(f"belongs to no award of type {digits}, which needs {needed} instead")
        return value

    @field_validator("unclaimed")
    @classmethod
    def _unclaimed(cls, value: str | None, info: ValidationInfo) -> str | None:
        digits = info.data.get("award_type")
        has_to_be = info.data.get("claim_within") is not None or (digits and AWARD_TYPES[int(digits)].addressed)
        known = digits is not None and "claim_within" in info.data  # else it is refused in any case
        if value is not None and known and not has_to_be:
            raise ValueError("belongs to an award that its user has to claim: say claim_within, too")
        return value


def _source_field(source: str) -> Any:  # noqa: ANN401 - a type and pydantic's Field
    types = [number for number in OFFERED if AWARD_TYPES[int(number)].source == source]
    told = f"with award_type {' or '.join(types)}: the name of the {source} that hands it over"
    return Name | None, Field(default=None, validate_default=True, description=told)


if TYPE_CHECKING:
    AwardField = _AwardField
else:
    AwardField = create_model(
        "AwardField",
        __base__=_AwardField,
        __doc__=_AwardField.__doc__,
        **{source: _source_field(source) for source in sorted(SOURCES)},
    )


class ConditionFields(ComparisonFields):
    """A fact, and one comparison that it has to fit."""

    fact: Words


class ActivityFields(_Fields):
    """An activity; activity_id, and with it the past draws, never changes."""

    activity_id: Name
    activity_name: Words
    activity_desc: Words
    creator: Words = "unknown"
    time_zone: Annotated[str, AfterValidator(_zone)] = Field(
        description="IANA; days and months of quotas begin there, and dates, and times without an offset, are its"
    )
    begin: Moment = Field(description="a date is its first moment")
    end: Moment = Field(description="a date is its last moment")
    strategy: Literal["single", "total"] = Field(
        description="single: each award has its own share of the whole; total: the live awards share it"
    )
    grant: Grant = Field(default="at-once", description="when a prize is granted; an award may say another")
    grant_at: Moment | None = Field(
        default=None, description="with a grant at-a-time; a date is its first moment; left out: at the end"
    )
    quotas: QuotasField = QuotasField()  # type: ignore[valid-type]  # made of the periods
    cap: CapField | None = None
    fallback: Name | None = Field(default=None, description="the award, unlimited, of a draw that would lose")
    blocked: list[Annotated[str, AfterValidator(_user)]] = Field(default=[], max_length=BLOCKED_MAX)
    through: list[Name] = Field(
        default=[], max_length=THROUGH_MAX, description="the rule trees that are the only ways in; left out: any way"
    )
    admit: list[ConditionFields] = Field(
        default=[], max_length=ADMIT_MAX, description="conditions on facts, all of which hold for a user who draws"
    )
    awards: list[AwardField] = Field(min_length=1, max_length=AWARDS_MAX)

    @field_validator("begin", "end", "grant_at", mode="before")
    @classmethod
    def _moment(cls, text: object, info: ValidationInfo) -> datetime:
        # Without its zone the file is refused in any case: then only the form is looked at.
        return read_moment(text, zone_of(info.data.get("time_zone", "UTC")), last=info.field_name == "end")

    @model_validator(mode="after")
    def _carried(self) -> Self:
        shards = [shards_for(award.peak) for award in self.awards if award.stock is not None]
        if sum(shards) > SHARDS_SUM_MAX:
            raise ValueError(f"awards: the peaks ask for {sum(shards)} shards, and {SHARDS_SUM_MAX} are the most")
        size = len(self.model_dump_json(exclude_none=True).encode()) + 100 * len(self.awards)
        if size > ITEM_MAX:
            raise ValueError(f"the activity takes some {size} bytes, and {ITEM_MAX} are the most: shorten its texts")
        return self


@dataclass(frozen=True, slots=True)
class ActivityFile:
    """The contents of a file: the activity as it is before it is applied, and peaks, by award, the cap's under CAP."""

    activity: Activity
    peaks: dict[str, int]


def read_activity(path: Path) -> Activity:
    """Return the activity in path as it is before it is applied; raise TombolaError naming file, line and field."""
    return read_file(path).activity


def read_file(path: Path) -> ActivityFile:
    """Return the contents of path; raise TombolaError naming file, line and field."""
    return _file_of(read_document(path), path)


def file_of(contents: bytes, path: Path) -> ActivityFile:
    """Return what the contents of path say, as read_file does."""
    return _file_of(document_of(contents, path), path)


def _file_of(document: Document, path: Path) -> ActivityFile:
    try:
        fields = ActivityFields.model_validate(document.data)
        return ActivityFile(*activity_of(fields))
    except ValidationError as error:
        raise wrong(path, document, error, ActivityFields) from None
    except MistakeError as error:
        raise WrongFileError(path, [Mistake(document.line(error.loc), str(error))]) from None


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, for editors."""
    return editors_schema(ActivityFields)
