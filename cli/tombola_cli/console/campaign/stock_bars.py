"""What is left of each stock, as bars with their figures."""

from collections.abc import Mapping

from nicegui import ui

from tombola.rules.activity import CAP, Activity
from tombola_cli.console import texts

PERCENT = 100


class StockBars:
    """A bar for each limited award, and one for the cap; at most so many, the rest is counted."""

    def __init__(self, activity: Activity, left: Mapping[str, int], most: int) -> None:
        self._bars: dict[str, tuple[ui.element, ui.element, ui.label]] = {}
        units = units_by_award(activity)
        with ui.element("div").classes("tombola-bars"):
            for award_id, (name, _) in list(units.items())[:most]:
                ui.label(name).classes("tombola-bar-name")
                with ui.element("div").classes("tombola-bar") as bar:
                    full = ui.element("div")
                self._bars[award_id] = bar, full, ui.label().classes("tombola-figure")
                bar.props["role"], bar.props["aria-label"] = "meter", texts.LEFT_OF.format(name=name)
        if len(units) > most:
            ui.label(texts.MORE_STOCK.format(more=len(units) - most))
        self.show(activity, left)

    def show(self, activity: Activity, left: Mapping[str, int]) -> None:
        """Show what is left now."""
        for award_id, (_, units) in units_by_award(activity).items():
            if award_id not in self._bars:
                continue
            (bar, full, figure), rest = self._bars[award_id], left.get(award_id)
            full.style(replace=f"width: {share_of(rest, units):.1f}%")
            told = texts.UNKNOWN if rest is None else f"{rest:,}"
            figure.set_text(texts.OF.format(left=told, units=f"{units:,}"))
            bar.props["aria-valuemin"], bar.props["aria-valuemax"], bar.props["aria-valuenow"] = 0, units, rest or 0
            bar.props["aria-valuetext"] = figure.text
            bar.update()


def share_of(rest: int | None, units: int) -> float:
    """Return rest in percent of units: nothing where it is unknown, or where there are none."""
    return PERCENT * (rest or 0) / units if units else 0.0


def units_by_award(activity: Activity) -> dict[str, tuple[str, int]]:
    """Return name and stock of each limited award, and of the cap under CAP."""
    limited = {
        share.award.award_id: (share.award.award_name, share.stock)
        for share in activity.shares
        if share.stock is not None
    }
    return limited if activity.cap is None else {**limited, CAP: (texts.CAPPED, activity.cap.limit)}
