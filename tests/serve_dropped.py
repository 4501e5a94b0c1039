"""Serve a console of a stack that is never asked, with a file dropped on each page that takes one."""

import signal
import sys
import tempfile
from collections import defaultdict

from nicegui import app

from tombola_cli.console.console_server import serve
from tombola_cli.console.desk import Desk
from tombola_cli.console.dropped_files import Dropped
from tombola_cli.operate.stack import Place, Stack

files: list[Dropped] = []


def drop() -> None:
    """Drop one as a page does, write one as NiceGUI does, and tell that the server has started."""
    files.append(Dropped("codes.csv"))
    files[0].path.write_text("SECRET-1\n")
    with tempfile.NamedTemporaryFile("w", delete=False) as spooled:
        spooled.write("1 Secret Street\n")
    sys.stdout.write("dropped\n")
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whatever runs the tests may outlive its terminal
    app.on_startup(drop)
    stack = Stack.from_outputs(Place(region="eu-central-1"), "prod", defaultdict(str))
    serve(Desk(stack=stack, who="olga"), None, lambda _: None)
