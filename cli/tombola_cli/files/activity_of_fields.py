"""The activity that the fields of a file say, as it is before it is applied."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tombola.rules.activity import CAP, Activity, Award, Cap, GrantType, Share
from tombola.rules.activity_states import ActivityState
from tombola.rules.award_type import AWARD_TYPES
from tombola.rules.log import START
from tombola.rules.odds import StrategyMode as Mode
from tombola.rules.peak import peak_shards
from tombola.rules.policy import POLICIES
from tombola.rules.quota import Quotas
from tombola.rules.stock import shards_for
from tombola.rules.winnable import check_winnable
from tombola_cli.files.file_spans import ADDRESS_WITHIN

if TYPE_CHECKING:
    from tombola_cli.files.activity_file import ActivityFields, AwardField, ConditionFields

STRATEGIES = {"single": Mode.SINGLE, "total": Mode.TOTAL}
GRANTS = {"at-once": GrantType.AT_ONCE, "at-a-time": GrantType.AT_A_TIME, "by-hand": GrantType.BY_HAND}


def activity_of(fields: "ActivityFields") -> tuple[Activity, dict[str, int]]:
    """Return the activity, and the peaks that its file says, by award, the cap's under CAP.

    Raise MistakeError where an award of it cannot be won.
    """
    activity, peaks = _activity(fields), _peaks(fields)
    check_winnable(activity)
    return replace(activity, win_shards=peak_shards(activity, peaks)), peaks


def _activity(fields: "ActivityFields") -> Activity:
    asked: dict[str, Any] = {name: policy.value(_plain(getattr(fields, name))) for name, policy in POLICIES.items()}
    return Activity(
        activity_id=fields.activity_id,
        activity_name=fields.activity_name,
        activity_desc=fields.activity_desc,
        creator=fields.creator,
        begin=fields.begin,
        end=fields.end,
        time_zone=fields.time_zone,
        strategy_mode=STRATEGIES[fields.strategy],
        grant_type=GRANTS[fields.grant],
        grant_at=fields.grant_at,
        quotas=Quotas(**vars(fields.quotas)),
        cap=None if fields.cap is None else Cap(limit=fields.cap.draws, shards=shards_for(fields.cap.peak)),
        **asked,
        shares=tuple(_share(award, fields.grant) for award in fields.awards),
        fallback=fields.fallback,
        state=ActivityState.EDIT,
        since=fields.begin,
        approved=False,
        version=0,
        commitment="",
        sealed_seed=b"",
        entries=0,
        digest=START,
    )


def _plain(asked: Sequence["str | ConditionFields"]) -> list[Any]:
    """Return the value of a policy's field as JSON; names are a set."""
    conditions = [{"fact": each.fact, **each.compared()} for each in asked if not isinstance(each, str)]
    return conditions or sorted({each for each in asked if isinstance(each, str)})


def _peaks(fields: "ActivityFields") -> dict[str, int]:
    """Return the peaks that stand in the file: one that is left out says nothing of how many draws are expected."""
    said = {award.award_id: award.peak for award in fields.awards if "peak" in award.model_fields_set}
    if fields.cap is not None and "peak" in fields.cap.model_fields_set:
        said[CAP] = fields.cap.peak
    return said


def _share(fields: "AwardField", grant: str) -> Share:
    award_type = AWARD_TYPES[int(fields.award_type)]
    award = Award(
        award_id=fields.award_id,
        award_type=award_type,
        award_name=fields.award_name,
        award_content=fields.award_content or "",
        source=None if award_type.source is None else getattr(fields, award_type.source),
    )
    return Share(
        award=award,
        weight=fields.rate,
        stock=fields.stock,
        shards=1 if fields.stock is None else shards_for(fields.peak),
        unlock_after=fields.unlock_after,
        # The same word as the activity's says nothing more than none.
        grant_type=None if fields.grant in (None, grant) else GRANTS[fields.grant],
        claim_within=fields.claim_within or (ADDRESS_WITHIN if award_type.addressed else None),
        lapses=fields.unclaimed == "void",
    )
