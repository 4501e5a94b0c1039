"""A page names the command line that does the same, on the same stack."""

import shlex
from dataclasses import fields
from typing import Any

from tombola_cli.console.desk import CONNECTIONS_MAX, Desk, kept
from tombola_cli.operate.stack import Stack


def test_a_command_line_names_the_stack_and_keeps_every_word_whole() -> None:
    stack: Any = None
    desk = Desk(stack=stack, who="olga", options=("--stack", "prod", "--region", "eu-central-1"))
    line = desk.command("orders", "void", "u1; rm -rf /", "7", "--why", "it's over")
    words = ["tombola", "orders", "void", "u1; rm -rf /", "7", "--why", "it's over"]
    assert shlex.split(line) == [*words, "--stack", "prod", "--region", "eu-central-1"]


def test_a_client_is_made_once_for_all_pages_and_for_all_their_threads() -> None:
    names = {field.name: "x" for field in fields(Stack)} | {"region": "us-east-1", "endpoint_url": "http://127.0.0.1:1"}
    stack = kept(Stack(**names))
    client = stack.client("dynamodb", connections_max=2)
    assert stack.client("dynamodb", connections_max=16) is client
    assert client.meta.config.max_pool_connections == CONNECTIONS_MAX


def test_an_id_that_begins_as_an_option_does_is_none() -> None:
    stack: Any = None
    desk = Desk(stack=stack, who="olga", options=("--stack", "prod"))
    assert desk.command("orders", "void", ids=("-u1", "7")) == "tombola orders void --stack prod -- -u1 7"
    assert desk.command("orders", "void", ids=("u1", "7")) == "tombola orders void --stack prod u1 7"
