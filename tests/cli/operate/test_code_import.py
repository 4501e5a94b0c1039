"""An import of codes may end at any point, and be run again: the result is the same, and no code is lost."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from builders import NOON
from conflicts import Clock, PlayedStack
from emulated_aws import emulated_aws
from tables import TableLedger
from tombola.aws.code_items import free_item, free_key, used_key
from tombola.aws.items import text
from tombola_cli.errors import TombolaError
from tombola_cli.operate import code_import
from tombola_cli.operate.code_import import Imported, import_codes
from tombola_cli.operate.import_record import LISTED_MAX, Finding

POOL = "vouchers"
LAST = NOON + timedelta(days=30)
WRITES = ("put_item", "batch_write_item")


class CrashError(Exception):
    """The process ends here."""


@dataclass
class Crashing:
    """A client that dies at a call, before it or after it has had its effect; and what happens between calls."""

    client: Any
    at: int = 0
    after: bool = False
    between: Callable[[int], None] = lambda _: None
    calls: Counter[str] = field(default_factory=Counter)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.client, name)
        if name not in WRITES:
            return method

        def called(**given: Any) -> Any:
            self.calls[name] += 1
            dies = self.calls.total() == self.at
            if dies and not self.after:
                raise CrashError
            answer = method(**given)
            self.between(self.calls.total())
            if dies:
                raise CrashError
            return answer

        return called


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {"ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setattr(code_import, "PART", 8)
    monkeypatch.setattr(code_import, "THREADS", 1)  # so that the calls come in one order
    with emulated_aws():
        yield boto3.client("dynamodb")


def a_table(dynamodb: Any, *, free: int = 0, used: int = 0) -> TableLedger:
    """Return a table whose pool has codes: OLD-0 and so on that are free, and those after them that are used."""
    table = TableLedger(dynamodb)
    for number in range(free + used):
        code = f"OLD-{number}"
        table.put_item(free_item(POOL, code, None) if number < free else used_key(POOL, code) | {"user_id": text("u")})
    return table


def a_file(folder: Path, *lines: str, header: str = "code,expires_at") -> Path:
    file = folder / "codes.csv"
    file.write_text("\n".join([header, *lines]) + "\n")
    return file


def run(table: TableLedger, file: Path, client: Any = None, **options: Any) -> Imported:
    stack = PlayedStack.of(Clock(), {"dynamodb": client or table.dynamodb}, table_name=table.table)
    return import_codes(file, POOL, stack, NOON, **options)


def codes_in(table: TableLedger, state: str) -> set[str]:
    keys = [item["sk"]["S"].split("#", 1) for item in table.items() if item["pk"]["S"].startswith("CODES#")]
    return {code for found, code in keys if found == state}


def of_everything(folder: Path) -> Path:
    """Return a file of new codes, in which some stand twice, are bad, have expired, are free or used already."""
    others = ["NEW-1", "OLD-0", "OLD-1", "OLD-2", "OLD-3", " ", "BAD ,", "LATE,2026-11-23", "GOOD,2027-01-31"]
    return a_file(
        folder, *(f"NEW-{number}" for number in range(12)), *others, *(f"NEW-{n}" for n in range(10, 25)), "NEW-0"
    )


EVERYTHING = {
    Finding.IMPORTED: 26,
    Finding.REPEATED: 4,
    Finding.FREE: 2,
    Finding.USED: 2,
    Finding.BAD: 1,
    Finding.EXPIRED: 1,
}


def test_every_line_is_imported_or_told_by_its_number(dynamodb: Any, tmp_path: Path) -> None:
    table = a_table(dynamodb, free=2, used=2)

    done = run(table, of_everything(tmp_path))

    assert (done.state.counts, done.before, done.extent.lines) == (EVERYTHING, False, 38)
    assert [(each.line, each.finding, each.because) for each in done.state.told] == [
        (14, Finding.REPEATED, "its code stands on line 3 already"),
        (15, Finding.FREE, "its code is in the pool already"),
        (16, Finding.FREE, "its code is in the pool already"),
        (17, Finding.USED, "its code was handed over already"),
        (18, Finding.USED, "its code was handed over already"),
        (20, Finding.BAD, "a code does not begin or end with a blank"),
        (21, Finding.EXPIRED, "its code has expired, or does so within 24 hours"),
        (23, Finding.REPEATED, "its code stands on line 12 already"),
        (24, Finding.REPEATED, "its code stands on line 13 already"),
        (38, Finding.REPEATED, "its code stands on line 2 already"),
    ]
    assert codes_in(table, "FREE") == {*(f"NEW-{number}" for number in range(25)), "GOOD", "OLD-0", "OLD-1"}
    assert codes_in(table, "USED") == {"OLD-2", "OLD-3"}
    assert {"pk": text("POOLS"), "sk": text(POOL)} in table.items()


def test_the_expiry_of_a_code_is_kept(dynamodb: Any, tmp_path: Path) -> None:
    table = a_table(dynamodb)

    run(table, a_file(tmp_path, f"A,{LAST.isoformat()}", "B"))

    items = {item["sk"]["S"]: item for item in table.items()}
    assert items["FREE#A"]["expires_at"] == {"N": str(round(LAST.timestamp() * 1000))}
    assert "expires_at" not in items["FREE#B"]


@pytest.mark.parametrize("after", [False, True], ids=["before the write", "after the write"])
def test_an_import_that_ends_at_any_write_goes_on_to_the_same_result(
    dynamodb: Any, tmp_path: Path, after: bool
) -> None:
    file = of_everything(tmp_path)
    whole = a_table(dynamodb, free=2, used=2)
    reference, counted = run(whole, file, counting := Crashing(whole.dynamodb)), counting.calls.total()
    assert counted > 10

    for at in range(1, counted + 1):
        table = a_table(dynamodb, free=2, used=2)
        with pytest.raises(CrashError):
            run(table, file, Crashing(table.dynamodb, at, after))
        result = run(table, file)

        assert result.state.counts == reference.state.counts, at
        assert result.state.told == reference.state.told
        assert (codes_in(table, "FREE"), codes_in(table, "USED")) == (
            codes_in(whole, "FREE"),
            codes_in(whole, "USED"),
        )


def test_an_import_that_ends_again_and_again_comes_to_its_end(dynamodb: Any, tmp_path: Path) -> None:
    file, table, ends = of_everything(tmp_path), a_table(dynamodb, free=2, used=2), 0
    for _ in range(20):
        try:
            result = run(table, file, Crashing(table.dynamodb, at=3))  # the list of pools, the plan of a part
            break
        except CrashError:
            ends += 1

    assert ends > 3
    assert result.state.counts == EVERYTHING


@pytest.mark.parametrize("after", [False, True], ids=["before the write", "after the write"])
def test_a_code_that_was_handed_over_between_two_runs_is_not_put_again(
    dynamodb: Any, tmp_path: Path, after: bool
) -> None:
    file = a_file(tmp_path, *(f"NEW-{number}" for number in range(20)))
    for at in range(2, 9):
        table = a_table(dynamodb)
        with pytest.raises(CrashError):
            run(table, file, Crashing(table.dynamodb, at, after))
        handed_over = sorted(codes_in(table, "FREE"))
        for code in handed_over:
            claim(table, code)

        result = run(table, file)

        assert result.state.counts == {Finding.IMPORTED: 20}
        assert codes_in(table, "USED") == set(handed_over)
        assert len(codes_in(table, "FREE")) == 20 - len(handed_over)


def claim(table: TableLedger, code: str) -> None:
    table.dynamodb.delete_item(TableName=table.table, Key=free_key(POOL, code))
    table.put_item(used_key(POOL, code))


def test_a_code_that_was_handed_over_between_two_tries_of_one_write_is_not_free_again(
    dynamodb: Any, tmp_path: Path
) -> None:
    table = a_table(dynamodb)

    class Lossy(Crashing):
        """Loses an answer; before the next try a winner gets one of the codes."""

        def batch_write_item(self, **given: Any) -> Any:
            answer = self.client.batch_write_item(**given)
            self.calls["batch"] += 1
            if self.calls["batch"] == 1:
                claim(table, "NEW-3")
                raise self.client.exceptions.from_code("InternalServerError")(
                    {"Error": {"Code": "InternalServerError", "Message": "lost"}}, "BatchWriteItem"
                )
            return answer

    run(table, a_file(tmp_path, *(f"NEW-{number}" for number in range(8))), Lossy(table.dynamodb))

    assert codes_in(table, "USED") == {"NEW-3"}
    assert codes_in(table, "FREE") == {f"NEW-{number}" for number in (0, 1, 2, 4, 5, 6, 7)}


def test_a_file_that_was_imported_is_told_from_its_record_and_nothing_is_read_or_written(
    dynamodb: Any, tmp_path: Path
) -> None:
    file, table = of_everything(tmp_path), a_table(dynamodb, free=2, used=2)
    first = run(table, file)
    claim(table, "NEW-1")

    again = run(table, file, client := Crashing(table.dynamodb))

    assert (again.state, again.before) == (first.state, True)
    assert not client.calls
    assert "NEW-1" not in codes_in(table, "FREE")


def test_another_file_with_the_same_codes_finds_them_free_or_used(dynamodb: Any, tmp_path: Path) -> None:
    table = a_table(dynamodb)
    run(table, a_file(tmp_path, "A", "B", "C"))
    claim(table, "B")

    again = run(table, a_file(tmp_path, "A", "B", "C", header="code"))

    assert again.state.counts == {Finding.FREE: 2, Finding.USED: 1}
    assert codes_in(table, "FREE") == {"A", "C"}


def test_each_pool_has_its_own_import_of_a_file(dynamodb: Any, tmp_path: Path) -> None:
    table, file = a_table(dynamodb), a_file(tmp_path, "A")
    run(table, file)

    stack = PlayedStack.of(Clock(), {"dynamodb": table.dynamodb}, table_name=table.table)
    other = import_codes(file, "others", stack, NOON)

    assert other.state.counts == {Finding.IMPORTED: 1}


@pytest.mark.parametrize("at", [0, 3])
def test_a_dry_run_tells_the_result_and_writes_nothing(dynamodb: Any, tmp_path: Path, at: int) -> None:
    file, table = of_everything(tmp_path), a_table(dynamodb, free=2, used=2)
    if at:
        with pytest.raises(CrashError):
            run(table, file, Crashing(table.dynamodb, at))
    before = table.items()

    told = run(table, file, client := Crashing(table.dynamodb), dry_run=True)

    assert not client.calls
    assert table.items() == before
    done = run(table, file)
    assert (told.state.counts, told.state.told) == (done.state.counts, done.state.told)


def test_of_two_runs_at_once_one_ends_and_no_code_is_lost(dynamodb: Any, tmp_path: Path) -> None:
    file, table = of_everything(tmp_path), a_table(dynamodb, free=2, used=2)
    others: list[Imported] = []

    def between(call: int) -> None:
        if call == 4:
            others.append(run(table, file))

    with pytest.raises(TombolaError, match="another run imports this file into this pool"):
        run(table, file, Crashing(table.dynamodb, between=between))

    assert others[0].state.counts == EVERYTHING
    assert len(codes_in(table, "FREE")) == 28


def test_a_file_that_changes_while_it_is_read_is_not_told_as_imported(dynamodb: Any, tmp_path: Path) -> None:
    file, table = of_everything(tmp_path), a_table(dynamodb)

    def between(call: int) -> None:
        if call == 4:
            file.write_text(file.read_text() + "MORE\n")

    with pytest.raises(TombolaError, match=r"codes\.csv was changed while it was read"):
        run(table, file, Crashing(table.dynamodb, between=between))

    assert run(table, file).before is False


def test_of_many_such_lines_the_first_are_listed_and_all_are_counted(dynamodb: Any, tmp_path: Path) -> None:
    table = a_table(dynamodb)

    done = run(table, a_file(tmp_path, "A", *["A"] * 50, *["B "] * 30))

    assert done.state.counts == {Finding.IMPORTED: 1, Finding.REPEATED: 50, Finding.BAD: 30}
    lines = [each.line for each in done.state.told]
    assert lines == [*range(3, 3 + LISTED_MAX), *range(53, 53 + LISTED_MAX)]


def test_the_record_and_what_is_told_hold_no_code(dynamodb: Any, tmp_path: Path) -> None:
    table = a_table(dynamodb)
    done = run(table, a_file(tmp_path, "SECRET-1", "SECRET-1", "SECRET-2 ", "SECRET-3,soon", "SECRET-4,2020-01-01"))

    (record,) = [item for item in table.items() if item["pk"]["S"] == "CODES-IMPORTS"]
    assert "SECRET" not in repr((record, done))


def test_progress_is_told_in_lines_of_the_file(dynamodb: Any, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    run(a_table(dynamodb), of_everything(tmp_path), tell=lambda done, of: told.append((done, of)))

    assert told == [(9, 38), (17, 38), (26, 38), (34, 38), (38, 38)]
