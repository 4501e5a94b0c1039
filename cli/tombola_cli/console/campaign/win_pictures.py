"""Two pictures of an activity: its wins over time, and its stock going down."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from tombola.rules.activity import Activity
from tombola_cli.console import texts
from tombola_cli.console.act_buttons import tell
from tombola_cli.console.desk import Desk
from tombola_cli.console.trouble import Trouble, in_thread
from tombola_cli.files.zones import zone_of
from tombola_cli.operate.win_history import WinHistory, history_of
from tombola_cli.screens.terms_sheets import MINUTES
from tombola_cli.simulate.colours import SERIES

PERCENT = 100
SECONDS = "%H:%M:%S"
LINES_MAX = len(SERIES)
DASHES = ("solid", "dashed", "dotted")  # beside the colours, for whom they are alike
GREY = "#7d8791"  # legible on white and on black
ENDS = {"hideOverlap": True, "alignMinLabel": "left", "alignMaxLabel": "right"}
SOON_SECONDS = 0.1  # the page is shown before


class WinPictures:
    """The pictures, which are drawn as soon as the page is shown."""

    def __init__(self, desk: Desk, activity: Activity, left: Mapping[str, int]) -> None:
        self._desk, self._activity, self._left = desk, activity, left
        self._body = ui.column().classes("tombola-wide")
        with self._body:
            ui.label(texts.LOOKING)
        ui.timer(SOON_SECONDS, self._look, once=True)

    async def _look(self) -> None:
        try:
            found = await in_thread(self._find)
        except Trouble as trouble:
            self._body.clear()
            with self._body:
                tell(trouble)
            return
        self._body.clear()
        with self._body:
            if found is None:
                ui.label(texts.NO_WIN)
            else:
                self._show(found)

    def _find(self) -> WinHistory | None:
        return history_of(self._activity, self._left, self._desk.stack, self._desk.stack.now())

    def _show(self, found: WinHistory) -> None:
        activity, wins = self._activity, sum(found.wins)
        begin, end = (f"{at.astimezone(zone_of(activity.time_zone)):{MINUTES}}" for at in (found.begin, found.ends[-1]))
        with ui.element("div").classes("tombola-pictures"):
            _picture(wins_picture(activity, found), texts.WINS_OVER_TIME.format(wins=f"{wins:,}", begin=begin, end=end))
            if found.left:
                _picture(stock_picture(activity, found), texts.STOCK_OVER_TIME.format(begin=begin, end=end))
        without = undrawn(activity, found)
        if without:
            ui.label(texts.NOT_DRAWN.format(names=", ".join(without)))
        if activity.version > 1:
            ui.label(texts.FROM_NOW).classes("tombola-hint")
        if found.is_estimated:
            ui.label(texts.ESTIMATED.format(read=f"{found.read:,}", wins=f"{wins:,}"))


def times_of(activity: Activity, found: WinHistory) -> list[str]:
    """Return begin and end of each span by the clocks of the activity's zone; without the day where it is one."""
    times = [at.astimezone(zone_of(activity.time_zone)) for at in (found.begin, *found.ends)]
    form = SECONDS if times[0].date() == times[-1].date() else MINUTES
    return [f"{at:{form}}" for at in times]


def undrawn(activity: Activity, found: WinHistory) -> list[str]:
    """Return the names of limited awards of which there is no line."""
    drawn = [*found.left][:LINES_MAX]
    limited = [share.award for share in activity.shares if share.stock is not None]
    return [award.award_name for award in limited if award.award_id not in drawn]


def wins_picture(activity: Activity, found: WinHistory) -> dict[str, Any]:
    """Return what ECharts draws of the wins."""
    bars = {"type": "bar", "data": list(found.wins), "barCategoryGap": "10%", "itemStyle": {"color": SERIES[0]}}
    frame = _frame(times_of(activity, found)[1:], texts.OF_WINS)
    return {**frame, "yAxis": {**frame["yAxis"], "minInterval": 1}, "series": [bars]}


def stock_picture(activity: Activity, found: WinHistory) -> dict[str, Any]:
    """Return what ECharts draws of the stock: a line for each of the first awards."""
    shares = {share.award.award_id: share for share in activity.shares}
    lines = []
    for place, award_id in enumerate([*found.left][:LINES_MAX]):
        stock = shares[award_id].stock or 1
        course = [PERCENT, *(round(PERCENT * units / stock, 2) for units in found.left[award_id])]
        style = {"color": SERIES[place], "type": DASHES[place % len(DASHES)], "width": 2}
        name = shares[award_id].award.award_name
        lines.append(
            {"type": "line", "name": name, "data": course, "lineStyle": style, "color": SERIES[place], "symbol": "none"}
        )
    legend = {"type": "scroll", "bottom": 0, "textStyle": {"color": GREY}}
    return {**_frame(times_of(activity, found), texts.OF_STOCK), "legend": legend, "series": lines}


def _frame(times: list[str], title: str) -> dict[str, Any]:
    label = {"color": GREY}
    return {
        "animation": False,
        "title": {"text": title, "textStyle": {"color": GREY, "fontSize": 14}},
        # As text: a name may hold HTML.
        "tooltip": {"trigger": "axis", "renderMode": "richText"},
        "grid": {"left": 8, "right": 16, "top": 40, "bottom": 32, "containLabel": True},
        "xAxis": {"type": "category", "data": times, "axisLabel": {**label, **ENDS}},
        "yAxis": {"type": "value", "min": 0, "axisLabel": label, "splitLine": {"lineStyle": {"color": f"{GREY}44"}}},
    }


def _picture(options: dict[str, Any], told: str) -> None:
    chart = ui.echart(options).classes("tombola-chart")
    chart.props["role"], chart.props["aria-label"] = "img", told
