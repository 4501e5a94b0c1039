"""The forecast of a campaign, as it is shown."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tombola.rules.activity import Activity, GrantType
from tombola.rules.choice import fallback_of
from tombola.rules.odds import WHOLE
from tombola_cli.screens.blocks import Block, Column, Facts, Table, Told, Value
from tombola_cli.screens.terms_sheets import percent, when

if TYPE_CHECKING:
    from tombola_cli.simulate.forecast import Forecast
    from tombola_cli.simulate.simulation import Result

PERCENT = 100


def forecast(found: "Forecast") -> list[Block]:
    """Return a forecast: its wins by award, how they are granted, and how it was made."""
    return [
        fewer(found.draws, found.asked, found.users, found.because),
        simulated(found.activity, found.result, found.expected),
        granting(found.activity, found.result),
        pace(found.draws, found.users, found.seed, found.seconds),
    ]


def simulated(activity: Activity, result: "Result", expected: Sequence[float]) -> Table:
    """Return wins by award, those of the fallback award, and the lost draws."""
    names = ("rate", "stock", "expected_wins", "simulated_wins", "chance", "sold_out_after")
    columns = [
        Column("outcome", None),
        Column("award_id", "award"),
        Column("award_name", "name", folds=True),
        *(Column(name, name.replace("_", " ")) for name in names),
        Column("at", f"at ({activity.time_zone})"),
    ]
    wins, rows = result.wins.tolist(), []
    for place, share in enumerate(activity.shares):
        after = result.sold_out_after[place]
        at = None if after is None else _moment(activity, after, result)
        rows.append(
            [
                "won",
                share.award.award_id,
                share.award.award_name,
                Told(share.weight / WHOLE, percent(share.weight)),
                Told(None, "unlimited") if share.stock is None else _count(share.stock),
                *_wins(expected[place], wins[place], result),
                None if after is None else _count(after),
                None if at is None else Told(at, f"{at:%Y-%m-%d %H:%M}"),
            ]
        )
    return Table("awards", columns, rows + _rest(activity, result, expected[result.nobody], wins[result.nobody]))


def _moment(activity: Activity, after: int, result: "Result") -> datetime:
    """Return when that many draws are made, at an even pace."""
    window: timedelta = activity.end - activity.begin
    return (activity.begin + window * (after / result.draws)).astimezone(ZoneInfo(activity.time_zone))


def _rest(activity: Activity, result: "Result", expected: float, wins: int) -> list[list[Value]]:
    """Return the rows of draws that fell on no award."""
    fallback, unlucky = fallback_of(activity), _wins(expected, wins, result)
    lost = ["lost", Told(None, "lost"), *[None] * 3, *unlucky, None, None]
    if fallback is None:
        return [lost]
    award = fallback.award
    given = ["fallback", Told(award.award_id, "fallback"), award.award_name, *[None] * 2, *unlucky, None, None]
    return [given, [*lost[:5], *_wins(0, 0, result), None, None]]


def _wins(expected: float, simulated: int, result: "Result") -> list[Value]:
    chance = simulated / result.draws
    return [Told(expected, f"{expected:,.1f}"), _count(simulated), Told(chance, f"{PERCENT * chance:.4f} %")]


def _count(number: int) -> Told:
    return Told(number, f"{number:,}")


def fewer(draws: int, asked: int, users: int, because: str) -> Facts:
    """Return why there are fewer draws than were asked for."""
    told = f"{draws:,} draws, not {asked:,}: {users:,} users can make no more, as {because}" if because else ""
    return Facts({"asked": asked, "limited_by": because or None}, told)


def pace(draws: int, users: int, seed: int, seconds: float) -> Facts:
    told = f"{draws:,} draws of {users:,} users, seed {seed}, in {seconds:.3g} s: {draws / seconds:,.0f} draws a second"
    return Facts({"draws": draws, "users": users, "seed": seed, "seconds": seconds}, told)


def granting(activity: Activity, result: "Result") -> Facts:
    """Return how many of the wins are granted at once, at their time and by hand; a person sees to the last."""
    wins, counts = result.wins.tolist(), dict.fromkeys(GrantType, 0)
    fallback = fallback_of(activity)
    for place, share in enumerate(activity.shares):
        counts[activity.grant_of(share)] += wins[place] + (wins[result.nobody] if share is fallback else 0)
    told = ", ".join(f"{number:,} {when(activity, grant_type)}" for grant_type, number in counts.items() if number)
    fields = {f"granted_{grant_type.name.lower()}": number for grant_type, number in counts.items()}
    return Facts(fields, f"granted: {told or 'nothing'}")


def plotted(file: str | None) -> list[Block]:
    return [Facts({"plot": file}, "" if file is None else f"plot: {file}")]
