"""The providers that are defined are listed and checked, and nothing secret of them is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import definition
from shown import World, a_world, client
from tombola_cli.errors import TombolaError
from tombola_cli.operate import providers
from tombola_cli.screens import plain, provider_sheets


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    with a_world(monkeypatch, tmp_path) as world:
        yield world


def put(name: str, text: str) -> None:
    client("secretsmanager").create_secret(Name=name, SecretString=text)


def test_the_providers_of_this_stack_are_listed_by_name_right_or_wrong(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "PAGE", 2)
    for name in ("tombola/provider/b", "tombola/provider/a", "other/provider/c", "tombola/provider/wrong", "tombola/d"):
        put(name, "{}")

    assert [each.name for each in providers.defined(world.stack)] == ["a", "b", "wrong"]


def test_more_secrets_than_are_read_are_an_error_and_no_short_list(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "PAGE", 1)
    for number in range(providers.PAGES_MAX + 1):
        put(f"tombola/provider/{number}", "{}")

    with pytest.raises(TombolaError, match="more secrets begin with tombola/provider/ than 10 pages hold"):
        providers.defined(world.stack)


def test_a_definition_is_checked_and_its_secrets_are_not_shown(world: World) -> None:
    put("tombola/provider/shop", definition(url="https://coupons.example/secret?secret", key="secret-secret-secret"))

    shown = plain.document(provider_sheets.checked(providers.checked(world.stack, "shop")))
    assert '"coupons.example"' in shown
    assert "secret" not in shown


@pytest.mark.parametrize(
    ("text", "because"),
    [
        (None, "the definition of provider shop: there is none"),
        (definition(key="secret"), "the definition of provider shop: key must be a text of 16 characters at least"),
        (definition(url="http://secret.example"), "the definition of provider shop: url must begin with https://"),
    ],
)
def test_what_is_wrong_is_told_by_its_field(world: World, text: str | None, because: str) -> None:
    if text is not None:
        put("tombola/provider/shop", text)

    with pytest.raises(TombolaError, match=f"^{because}$"):
        providers.checked(world.stack, "shop")


def test_a_sample_is_defined_and_defined_anew(world: World) -> None:
    for url in ("https://one.example/", "https://two.example/"):
        providers.define_sample(world.stack, "sample", url, "a key that is no secret")

    assert providers.checked(world.stack, "sample").host == "two.example"


@pytest.mark.parametrize("name", ["a b", "", "shop/1", "x" * 65])
def test_a_sample_is_not_defined_under_a_name_that_no_file_can_say(world: World, name: str) -> None:
    with pytest.raises(TombolaError, match="names no provider: take 1 to 64 letters, digits, - and _"):
        providers.define_sample(world.stack, name, "http://127.0.0.1:1/coupons", "a key that is no secret")
