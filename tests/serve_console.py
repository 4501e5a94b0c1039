"""Serve a console of the stack in a file, for an operator of that name, with a page of specimens besides."""

import sys
from pathlib import Path

import specimens
from tombola_cli.console.console_server import serve
from tombola_cli.console.desk import Desk
from tombola_cli.operate.stack import Stack


def tell(address: str) -> None:
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    desk = Desk(stack=Stack.load(Path(sys.argv[1])), who=sys.argv[2])
    specimens.register(desk)
    serve(desk, None, tell)
