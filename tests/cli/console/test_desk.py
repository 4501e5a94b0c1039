"""A page names the command line that does the same, on the same stack."""

import shlex
from typing import Any

from tombola_cli.console.desk import Desk


def test_a_command_line_names_the_stack_and_keeps_every_word_whole() -> None:
    stack: Any = None
    desk = Desk(stack=stack, who="olga", options=("--stack", "prod", "--region", "eu-central-1"))
    line = desk.command("orders", "void", "u1; rm -rf /", "7", "--why", "it's over")
    words = ["tombola", "orders", "void", "u1; rm -rf /", "7", "--why", "it's over"]
    assert shlex.split(line) == [*words, "--stack", "prod", "--region", "eu-central-1"]


def test_an_id_that_begins_as_an_option_does_is_none() -> None:
    stack: Any = None
    desk = Desk(stack=stack, who="olga", options=("--stack", "prod"))
    assert desk.command("orders", "void", ids=("-u1", "7")) == "tombola orders void --stack prod -- -u1 7"
    assert desk.command("orders", "void", ids=("u1", "7")) == "tombola orders void --stack prod u1 7"
