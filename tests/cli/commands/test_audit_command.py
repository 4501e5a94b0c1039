"""The audit command ends with 1 where a promise is broken, and says before what it would read."""

from collections.abc import Iterator

import pytest

from desk import Desk, a_desk
from tombola.aws.items import number


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        yield desk


def put_stock(desk: Desk, left: int) -> None:
    stock = {"initial": number(5), "left": number(left), "version": number(1)}
    desk.ledger.put_item({"pk": {"S": "STOCK#100001#3#00"}, "sk": {"S": "STOCK"}, **stock})


@pytest.mark.parametrize(("left", "status"), [(5, 0), (9, 1)])
def test_the_exit_status_says_whether_the_books_balance(desk: Desk, left: int, status: int) -> None:
    put_stock(desk, left)
    assert desk.run("audit").status == status
    assert desk.run("audit", "--json").said["balanced"] == (status == 0)


def test_a_dry_run_reads_no_item(desk: Desk) -> None:
    put_stock(desk, 9)
    assert set(desk.json("audit", "--dry-run")) == {"items", "bytes", "read_units"}
