"""The commands for pools of codes tell what they did, and never a code."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from builders import an_award, an_order
from shown import ACTIVITY_ID, POOL, USER_ID, World, a_world, client
from tombola.aws.code_items import free_item, used_key
from tombola.rules.award_type import AwardType
from tombola.rules.code_pool import CODE_MAX, EXPIRY_MARGIN, no_code_left
from tombola.rules.order import GrantState
from tombola_cli.commands import main
from tombola_cli.errors import TombolaError
from tombola_cli.files.code_file import LINE_BYTES_MAX
from tombola_cli.files.repository import ROOT
from tombola_cli.operate import pool_shortage
from tombola_cli.operate.batch_writes import WRITES_MAX
from tombola_cli.operate.code_import import THREADS
from tombola_cli.operate.import_record import LISTED_MAX, Finding, ImportRecord
from tombola_cli.screens import output, progress


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    monkeypatch.setattr(output, "on_a_terminal", lambda: True)
    with a_world(monkeypatch, tmp_path) as world:
        yield world


def tombola(*words: str) -> Result:
    return CliRunner().invoke(main.app, words, catch_exceptions=False, env={"COLUMNS": "200"})


def a_file(folder: Path, text: str) -> str:
    (folder / "codes.csv").write_text(text)
    return str(folder / "codes.csv")


LINES = (
    "code,expires_at\nSECRET-1,\nSECRET-2,\nSECRET-1,\nSECRET-3 ,\nSECRET-4,2020-01-01\nSECRET-FREE,\nSECRET-USED,\n"
)


def a_pool(world: World) -> None:
    world.table.put_item(free_item(POOL, "SECRET-FREE", None))
    world.table.put_item(used_key(POOL, "SECRET-USED"))


def test_an_import_tells_each_line_that_was_not_imported_by_file_and_number(world: World, tmp_path: Path) -> None:
    a_pool(world)
    file = a_file(tmp_path, LINES)

    done = tombola("codes", "import", POOL, file)

    assert done.exit_code == 1  # some lines are to be mended
    assert [line for line in done.stdout.splitlines() if re.match(rf"{re.escape(file)}:\d", line)] == [
        f"{file}:4: its code stands on line 2 already",
        f"{file}:5: a code does not begin or end with a blank",
        f"{file}:6: its code has expired, or does so within 24 hours",
        f"{file}:7: its code is in the pool already",
        f"{file}:8: its code was handed over already",
    ]
    assert f"is imported into pool {POOL}" in done.stdout


def test_no_output_of_any_of_them_holds_a_code(world: World, tmp_path: Path) -> None:
    a_pool(world)
    file, out = a_file(tmp_path, LINES), str(tmp_path / "used.csv")
    commands = (
        ("import", POOL, file, "--dry-run"),
        ("import", POOL, file),
        ("import", POOL, file),
        ("stats",),
        ("stats", POOL),
        ("export", POOL, "--used", "--out", out),
    )
    for command in commands:
        for form in ([], ["--json"]):
            done = tombola("codes", *command, *form)
            assert "SECRET" not in done.stdout + done.stderr
            (tmp_path / "used.csv").unlink(missing_ok=True)


def test_an_import_without_a_bad_line_ends_well_and_the_second_one_says_when_it_was(
    world: World, tmp_path: Path
) -> None:
    file = a_file(tmp_path, "A\nB\n")

    first, again = (json.loads(tombola("codes", "import", POOL, file, "--json").stdout) for _ in range(2))

    assert first["imported_before"] is False
    assert (first["imported"], first["lines"], first["problems"]) == (2, 2, [])
    assert again == first | {"imported_before": True}
    assert "before, at" in tombola("codes", "import", POOL, file).stdout


def test_a_dry_run_writes_nothing(world: World, tmp_path: Path) -> None:
    file = a_file(tmp_path, "A\nB\n")

    said = json.loads(tombola("codes", "import", POOL, file, "--dry-run", "--json").stdout)

    assert (said["dry_run"], said["imported"]) == (True, 2)
    assert world.table.items() == []


@pytest.mark.parametrize("words", [("import", "a#b", "codes.csv"), ("import", "", "codes.csv")])
def test_a_name_that_no_pool_has_is_refused(world: World, words: tuple[str, ...]) -> None:
    with pytest.raises(TombolaError, match="names no pool"):
        tombola("codes", *words)


def test_an_import_that_is_stopped_says_how_it_goes_on(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    told: list[str] = []
    monkeypatch.setattr(ImportRecord, "write", stopped)
    monkeypatch.setattr(progress, "note", told.append)

    assert tombola("codes", "import", POOL, a_file(tmp_path, "A\n")).exit_code == 130
    assert told == ["ended early: the same command goes on from here"]


def test_the_rest_of_many_lines_is_counted_below_those_that_are_listed(world: World, tmp_path: Path) -> None:
    file = a_file(tmp_path, "A\n" * 25 + "B \n")

    shown = tombola("codes", "import", POOL, file).stdout

    assert f"{file}: 4 more: twice in the file\n" in shown
    assert "more: bad" not in shown


def test_pools_are_listed_and_one_that_is_not_there_is_an_error(world: World) -> None:
    world.has_codes()

    said = json.loads(tombola("codes", "stats", "--json").stdout)

    assert said["pools"] == [{"pool": POOL, "free": 2, "expire_soon": 1, "expired": 1, "used": 1}]
    with pytest.raises(TombolaError, match="there is no pool nowhere"):
        tombola("codes", "stats", "nowhere")
    with pytest.raises(TombolaError, match="there is no pool nowhere"):
        tombola("codes", "export", "nowhere", "--used", "--out", "f.csv")


@pytest.mark.parametrize("words", [[], ["--used"], ["--out", "f.csv"]])
def test_an_export_says_which_codes_and_where_they_go(world: World, words: list[str]) -> None:
    done = tombola("codes", "export", POOL, *words)

    assert done.exit_code == 2
    assert "--used --out FILE" in " ".join(done.stderr.split())


def test_an_export_with_an_item_that_cannot_be_read_ends_with_1(world: World, tmp_path: Path) -> None:
    world.has_codes()
    world.table.put_item(used_key(POOL, "SECRET"))

    done = tombola("codes", "export", POOL, "--used", "--out", str(tmp_path / "used.csv"))

    assert done.exit_code == 1
    assert "1 items of the pool cannot be read, and are not in it" in done.stdout


def test_a_plan_and_an_apply_warn_of_pools_with_too_few_codes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_shortage, "shortages", lambda activity, *_: [f"too few for {activity.activity_id}"])

    for command in ("plan", "apply"):
        assert f"warning: too few for {ACTIVITY_ID}" in tombola("activity", command, world.file).stdout
        said = json.loads(tombola("activity", command, world.file, "--json").stdout)
        assert said["warnings"] == [{"warning": f"too few for {ACTIVITY_ID}"}]


def parked_orders(world: World, *order_ids: int) -> None:
    award = an_award(award_type=AwardType.CODE, award_content="", source=POOL)
    because = {"grant_state": GrantState.PARKED, "parked_because": no_code_left(POOL)}
    for order_id in order_ids:
        world.table.put(an_order(order_id, user_id=USER_ID, award=award, **because))


def states(world: World) -> list[int]:
    return [order.grant_state for order in world.table.orders_of(USER_ID)]


def test_without_a_terminal_parked_orders_are_told_with_the_command_that_tries_them_again(
    world: World, tmp_path: Path
) -> None:
    parked_orders(world, 1, 2)
    file = a_file(tmp_path, "A\nB\nC\n")

    assert "2: the same command with --retry-parked" in tombola("codes", "import", POOL, file).stdout
    assert states(world) == [2, 2]
    said = json.loads(tombola("codes", "import", POOL, file, "--retry-parked", "--who", "ann", "--json").stdout)
    assert (said["imported_before"], said["parked"], said["retried"]) == (True, 2, 2)
    assert states(world) == [0, 0]
    assert {act.who for order in world.table.orders_of(USER_ID) for act in order.acts} == {"ann"}


@pytest.mark.parametrize(("answer", "after"), [("y", [0, 2]), ("n", [2, 2])])
def test_on_a_terminal_it_asks_and_tries_as_many_as_there_are_codes_for(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, after: list[int]
) -> None:
    monkeypatch.setattr(output, "can_ask", lambda: True)
    parked_orders(world, 1, 2)

    done = CliRunner().invoke(main.app, ["codes", "import", POOL, a_file(tmp_path, "A\n")], f"{answer}\n")

    assert "2 orders are parked for want of a code of pool" in done.stderr
    assert "there are codes for 1 of them now. Try these again?" in done.stderr
    assert states(world) == after
    assert ("2, of which 1 are tried again" in done.stdout) is (answer == "y")


@pytest.mark.parametrize("option", ["--json", "--dry-run"])
def test_nobody_is_asked_for_json_or_in_a_dry_run(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setattr(output, "can_ask", lambda: True)
    world.has_codes()
    parked_orders(world, 1)

    done = tombola("codes", "import", POOL, a_file(tmp_path, "A\n"), option)

    assert "Try these again" not in done.stderr
    assert states(world) == [2]


def test_a_dry_run_tries_nothing_again(world: World, tmp_path: Path) -> None:
    world.has_codes()
    parked_orders(world, 1)

    tombola("codes", "import", POOL, a_file(tmp_path, "A\n"), "--dry-run", "--retry-parked")

    assert states(world) == [2]


def test_before_the_codes_are_there_a_dry_run_says_who_waits_for_them(world: World, tmp_path: Path) -> None:
    parked_orders(world, 1)

    done = tombola("codes", "import", POOL, a_file(tmp_path, "A\n"), "--dry-run")

    assert "1 wait for codes of this pool: the same command with --retry-parked" in done.stdout
    assert "no code" not in done.stdout


def test_where_no_code_came_the_parked_orders_are_told_and_stay(world: World, tmp_path: Path) -> None:
    parked_orders(world, 1)

    done = tombola("codes", "import", POOL, a_file(tmp_path, "BAD \n"), "--retry-parked")

    assert "1, for which there is no code" in done.stdout
    assert states(world) == [2]


def test_the_page_names_the_rights_that_they_need(world: World, tmp_path: Path) -> None:
    asked: set[str] = set()
    world.has_codes()
    file, out = a_file(tmp_path, LINES), str(tmp_path / "out.csv")
    events = client("dynamodb").meta.events
    events.register("before-call.dynamodb", note := lambda model, **_: asked.add(model.name))

    parked_orders(world, 1)
    for command in (("import", POOL, file, "--retry-parked"), ("stats",), ("export", POOL, "--used", "--out", out)):
        tombola("codes", *command)

    events.unregister("before-call.dynamodb", note)  # the client is every test's
    told = re.findall(r"^    (\w+:\w+)$", (ROOT / "docs/codes.md").read_text("utf-8"), re.MULTILINE)
    assert told == ["cloudformation:DescribeStacks", *sorted(f"dynamodb:{name}" for name in asked)]


def test_the_page_tells_the_bounds_of_the_code() -> None:
    page = " ".join((ROOT / "docs/codes.md").read_text("utf-8").split())

    assert f"1 to {CODE_MAX} printable characters" in page
    assert f"A line has {LINE_BYTES_MAX:,} bytes at the most" in page
    assert f"the first {LISTED_MAX} of each kind" in page
    assert f"{WRITES_MAX} codes a call on {THREADS} threads" in page
    assert page.count(f"within {EXPIRY_MARGIN.total_seconds() / 3600:.0f} hours") == 3
    assert all(f"| `{finding.value}` |" in page for finding in Finding if finding is not Finding.IMPORTED)
