"""An activity as a file: what stands in it, and what is refused."""

from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from tombola.rules.activity import Activity, Award, AwardType, Cap, GrantType, Share
from tombola.rules.log import START
from tombola.rules.mistake import MistakeError
from tombola.rules.odds import WHOLE
from tombola.rules.odds import StrategyMode as Mode
from tombola.rules.quota import Quotas
from tombola.rules.state import ActivityState
from tombola.rules.stock import SHARDS_MAX, WINS_A_SHARD, shards_for
from tombola.rules.user_id import check_user_id
from tombola_cli.errors import TombolaError
from tombola_cli.yaml_lines import read_document, wrong

AWARDS_MAX = 1_000
BLOCKED_MAX = 1_000
SHARDS_SUM_MAX = 1_000  # ten batch reads show the stock of the whole activity
ITEM_MAX = 350_000  # bytes of the activity as it is stored; DynamoDB takes 400,000
PEAK_MAX = SHARDS_MAX * WINS_A_SHARD
STRATEGIES = {"single": Mode.SINGLE, "total": Mode.TOTAL}
GRANTS = {"at-once": GrantType.AT_ONCE, "at-a-time": GrantType.AT_A_TIME, "by-hand": GrantType.BY_HAND}

# What JSON, a table and a queue all carry.
Words = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f\ufffe\uffff]*$")]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
# ISO 8601 and nothing else: pydantic would take a bare number for seconds since 1970.
Moment = Annotated[datetime, BeforeValidator(datetime.fromisoformat)]
Peak = Annotated[int, Field(ge=1, le=PEAK_MAX)]


@cache
def _zones() -> frozenset[str]:
    """Return the zones that the draw function knows: this machine may know others."""
    return frozenset((files("tzdata") / "zones").read_text("utf-8").split())


def _zone(name: str) -> str:
    if name not in _zones():
        raise ValueError(f"there is no time zone {name!r}: take an IANA name such as Asia/Shanghai")
    return name


def _user(user_id: str) -> str:
    problem = check_user_id(user_id)
    if problem is not None:
        raise ValueError(problem.detail)
    return user_id


def _exact(rate: Decimal) -> Decimal:
    if not rate.is_finite() or not 0 <= rate <= 1:
        raise ValueError(f"must be 0 to 1, such as 0.05 for 5 %, not {rate}")
    if rate * WHOLE % 1:
        raise ValueError(f"must be whole millionths, and {rate} is finer")
    return rate


class _Fields(BaseModel):
    model_config = ConfigDict(extra="forbid")


class QuotasField(_Fields):
    """Draws a user; what is left out has no limit."""

    activity: int | None = Field(default=None, ge=1, description="in the whole activity")
    day: int | None = Field(default=None, ge=1, description="a day of time_zone")
    month: int | None = Field(default=None, ge=1, description="a calendar month of time_zone")


class CapField(_Fields):
    """Draws of all users together."""

    draws: int = Field(ge=1)
    peak: Peak = Field(default=1, description="draws a second at the most; sets the number of shards")


class AwardField(_Fields):
    """One award; without a stock it is unlimited."""

    award_id: Name
    # The other types come with somebody to hand them over.
    award_type: Literal["1"] = Field(description="1: a text, which is granted by being told")
    award_name: Words
    award_content: Words = Field(description="what the winner gets to see")
    rate: Annotated[Decimal, AfterValidator(_exact)] = Field(description="0 to 1 in whole millionths, such as 0.05")
    stock: int | None = Field(default=None, ge=0, description="units; left out: unlimited")
    peak: Peak = Field(default=1, description="wins a second at the most; sets the number of shards")
    unlock_after: int = Field(default=0, ge=0, description="only who has drawn so often before can win it")


class ActivityFields(_Fields):
    """An activity; activity_id, and with it what was drawn, never changes."""

    activity_id: Name
    activity_name: Words
    activity_desc: Words
    creator: Words = "unknown"
    time_zone: Annotated[str, AfterValidator(_zone)] = Field(
        default="UTC", description="IANA; days and months of quotas begin there, and times without an offset are its"
    )
    begin: Moment
    end: Moment
    strategy: Literal["single", "total"] = Field(
        description="single: each award has its own share of the whole; total: the live awards share it"
    )
    grant: Literal["at-once", "at-a-time", "by-hand"] = "at-once"
    grant_at: Moment | None = Field(default=None, description="with grant at-a-time; left out: at the end")
    quotas: QuotasField = QuotasField()
    cap: CapField | None = None
    fallback: Name | None = Field(default=None, description="the award, unlimited, of who would lose")
    blocked: list[Annotated[str, AfterValidator(_user)]] = Field(default=[], max_length=BLOCKED_MAX)
    awards: list[AwardField] = Field(min_length=1, max_length=AWARDS_MAX)

    @model_validator(mode="after")
    def _carried(self) -> Self:
        shards = [shards_for(award.peak) for award in self.awards if award.stock is not None]
        if sum(shards) > SHARDS_SUM_MAX:
            raise ValueError(f"awards: the peaks ask for {sum(shards)} shards, and {SHARDS_SUM_MAX} are the most")
        size = len(self.model_dump_json().encode()) + 100 * len(self.awards)
        if size > ITEM_MAX:
            raise ValueError(f"the activity takes some {size} bytes, and {ITEM_MAX} are the most: shorten its texts")
        return self


def read_activity(path: Path) -> Activity:
    """Return the activity in path as it is before it is applied; raise TombolaError naming file, line and field."""
    document = read_document(path)
    try:
        return _activity(ActivityFields.model_validate(document.data))
    except ValidationError as error:
        raise wrong(path, document, error) from None
    except MistakeError as error:
        raise TombolaError(f"{path}:{document.line(error.loc)}: {error}") from None


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, for editors: they read 1 as a number, and a time of the zone as a text."""
    schema = ActivityFields.model_json_schema()
    for fields in (schema, *schema["$defs"].values()):
        for field in fields["properties"].values():
            for each in (field, *field.get("anyOf", ())):
                _widen(each)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _widen(field: dict[str, Any]) -> None:
    if field.get("type") == "string" and "enum" not in field:
        field.pop("format", None)
        field["type"] = ["string", "number", "boolean"]
    if "const" in field:
        field["enum"] = [field.pop("const"), 1]
        field.pop("type", None)


def _activity(fields: ActivityFields) -> Activity:
    zone = ZoneInfo(fields.time_zone)
    begin = _in_zone(fields.begin, zone)
    return Activity(
        activity_id=fields.activity_id,
        activity_name=fields.activity_name,
        activity_desc=fields.activity_desc,
        creator=fields.creator,
        begin=begin,
        end=_in_zone(fields.end, zone),
        time_zone=fields.time_zone,
        strategy_mode=STRATEGIES[fields.strategy],
        grant_type=GRANTS[fields.grant],
        grant_at=None if fields.grant_at is None else _in_zone(fields.grant_at, zone),
        quotas=Quotas(**fields.quotas.model_dump()),
        cap=None if fields.cap is None else Cap(limit=fields.cap.draws, shards=shards_for(fields.cap.peak)),
        blocked=tuple(sorted(set(fields.blocked))),
        shares=tuple(_share(award) for award in fields.awards),
        fallback=fields.fallback,
        state=ActivityState.EDIT,
        since=begin,
        approved=False,
        version=0,
        commitment="",
        sealed_seed=b"",
        entries=0,
        digest=START,
    )


def _in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return moment with its own offset, or with what the zone has at that time, as the table keeps it."""
    aware = moment if moment.utcoffset() is not None else moment.replace(tzinfo=zone)
    return datetime.fromisoformat(aware.isoformat(timespec="milliseconds"))


def _share(fields: AwardField) -> Share:
    award = Award(
        award_id=fields.award_id,
        award_type=AwardType(int(fields.award_type)),
        award_name=fields.award_name,
        award_content=fields.award_content,
    )
    return Share(
        award=award,
        weight=int(fields.rate * WHOLE),
        stock=fields.stock,
        shards=1 if fields.stock is None else shards_for(fields.peak),
        unlock_after=fields.unlock_after,
    )
