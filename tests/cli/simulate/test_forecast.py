"""A forecast draws what was asked for, as far as the activity's limits let anybody draw."""

from builders import a_share, an_activity
from tombola.rules.activity import Cap
from tombola_cli.simulate.forecast import forecast


def test_a_forecast_says_how_many_draws_there_are_and_why_they_are_fewer() -> None:
    activity = an_activity(a_share("1", stock=None), cap=Cap(limit=30))
    found = forecast(activity, 100, 10, 1)
    assert (found.draws, found.because, found.result.draws) == (30, "cap.draws is 30", 30)
    assert found.expected == [30.0, 0.0]
    assert forecast(activity, 20, 10, 1).because == ""
