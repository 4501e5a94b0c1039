"""A link leads to the order and the user that it names, whatever their ids hold."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tombola_cli.console import links

IDS = ["a/b", "a?b#c", "100%", "<b>", "=1+1", "a\\b", "平板 x", "é" * 255, "&user=other"]


@pytest.mark.parametrize("user_id", IDS)
def test_an_order_is_named_by_its_user_and_its_number(user_id: str) -> None:
    parts = urlsplit(links.to_order(user_id, 7))
    assert (unquote(parts.path), parts.query, parts.fragment) == (f"/orders/{user_id}/7", "", "")
    assert parts.path.count("/") == 3


@pytest.mark.parametrize("user_id", [".", ".."])
def test_a_user_whose_id_a_browser_takes_out_of_a_path_is_named_behind_it(user_id: str) -> None:
    assert links.to_order(user_id, 7) == f"/orders/-/7?user={user_id}"


@pytest.mark.parametrize("user_id", IDS)
def test_a_user_is_named_in_the_query(user_id: str) -> None:
    parts = urlsplit(links.to_user(user_id, after=["a", "b"]))
    assert parse_qs(parts.query) == {"user": [user_id], "after": ["a", "b"]}


def test_what_is_not_asked_for_stands_in_no_address() -> None:
    assert links.to_winners(activity="1", award="", after=[]) == "/winners?activity=1"
    assert links.to_shipments("a/b", batch="c") == "/shipments?activity=a%2Fb&batch=c"
    assert links.to_activity("a/b") == "/activities/a%2Fb"
