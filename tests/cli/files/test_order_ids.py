"""A file of orders: in each form that names them, and told by its line where it names none."""

import io
import json
from pathlib import Path

import pytest

from tombola_cli.errors import TombolaError
from tombola_cli.files import order_ids
from tombola_cli.files.order_ids import STDIN, read_ids

BOTH = [("xiaofuge", 7), ("fu,stack", 2**63 - 1)]
FORMS = {
    "CSV": f'user_id,order_id\nxiaofuge,7\n"fu,stack",{2**63 - 1}\n',
    "CSV with an empty line": f'user_id,order_id\n\nxiaofuge,7\n"fu,stack",{2**63 - 1}\n',
    "CSV of a spreadsheet": f'\ufefforder_id, award ,user_id\r\n7,a,xiaofuge\r\n{2**63 - 1},b,"fu,stack"\r\n',
    "a pipe": f"user_id\torder_id\taward\nxiaofuge\t7\ta\nfu,stack\t{2**63 - 1}\tb\n\npk\tsk\nx\ty\n\nnext\t\n",
    "JSON": json.dumps(
        {"orders": [{"user_id": "xiaofuge", "order_id": "7"}, {"user_id": "fu,stack", "order_id": str(2**63 - 1)}]}
    ),
    "a list": json.dumps([{"user_id": "xiaofuge", "order_id": 7}, {"user_id": "fu,stack", "order_id": 2**63 - 1}]),
    "doubles": f'user_id,order_id\nxiaofuge,7\n"fu,stack",{2**63 - 1}\nxiaofuge,7\n',
}
WRONG = {
    "no columns": ("a,b\n1,2\n", "line 1: no column order_id and no user_id"),
    "no user column": ("order_id\n1\n", "line 1: no column user_id"),
    "a word for a number": ("user_id,order_id\nxiaofuge,7\nxiaofuge,seven\n", "line 3: order_id is no order's number"),
    "a negative number": ("user_id,order_id\nxiaofuge,-7\n", "line 2: order_id"),
    "too high": (f"user_id,order_id\nxiaofuge,{2**63}\n", "line 2: order_id"),
    "far too long": (f"user_id,order_id\nxiaofuge,{'0' * 30}7\n", "line 2: order_id"),
    "no user": ("user_id,order_id\n,7\n", "line 2: user_id is no text"),
    "a short line": ("user_id,order_id\nxiaofuge\n", "line 2: order_id"),
    "nothing": ("", "line 1: no column order_id and no user_id"),
    "broken JSON": ("[", "is no JSON"),
    "another document": ('{"activities": []}', "has no list of orders"),
    "a list of texts": ('["7"]', "order 1: user_id is no text"),
    "a number for a user": ('[{"user_id": 1, "order_id": 7}]', "order 1: user_id is no text"),
}


@pytest.mark.parametrize("text", ["user_id,order_id\n", '{"orders": []}', "[]"])
def test_a_list_that_is_empty_today_names_no_order_and_is_no_fault(text: str, tmp_path: Path) -> None:
    file = tmp_path / "ids"
    file.write_text(text)

    assert read_ids(file) == []


@pytest.mark.parametrize("form", FORMS)
def test_every_form_names_the_same_orders_each_once(form: str, tmp_path: Path) -> None:
    file = tmp_path / "ids"
    file.write_bytes(FORMS[form].encode())

    assert read_ids(file) == BOTH


@pytest.mark.parametrize("case", WRONG)
def test_what_names_no_order_is_told_with_its_place(case: str, tmp_path: Path) -> None:
    text, words = WRONG[case]
    file = tmp_path / "ids.csv"
    file.write_text(text)

    with pytest.raises(TombolaError, match=words) as error:
        read_ids(file)
    assert str(file) in str(error.value)


def test_a_file_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_ids, "IDS_MAX", 1)
    (tmp_path / "ids.csv").write_text(FORMS["CSV"])

    with pytest.raises(TombolaError, match="2 orders, and 1 are the most: split it"):
        read_ids(tmp_path / "ids.csv")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TombolaError, match="cannot be read"):
        read_ids(tmp_path / "ids.csv")


def test_a_dash_stands_for_what_comes_through_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(FORMS["JSON"]))

    assert read_ids(STDIN) == BOTH
