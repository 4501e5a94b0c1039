"""What an activity will do, told before it runs: so many draws of so many users, and the forecast with its picture."""

from base64 import b64encode

from nicegui import ui

from tombola.rules.activity import Activity
from tombola_cli.console import sheets, texts
from tombola_cli.console.act_buttons import tell
from tombola_cli.console.campaign.forecast_aside import DRAWS_MAX, USERS_MAX, Shown, forecast_aside
from tombola_cli.console.trouble import Trouble, in_thread

DRAWS, USERS = 100_000, 1_000


class ForecastForm:
    """The two numbers, the button, and below them the forecast."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity
        with ui.element("div").classes("tombola-fields"):
            self._draws = ui.number(texts.SIMULATED_DRAWS, value=DRAWS, min=1, max=DRAWS_MAX, precision=0)
            self._users = ui.number(texts.SIMULATED_USERS, value=USERS, min=1, max=USERS_MAX, precision=0)
        self._button = ui.button(texts.START, on_click=self._run).props("outline no-caps")
        self._below = ui.column().classes("tombola-wide")

    async def _run(self) -> None:
        self._button.disable()
        self._below.clear()
        with self._below:
            ui.label(texts.WORKING)
        draws, users = (int(field.value or 1) for field in (self._draws, self._users))
        try:
            shown = await in_thread(forecast_aside, self._activity, draws, users)
        except Trouble as trouble:
            self._below.clear()
            with self._below:
                tell(trouble)
        else:
            self._show(shown)
        self._button.enable()

    def _show(self, shown: Shown) -> None:
        self._below.clear()
        with self._below:
            picture = ui.element("img").classes("tombola-picture")
            picture.props["src"] = f"data:image/png;base64,{b64encode(shown.picture).decode()}"
            picture.props["alt"] = texts.PICTURE.format(activity_id=self._activity.activity_id)
            sheets.show(shown.blocks)
            ui.label(texts.FORECAST_TOLD).classes("tombola-hint")
