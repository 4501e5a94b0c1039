"""Overview: the activities of the stack."""

from urllib.parse import quote

from nicegui import ui

from tombola_cli.console import sheets, texts
from tombola_cli.console.act_buttons import tell
from tombola_cli.console.desk import Desk
from tombola_cli.console.frame import PAGES, frame
from tombola_cli.console.trouble import Trouble, in_thread
from tombola_cli.operate.registry import activities_in
from tombola_cli.screens import activity_sheets

PATH = "/"


def register(desk: Desk) -> None:
    PAGES.append((PATH, texts.OVERVIEW))

    @ui.page(PATH)
    async def overview() -> None:
        with frame(desk, texts.OVERVIEW):
            try:
                found = await in_thread(activities_in, desk.stack)
            except Trouble as trouble:
                return tell(trouble)
            leading = {"activity_id": lambda row: f"/activities/{quote(str(row['activity_id']), safe='')}"}
            return sheets.show(activity_sheets.listing(found), leading)
