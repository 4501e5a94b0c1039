"""The console's server: on this machine alone, for one browser, until Ctrl-C ends it."""

import secrets
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI
from nicegui import ui

from tombola_cli.console import downloads, texts
from tombola_cli.console.desk import Desk
from tombola_cli.console.door import Door
from tombola_cli.console.dropped_files import end_with_the_terminal, kept_until_the_end
from tombola_cli.console.pages import (
    activity_page,
    apply_page,
    books_page,
    dead_letters_page,
    doctor_page,
    order_page,
    overview_page,
    pools_page,
    shipments_page,
    users_page,
    waiting_page,
    winners_page,
)
from tombola_cli.errors import TombolaError
from tombola_cli.local.loopback import LOOPBACK

SECRET_BYTES = 32
PAGES = (
    overview_page,
    activity_page,
    apply_page,
    winners_page,
    users_page,
    order_page,
    waiting_page,
    pools_page,
    shipments_page,
    dead_letters_page,
    books_page,
    doctor_page,
)


def serve(desk: Desk, port: int | None, opened: Callable[[str], None]) -> None:
    """Serve the pages until Ctrl-C; opened gets the address that lets a browser in, once, as soon as it answers."""
    with _listening(port) as listener, kept_until_the_end():
        end_with_the_terminal()
        host = f"{LOOPBACK}:{listener.getsockname()[1]}"
        token, session = (secrets.token_urlsafe(SECRET_BYTES) for _ in range(2))
        door = Door(application(desk), host, token, session)
        settings = uvicorn.Config(door, log_level="warning", access_log=False, ws="websockets-sansio")
        server = uvicorn.Server(settings)
        opened(door.address())  # the socket listens already: a browser that is faster than the server waits
        server.run(sockets=[listener])


def application(desk: Desk) -> FastAPI:
    """Return the pages of a desk, without the door before them."""
    app = FastAPI(openapi_url=None)
    for page in PAGES:
        page.register(desk)
    downloads.register(desk)
    ui.run_with(app, title=texts.TITLE, language="en-US", dark=None, tailwind=False, show_welcome_message=False)
    return app


def _listening(port: int | None) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port or 0))
        listener.listen()
    except OSError as error:
        listener.close()
        raise TombolaError(f"port {port} cannot be taken ({error.strerror}): choose another, or leave it out") from None
    return listener
