"""The activity, tree and release commands, against the deployed local stack."""

import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tombola.aws.ledger import DynamoLedger
from tombola.rules.activity_states import Action, ActivityState
from tombola.rules.order import Order, numbered_lane
from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT, SAMPLE_ACTIVITIES
from tombola_cli.local.launch import launch
from tombola_cli.operate import activity_moves
from tombola_cli.operate.stack import Stack

Tombola = Callable[..., str]
FILE = """
activity_id: {activity_id}
activity_name: "[by] hand"
activity_desc: whose prizes somebody releases
creator: tests
time_zone: UTC
begin: 2026-01-01T00:00:00Z
end: 2035-12-31T00:00:00Z
strategy: single
grant: by-hand
quotas: {{ day: 3 }}
cap: {{ draws: 100 }}
awards:
  - {{ award_id: 3, award_type: 1, award_name: ipad, award_content: Code, rate: 1, stock: 10 }}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "activity.yaml"
    path.write_text(FILE.format(activity_id=f"hand-{uuid.uuid4().hex[:8]}"))
    return path


@pytest.fixture
def activity_id(file: Path) -> str:
    return file.read_text().split("activity_id: ")[1].split("\n")[0]


def test_a_file_is_checked_without_a_stack_and_without_a_trace(tombola: Tombola, file: Path, activity_id: str) -> None:
    shown = tombola("activity", "validate", str(file))

    assert "ipad" in shown
    assert shown.endswith("valid\n")
    with pytest.raises(TombolaError, match=f"there is no activity {activity_id}"):
        tombola("activity", "show", activity_id)


def test_a_plan_shows_what_applying_would_do_and_writes_nothing(tombola: Tombola, file: Path, activity_id: str) -> None:
    shown = tombola("activity", "plan", str(file))
    assert f"would create activity {activity_id}" in shown
    assert shown.startswith("window: Thu 2026-01-01 00:00 +00:00 to Mon 2035-12-31 00:00 +00:00, UTC: 3651 days\n")
    tombola("activity", "apply", str(file))
    assert "nothing would change" in tombola("activity", "plan", str(file))

    file.write_text(file.read_text().replace("stock: 10", "stock: 12"))
    shown = tombola("activity", "plan", str(file))

    assert [line.split() for line in shown.splitlines() if "stock" in line] == [["award", "3", "stock", "10", "12"]]
    assert tombola("activity", "show", activity_id).split("ipad")[1].split()[:4] == ["100", "%", "10", "10"]


def test_a_plan_that_would_be_refused_says_why_and_fails(tombola: Tombola, file: Path, stack: Stack) -> None:
    launch(file, stack)
    file.write_text(file.read_text().replace("rate: 1", "rate: 0.5"))

    shown = tombola("activity", "plan", str(file), columns=200)

    assert "refused: award 3 rate: 1 → 0.5 is refused: the odds are committed to" in shown
    assert shown.endswith("exit 1")


def test_an_activity_goes_through_its_life_and_the_log_tells_who_and_why(
    tombola: Tombola, file: Path, activity_id: str
) -> None:
    tombola("activity", "apply", str(file), "--who", "anna", "--why", "spring [bold]")
    said = [
        tombola("activity", command, activity_id, "--who", "ben")
        for command in ("submit", "refuse", "withdraw", "submit", "approve", "close", "open", "close")
    ]

    assert [line.split(": ")[1].split(",")[0].strip() for line in said] == [
        "2 ARRAIGNMENT (waits for approval)",
        "6 REFUSE (refused)",
        "1 EDIT (a draft)",
        "2 ARRAIGNMENT (waits for approval)",
        "4 PASS (approved)",
        "7 CLOSE (closed)",
        "8 OPEN (opened again)",
        "7 CLOSE (closed)",
    ]
    log = tombola("activity", "log", activity_id, columns=200)
    assert [log.count(word) for word in ("anna", "ben", "spring [bold]")] == [1, 8, 1]
    assert "the chain of hashes is whole" in log
    assert activity_id in tombola("activity", "list", columns=200)
    assert "[by] hand" in tombola("activity", "show", activity_id)


def test_an_action_that_the_state_does_not_allow_says_what_it_allows(
    tombola: Tombola, file: Path, activity_id: str
) -> None:
    tombola("activity", "apply", str(file))

    with pytest.raises(TombolaError, match="state 1 EDIT does not allow approve; it allows submit, close"):
        tombola("activity", "approve", activity_id)
    with pytest.raises(TombolaError, match="only a closed activity is revealed"):
        tombola("activity", "reveal", activity_id)
    assert "for ever: it was not approved" in tombola("activity", "close", activity_id)


def test_a_log_that_somebody_changed_is_told(tombola: Tombola, file: Path, activity_id: str, stack: Stack) -> None:
    tombola("activity", "apply", str(file))
    tombola("activity", "submit", activity_id)
    key = {"pk": {"S": f"ACTIVITY#{activity_id}"}, "sk": {"S": "LOG#00000001"}}
    table = stack.client("dynamodb")
    sound = table.get_item(TableName=stack.table_name, Key=key)["Item"]
    table.put_item(TableName=stack.table_name, Item={**sound, "who": {"S": "nobody"}})
    try:
        with pytest.raises(TombolaError, match="broken at entry 2"):
            tombola("activity", "log", activity_id)
    finally:
        table.put_item(TableName=stack.table_name, Item=sound)


def test_a_prize_that_is_granted_by_hand_waits_until_it_is_released(
    tombola: Tombola, file: Path, activity_id: str, stack: Stack
) -> None:
    launch(file, stack)
    user_id = f"user-{uuid.uuid4()}"
    order_id = tombola("draw", activity_id, user_id, columns=200).split("order ")[1].split(",")[0]

    assert "0 not_sent" in tombola("orders", "list", user_id, columns=200)
    assert [user_id in tombola("orders", "list", lane, columns=200) for lane in ("--by-hand", "--parked")] == [
        True,
        False,
    ]
    release = ("orders", "release", user_id)
    assert tombola(*release, order_id, "--why", "checked") == "1 order released\n"
    assert "it does not wait for a hand" in tombola(*release, order_id, "--why", "checked", columns=200)
    assert "there is no such order" in tombola(*release, "7", "--why", "checked", columns=200)
    order = DynamoLedger(stack.client("dynamodb"), stack.table_name).order(user_id, int(order_id))
    assert isinstance(order, Order)
    assert order.lane == numbered_lane(int(order_id))


def test_a_launch_that_compensation_was_faster_to_start_has_launched(
    file: Path, stack: Stack, activity_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = activity_moves.take

    def overtaken(action: Action, name: str, *rest: Any) -> Any:
        if action is Action.START:
            take(action, name, stack, "compensation", "its window", stack.now())
        return take(action, name, *rest)

    monkeypatch.setattr(activity_moves, "take", overtaken)
    launch(file, stack)

    assert activity_moves.found(activity_id, stack).state is ActivityState.DOING


def test_the_readmes_tree_is_applied_on_a_stack_with_what_up_launches(tombola: Tombola, stack: Stack) -> None:
    (words,) = re.findall(r"`tombola (tree apply trees/\S+)`", (ROOT / "README.md").read_text("utf-8"))
    for sample in SAMPLE_ACTIVITIES:
        launch(sample, stack)

    command, verb, file = words.split()
    assert re.search(r"(applied|nothing had changed)\n$", tombola(command, verb, str(ROOT / file)))


def test_ways_in_and_conditions_are_shown_before_and_after_they_are_applied(
    tombola: Tombola, file: Path, activity_id: str
) -> None:
    more = 'through: [crowd]\nadmit: [{ fact: age, ">=": 18 }, { fact: tier, in: ["[gold]", silver] }]\n'
    file.write_text(file.read_text() + more)
    conditions = "age >= 18; tier in [gold], silver"

    for command in ("validate", "plan"):
        shown = tombola("activity", command, str(file), columns=200)
        assert f"drawn only through tree crowd; admits {conditions}" in shown
    tombola("activity", "apply", str(file))
    rows = [line.split(maxsplit=1) for line in tombola("activity", "show", activity_id, columns=200).splitlines()]
    assert [[name, words.strip()] for name, words in (row for row in rows if row[:1] in (["drawn"], ["admits"]))] == [
        ["drawn", "only through tree crowd"],
        ["admits", conditions],
    ]


def test_a_fact_that_is_given_twice_is_a_list(tombola: Tombola, file: Path, activity_id: str, stack: Stack) -> None:
    at_once = file.read_text().replace("by-hand", "at-once")
    file.write_text(at_once + 'admit: [{ fact: groups, "=": staff }, { fact: age, "=": 18 }]\n')
    launch(file, stack)
    facts = ["--fact", "groups=gold", "--fact", "age=18", "--fact", "groups=staff"]

    assert tombola("draw", activity_id, "user", *facts).startswith("won ")
    with pytest.raises(TombolaError, match="fact 'groups' does not fit"):
        tombola("draw", activity_id, "user", *facts[:4])


def test_a_tree_is_shown_as_people_draw_it(tombola: Tombola, tmp_path: Path) -> None:
    file, tree_id = tmp_path / "tree.yaml", f"tree-{uuid.uuid4().hex[:8]}"
    branches = '[{ "<": 25, to: 2 }, { in: [thirty, "40"], to: 3 }]'
    nodes = (
        f"{{ 1: {{ fact: age, branches: {branches} }}, 2: {{ activity_id: 100001 }}, 3: {{ activity_id: 100001 }} }}"
    )
    file.write_text(f"tree_id: {tree_id}\ntree_name: by age\nroot: 1\nnodes: {nodes}\n")

    assert "valid" in tombola("tree", "validate", str(file))
    applied = tombola("tree", "apply", str(file), columns=200)
    assert applied.endswith("applied\n")
    assert applied.count("warning: node") == 2  # both leaves are drawn directly, too
    assert f"through: [{tree_id}] in its file" in applied
    assert "nothing had changed" in tombola("tree", "apply", str(file))
    shown = tombola("tree", "show", tree_id)
    assert [line.lstrip("│├└─ ") for line in shown.splitlines()] == [
        f"tree {tree_id} by age",
        "age?",
        "< 25: activity 100001",
        "in thirty, 40: activity 100001",
    ]
    told = tombola("draw", "--tree", tree_id, f"user-{uuid.uuid4()}", "--fact", "age=18")
    assert told.startswith("won ")
    with pytest.raises(TombolaError, match="there is no tree nowhere"):
        tombola("tree", "show", "nowhere")
