"""The page for operators: its commands do what it says, and its tables are what there is."""

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from builders import NOON, SECOND, a_share, an_activity, an_award, an_order
from desk import Desk, a_desk
from tombola.aws.activity_items import stock_item
from tombola.aws.items import number
from tombola.rules.activity import GrantType
from tombola.rules.order import GrantState
from tombola_cli.files.repository import ROOT
from tombola_cli.operate import order_acts
from tombola_cli.operate.dead_letters import Reason
from tombola_cli.operate.order_lists import OVERDUE, View

PAGE = (ROOT / "docs/operate.md").read_text("utf-8")
LINES = [line for block in re.findall(r"```sh operate\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
RIGHTS = {
    command: set(re.findall(r"`(\w+:\w+)`", row))
    for commands, row in re.findall(r"^\| (`[a-z `,]+`) \| (`\w+:.*) \|$", PAGE, re.MULTILINE)
    for command in re.findall(r"`([a-z ]+)`", commands)
}
# Calls that ask for rights of other names.
ASK_FOR = {
    "dynamodb:TransactWriteItems": {"dynamodb:PutItem", "dynamodb:UpdateItem"},
    "sqs:ChangeMessageVisibilityBatch": {"sqs:ChangeMessageVisibility"},
}
EMPTY, DOWN = "pool vouchers has no code left", "the provider answered 503"


def parked(order_id: int, because: str, **changes: Any) -> Any:
    return an_order(order_id, grant_state=GrantState.PARKED, parked_because=because, due_at=NOON, **changes)


@contextmanager
def calls(desk: Desk) -> Iterator[set[str]]:
    """Yield the rights that the calls made within ask for."""
    asked: set[str] = set()

    def note(model: Any, **_: Any) -> None:
        name = f"{model.service_model.service_name}:{model.name}"
        asked.update(ASK_FOR.get(name, {name}))

    for client in (desk.ledger.dynamodb, desk.sqs):
        client.meta.events.register("before-call.*.*", note, "rights")
    yield asked
    for client in (desk.ledger.dynamodb, desk.sqs):
        client.meta.events.unregister("before-call.*.*", unique_id="rights")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Desk]:
    """Yield a stack on which everything has gone wrong that the page tells of; one of five units is left."""
    monkeypatch.setattr(order_acts, "WORKERS", 1)
    monkeypatch.chdir(tmp_path)
    with a_desk(monkeypatch) as desk:
        desk.now = NOON + 60 * SECOND
        desk.ledger.apply(an_activity(a_share(stock=5)), {})
        desk.ledger.put_item(stock_item("100001", "3", 0, 5) | {"left": number(1)})
        desk.put(parked(1, EMPTY), parked(2, EMPTY), parked(3, DOWN), parked(4, DOWN, user_id="fustack"))
        desk.put(*(an_order(each, grant_type=GrantType.BY_HAND) for each in (5, 6)))
        desk.put(an_order(7, grant_type=GrantType.BY_HAND, award=an_award("4")))
        yield desk


def test_the_commands_of_the_page_do_what_it_says_one_after_the_other(desk: Desk) -> None:
    (waiting, _) = desk.dead(an_order(8), "no invoice")
    users = {"show": "xiaofuge 1", "void": "fustack 4", "release": "xiaofuge 5"}

    for line in LINES:
        command, _, file = line.partition(" > ")
        what = command.split()[2]
        named = command.replace("USER_ID ORDER_ID", users.get(what, "")).replace("MESSAGE_ID", waiting)
        if what == "void":  # the page retries all that is parked before: it was parked once more
            desk.put(parked(4, DOWN, user_id="fustack"))
        with calls(desk) as asked:
            done = desk.run(*shlex.split(named)[1:])
        assert done.status == 0, (line, done)
        assert asked <= RIGHTS[" ".join(command.split()[1:3])], line
        if file:
            Path(file).write_text(done.out)

    states = [desk.order(each).grant_state for each in (1, 2, 3)]
    assert states == [GrantState.WAITING] * 3
    assert [[act.why for act in desk.order(each).acts] for each in (1, 3)] == [
        ["the pool is full again"],
        ["the provider is back"],
    ]
    assert desk.order(4, "fustack").grant_state is GrantState.VOID
    assert desk.ledger.stock_left("100001", {"3": 1}) == {"3": (2,)}
    assert [desk.order(each).lane for each in (5, 6, 7)] == ["5", "6", "by-hand"]
    assert (desk.queued, desk.visible(desk.stack.dlq_url)) == ([8], [])


def test_the_page_has_a_row_for_every_list_and_every_reason() -> None:
    lists = re.findall(r"^\| `--([a-z-]+)` \|", PAGE, re.MULTILINE)
    assert set(lists) - {"file", "pool", "all"} == {view.value for view in View}
    dead = PAGE.partition("## Dead letters")[2]
    rows = re.findall(r"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \|", dead, re.MULTILINE)
    assert {word for row in rows for word in re.findall(r"`([a-z-]+)`", row)} == {reason.value for reason in Reason}


def test_the_page_names_the_time_after_which_an_order_is_overdue() -> None:
    assert f"due for more than {OVERDUE.total_seconds() / 60:.0f} minutes" in PAGE
