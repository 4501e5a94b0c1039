"""The forecast of a campaign: its draws, made by chance, and the wins that are expected of them."""

import time
from dataclasses import dataclass

import numpy as np

from tombola.rules.activity import Activity
from tombola_cli.simulate import simulation
from tombola_cli.simulate.simulation import Result


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forecast:
    """What so many draws of so many users come to; because is why there are fewer draws than were asked for."""

    activity: Activity
    asked: int
    draws: int
    because: str
    users: int
    seed: int
    result: Result
    expected: list[float]
    seconds: float


def forecast(activity: Activity, asked: int, users: int, seed: int) -> Forecast:
    """Return the forecast of activity; the same seed draws the same."""
    draws, because = simulation.within_limits(activity, asked, users)
    chance = np.random.Generator(np.random.PCG64(seed))
    started = time.perf_counter()
    result = simulation.run(activity, draws, users, simulation.random_tickets(chance))
    return Forecast(
        activity=activity,
        asked=asked,
        draws=draws,
        because=because,
        users=users,
        seed=seed,
        result=result,
        expected=simulation.expected(activity, draws, users).tolist(),
        seconds=time.perf_counter() - started,
    )
