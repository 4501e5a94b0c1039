"""A long list leads on, and back over the pages before."""

from nicegui import ui
from nicegui.client import Client
from nicegui.page import page

from tombola_cli.console import texts
from tombola_cli.console.trail import PAGES_BACK_MAX, turn


def led(after: list[str], following: str | None) -> dict[str, str]:
    """Return where each link leads, as the tokens of the address."""
    with Client(page("")) as client:
        turn(after, following, "/".join)
        found = [each for each in client.elements.values() if isinstance(each, ui.link)]
        return {each.text: str(each.props["href"]) for each in found}


def test_a_list_of_one_page_leads_nowhere() -> None:
    assert led([], None) == {}


def test_a_page_leads_to_the_one_before_and_the_one_behind() -> None:
    assert led([], "a") == {texts.NEXT: "a"}
    assert led(["a"], "b") == {texts.FIRST: "", texts.NEXT: "a/b"}
    assert led(["a", "b"], None) == {texts.PREVIOUS: "a"}


def test_the_way_back_has_an_end_so_that_an_address_stays_short() -> None:
    tokens = [str(number) for number in range(PAGES_BACK_MAX)]
    assert led(tokens, "next")[texts.NEXT] == "/".join([*tokens[1:], "next"])
