"""The simulation: draws a second on one core, in both modes, with few awards and with many that run out."""

import time

import numpy as np
from rich.console import Console
from rich.table import Table

from synthetic import activity_of
from tombola.rules.activity import Activity
from tombola.rules.odds import StrategyMode
from tombola_cli.simulate.simulation import Tickets, expected, random_tickets, run

DRAWS = 1_000_000
USERS = 1_000
ROUNDS = 5
BUDGET = 200_000  # draws a second, of the slowest


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
    stocks = [int(0.9 * DRAWS * 2 * (place + 1) / (awards * (awards + 1))) for place in range(awards)]
    return activity_of(mode, stocks, unlock_every=10)


if __name__ == "__main__":
    main()
