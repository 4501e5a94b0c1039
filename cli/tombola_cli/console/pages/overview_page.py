"""Overview: how the activities stand, what waits for a person, and the alarms; it looks again while it is open."""

from collections.abc import Sequence
from datetime import datetime

from nicegui import ui

from tombola_cli.console import sheets, texts
from tombola_cli.console.act_buttons import tell
from tombola_cli.console.campaign.campaign_cards import CampaignCard
from tombola_cli.console.campaign.waiting_counts import WaitingCounts
from tombola_cli.console.desk import Desk
from tombola_cli.console.frame import PAGES, frame
from tombola_cli.console.links import to_activity
from tombola_cli.console.pages import apply_page
from tombola_cli.console.trouble import Trouble, in_thread
from tombola_cli.doctor import trial
from tombola_cli.operate.campaigns import Campaigns, CampaignWatch
from tombola_cli.screens import activity_sheets

PATH = "/"
LOOK_SECONDS = 5.0


def register(desk: Desk) -> None:
    PAGES.append((PATH, texts.OVERVIEW))
    watch = CampaignWatch(desk.stack, hidden={trial.ACTIVITY_ID})

    @ui.page(PATH)
    def overview() -> None:
        with frame(desk, texts.OVERVIEW):
            WaitingCounts(desk)
            _Campaigns(watch)


class _Campaigns:
    """The part of the page with the activities; what was found stays in its place while it is shown anew."""

    def __init__(self, watch: CampaignWatch) -> None:
        self._watch = watch
        self._cards: dict[str, CampaignCard] = {}
        self._told = ui.column().classes("tombola-wide")
        self._body = ui.element("div").classes("tombola-campaigns")
        self._others = ui.column().classes("tombola-wide")
        self._shown: tuple[object, ...] = ()
        with self._told:
            ui.label(texts.LOOKING)
        ui.timer(LOOK_SECONDS, self._look)  # the page is shown before: a stack may be slow

    async def _look(self) -> None:
        try:
            found = await in_thread(self._watch.look)
        except Trouble as trouble:
            self._told.clear()
            with self._told:
                tell(Trouble(texts.STALE.format(trouble=trouble)) if self._cards else trouble)
            return
        self._show(found)

    def _show(self, found: Campaigns) -> None:
        shape = tuple((each.activity.activity_id, each.activity.version) for each in found.shown)
        if shape != self._shown or not self._cards:
            self._shown = shape
            self._body.clear()
            with self._body:
                self._cards = {each.activity.activity_id: CampaignCard(each, found.now) for each in found.shown}
            self._others.clear()
            with self._others:
                _others(found.others)
        for campaign in found.shown:
            self._cards[campaign.activity.activity_id].show(campaign, found.now)
        self._tell(found.now)

    def _tell(self, now: datetime) -> None:
        self._told.clear()
        with self._told:
            if self._cards:
                ui.label(texts.AS_OF.format(at=now.astimezone())).classes("tombola-figure")
            else:
                ui.link(texts.NO_ACTIVITY, apply_page.PATH).classes("tombola-link")


def _others(found: Sequence[object]) -> None:
    if found:
        ui.label(texts.OTHERS).classes("text-h6").props("role=heading aria-level=2")
        links = {"activity_id": lambda row: to_activity(str(row["activity_id"]))}
        sheets.show(activity_sheets.listing(found), links)
