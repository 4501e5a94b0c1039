"""The frame of every page: its heading, the way to the other pages, light and dark."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nicegui import ui

from tombola_cli.console import texts
from tombola_cli.console.desk import Desk

# Of Okabe and Ito, which people with any colour vision tell apart; darkened where words are written on white.
BLUE, ORANGE = "#0060a0", "#b84a00"
GREEN, GREY = "#00694f", "#5c6670"
STYLE = Path(__file__).with_name("console.css")
# What scrolls has to be reached by keyboard, and seen to go on: a table that is wider than its page, too.
REACHABLE = """<script>
  const reach = () => document.querySelectorAll(".q-table__middle").forEach(region => {
    const cut = region.scrollWidth > region.clientWidth;
    if (cut) region.tabIndex = 0; else region.removeAttribute("tabindex");
    region.classList.toggle("tombola-cut", cut);
  });
  addEventListener("DOMContentLoaded", () => {
    new MutationObserver(reach).observe(document.body, { childList: true, subtree: true });
    addEventListener("resize", reach);
  });
</script>"""
PAGES: list[tuple[str, str]] = []  # path and title of those in the navigation, in its order


@contextmanager
def frame(desk: Desk, title: str) -> Iterator[None]:
    """Show a page with this heading; the parts of the page are made inside."""
    ui.page_title(f"{title} - {texts.TITLE}")
    ui.add_css(STYLE)
    ui.add_head_html(REACHABLE)
    ui.colors(primary=BLUE, secondary=GREEN, accent=ORANGE, negative="#b3261e", positive=GREEN, warning=ORANGE)
    dark = ui.dark_mode(None)
    with ui.header().classes("tombola-header"):
        with ui.element("nav").classes("tombola-nav").props(f'aria-label="{texts.NAVIGATION}"'):
            for path, name in PAGES:
                ui.link(name, path).props("aria-current=page" if name == title else "")
        with ui.row().classes("tombola-operator"):
            ui.label(texts.WHERE.format(stack=desk.stack.stack_name, who=desk.who))
            light = ui.button(icon="contrast", on_click=lambda: _turn(dark))
            light.props(f'flat round color=white aria-label="{texts.DARK}"')
    with ui.column().classes("tombola-page"):
        ui.label(title).classes("text-h4").props("role=heading aria-level=1")
        yield


def _turn(dark: ui.dark_mode) -> None:
    dark.set_value(not dark.value)
