"""What the documents say of the code is true."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from made_up import guide_row
from tombola.rules import problem
from tombola.rules.activity_states import MOVES, Action
from tombola.rules.address_request import LENGTHS, REQUIRED, read_shipping_address
from tombola.rules.award_type import TOMBOLAS
from tombola.rules.facts import LIST_MAX
from tombola.rules.quota import PERIODS
from tombola.rules.shipping_address import ShippingAddress
from tombola.rules.tree import Leaf
from tombola_cli.files.activity_file import ActivityFields, AwardField, read_activity
from tombola_cli.files.repository import ROOT, SAMPLE_ACTIVITIES
from tombola_cli.files.tree_file import read_tree
from tombola_cli.local.launch import launch
from tombola_cli.operate.stack import Stack

README = (ROOT / "README.md").read_text("utf-8")
WAIT_SECONDS_MAX = 600.0
TARGETS = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]


def block(name: str) -> str:
    """Return the README's shell block of that name."""
    found = re.findall(rf"```sh {name}\n(.*?)```", README, re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def test_every_make_target_that_is_named_exists_and_every_one_says_what_it_does() -> None:
    named = {
        target
        for document in DOCUMENTS
        for target in re.findall(r"(?:`|^)make ([a-z-]+)(?:`|$)", document.read_text("utf-8"), re.MULTILINE)
    }

    assert {"demo", "up", "test", "mutants", "bench"} <= named <= TARGETS


def test_every_file_that_is_named_exists() -> None:
    roots = "layers|cli|docs|events|functions|activities|trees|tests|bench|requirements|web"
    for document in DOCUMENTS:
        for name in re.findall(rf"`((?:{roots})/[\w./-]+)`", document.read_text("utf-8")):
            is_built = "/dist/" in name  # by make wheel, from what else is there
            assert is_built or (ROOT / name).exists(), f"{document.name} names {name}"


def test_every_rule_has_its_line_in_the_readme() -> None:
    for file in (ROOT / "layers/shared/tombola/rules").glob("*.py"):
        if file.name not in ("__init__.py", "verdict.py"):  # verdict.py holds values, no rule
            assert f"`layers/shared/tombola/rules/{file.name}`" in README


def test_the_table_of_commands_is_what_the_command_offers() -> None:
    told = set(re.findall(r"^\| `tombola (\w+)", README, re.MULTILINE))

    assert told == offered()


def test_every_route_of_the_template_has_its_line_in_the_readme() -> None:
    routes = re.findall(r"RouteKey: (\S+ \S+)", (ROOT / "template.yaml").read_text())

    assert set(re.findall(r"^\| `((?:GET|POST|PUT) [^`]+)`", README, re.MULTILINE)) == set(routes)


GUIDE = (ROOT / "docs/activity.md").read_text("utf-8")


def test_the_guide_names_every_field_of_an_activity_and_no_other() -> None:
    named = [
        set(re.findall(r"`([a-z_]+)`", row.partition("|")[0]))
        for row in re.findall(r"^\| (`[a-z_]+`.*)$", GUIDE.partition("## 2")[0], re.MULTILINE)
    ]

    assert set().union(*named) == {*ActivityFields.model_fields, *AwardField.model_fields}


def test_the_guide_names_every_period_of_a_quota() -> None:
    assert re.findall(r"`(\w+)`", guide_row("quotas")) == list(PERIODS)


def test_the_guide_says_what_each_type_of_award_is() -> None:
    told = {int(number) for number in re.findall(r"\b(\d) is ", guide_row("award_type"))}

    assert told == {each.number for each in TOMBOLAS if each.told is not None}


def test_the_guides_examples_are_valid(tmp_path: Path) -> None:
    activity, admit, tree = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    (tmp_path / "activity.yaml").write_text(activity + admit, "utf-8")
    (tmp_path / "tree.yaml").write_text(tree, "utf-8")

    assert read_activity(tmp_path / "activity.yaml").activity_id == "spring"
    assert read_tree(tmp_path / "tree.yaml").tree_id == "crowd"


SHIPPING = (ROOT / "docs/shipping.md").read_text("utf-8")


def test_the_page_of_parcels_has_each_field_of_an_address_with_its_length_and_the_fields_that_are_needed() -> None:
    table = re.findall(r"^\| (`[a-z_`, ]+`) \| (.+) \| (\d+) \|$", SHIPPING, re.MULTILINE)
    told = {
        name: (int(length), "; needed" in f"{words} ") for names, words, length in table for name in names_in(names)
    }

    assert {name: length for name, (length, _) in told.items()} == LENGTHS
    assert {name for name, (_, needed) in told.items() if needed} == {*REQUIRED, "postcode"}


def names_in(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def test_the_address_that_the_page_of_parcels_sends_is_taken() -> None:
    [block] = re.findall(r"```sh curl\n(.*?)```", SHIPPING, re.DOTALL)
    told = "curl() { printf '%s\n' \"${@: -1}\"; }\n"

    done = subprocess.run(["bash", "-c", told + block], capture_output=True, text=True, check=True)

    assert isinstance(read_shipping_address(done.stdout), ShippingAddress)


def test_up_launches_every_activity_that_the_sample_tree_leads_to() -> None:
    launched = {read_activity(file).activity_id for file in SAMPLE_ACTIVITIES}
    (tree,) = (ROOT / "trees").glob("*.yaml")

    assert {node.activity_id for node in read_tree(tree).nodes if isinstance(node, Leaf)} == launched
    assert str(tree.relative_to(ROOT)) in README


def test_the_guide_names_the_bound_of_a_list() -> None:
    assert f"at most {LIST_MAX} texts" in GUIDE


def test_the_guide_draws_the_states_as_they_are_and_names_each_command() -> None:
    drawn = set(re.findall(r"^    (\w+) --> (\w+): (\w+)$", GUIDE, re.MULTILINE))

    assert drawn == {
        (before.name, move.state_to.name, move.action.value) for move in MOVES for before in move.state_from
    }
    told = set(re.findall(r"`tombola activity (\w+)", GUIDE))
    assert {action.value for action in Action} - {"start"} <= told <= offered("activity")


def offered(*words: str) -> set[str]:
    """Return the commands that help tells of."""
    command = [str(Path(sys.executable).with_name("tombola")), *words, "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(re.findall(r"^  (\w+)  ", shown.stdout.partition("Commands:")[2], re.MULTILINE))


def test_the_table_of_problems_is_the_code() -> None:
    rows = re.findall(r"^\|.*\| (\d{3}) \|(?: `(\w+)`)? \|$", README, re.MULTILINE)
    source = Path(problem.__file__).read_text()
    made = re.findall(r'Problem\((\d{3}), (?:"(\w+)"|None)', source)

    assert set(rows) - {("401", "")} == set(made)  # 401 is the gateway's own answer


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert "```sh\nmake test\n```" in README
    assert "\nmake test\n" in (ROOT / ".ci/run").read_text()


def test_ci_brings_a_container_engine_and_takes_nothing_but_a_good_run_of_sam_local() -> None:
    lines = (ROOT / ".ci/run").read_text().splitlines()

    places = [
        lines.index(line) for line in ("set -euo pipefail", "bash requirements/container_engine.sh", "make sam-local")
    ]
    assert places == sorted(places)


def test_the_curl_commands_draw_repeat_and_show_the_grant(stack: Stack) -> None:
    launch(ROOT / "activities/100001.yaml", stack)
    lines = block("curl").splitlines()
    environment = {**os.environ, "API": stack.api_url}

    first, again = (shell(line + " -w ' %{http_code}'", environment) for line in lines[:2])
    order, status = first.rsplit(" ", 1)
    assert (status, again.rsplit(" ", 1)[1]) == ("201", "200")
    environment["ORDER_ID"] = json.loads(order)["order_id"]
    assert json.loads(again.rsplit(" ", 1)[0])["order_id"] == environment["ORDER_ID"]
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    shown = json.loads(shell(lines[2], environment))
    while (shown["grant_state"], shown["mq_state"]) != (1, 1) and time.monotonic() < deadline:
        time.sleep(0.2)
        shown = json.loads(shell(lines[2], environment))
    assert (shown["grant_state"], shown["mq_state"]) == (1, 1)
    assert json.loads(shell(lines[3], environment))["activity_id"] == "100001"


def shell(line: str, environment: dict[str, str]) -> str:
    done = subprocess.run(["bash", "-c", line], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("line", block("aws").splitlines())
def test_the_commands_for_aws_are_understood(line: str) -> None:
    """Run each against a profile that is not there: what is wrong then is the profile and nothing before it."""
    program, *words = line.split()
    assert program == "tombola"

    done = subprocess.run(
        [Path(sys.executable).with_name("tombola"), *words, "--profile", "no-such-profile"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )

    assert (done.returncode, "no-such-profile" in done.stderr) == (1, True)


def test_the_readme_deploys_with_what_samconfig_answers() -> None:
    assert block("sam").splitlines() == ["sam build", "sam deploy --guided"]
    assert 'stack_name = "tombola"' in (ROOT / "samconfig.toml").read_text()
