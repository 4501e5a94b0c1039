"""What the pictures of an activity draw: bounded lines in colours for all eyes, by the clocks of its zone."""

from dataclasses import replace
from datetime import timedelta

from builders import NOON, a_share, an_activity, an_award
from tombola.rules.activity import Activity
from tombola_cli.console.campaign.win_pictures import LINES_MAX, stock_picture, times_of, undrawn, wins_picture
from tombola_cli.operate.win_history import WinHistory
from tombola_cli.simulate.colours import SERIES

HOUR = timedelta(hours=1)
ENDS = (NOON + HOUR, NOON + 2 * HOUR)


def an_activity_with(awards: int, stock: int = 10) -> Activity:
    shares = [a_share(str(n), award=an_award(str(n), award_name=f"<b>{n}"), stock=stock) for n in range(awards)]
    return an_activity(*shares, time_zone="Asia/Tokyo")


def a_history(awards: int) -> WinHistory:
    left = {str(number): [5.0, 2.5] for number in range(awards)}
    return WinHistory(begin=NOON, ends=ENDS, wins=[3, 4], left=left, read=7)


def test_times_are_those_of_the_activitys_zone_with_the_day_where_there_are_two() -> None:
    tokyo, utc = an_activity_with(1), replace(an_activity_with(1), time_zone="UTC")
    assert times_of(tokyo, a_history(1)) == ["21:00:00", "22:00:00", "23:00:00"]
    late = replace(a_history(1), ends=(NOON + 11 * HOUR, NOON + 12 * HOUR))
    assert times_of(utc, late) == ["2026-11-23 12:00", "2026-11-23 23:00", "2026-11-24 00:00"]


def test_wins_are_bars_one_a_span() -> None:
    picture = wins_picture(an_activity_with(1), a_history(1))
    assert picture["series"][0]["data"] == [3, 4]
    assert picture["xAxis"]["data"] == ["22:00:00", "23:00:00"]
    assert picture["tooltip"]["renderMode"] == "richText"  # HTML in a name is none there


def test_stock_is_a_line_an_award_from_all_of_it_on_and_no_more_lines_than_colours() -> None:
    activity = an_activity_with(LINES_MAX + 2)
    lines = stock_picture(activity, a_history(LINES_MAX + 2))["series"]
    assert lines[0]["data"] == [100, 50, 25]
    assert (lines[0]["name"], [line["color"] for line in lines]) == ("<b>0", list(SERIES))
    assert undrawn(activity, a_history(LINES_MAX + 2)) == ["<b>8", "<b>9"]
