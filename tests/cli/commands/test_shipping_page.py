"""The page for shipping: its commands do what it says with the rights that it names, and each message is told there."""

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from desk import Desk, a_desk
from parcels import grant
from tombola_cli.files.parcel_file import COLUMNS, PLACES
from tombola_cli.files.repository import ROOT
from tombola_cli.operate import shipment_marks
from tombola_cli.operate.shipment_batches import ShipmentBatches
from tombola_cli.screens import output

PAGE = (ROOT / "docs/shipping.md").read_text("utf-8")
LINES = [line for block in re.findall(r"```sh ship\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
RIGHTS = {
    command: set(re.findall(r"`(\w+:\w+)`", rights))
    for command, rights in re.findall(r"^\| `(shipments [a-z]+)` \| (`dynamodb:.*) \|$", PAGE, re.MULTILINE)
}
IN_A_TRANSACTION = {action: f"dynamodb:{action}Item" for action in ("Put", "Delete", "Update")}
IN_A_TRANSACTION["ConditionCheck"] = "dynamodb:ConditionCheckItem"


@contextmanager
def calls(desk: Desk) -> Iterator[set[str]]:
    """Yield the rights on the table that the calls made within ask for."""
    asked: set[str] = set()

    def note(params: Any, model: Any, **_: Any) -> None:
        if model.name == "TransactWriteItems":
            asked.update(IN_A_TRANSACTION[action] for item in params["TransactItems"] for action in item)
        else:
            asked.add(f"dynamodb:{model.name}")

    events = desk.ledger.dynamodb.meta.events
    events.register("provide-client-params.dynamodb.*", note, "rights")
    yield asked
    events.unregister("provide-client-params.dynamodb.*", unique_id="rights")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Desk]:
    monkeypatch.setattr(shipment_marks, "WORKERS", 1)
    monkeypatch.setattr(output, "on_a_terminal", lambda: False)
    monkeypatch.chdir(tmp_path)
    with a_desk(monkeypatch) as desk:
        yield desk


def test_the_commands_of_the_page_do_what_it_says_with_the_rights_that_it_names(desk: Desk) -> None:
    for order_id in (7, 8):
        grant(desk.ledger, order_id)
    used: dict[str, set[str]] = {}

    for line in LINES:
        words = shlex.split(line)[1:]
        if "BATCH" in words:
            [batch] = ShipmentBatches(desk.stack, "100001").all()
            words[words.index("BATCH")] = batch.name  # type: ignore[union-attr]
        if words[1] == "mark":
            lines = Path("parcels.csv").read_text("utf-8").splitlines(keepends=True)
            lines[1] = lines[1].replace(",,\n", ",DHL,0034\n")
            Path("parcels.csv").write_text("".join(lines), "utf-8")
        with calls(desk) as asked:
            done = desk.run(*words)
        assert done.status == 0, (line, done)
        used.setdefault(f"shipments {words[1]}", set()).update(asked)

    assert sorted([desk.order(7).carrier or "", desk.order(8).carrier or ""]) == ["", "DHL"]
    with calls(desk) as asked:
        desk.run("shipments", "list", "nothing")  # looks whether there is such an activity
    used["shipments list"] |= asked
    assert used["shipments export"] <= RIGHTS["shipments export"]
    assert RIGHTS["shipments export"] - used["shipments export"] == set()
    assert used["shipments list"] == RIGHTS["shipments list"]
    assert used["shipments mark"] == RIGHTS["shipments mark"]


def test_the_page_names_the_columns_of_the_file() -> None:
    paragraph = PAGE.partition("**`shipments export`**")[2].partition("\n\n")[0]

    assert set(re.findall(r"`([a-z_]+)`", paragraph)) == set(COLUMNS) - set(PLACES)


def test_the_page_tells_what_the_command_tells() -> None:
    code = "".join(
        (ROOT / "cli/tombola_cli" / name).read_text("utf-8")
        for name in ("files/parcel_file.py", "operate/shipment_marks.py")
    )
    told = re.findall(r"^\| `([a-z_' .,]+)` \| ", PAGE.partition("| told | do |")[2].partition("\n\n")[0], re.MULTILINE)

    assert len(told) == 5
    for words in told:
        for part in words.replace("tracking ", "").split(" ... "):
            assert part in code, words
