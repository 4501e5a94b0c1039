"""An activity: how it stands, what may be done with it, its odds, its stock and its log."""

from asyncio import Lock
from dataclasses import dataclass
from datetime import datetime

from nicegui import context, ui

from tombola.rules.activity import Activity
from tombola.rules.activity_states import ActivityState
from tombola.rules.award_type import AwardType
from tombola.rules.winnable import unwinnable
from tombola_cli.console import links, sheets, texts
from tombola_cli.console.act_buttons import button, tell
from tombola_cli.console.campaign.activity_acts import acts, soon_revealable
from tombola_cli.console.campaign.award_texts import offer_award_texts
from tombola_cli.console.campaign.campaign_cards import tally, time_left
from tombola_cli.console.campaign.forecast_form import ForecastForm
from tombola_cli.console.campaign.stock_bars import StockBars, units_by_award
from tombola_cli.console.campaign.stock_form import StockForm
from tombola_cli.console.campaign.win_pictures import WinPictures
from tombola_cli.console.desk import Desk
from tombola_cli.console.frame import frame
from tombola_cli.console.trouble import Trouble, in_thread
from tombola_cli.local.local_stack import HOME
from tombola_cli.local.wheel_server import WheelServer
from tombola_cli.operate.activity_moves import found
from tombola_cli.operate.campaigns import Campaign, CampaignWatch
from tombola_cli.operate.registry import log_of
from tombola_cli.operate.restock import may_be_restocked
from tombola_cli.screens import activity_sheets, terms_sheets
from tombola_cli.screens.plain import words

PATH = "/activities/{activity_id}"
LOOK_SECONDS = 5.0
BARS_MAX = 100


def register(desk: Desk) -> None:
    watch = CampaignWatch(desk.stack)

    @ui.page(PATH)
    def activity(activity_id: str) -> None:
        with frame(desk, texts.ACTIVITY.format(activity_id=activity_id)):
            _Page(desk, watch, activity_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What one look found."""

    campaign: Campaign
    now: datetime

    @property
    def shape(self) -> tuple[object, ...]:
        """What the page is made of; where it is another, the page is made anew."""
        activity = self.campaign.activity
        return activity.entries, activity.state, soon_revealable(activity, self.now)


class _Page:
    def __init__(self, desk: Desk, watch: CampaignWatch, activity_id: str) -> None:
        self._desk, self._watch, self._activity_id = desk, watch, activity_id
        self._told = ui.column().classes("tombola-wide")
        self._body = ui.column().classes("tombola-wide tombola-body")
        self._shape: tuple[object, ...] | None = None
        self._is_stale = False  # what was typed is kept, until the operator looks again
        self._turn = Lock()
        self._form: StockForm | None = None
        with self._told:
            ui.label(texts.LOOKING)
        ui.timer(0, self._make, once=True)  # the page is shown before: a stack may be slow
        ui.timer(LOOK_SECONDS, self._look, immediate=False)

    async def _make(self) -> None:
        """Show everything as it is now."""
        async with self._turn:
            await self._made()

    async def _made(self) -> None:
        looked = await self._looked()
        if looked is None:
            return
        self._is_stale, self._shape = False, looked.shape
        self._body.clear()
        with self._body:
            self._show(looked)
            _heading(texts.LOG)
            await self._log(looked.campaign.activity)

    async def _log(self, activity: Activity) -> None:
        try:
            entries, broken = await in_thread(log_of, activity, self._desk.stack)
        except Trouble as trouble:
            tell(trouble)
            return
        if broken is not None:
            ui.label(texts.BROKEN.format(number=broken)).classes("tombola-trouble").props("role=alert")
        sheets.show([sheets.in_zone(each, activity.time_zone) for each in activity_sheets.log(entries, broken)])

    async def _look(self) -> None:
        """Show the figures as they are now; where more has changed, say so, or make the page anew."""
        async with self._turn:
            if self._shape is None:
                await self._made()
            elif not self._is_stale:
                await self._renew()

    async def _renew(self) -> None:
        looked = await self._looked()
        if looked is None:
            return
        if looked.shape == self._shape:
            self._figures(looked)
            return
        if _asks():
            return
        if self._form is not None and self._form.is_filled:
            self._is_stale = True
            with self._told:
                ui.label(texts.CHANGED).classes("tombola-trouble").props("role=alert")
                ui.button(texts.LOOK_AGAIN, on_click=self._make).props("outline no-caps")
            return
        await self._made()

    async def _looked(self) -> _Found | None:
        try:
            looked = await in_thread(self._find)
        except Trouble as trouble:
            self._tell(trouble)
            return None
        self._told.clear()
        return looked

    def _find(self) -> _Found:
        activity, now = found(self._activity_id, self._desk.stack), self._desk.stack.now()
        return _Found(campaign=self._watch.campaign(activity, now), now=now)

    def _tell(self, trouble: Trouble) -> None:
        self._told.clear()
        with self._told:
            tell(trouble)

    def _figures(self, looked: _Found) -> None:
        self._time.set_text(f"{time_left(looked.campaign.activity, looked.now)}; {tally(looked.campaign)}")
        self._bars.show(looked.campaign.activity, looked.campaign.left)

    def _show(self, looked: _Found) -> None:
        activity = looked.campaign.activity
        for trouble in looked.campaign.troubles:
            tell(Trouble(trouble))
        _heading(activity.activity_name)
        ui.label(words(activity.activity_desc)).classes("tombola-told")
        self._time = ui.label().classes("tombola-figure")
        _where_users_draw(self._desk, activity)
        self._acts(activity, looked.now)
        sheets.show([activity_sheets.summary(activity)])
        _heading(texts.STOCK)
        self._bars = StockBars(activity, looked.campaign.left, BARS_MAX)
        self._form = None
        if may_be_restocked(activity) and units_by_award(activity):
            with sheets.folded(texts.NEW_STOCK):
                self._form = StockForm(self._desk, activity, self._make)
        _heading(texts.HISTORY_OF_WINS)
        WinPictures(self._desk, activity, looked.campaign.left)
        with ui.row().classes("tombola-turn"):
            ui.link(texts.TO_WINNERS, links.to_winners(activity=activity.activity_id))
            ui.link(texts.TO_WAITING, links.to_waiting(activity=activity.activity_id))
            if any(share.award.award_type is AwardType.CODE for share in activity.shares):
                ui.link(texts.TO_COUNTS, links.to_pools())
        _heading(texts.AWARDS)
        _notes(activity)
        sheets.show([terms_sheets.odds(activity, looked.campaign.left)])
        offer_award_texts(self._desk, activity)
        with sheets.folded(texts.SIMULATE):
            ForecastForm(activity)
        self._figures(looked)

    def _acts(self, activity: Activity, now: datetime) -> None:
        offered = acts(self._desk, activity, now)
        with ui.row():
            for act in offered:
                button(act, self._make)
        if not offered:
            ui.label(texts.NO_ACT)
        waits = soon_revealable(activity, now)
        if waits is not None:
            ui.label(texts.NOT_YET.format(why=waits))


def _asks() -> bool:
    """Return whether a dialog is open, which would go with what is made anew."""
    return any(isinstance(each, ui.dialog) and each.value for each in context.client.elements.values())


def _where_users_draw(desk: Desk, activity: Activity) -> None:
    """Show the address of the wheel, where this machine serves it, until the activity is over."""
    if activity.state is ActivityState.CLOSE:
        return
    url = WheelServer(HOME).url(desk.stack.api_url, activity.activity_id) if desk.stack.endpoint_url else None
    if url is None:
        ui.label(texts.USERS_DRAW)
    else:
        ui.link(texts.TO_THE_WHEEL, url, new_tab=True).classes("tombola-link")


def _heading(title: str) -> None:
    ui.label(title).classes("text-h6").props("role=heading aria-level=2")


def _notes(activity: Activity) -> None:
    for award_id, why in unwinnable(activity).items():
        ui.label(texts.UNWINNABLE.format(award_id=award_id, why=why)).classes("tombola-trouble")
