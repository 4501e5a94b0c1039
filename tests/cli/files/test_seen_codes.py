"""The codes of a file that were seen before are found, without keeping any."""

from collections import deque
from pathlib import Path

import pytest

from tombola_cli.errors import TombolaError
from tombola_cli.files import seen_codes
from tombola_cli.files.seen_codes import SeenCodes


def test_a_code_that_was_seen_before_is_told_by_its_first_line() -> None:
    with SeenCodes() as seen:
        assert [seen.before(code, line) for line, code in enumerate(["A", "B", "A", "a", "A"], 1)] == [
            None,
            None,
            1,
            None,
            1,
        ]


def test_each_file_begins_anew() -> None:
    for _ in range(2):
        with SeenCodes() as seen:
            assert seen.before("A", 1) is None


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux shows the files that a process has open")
def test_many_codes_go_to_a_file_that_has_no_name_and_holds_none_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seen_codes, "CACHE_KIB", 64)
    with SeenCodes() as seen:
        for number in range(20_000):
            seen.before(f"SECRET-{number}", number)

        (file,) = [each for each in Path("/proc/self/fd").iterdir() if "etilqs_" in target(each)]  # SQLite's word

        assert target(file).endswith("(deleted)")
        held = file.read_bytes()
        assert len(held) > 100_000
        assert b"SECRET" not in held


def target(link: Path) -> str:
    """Return the file that link names; nothing if it is closed by now, as the one that lists them."""
    try:
        return str(link.readlink())
    except FileNotFoundError:
        return ""


def test_a_full_disk_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with SeenCodes() as seen:
        seen._database.execute("PRAGMA max_page_count = 3")
        with pytest.raises(TombolaError, match=r"disk is full\): let TMPDIR name a folder with more room"):
            deque((seen.before(str(number), number) for number in range(20_000)), maxlen=0)
