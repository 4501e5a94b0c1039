"""Choosing an award: ticket and lookup, with 5 and 1,000 awards, with and without exclusions; the budget is 20 µs."""

import time

from rich.console import Console
from rich.table import Table

from synthetic import activity_of
from tombola.rules.activity import Activity
from tombola.rules.choice import choose
from tombola.rules.odds import StrategyMode

DRAWS = 20_000
ROUNDS = 7
BUDGET_MICROSECONDS = 20


def main() -> None:
    table = Table("mode", "awards", "sold out", "µs a draw", title=f"least of {ROUNDS} x {DRAWS}")
    worst = 0.0
    for mode in StrategyMode:
        for awards in (5, 1_000):
            for gone in (0, awards // 2):
                microseconds = _measure(activity_of(mode, [1] * awards), gone)
                worst = max(worst, microseconds)
                table.add_row(mode.name.lower(), str(awards), str(gone), f"{microseconds:.1f}")
    Console().print(table)
    print(f"{'within' if worst <= BUDGET_MICROSECONDS else 'ABOVE'} the budget of {BUDGET_MICROSECONDS} µs")


def _measure(activity: Activity, gone: int) -> float:
    excluded = frozenset(str(number) for number in range(gone))

    def seconds() -> float:
        started = time.process_time()
        for order_id in range(DRAWS):
            choose(activity, b"seed", order_id, "xiaofuge", 0, excluded)
        return time.process_time() - started

    return min(seconds() for _ in range(ROUNDS)) / DRAWS * 1e6


if __name__ == "__main__":
    main()
