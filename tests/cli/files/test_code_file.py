"""A file of codes is read line by line, and nothing that is said of it holds a code."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tombola_cli.errors import TombolaError
from tombola_cli.files.code_file import LINE_BYTES_MAX, BadLine, CodeLine, Extent, extent_of, read_codes

MARCH = datetime(2027, 3, 31, 23, 59, 59, 999_000, tzinfo=UTC)
TWO_COLUMNS = b"code,expires_at\n"


def lines(folder: Path, text: bytes) -> list[CodeLine | BadLine]:
    file = folder / "codes.csv"
    file.write_bytes(text)
    return list(read_codes(file))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (b"A1\nB2\n", [(1, "A1"), (2, "B2")]),
        (b"A1\nB2", [(1, "A1"), (2, "B2")]),
        (b"A1\r\nB2\r\n", [(1, "A1"), (2, "B2")]),
        (b"\xef\xbb\xbfA1\n", [(1, "A1")]),
        (b"\xef\xbb\xbfcode\r\nA1\r\n", [(2, "A1")]),
        (b"code\nA1\n", [(2, "A1")]),
        (b'"code"\n"A1"\n', [(2, "A1")]),
        (b'"A,1"\n', [(1, "A,1")]),
        (b'"A""1"\n', [(1, 'A"1')]),
        (b"\n\nA1\n\r\n   \nB2\n\n", [(3, "A1"), (6, "B2")]),
        (b"\ncode\nA1\n", [(3, "A1")]),
        (b"A1\ncode\n", [(1, "A1"), (2, "code")]),
        ("Ä1\n码\n".encode(), [(1, "Ä1"), (2, "码")]),
        (b"", []),
        (b"code\n", []),
        (TWO_COLUMNS + b"A1\nB2,\n,\n", [(2, "A1"), (3, "B2")]),
    ],
)
def test_each_line_is_one_code(tmp_path: Path, text: bytes, codes: list[tuple[int, str]]) -> None:
    assert lines(tmp_path, text) == [CodeLine(number, code) for number, code in codes]


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2027-03-31", MARCH),
        ("2027-03-31T10:00:00", MARCH.replace(hour=10, minute=0, second=0, microsecond=0)),
        ("2027-03-31T12:00:00+02:00", MARCH.replace(hour=10, minute=0, second=0, microsecond=0)),
        ('"2027-03-31"', MARCH),
    ],
)
def test_a_date_of_expiry_is_its_last_moment_and_a_time_without_an_offset_is_utc(
    tmp_path: Path, written: str, moment: datetime
) -> None:
    assert lines(tmp_path, TWO_COLUMNS + f"A1,{written}\n".encode()) == [CodeLine(2, "A1", moment)]


@pytest.mark.parametrize(
    ("line", "because"),
    [
        (b'"SECRET', "a quote is not closed"),
        (b'"SECRET"X', "a quote is not closed, or stands inside"),
        (b'SEC"RET,"', "a quote is not closed"),
        (b"SECRET,2027-03-31,x", "it has 3 fields, and 2 at the most are read"),
        (b"SECRET,soon", "expires_at must be a date such as 2027-03-31"),
        (b"2027-03-31,SECRET", "expires_at must be"),
        (b",2027-03-31", "1 to 255 characters"),
        (b"SECRET ,", "begin or end with a blank"),
        (b"SEC\tRET,", "printable"),
        (b"SEC\xffRET,", "it is not UTF-8"),
        (b"SECRET" * 50, "1 to 255 characters"),
        (b"SECRET" * 10_000, f"it is longer than {LINE_BYTES_MAX} bytes"),
        (b"SECRET\rSECRET,", "printable"),
        (b"SEC\x00RET,", "printable"),
    ],
)
def test_a_bad_line_is_told_by_its_number_without_what_it_holds_and_spoils_no_other(
    tmp_path: Path, line: bytes, because: str
) -> None:
    found = lines(tmp_path, TWO_COLUMNS + b"A1\n" + line + b"\nB2\n")

    assert [each.number for each in found] == [2, 3, 4]
    assert isinstance(found[1], BadLine)
    assert because in found[1].because
    assert "SEC" not in repr(found)
    assert "A1" not in repr(found)


@pytest.mark.parametrize("text", ["XMAS-1;31.01.2027\n", "XMAS-1\t31.01.2027\n"])
def test_fields_that_no_comma_separates_are_no_code(tmp_path: Path, text: str) -> None:
    (tmp_path / "codes.csv").write_text(f'{text}"A;B"\n')
    bad, good = read_codes(tmp_path / "codes.csv")
    assert isinstance(bad, BadLine)
    assert bad.because.startswith("its fields are not separated by commas")
    assert isinstance(good, CodeLine)
    assert good.code == "A;B"


def test_without_a_header_a_second_field_is_refused(tmp_path: Path) -> None:
    (found,) = lines(tmp_path, b"SECRET,2027-03-31\n")

    assert isinstance(found, BadLine)
    assert "begin with code,expires_at where codes expire" in found.because


@pytest.mark.parametrize(
    "header", [b"Code", b"CODES", b"code;expires_at", b"code\texpires_at", b"code,expiry", b" code , expires_at"]
)
def test_what_is_almost_a_header_is_neither_skipped_nor_imported_as_a_code(tmp_path: Path, header: bytes) -> None:
    with pytest.raises(TombolaError, match=r"codes\.csv:1: a header is code, or code,expires_at, in this spelling"):
        lines(tmp_path, header + b"\nA1\n")


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_is_refused_as_a_whole(tmp_path: Path, mark: str) -> None:
    with pytest.raises(TombolaError, match=r"codes\.csv is UTF-16: save it as UTF-8"):
        lines(tmp_path, "\ufeffA1\n".encode(mark))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for read in (extent_of, lambda path: list(read_codes(path))):
        with pytest.raises(TombolaError, match=r"nowhere\.csv cannot be read: No such file"):
            read(tmp_path / "nowhere.csv")
    with pytest.raises(TombolaError, match="cannot be read: Is a directory"):
        extent_of(tmp_path)


@pytest.mark.parametrize(("text", "count"), [(b"", 0), (b"A1", 1), (b"A1\n", 1), (b"A1\n\nB2", 3)])
def test_the_extent_of_a_file_is_its_digest_and_its_lines(tmp_path: Path, text: bytes, count: int) -> None:
    file = tmp_path / "codes.csv"
    file.write_bytes(text)

    extent = extent_of(file)

    assert isinstance(extent, Extent)
    assert (len(extent.digest), extent.lines) == (64, count)
