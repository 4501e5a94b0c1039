"""A campaign to be recorded: played by the real handlers on emulated AWS, the same whenever the same code plays it."""

import hashlib
import itertools
import secrets

import pytest

import draw_handler
from books.playing import Play
from books.recording import (
    ACTIVITY,
    CREATED,
    DRAW,
    DRAW_BY_TREE,
    LOG,
    OK,
    ORDER,
    ORDERS,
    Client,
    Exchange,
    Recording,
    a_cloud_of_books,
)
from books.scenes import ADULT, MOMENT, SCENES
from books.staged import (
    ACTIVITIES,
    APPROVED,
    BLOCKED,
    BY_HAND,
    CLOSED,
    COUNTED,
    EDITED,
    OPENED,
    POOL,
    REFUSED,
    REVEALED,
    SUBMITTED,
    TREE,
)
from cloud import RECEIVE_MAX


def play(monkeypatch: pytest.MonkeyPatch) -> Recording:
    """Return the books of the campaign as they are at MOMENT."""
    seeds = (hashlib.sha256(f"seed {count}".encode()).digest() for count in itertools.count())
    with monkeypatch.context() as patch, a_cloud_of_books(patch) as cloud:
        patch.setattr(secrets, "token_bytes", lambda _: next(seeds))
        this = Play(cloud, patch, Client(cloud))
        for scene in SCENES:
            scene(this)
        return recorded(this)


def recorded(this: Play) -> Recording:
    """Return the books: first the table, then what is answered, which may change it."""
    this.at(MOMENT)
    items = sorted(this.cloud.ledger.items(), key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
    left = this.lose()
    assert len(left) < RECEIVE_MAX, "more may lie on the queue"
    draw_handler.wire.cache_clear()  # what it remembers is no part of the books
    asked = Client(this.cloud)
    log = {name: told.answer for name in ACTIVITIES if (told := asked.ask(LOG, {"activity_id": name})).status == OK}
    shown = Client(this.cloud)
    looked_at(shown, this.client.exchanges)
    refused(shown, this.client.exchanges)
    for user_id in ("newcomer", "小傅哥"):
        for activity_id in (COUNTED, POOL):
            shown.ask(DRAW, {"activity_id": activity_id}, {"user_id": user_id}, key=f"new-{activity_id}")
    return Recording(items, this.messages, this.client.exchanges, log, shown.exchanges)


def looked_at(shown: Client, drawn: list[Exchange]) -> None:
    """Look at every activity, at each user's draws, and at single ones."""
    for activity_id in ACTIVITIES:
        shown.ask(ACTIVITY, {"activity_id": activity_id})
    firsts = {each.answer["user_id"]: each.answer["order_id"] for each in reversed(drawn) if each.status == CREATED}
    for user_id in firsts:
        shown.ask(ORDERS, {"user_id": user_id}, query={"limit": "100"})
    for user_id in ("xiaofuge", "damaged", "mended", "long ago"):
        shown.ask(ORDER, {"user_id": user_id, "order_id": firsts[user_id]})
    page = shown.ask(ORDERS, {"user_id": "xiaofuge"}, query={"limit": "3"})
    shown.ask(ORDERS, {"user_id": "xiaofuge"}, query={"limit": "3", "after": page.answer["next"]})
    shown.ask(ORDER, {"user_id": "xiaofuge", "order_id": "7"})


def refused(shown: Client, drawn: list[Exchange]) -> None:
    """Ask for what is refused: each limit, each state, each way in."""
    for user_id in ("xiaofuge", "often", "today", BLOCKED):
        shown.ask(DRAW, {"activity_id": COUNTED}, {"user_id": user_id}, key="refused")
    for activity_id in (BY_HAND, REVEALED, EDITED, SUBMITTED, APPROVED, REFUSED, CLOSED, OPENED, "300099"):
        shown.ask(DRAW, {"activity_id": activity_id}, {"user_id": "newcomer"}, key="refused")
    for facts in (ADULT, {**ADULT, "groups": ["tin"]}, {"groups": ["gold"]}):
        shown.ask(DRAW_BY_TREE, {"tree_id": TREE}, {"user_id": "newcomer", "facts": facts}, key="refused")
    shown.ask(DRAW_BY_TREE, {"tree_id": "9002"}, {"user_id": "newcomer", "facts": {}}, key="refused")
    first = next(each for each in drawn if each.status == CREATED)
    shown.ask(DRAW, first.names, {"user_id": first.answer["user_id"], "facts": ADULT}, key=first.key)
    shown.ask(DRAW, first.names, {"user_id": "newcomer"})
    shown.again(next(each for each in drawn if each.body == {"user_id": "damaged"}))
