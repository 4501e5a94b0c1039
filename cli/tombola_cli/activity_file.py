"""An activity as a file: what stands in it, and what is refused."""

from collections.abc import Hashable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tombola.rules.activity import SHARDS_MAX, WHOLE, Activity, ActivityState, Award, AwardType, GrantType, Share
from tombola.rules.activity import StrategyMode as Mode
from tombola_cli.errors import TombolaError

AWARDS_MAX = 50  # a draw may find each of them sold out, one try after the other
STRATEGIES = {"single": Mode.SINGLE, "total": Mode.TOTAL}
# What JSON, a table and a queue all carry.
Words = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f\ufffe\uffff]*$")]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


# ISO 8601 and nothing else: pydantic would take a bare number for seconds since 1970.
Moment = Annotated[datetime, BeforeValidator(datetime.fromisoformat)]


class _Texts(yaml.BaseLoader):
    """Reads every scalar as text, 010 and no included, and refuses a field that is given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        names = [name.value for name, _ in node.value]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice}: given twice, from line {node.start_mark.line + 1} on")
        return super().construct_mapping(node, deep)


class _Entry(BaseModel):
    """One award of the file; without a stock it is unlimited."""

    model_config = ConfigDict(extra="forbid")

    award_id: Name
    award_type: Literal["1"]  # texts; who hands over the other types is not built yet
    award_name: Words
    award_content: Words
    rate: Decimal = Field(ge=0, le=1, decimal_places=6)
    stock: int | None = Field(default=None, ge=0)
    shards: int = Field(default=1, ge=1, le=SHARDS_MAX)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    activity_id: Name
    activity_name: Words
    activity_desc: Words
    begin: Moment
    end: Moment
    strategy: Literal["single", "total"]
    quota: int | None = Field(default=None, ge=1)
    awards: list[_Entry] = Field(min_length=1, max_length=AWARDS_MAX)


def read_activity(path: Path, *, commitment: str, sealed_seed: bytes) -> Activity:
    """Return the activity in path, opened and in its first version; raise TombolaError naming file and field."""
    try:
        fields = _File.model_validate(yaml.load(path.read_text("utf-8"), _Texts))  # noqa: S506 - makes texts only
        return _activity(fields, commitment, sealed_seed)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise TombolaError(f"{path}: {wrong}") from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise TombolaError(f"{path}: {' '.join(str(error).split())}") from None


def _activity(fields: _File, commitment: str, sealed_seed: bytes) -> Activity:
    return Activity(
        activity_id=fields.activity_id,
        activity_name=fields.activity_name,
        activity_desc=fields.activity_desc,
        state=ActivityState.DOING,
        begin=fields.begin,
        end=fields.end,
        strategy_mode=STRATEGIES[fields.strategy],
        grant_type=GrantType.AT_ONCE,
        quota=fields.quota,
        shares=tuple(_share(entry) for entry in fields.awards),
        version=1,
        commitment=commitment,
        sealed_seed=sealed_seed,
    )


def _share(entry: _Entry) -> Share:
    award = Award(
        award_id=entry.award_id,
        award_type=AwardType(int(entry.award_type)),
        award_name=entry.award_name,
        award_content=entry.award_content,
    )
    return Share(award=award, weight=int(entry.rate * WHOLE), stock=entry.stock, shards=entry.shards)
