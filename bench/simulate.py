"""The simulation: draws a second on one core, in both modes, with few awards and with many that run out."""

import time
from datetime import UTC, datetime

import numpy as np
from rich.console import Console
from rich.table import Table

from tombola.rules.activity import Activity, Award, AwardType, GrantType, Share
from tombola.rules.odds import WHOLE, StrategyMode
from tombola.rules.quota import Quotas
from tombola.rules.state import ActivityState
from tombola_cli.simulation import Tickets, expected, random_tickets, run

DRAWS, USERS, ROUNDS = 1_000_000, 1_000, 5
BUDGET = 200_000  # draws a second, of the slowest
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def main() -> None:
    table = Table("mode", "awards", "sold out", "draws/s", "expected, ms", title=f"{DRAWS:,} draws, best of {ROUNDS}")
    slowest = float("inf")
    for mode in StrategyMode:
        for awards in (5, 1_000):
            activity = _activity(mode, awards)
            result = run(activity, DRAWS, USERS, _tickets())
            sold_out = sum(after is not None for after in result.sold_out_after)
            # The least of the rounds: other processes can only add.
            drawn = DRAWS / min(_seconds_to_draw(activity) for _ in range(ROUNDS))
            told = 1_000 * min(_seconds_to_expect(activity) for _ in range(ROUNDS))
            table.add_row(mode.name.lower(), f"{awards:,}", f"{sold_out:,}", f"{drawn:,.0f}", f"{told:.1f}")
            slowest = min(slowest, drawn)
    Console().print(table)
    print(f"{'within' if slowest >= BUDGET else 'BELOW'} the budget of {BUDGET:,} draws a second")


def _tickets() -> Tickets:
    return random_tickets(np.random.Generator(np.random.PCG64(1)))


def _seconds_to_draw(activity: Activity) -> float:
    tickets, started = _tickets(), time.perf_counter()
    run(activity, DRAWS, USERS, tickets)
    return time.perf_counter() - started


def _seconds_to_expect(activity: Activity) -> float:
    started = time.perf_counter()
    expected(activity, DRAWS, USERS)
    return time.perf_counter() - started


def _activity(mode: StrategyMode, awards: int) -> Activity:
    """Return an activity whose stocks, each of another size, end all along the draws; every tenth unlocks late."""
    # Stocks sum to a little less than the draws, so that in total mode each of them ends.
    shares = tuple(
        Share(
            award=Award(award_id=str(place), award_type=AwardType.TEXT, award_name="name", award_content="Code"),
            weight=WHOLE // awards,
            stock=int(0.9 * DRAWS * 2 * (place + 1) / (awards * (awards + 1))),
            unlock_after=place if place % 10 == 9 else 0,
        )
        for place in range(awards)
    )
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
        shares=shares,
        fallback=None,
        state=ActivityState.EDIT,
        since=BEGIN,
        approved=False,
        version=0,
        commitment="",
        sealed_seed=b"",
    )


if __name__ == "__main__":
    main()
