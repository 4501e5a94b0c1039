"""The page on data protection: it names each place that names a user, and its commands do what it says."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from addresses import an_address
from coupon_desk import remembered
from forget_desk import OTHER, USER, ForgetDesk, a_forget_desk, hand_over, play
from tombola.aws.activity_items import activity_item
from tombola.aws.coupon_calls import call_key
from tombola.aws.items import text
from tombola.aws.shipment_items import out_key
from tombola.rules.order import NO_ADDRESS
from tombola_cli.files.repository import ROOT
from tombola_cli.operate.forgetting import ROUNDS_MAX
from tombola_cli.operate.remains import BACKUP_DAYS, DEAD_LETTER_DAYS, QUEUE_DAYS, STREAM_HOURS

PAGE = (ROOT / "docs/data-protection.md").read_text("utf-8")
IN_THE_TABLES, ELSEWHERE = (
    PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0] for title in ("In the tables", "Elsewhere")
)
LINES = [line for block in re.findall(r"```sh privacy\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
TRACKING = "TRACKING-1"
LATE = 14  # draws, of which two win a parcel at least
CALL = "a call to a provider, in the table `Deliveries`"
# Words of an order that other attributes have as well, by the attributes that the page names for them.
PERSONAL = ("idempotency_key", "request_hash", "content", "tracking")


def rows(text: str) -> list[list[str]]:
    found = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
    return found[2:]


TOLD = {row[0]: set(re.findall(r"`(\w+)`", row[1])) for row in rows(IN_THE_TABLES)}


def kind_of(item: dict[str, Any]) -> str:
    """Return what the page calls an item."""
    if "id" in item:
        return CALL
    first, second = (re.sub(r"#.*", "#…", str(item[name]["S"])) for name in ("pk", "sk"))
    return f"`{first}` `{second}`"


def words_in(value: Any) -> Iterator[str]:
    """Yield every text and number of an attribute."""
    ((kind, content),) = value.items()
    if kind in ("S", "N"):
        yield str(content)
    elif kind == "M":
        for each in content.values():
            yield from words_in(each)
    elif kind == "L":
        for each in content:
            yield from words_in(each)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[ForgetDesk]:
    with a_forget_desk(monkeypatch) as desk:
        yield desk


def ship_one(desk: ForgetDesk) -> None:
    """Let a carrier have one of the parcels that left."""
    order = next(order for order in desk.orders(USER) if order.batch is not None)
    marked = {"carrier": "post", "tracking": TRACKING, "shipped_at": desk.cloud.now}
    desk.cloud.ledger.put(replace(order, **marked))  # type: ignore[arg-type]
    key = out_key(order.activity_id, str(order.batch), order.order_id)
    (item,) = [item for item in desk.items() if key.items() <= item.items()]
    desk.cloud.ledger.put_item(item | {"tracking": text(TRACKING)})


def traces(desk: ForgetDesk) -> set[str]:
    """Return every word that leads to the user."""
    words = {USER, f"name of {USER}", f"phone of {USER}"}
    for order in desk.orders(USER):
        words |= {str(order.order_id), f"{order.order_id:019d}", str(call_key(USER, order.order_id)["id"]["S"])}
        words |= {str(getattr(order, name)) for name in PERSONAL if getattr(order, name) is not None}
    return words


def test_each_attribute_that_names_a_user_in_a_played_campaign_stands_on_the_page(desk: ForgetDesk) -> None:
    """One parcel has its address and is not packed, one is packed, the others have left, and a file blocks the user."""
    desk.draw(USER)
    hand_over(desk)
    desk.give_addresses(USER)
    desk.export()
    ship_one(desk)
    desk.draw(USER, LATE, key="late")
    first, *_ = [order for order in desk.orders(USER) if order.lane == NO_ADDRESS]
    assert desk.cloud.ledger.give_address(first, an_address(name=f"name of {USER}"), desk.cloud.now, desk.cloud.now)
    desk.give_addresses(USER)
    activity = desk.cloud.ledger.activity("100001")
    assert activity is not None
    desk.cloud.ledger.put_item(activity_item(activity) | {"blocked": {"L": [{"S": USER}]}})
    words = traces(desk)

    found: dict[str, set[str]] = {}
    for item in [*desk.items(), *remembered()]:
        for name, value in item.items():
            if any(word in text for text in words_in(value) for word in words):
                found.setdefault(kind_of(item), set()).add(name)

    found["`CODES#…` `USED#…`"].add("at")  # the time of a grant, which a list of grants would lead from to its user
    assert found == TOLD


def test_nothing_of_that_is_left_but_what_the_page_says(desk: ForgetDesk) -> None:
    play(desk, USER, OTHER)
    words = traces(desk)

    desk.forget(USER)

    named = {
        kind_of(item)
        for item in [*desk.items(), *remembered()]
        for value in item.values()
        for text in words_in(value)
        if any(word in text for word in words)
    }
    assert named == {"`CODES#…` `USED#…`"}  # the code, which is used and nobody's


def test_the_commands_of_the_page_are_understood_and_do_what_it_says(desk: ForgetDesk) -> None:
    play(desk, "xiaofuge", OTHER)
    assert len(LINES) == 4

    for line in LINES:
        words = shlex.split(line.replace("2026-06-30", "2026-12-30"))[1:]
        done = desk.run(*words, *([] if "--dry-run" in words or "--yes" in words else ["--yes"]))
        assert done.status == 0, line
    assert desk.orders("xiaofuge") == desk.orders(OTHER) == []


def test_the_page_tells_the_times_and_bounds_of_the_code() -> None:
    told = {row[0]: row[2] for row in rows(ELSEWHERE)}
    assert told["invoices on the queue"] == f"up to {QUEUE_DAYS} days"
    assert told["dead letters"].startswith(f"up to {DEAD_LETTER_DAYS} days;")
    assert told["the stream of the table"] == f"{STREAM_HOURS} hours"
    assert told["backups of both tables"].startswith(f"{BACKUP_DAYS} days;")
    assert f"up to {ROUNDS_MAX} times" in PAGE


def test_the_page_names_the_rights_that_the_command_uses(desk: ForgetDesk) -> None:
    (row,) = re.findall(r"^\| `user forget` \| (.*) \|$", PAGE, re.MULTILINE)
    play(desk, "xiaofuge", OTHER)
    asks = {"TransactWriteItems": {"PutItem", "UpdateItem", "DeleteItem"}}
    asked: set[str] = set()

    with desk.cloud.calls() as calls:
        for line in LINES:
            desk.run(
                *shlex.split(line.replace("2026-06-30", "2026-12-30"))[1:], *(["--yes"] if "--yes" not in line else [])
            )
    for call in calls:
        asked |= asks.get(call, {call})

    assert set(re.findall(r"`dynamodb:(\w+)`", row)) == asked
