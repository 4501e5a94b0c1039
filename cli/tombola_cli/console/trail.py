"""The way through a long list: a list goes on behind a token, and back by the tokens of the pages before."""

from collections.abc import Callable, Sequence

from nicegui import ui

from tombola_cli.console import texts

# Of the pages before, so that an address stays below the 64 kB that a server takes; beyond them the way back leads to
# the first page. A token names a user, whose id may have 255 characters of any script: up to 2.3 kB.
PAGES_BACK_MAX = 20


def turn(after: Sequence[str], following: str | None, to: Callable[[list[str]], str]) -> None:
    """Show the ways to the page before and the page behind; after are the tokens that led here, the last this page's.

    to returns the address that tokens lead to.
    """
    if not after and following is None:
        return
    with ui.element("nav").classes("tombola-turn").props(f'aria-label="{texts.TURN}"'):
        if after:
            ui.link(texts.PREVIOUS if len(after) > 1 else texts.FIRST, to(list(after[:-1])))
        if following is not None:
            ui.link(texts.NEXT, to([*after, following][-PAGES_BACK_MAX:]))
