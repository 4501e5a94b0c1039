"""What winners of an activity read, to be proofread before it runs: hidden until somebody asks, who is on record."""

from nicegui import ui

from tombola.rules.activity import Activity
from tombola_cli.console import sheets, texts
from tombola_cli.console.desk import Desk
from tombola_cli.console.disclosure import note
from tombola_cli.screens.blocks import Column, Table


def offer_award_texts(desk: Desk, activity: Activity) -> None:
    """Show the button that shows the contents of the awards that have one of their own, if any does."""
    if not award_texts(activity).rows:
        return
    asking = ui.button(texts.AWARD_TEXTS).props("outline no-caps")
    told = ui.column().classes("tombola-wide")
    with told:
        ui.label(texts.CONTENT_HINT).classes("tombola-hint")

    def show() -> None:
        told.clear()
        with told:
            sheets.show([asked_texts(desk, activity)])
        asking.disable()

    asking.on_click(show)


def asked_texts(desk: Desk, activity: Activity) -> Table:
    """Return what winners read, and put on record that the operator asked."""
    note(desk, "the contents of the awards", activity_id=activity.activity_id)
    return award_texts(activity)


def award_texts(activity: Activity) -> Table:
    """Return what winners read; a code or a coupon is in no award, but in a pool or with its provider."""
    awards = [share.award for share in activity.shares if share.award.award_content]
    columns = [
        Column("award_id", "award"),
        Column("award_name", "name", folds=True),
        Column("award_content", "content", folds=True),
    ]
    return Table("contents", columns, [[each.award_id, each.award_name, each.award_content] for each in awards])
