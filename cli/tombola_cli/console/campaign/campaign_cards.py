"""An activity on the overview: its state and time, its draws and wins, what is left; shown anew in its place."""

from datetime import datetime, timedelta

from nicegui import ui

from tombola.rules.activity import Activity
from tombola.rules.activity_states import ActivityState
from tombola_cli.console import texts
from tombola_cli.console.campaign.stock_bars import StockBars
from tombola_cli.console.links import to_activity
from tombola_cli.operate.campaigns import Campaign
from tombola_cli.screens.activity_sheets import DAY, length, state_words, what_follows, window

BARS_MAX = 8
HOUR = timedelta(hours=1)


class CampaignCard:
    """The card of one campaign."""

    def __init__(self, campaign: Campaign, now: datetime) -> None:
        activity = campaign.activity
        with ui.card().classes("tombola-campaign").props("flat bordered"):
            with ui.row().classes("tombola-heading"):
                ui.link(activity.activity_name, to_activity(activity.activity_id)).classes("tombola-link text-h6")
                self._state = ui.label().classes("tombola-state")
            ui.label(window(activity))
            self._time, self._wins = ui.label(), ui.label()
            self._bars = StockBars(activity, campaign.left, BARS_MAX)
            self._trouble = ui.label().classes("tombola-trouble")
        self.show(campaign, now)

    def show(self, campaign: Campaign, now: datetime) -> None:
        """Show the campaign as it is now."""
        activity = campaign.activity
        self._state.set_text(f"{activity.activity_id}: {state_words(activity.state)}{what_follows(activity)}")
        self._time.set_text(time_left(activity, now))
        self._wins.set_text(tally(campaign))
        self._bars.show(activity, campaign.left)
        self._trouble.set_text("\n".join(campaign.troubles))
        self._trouble.set_visibility(bool(campaign.troubles))


def tally(campaign: Campaign) -> str:
    """Return wins, and draws where they are counted."""
    none = texts.UNKNOWN if campaign.troubles else texts.COUNTING_WINS
    wins = texts.WINS.format(wins=none if campaign.wins is None else f"{campaign.wins:,}")
    return wins if campaign.draws is None else texts.DRAWS_AND.format(draws=f"{campaign.draws:,}", wins=wins)


def time_left(activity: Activity, now: datetime) -> str:
    """Return how long it is until the window begins, or ends, if users may draw in it."""
    if activity.state.name in texts.UNAPPROVED:
        return texts.UNAPPROVED[activity.state.name]
    if now < activity.begin:
        return texts.BEGINS_IN.format(span=_span(activity.begin - now))
    if now > activity.end or activity.state is ActivityState.CLOSE:
        return texts.OVER
    return texts.ENDS_IN.format(span=_span(activity.end - now))


def _span(span: timedelta) -> str:
    """Return span in words, in whole hours where it is longer than a day."""
    return length(span if span < DAY else span // HOUR * HOUR)
