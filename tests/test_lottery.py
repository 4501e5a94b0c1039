"""What docs/lottery.md says of Lottery's successor is true; and what no other test shows of Lottery's features."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from enum import IntEnum, StrEnum
from functools import cache
from pathlib import Path

import boto3
import pytest

from builders import NOON, a_request, a_share, an_activity, an_entry
from emulated_aws import emulated_aws
from stage import Stage
from tables import TableLedger
from tombola.rules import problem, tree, verdict
from tombola.rules.activity import GrantType
from tombola.rules.activity_states import ActivityState
from tombola.rules.answer import INFO
from tombola.rules.award_type import TOMBOLAS
from tombola.rules.facts import Operator
from tombola.rules.odds import StrategyMode
from tombola.rules.order import GrantState, MqState, Outcome
from tombola.rules.quota import Quotas
from tombola.rules.verdict import Drawn
from tombola_cli.files.repository import ROOT
from tombola_cli.operate.legible import legible
from tombola_cli.operate.registry import activities_in
from tombola_cli.operate.stack import LOCAL_REGION
from tombola_cli.operate.stack import Stack as DeployedStack

PAGE = (ROOT / "docs/lottery.md").read_text("utf-8")
TESTS = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
WANTED = {*range(1, 25), 27}  # features that are Tombola's own to have
ANSWERED = {"200", "201"}
ENUMS: tuple[type[IntEnum | StrEnum], ...] = (
    ActivityState,
    StrategyMode,
    GrantType,
    Outcome,
    GrantState,
    MqState,
    Operator,
)
# Lottery's Constants.java; GrantType and RuleLimitType have no class there, but numbers.
LOTTERYS = {
    "ActivityState": "1 EDIT 2 ARRAIGNMENT 3 REVOKE 4 PASS 5 DOING 6 REFUSE 7 CLOSE 8 OPEN",
    "StrategyMode": "1 SINGLE 2 ENTIRETY",
    "GrantType": "1 即时 2 定时 3 人工",
    "DrawState": "0 FAIL 1 SUCCESS 2 Cover",
    "AwardState": "0 WAIT 1 SUCCESS 2 FAILURE",
    "GrantState": "0 INIT 1 COMPLETE 2 FAIL",
    "MQState": "0 INIT 1 COMPLETE 2 FAIL",
    "AwardType": "1 DESC 2 RedeemCodeGoods 3 CouponGoods 4 PhysicalGoods",
    "TaskState": "0 NO_USED 1 USED",
    "NodeType": "1 STEM 2 FRUIT",
    "RuleLimitType": "1 = 2 > 3 < 4 >= 5 <= 6 enum",
}
CODES = {
    "0000": "SUCCESS",
    "0001": "UN_ERROR",
    "0002": "ILLEGAL_PARAMETER",
    "0003": "INDEX_DUP",
    "0004": "NO_UPDATE",
    "D001": "LOSING_DRAW",
    "D002": "RULE_ERR",
    "D003": "NOT_CONSUMED_TAKE",
    "D004": "OUT_OF_STOCK",
    "D005": "ERR_TOKEN",
}


def rows(section: str) -> list[list[str]]:
    """Return the cells of each line of the table under that heading, but for its head."""
    (text,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    lines = [line for line in str(text).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@cache
def functions_in(file: Path) -> frozenset[str]:
    """Return the names of the functions that file defines, none if there is no such file."""
    nodes = ast.walk(ast.parse(file.read_text("utf-8") if file.exists() else ""))
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef))


# ---- The page


def test_every_test_that_the_page_names_exists() -> None:
    named = TESTS.findall(PAGE)

    missing = [f"{file}::{name}" for file, name in named if name not in functions_in(ROOT / file)]
    assert missing == []
    assert len(named) == PAGE.count("::test_")


def test_every_feature_is_there_and_shown_by_a_test_or_told_among_the_decisions() -> None:
    features = {int(number): "|".join(cells) for number, *cells in rows("Features")}

    assert list(features) == list(range(1, 37))
    for number in WANTED:
        assert TESTS.search(features[number]) or "`docs/decisions.md`" in features[number], number


def test_every_hole_is_there_with_a_test_that_shows_it_closed() -> None:
    holes = {number: shown for number, _, _, shown in rows("Holes")}

    assert sorted(holes, key=lambda hole: int(hole.strip("Hbc"))) == list(holes)
    assert set(holes) == {*(f"H{number}" for number in range(1, 31)), "H12b", "H12c"}
    assert [number for number, shown in holes.items() if not TESTS.search(shown)] == []


def test_every_table_has_rows_of_one_width() -> None:
    for section, width in (("Features", 5), ("Names", 3), ("Enums", 5), ("Response codes", 4), ("Holes", 4)):
        assert {len(row) for row in rows(section)} == {width}, section


def test_every_name_of_ours_occurs_in_the_code() -> None:
    sources = [*(ROOT / "layers").rglob("*.py"), ROOT / "cli/tombola_cli/files/activity_file.py"]
    words = {word for file in sources for word in re.findall(r"[A-Za-z_]+", file.read_text("utf-8"))}

    for _, ours, _ in rows("Names"):
        assert ours == "none" or "`" in ours
        for name in re.findall(r"`([^`]+)`", ours):
            assert set(re.findall(r"[A-Za-z_]+", name)) <= words, name


def test_the_enums_are_lotterys_with_its_numbers() -> None:
    told = {(enum, number, name) for enum, number, name, *_ in rows("Enums") if enum != "none"}

    lotterys = {
        (enum, number, name) for enum, values in LOTTERYS.items() for number, name in re.findall(r"(\d) (\S+)", values)
    }
    assert told == lotterys
    assert len(rows("Enums")) == len(lotterys) + 1  # ours alone: VOID


def test_the_enums_are_the_codes_members_with_their_values() -> None:
    members = {f"{enum.__name__}.{member.name}": member.value for enum in ENUMS for member in enum}
    members |= {f"AwardType.{each.name}": each.number for each in TOMBOLAS}
    told = [(number, ours.strip("`"), value) for _, number, _, ours, value in rows("Enums")]

    assert {ours: value for _, ours, value in told if "." in ours} == {
        ours: str(value) for ours, value in members.items()
    }
    for number, ours, value in told:
        assert number == value or not number or not isinstance(members.get(ours), int), ours
    others = [ours for _, ours, _ in told if "." not in ours and ours != "none"]
    assert others == ["Failed", "Granted", "Refused", "Stem", "Leaf"]
    assert all(hasattr(verdict, name) or hasattr(tree, name) for name in others)


def test_the_response_codes_are_lotterys_with_the_codes_statuses() -> None:
    told = {code: (name, set(re.findall(r"\d{3}", status))) for code, name, status, _ in rows("Response codes")}

    statuses: dict[str, set[str]] = {code: set() for code in CODES}
    for status, code in re.findall(r'Problem\((\d{3}), "(\w+)"', Path(problem.__file__).read_text("utf-8")):
        statuses[code].add(status)
    for code in INFO:
        statuses[code] |= ANSWERED
    assert told == {code: (name, statuses[code]) for code, name in CODES.items()}


# ---- What no other test shows


# What a stack is made of, but for what is reached by emulated AWS.
NAMES = {field.name for field in fields(DeployedStack)} - {"region", "endpoint_url", "profile", "table_name"}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[TableLedger]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with emulated_aws():
        yield TableLedger(boto3.client("dynamodb", region_name=LOCAL_REGION))


def test_the_back_office_lists_every_activity_those_that_begin_last_first(table: TableLedger) -> None:
    names = [f"a{number}" for number in range(101)]  # more than one batch reads
    for hours, name in enumerate(names):
        activity = an_activity(activity_id=name, begin=NOON + timedelta(hours=hours), end=NOON + timedelta(days=9))
        assert table.write(None, activity, an_entry())
    stack = DeployedStack(**dict.fromkeys(NAMES, ""), region=LOCAL_REGION, table_name=table.table)

    assert [legible(activity).activity_id for activity in activities_in(stack)] == names[::-1]


def test_a_lost_draw_that_is_asked_again_is_still_lost() -> None:
    stage = Stage(an_activity(a_share(stock=0), quotas=Quotas(activity=1)))
    lost = stage.drawn(a_request())
    stage.ledger.left["100001", "3", 0] = 5

    assert lost.outcome is Outcome.LOST
    assert stage.draw(a_request()) == Drawn(lost, repeat=True)
    assert stage.refused(a_request("another")).code == "0004"


def test_no_function_may_scan_the_table() -> None:
    actions = set(re.findall(r"dynamodb:[\w*]+", (ROOT / "template.yaml").read_text("utf-8")))

    assert "dynamodb:Query" in actions
    assert not [action for action in actions if "Scan" in action or "*" in action]
