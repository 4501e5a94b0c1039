"""What an earlier version recorded and answered is shown, repeated and refused by today's code as it was then."""

import subprocess
import sys
from dataclasses import replace

import pytest

from books.reading import CREATED, OK, WAITING, audited, draws_shown, orders_in, unreadable_then
from books.recording import (
    ACTIVITY,
    DRAW,
    DRAW_BY_TREE,
    HERE,
    LOG,
    ORDER,
    ORDERS,
    Client,
    Exchange,
    Item,
    Recording,
    recorded_folders,
)
from cloud import Cloud

AT_ONCE = 1
NEVER_SENT, SENT = 0, 1
FIRST_REFUSAL = 400
WRONG_USE = 2  # the exit status
NO_DEADLINE = {"claim_by": None, "claimed_at": None, "shipment": None}  # of draws that nobody has to claim


def test_there_is_a_recorded_book_and_none_is_written_again() -> None:
    assert recorded_folders()
    for folder in recorded_folders():
        before = {file.name: file.read_bytes() for file in folder.iterdir()}
        done = subprocess.run([sys.executable, HERE / "record.py", folder], capture_output=True, check=False)
        assert done.returncode == WRONG_USE
        assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_every_order_of_the_table_is_among_what_was_shown(book: Recording) -> None:
    assert draws_shown(book).keys() | unreadable_then(book) == orders_in(book.items).keys()


@pytest.mark.parametrize("route", [ACTIVITY, ORDERS, ORDER])
def test_everything_is_shown_as_it_was(book: Recording, cloud: Cloud, route: str) -> None:
    client, shown = Client(cloud), [each for each in book.shown if each.route == route]

    assert shown
    for each in shown:
        assert client.again(each) == with_what_has_come_since(each)


def with_what_has_come_since(shown: Exchange) -> Exchange:
    """Return shown as it is told now, with the fields that earlier versions did not have."""
    if shown.status not in (OK, CREATED):
        return shown
    answer = shown.answer
    if shown.route == ACTIVITY:
        its_own = {"grant_type": answer["grant_type"], "claim_seconds": None, "unclaimed": None}
        return replace(shown, answer={**answer, "awards": [its_own | award for award in answer["awards"]]})
    if shown.route == ORDERS:
        return replace(shown, answer={**answer, "draws": [NO_DEADLINE | draw for draw in answer["draws"]]})
    return replace(shown, answer=NO_DEADLINE | answer)


def test_every_log_is_shown_as_it_was(book: Recording, cloud: Cloud) -> None:
    client = Client(cloud)

    assert book.log
    for activity_id, log in book.log.items():
        assert client.ask(LOG, {"activity_id": activity_id}).answer == log


def test_a_draw_that_is_asked_again_gets_its_recorded_answer(book: Recording, cloud: Cloud) -> None:
    """The states move on, and the content of a prize is told once its time has come; the rest stands for ever."""
    client, shown = Client(cloud), draws_shown(book)

    for first in book.answers:
        if first.status not in (OK, CREATED) or first.answer["order_id"] in unreadable_then(book):
            continue
        again = client.again(first)
        assert (again.status, again.answer) == (OK, as_sent_now(NO_DEADLINE | shown[first.answer["order_id"]]))
        assert for_ever(again.answer) == for_ever(NO_DEADLINE | first.answer)


def as_sent_now(draw: Item) -> Item:
    """Return what is told of draw once it was asked again: a message that was never sent is sent then."""
    waits = draw["award"] is not None and draw["grant_type"] == AT_ONCE and draw["grant_state"] == WAITING
    return {**draw, "mq_state": SENT} if waits and draw["mq_state"] == NEVER_SENT else draw


def for_ever(draw: Item) -> Item:
    award = draw["award"] and {name: value for name, value in draw["award"].items() if name != "award_content"}
    moving = ("award", "mq_state", "grant_state", "grant_at")
    return {name: value for name, value in draw.items() if name not in moving} | {"award": award}


def test_whatever_was_refused_is_refused_in_the_same_words(book: Recording, cloud: Cloud) -> None:
    client = Client(cloud)
    refused = [each for each in book.shown if each.route in (DRAW, DRAW_BY_TREE) and each.status >= FIRST_REFUSAL]

    assert refused
    for each in refused:
        assert client.again(each) == each


def test_draws_go_on_where_the_recorded_version_stopped(book: Recording, cloud: Cloud) -> None:
    client, new = Client(cloud), [each for each in book.shown if each.status == CREATED]

    assert new
    for each in new:
        assert client.again(each) == with_what_has_come_since(each)
    assert audited(book, cloud).breaches == ()
