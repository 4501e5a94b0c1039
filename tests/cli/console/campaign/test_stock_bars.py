"""Bars stand for limited stock, and for the cap, and for nothing else."""

from builders import a_share, an_activity, an_award
from tombola.rules.activity import Cap
from tombola_cli.console.campaign.stock_bars import share_of, units_by_award


def test_only_limited_stock_and_the_cap_have_bars() -> None:
    endless = a_share("1", stock=None)
    bike = a_share("2", award=an_award("2", award_name="Bike"), stock=7)
    assert units_by_award(an_activity(endless, bike)) == {"2": ("Bike", 7)}
    assert units_by_award(an_activity(endless, bike, cap=Cap(limit=9)))["*"] == ("draws of all users", 9)


def test_a_bar_is_as_long_as_what_is_left_and_empty_where_that_is_unknown() -> None:
    assert (share_of(5, 20), share_of(0, 20), share_of(None, 20), share_of(0, 0)) == (25, 0, 0, 0)
