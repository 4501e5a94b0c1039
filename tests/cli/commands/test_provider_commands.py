"""The provider commands show what is defined and what is wrong with it, and never a key or an address."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from builders import definition
from shown import World, a_world, client
from tombola_cli.commands import provider_commands
from tombola_cli.errors import TombolaError


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    with a_world(monkeypatch, tmp_path) as world:
        yield world


def run(*words: str) -> tuple[int, str, BaseException | None]:
    done = CliRunner().invoke(provider_commands.app, list(words))
    return done.exit_code, done.output, done.exception


def test_a_definition_is_listed_and_checked_without_a_word_of_its_secrets(world: World) -> None:
    text = definition(url="https://coupons.example/secret?secret", key="secret-secret-secret")
    client("secretsmanager").create_secret(Name="tombola/provider/shop", SecretString=text)

    for words in (("list",), ("list", "--json"), ("check", "shop"), ("check", "shop", "--json")):
        status, told, _ = run(*words)
        assert (status, "shop" in told, "secret" in told) == (0, True, False)


def test_what_is_wrong_is_an_error_that_names_the_field(world: World) -> None:
    client("secretsmanager").create_secret(Name="tombola/provider/shop", SecretString=definition(key="secret"))

    status, told, error = run("check", "shop")
    assert status == 1
    assert isinstance(error, TombolaError)
    assert "key must be a text" in str(error)
    assert "secret" not in f"{told}{error}"


def test_a_sample_is_served_for_a_while_and_defined(world: World) -> None:
    status, told, _ = run("serve", "--define", "shop", "--seconds", "0.05")

    assert (status, "http://127.0.0.1:" in told) == (0, True)
    assert client("secretsmanager").get_secret_value(SecretId="tombola/provider/shop")["SecretString"]


@pytest.mark.parametrize("words", [("--slow", "2"), ("--down", "0.7", "--failing", "0.7")])
def test_chances_that_are_none_are_told_before_anything_is_served(world: World, words: tuple[str, str]) -> None:
    status, _, error = run("serve", "--seconds", "0", *words)

    assert status == 1
    assert "chance" in str(error)


def test_a_stack_without_providers_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tombola_cli.screens.output.on_a_terminal", lambda: True)

    status, told, _ = run("list")
    assert (status, "no provider is defined" in told) == (0, True)
