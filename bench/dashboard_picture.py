"""Draw the dashboard of template.yaml with the metrics of a recorded campaign: there is no AWS to take a picture of.

    PYTHONPATH=tests python bench/dashboard_picture.py docs/dashboard.svg

The widgets, their places, titles, metrics and words are those of the body in the template, their data what the
functions wrote in a campaign on a local stack (bench/dashboard_record.py). A metric of AWS has no line.
"""

import argparse
import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

import dashboard_metrics
from dashboard_metrics import Line
from operations.alarms import STATISTICS, Figures, Metric, State, alarms_of, changes
from operations.dashboards import Search, Widget, alarm_named, body_of, lines_of, query_of
from sam_template import Stack

COLUMNS = 24
COLUMN_INCHES, ROW_INCHES = 0.6, 0.36
CAPTION_ROWS = 1.6
MARGIN, TITLE = 0.45, 1.0  # of a widget, in rows: around it, and of its title
LEGEND = 1.1  # rows below a graph, for its legend
CHARACTERS_A_COLUMN = 8.6  # of words at the size that they have here
TILES_A_LINE = 6  # alarms
LINES_SIDE_BY_SIDE = 3  # in a legend, if they are no more or many
ROW = 0.14  # of a table, as a part of its height
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")  # Okabe and Ito's
STATES = {State.ALARM: "#D55E00", State.INSUFFICIENT_DATA: "#999999", State.OK: "#009E73"}
FRAME, PALE = "#cccccc", "#f6f6f6"
CAPTION = (
    "Drawn by make pictures: the widgets from the body in template.yaml, the data from the metrics that the functions"
    " wrote in a campaign of {minutes} minutes on a local stack. This is no screenshot.\nThe states of the alarms are"
    " computed from the same metrics, as the tests compute them. A line with {aws} is measured by AWS alone; one with"
    " {never} did not happen here."
)
BY_AWS, NEVER = " *", " (0)"  # after the name of a line that is not there
PERCENT = 100


@dataclass(frozen=True, slots=True)
class Recorded:
    """A campaign's metrics, by minute, and its lines as the logs have them."""

    figures: Figures
    lines: Sequence[Line]
    minutes: int

    @classmethod
    def of(cls, lines: Sequence[Line], namespace: str) -> "Recorded":
        minutes = 1 + max(line["minute"] for line in lines)
        return cls(dashboard_metrics.figures_of(lines, namespace), lines, minutes)

    def series(self, metric: Metric, statistic: str) -> list[float]:
        """Return the statistic of each minute, not a number where nothing was written."""
        by_minute = self.figures.values.get(metric, {})
        return [_statistic(by_minute.get(minute, ()), statistic) for minute in range(self.minutes)]


def _statistic(values: Sequence[float], statistic: str) -> float:
    if not values:
        return math.nan
    if statistic.startswith("p"):
        ordered = sorted(values)
        return ordered[math.ceil(len(ordered) * float(statistic[1:]) / PERCENT) - 1]
    return STATISTICS[statistic](values)


def picture(stack: Stack, lines: Sequence[Line]) -> Figure:
    """Return the dashboard of a stack as a picture."""
    body, campaign = body_of(stack), Recorded.of(lines, "AWS::StackName")
    rows = CAPTION_ROWS + max(widget["y"] + widget["height"] for widget in body["widgets"])
    figure = Figure(figsize=(COLUMNS * COLUMN_INCHES, rows * ROW_INCHES))
    for widget in body["widgets"]:
        axes = _place(figure, widget, rows)
        if widget["type"] == "text":
            _write(axes, widget)
        elif widget["type"] == "log":
            _tabulate(axes, widget, campaign)
        elif widget["type"] == "alarm":
            _tile(axes, widget, campaign, stack)
        else:
            _plot(axes, widget, campaign)
    figure.text(
        0.012,
        0.3 / rows,
        CAPTION.format(minutes=campaign.minutes, aws=BY_AWS.strip(), never=NEVER.strip()),
        fontsize=8.5,
        style="italic",
        va="bottom",
    )
    return figure


def _place(figure: Figure, widget: Widget, rows: float) -> Axes:
    """Return axes where the widget lies on the grid, whose origin is at the upper left; its frame is drawn."""
    x, y, width, height = (widget[name] for name in ("x", "y", "width", "height"))
    graph = widget["type"] == "metric"
    above = 0.0 if widget["type"] == "text" else TITLE
    below = LEGEND + MARGIN if graph else 0.0
    left, right = (1.35, 0.35) if graph else (0.3, 0.2)
    axes = figure.add_axes(
        (
            (x + left) / COLUMNS,
            1 - (y + height - MARGIN / 2 - below) / rows,
            (width - left - right) / COLUMNS,
            (height - above - below - MARGIN) / rows,
        )
    )
    if widget["type"] != "text":
        corner = ((x + 0.15) / COLUMNS, 1 - (y + height - 0.1) / rows)
        box = mpl.patches.Rectangle(
            corner, (width - 0.3) / COLUMNS, (height - 0.2) / rows, facecolor="white", edgecolor=FRAME, zorder=-1
        )
        figure.add_artist(box)
        title = widget["properties"]["title"]
        figure.text((x + 0.35) / COLUMNS, 1 - (y + 0.35) / rows, title, weight="bold", fontsize=9.5, va="top")
    return axes


def _write(axes: Axes, widget: Widget) -> None:
    axes.axis("off")
    markdown = widget["properties"]["markdown"]
    heading = markdown.startswith("#")
    quoted = re.sub(r"`([^`]+)`", r"“\1”", markdown.strip("# "))
    words = textwrap.fill(quoted, int(widget["width"] * CHARACTERS_A_COLUMN), break_on_hyphens=False)
    words = words.replace("AWS::StackName", "tombola")
    axes.text(
        0, 1, words, va="top", fontsize=14 if heading else 8, weight="bold" if heading else "normal", color="#333333"
    )


def _plot(axes: Axes, widget: Widget, campaign: Recorded) -> None:
    minutes, colours = range(campaign.minutes), iter(COLOURS * 2)
    for name, values in _drawn(widget, campaign):
        axes.plot(minutes, values, marker=".", markersize=3, linewidth=1.3, color=next(colours), label=name)
    for line in widget["properties"].get("annotations", {}).get("horizontal", ()):
        axes.axhline(line["value"], color="#D55E00", linestyle="--", linewidth=0.9)
        axes.annotate(
            line["label"],
            (0.01, line["value"]),
            xycoords=("axes fraction", "data"),
            fontsize=7,
            va="bottom",
            color="#D55E00",
        )
    axes.set_xlim(0, campaign.minutes - 1)
    axes.set_ylim(bottom=0)
    if axes.get_ylim()[1] <= 1:
        axes.set_ylim(top=1.0)
    else:
        axes.set_ylim(top=axes.get_ylim()[1] * 1.08)
    axes.tick_params(labelsize=7, length=2)
    axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(4, integer=True))
    axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(8, integer=True))
    axes.yaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:,.0f}"))
    axes.grid(color="#eeeeee")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    _name_lines(axes)


def _name_lines(axes: Axes) -> None:
    lines = len(axes.get_legend_handles_labels()[1])
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(-0.12, -0.14),
        fontsize=6.5,
        frameon=False,
        ncols=2 if lines == 4 else LINES_SIDE_BY_SIDE,
        columnspacing=0.9,
        handlelength=1.0,
        handletextpad=0.4,
        borderpad=0,
        labelspacing=0.25,
    )


def _drawn(widget: Widget, campaign: Recorded) -> list[tuple[str, list[float]]]:
    """Return the label and the values of every line; a search is a line for each metric that it finds."""
    found: list[tuple[str, list[float]]] = []
    for what, statistic, label in lines_of(widget):
        if isinstance(what, Search):
            metrics = {
                dict(metric.dimensions)["code"]: metric for metric in campaign.figures.values if what.finds(metric)
            }
            found += [(code, campaign.series(metrics[code], statistic)) for code in sorted(metrics)]
        else:
            values = campaign.series(what, statistic)
            found.append((label + _lacking(what, values), values))
    return found


def _lacking(metric: Metric, values: Sequence[float]) -> str:
    """Return the mark of a metric without a line: why it has none."""
    if not all(map(math.isnan, values)):
        return ""
    return BY_AWS if metric.namespace.startswith("AWS/") else NEVER


def _tabulate(axes: Axes, widget: Widget, campaign: Recorded) -> None:
    axes.axis("off")
    heading, *rows = query_of(widget["properties"]["query"]).rows(dashboard_metrics.as_logged(campaign.lines))
    cells = [[name, *(f"{value:,.0f}" for value in values)] for name, *values in rows]
    height = ROW * (len(cells) + 1)
    table = axes.table(
        cells,
        colLabels=heading,
        bbox=Bbox.from_bounds(0, 1 - height, 0.99, height),
        edges="horizontal",
        cellLoc="left",
        colLoc="left",
    )
    table.auto_set_font_size(value=False)
    table.set_fontsize(8.5)


def _tile(axes: Axes, widget: Widget, campaign: Recorded, stack: Stack) -> None:
    """Show the state of each alarm at the end: those that ring first."""
    axes.axis("off")
    alarms = alarms_of(stack)
    states = {
        name: [State.INSUFFICIENT_DATA, *changes(alarms[name], campaign.figures, campaign.minutes)][-1]
        for name in map(alarm_named, widget["properties"]["alarms"])
    }
    ordered = sorted(states, key=lambda name: (list(STATES).index(states[name]), name))
    lines = math.ceil(len(ordered) / TILES_A_LINE)
    axes.set(xlim=(0, TILES_A_LINE), ylim=(lines, 0))
    for place, name in enumerate(ordered):
        x, y = place % TILES_A_LINE, place // TILES_A_LINE
        colour = STATES[states[name]]
        axes.add_patch(mpl.patches.Rectangle((x + 0.01, y + 0.08), 0.97, 0.84, facecolor=PALE, edgecolor=FRAME))
        axes.add_patch(mpl.patches.Rectangle((x + 0.01, y + 0.08), 0.03, 0.84, facecolor=colour))
        word = {State.INSUFFICIENT_DATA: "no data"}.get(states[name], str(states[name]))
        axes.text(x + 0.07, y + 0.5, name, fontsize=7.5, va="center")
        axes.text(x + 0.96, y + 0.5, word, fontsize=7, va="center", ha="right", color=colour, weight="bold")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="the picture, .svg or .png")
    file = parser.parse_args().file
    write(file)


def write(file: Path) -> None:
    """Draw the dashboard of a stack with the default transport, with the recorded campaign."""
    with mpl.rc_context({"svg.hashsalt": "dashboard", "svg.fonttype": "none"}):  # the same figures, the same file
        figure = picture(Stack(Dashboard="true"), dashboard_metrics.read())
        figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None, dpi=100)


if __name__ == "__main__":
    main()
