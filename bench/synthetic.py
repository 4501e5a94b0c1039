"""An activity of any size for the benches; nobody draws it for real."""

from collections.abc import Sequence
from datetime import UTC, datetime

from tombola.rules.activity import Activity, Award, GrantType, Share
from tombola.rules.activity_states import ActivityState
from tombola.rules.award_type import AwardType
from tombola.rules.odds import WHOLE, StrategyMode
from tombola.rules.quota import Quotas

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)


def activity_of(mode: StrategyMode, stocks: Sequence[int], unlock_every: int = 0) -> Activity:
    """Return an activity of equal shares, one for each stock; every so many unlock as late as they come."""
    return Activity(
        activity_id="bench",
        activity_name="bench",
        activity_desc="bench",
        creator="bench",
        begin=BEGIN,
        end=END,
        time_zone="UTC",
        strategy_mode=mode,
        grant_type=GrantType.AT_ONCE,
        grant_at=None,
        quotas=Quotas(),
        cap=None,
        blocked=(),
        shares=tuple(_share(place, stocks, unlock_every) for place in range(len(stocks))),
        fallback=None,
        state=ActivityState.EDIT,
        since=BEGIN,
        approved=False,
        version=0,
        commitment="",
        sealed_seed=b"",
    )


def _share(place: int, stocks: Sequence[int], unlock_every: int) -> Share:
    late = unlock_every and place % unlock_every == unlock_every - 1
    return Share(
        award=Award(award_id=str(place), award_type=AwardType.TEXT, award_name="name", award_content="Code"),
        weight=WHOLE // len(stocks),
        stock=stocks[place],
        unlock_after=place if late else 0,
    )
