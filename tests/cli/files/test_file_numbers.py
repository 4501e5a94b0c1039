"""A file's numbers mean what they say: what could be read in two ways is refused with its right spelling."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tombola.rules.activity import Activity, Cap
from tombola.rules.quota import Quotas
from tombola_cli.errors import TombolaError
from tombola_cli.files.activity_file import json_schema, read_activity
from tombola_cli.files.file_numbers import COUNT_MAX

FILE = """\
activity_id: numbers
activity_name: numbers
activity_desc: in every place
time_zone: UTC
begin: 2027-03-01
end: 2027-03-31
strategy: {strategy}
quotas: {{ activity: {activity}, day: {day}, month: {month} }}
cap: {{ draws: {draws}, peak: {cap_peak} }}
awards:
  - {{ award_id: 1, award_type: 1, award_name: n, award_content: c, rate: {rate}, stock: {stock}, peak: {peak} }}
  - {{ award_id: 2, award_type: 1, award_name: n, award_content: c, rate: 0.5, unlock_after: {unlock_after} }}
"""
NUMBERS = {
    "activity": "100",
    "day": "10",
    "month": "50",
    "draws": "1000",
    "cap_peak": "41",
    "stock": "7",
    "peak": "81",
    "unlock_after": "3",
}
FIELDS = {
    "activity": "quotas.activity",
    "day": "quotas.day",
    "month": "quotas.month",
    "draws": "cap.draws",
    "cap_peak": "cap.peak",
    "stock": "awards.1.stock",
    "peak": "awards.1.peak",
    "unlock_after": "awards.2.unlock_after",
}


def text_with(**values: str) -> str:
    return FILE.format(**{**NUMBERS, "rate": "0.25", "strategy": "single", **values})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "activity.yaml"


def read(path: Path, **values: str) -> Activity:
    path.write_text(text_with(**values), "utf-8")
    return read_activity(path)


def refusal(path: Path, **values: str) -> str:
    """Return what is said of the file, without its name and line."""
    with pytest.raises(TombolaError) as refused:
        read(path, **values)
    said = str(refused.value)
    assert said.startswith(f"{path}:")
    assert "\n" not in said
    return said.removeprefix(f"{path}:").split(": ", 1)[1]


def test_every_number_of_a_file_is_what_its_digits_say(path: Path) -> None:
    activity = read(path)

    assert activity.quotas == Quotas(activity=100, day=10, month=50)
    assert activity.cap == Cap(limit=1000, shards=2)
    assert [(share.stock, share.shards, share.unlock_after) for share in activity.shares] == [(7, 3, 0), (None, 1, 3)]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("10.000", "10000 or 10"),
        ("10,000", "10000 or 10"),
        ("1_000", "1000"),
        ("1e3", "1000"),
        ("1.0", "1"),
        ("+5", "5"),
        ("010", "10"),
        ("0x10", "16"),
        ("'٣'", "3"),
        ("'1 000'", "1000"),
    ],
)
def test_a_whole_number_is_digits_and_another_spelling_is_refused_with_the_right_one(
    path: Path, number: str, written: str, meant: str
) -> None:
    said = refusal(path, **{number: f'"{written}"' if "," in written else written})

    assert said == f"{FIELDS[number]}: {written.strip(chr(39))}: write whole numbers as digits: {meant}"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("' 10'", "' 10': write whole numbers as digits: 10"),
        ('"10\\n"', "'10\\n': write whole numbers as digits: 10"),
        ("ten", "ten: write whole numbers as digits, such as 10"),
        ("1.5", "1.5: write whole numbers as digits, such as 10"),
        ("''", "'': write whole numbers as digits, such as 10"),
        ("NaN", "NaN: write whole numbers as digits, such as 10"),
        ("1e999999999", "1e999999999: write whole numbers as digits, such as 10"),
        ("[10]", "must be a whole number"),
        ("-0", "must be 0 to 1000000000000, and is -0"),
    ],
)
def test_what_is_no_whole_number_is_refused(path: Path, written: str, words: str) -> None:
    assert refusal(path, stock=written) == f"awards.1.stock: {words}"


def test_a_number_is_at_most_what_tables_and_browsers_count_exactly(path: Path) -> None:
    assert COUNT_MAX < 2**53
    assert read(path, stock=str(COUNT_MAX)).shares[0].stock == COUNT_MAX

    words = f"awards.1.stock: must be 0 to {COUNT_MAX}, and is "
    assert refusal(path, stock=str(COUNT_MAX + 1)) == f"{words}{COUNT_MAX + 1}"
    assert refusal(path, stock="9" * 5_000) == f"{words}{'9' * 40}…"


@pytest.mark.parametrize(
    ("written", "weight"),
    [
        ("0", 0),
        ("0.000001", 1),
        ("0.05", 50_000),
        ("5 %", 50_000),
        ("5%", 50_000),
        ("0.0001 %", 1),
        ("12.5 %", 125_000),
        ("50 %", 500_000),
        ("0.250000000000000000000000000000", 250_000),
    ],
)
def test_a_rate_is_a_decimal_or_a_percentage_and_is_read_exactly(path: Path, written: str, weight: int) -> None:
    assert read(path, rate=written).shares[0].weight == weight


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ('"0,05"', "0,05: write a rate as a decimal with a point, or in percent: 0.05"),
        ('"5,5 %"', "5,5 %: write a rate as a decimal with a point, or in percent: 5.5 %"),
        ("5e-2", "5e-2: write a rate as a decimal with a point, or in percent: 0.05"),
        (".05", ".05: write a rate as a decimal with a point, or in percent: 0.05"),
        (
            '"\\u0660.\\u0660\\u0665"',  # digits of another script
            "\u0660.\u0660\u0665: write a rate as a decimal with a point, or in percent: 0.05",
        ),
        ("1e-999999", "1e-999999: write a rate as a decimal with a point, or in percent, such as 0.05 or 5 %"),
        ("5 per cent", "5 per cent: write a rate as a decimal with a point, or in percent, such as 0.05 or 5 %"),
        ("5", "must be 0 to 1, such as 0.05 or 5 %, and is 5"),
        ("100.1 %", "must be 0 to 1, such as 0.05 or 5 %, and is 100.1 %"),
        ("0.00001 %", "must be whole millionths, such as 0.000001 or 0.0001 %, and 0.00001 % is finer"),
        (
            "0.25000000000000000000000000001",
            "must be whole millionths, such as 0.000001 or 0.0001 %, and 0.25000000000000000000000000001 is finer",
        ),
        ("[0.5]", "must be a rate, such as 0.05 or 5 %"),
    ],
)
def test_another_spelling_of_a_rate_is_refused_with_the_right_one(path: Path, written: str, words: str) -> None:
    assert refusal(path, rate=written) == f"awards.1.rate: {words}"


def test_in_total_mode_an_award_without_a_rate_is_refused_on_its_line(path: Path) -> None:
    with pytest.raises(TombolaError) as refused:
        read(path, strategy="total", rate="0")

    assert str(refused.value) == (
        f"{path}:11: awards: the rate of award 1 is 0 in total mode, so that all would lose beside its units: "
        "give it a rate, or make it the fallback"
    )


def test_the_fallback_needs_no_rate_in_total_mode(path: Path) -> None:
    text = (
        text_with(strategy="total", rate="0").replace("stock: 7, peak: 81", "").replace("quotas", "fallback: 1\nquotas")
    )
    path.write_text(text, "utf-8")

    assert read_activity(path).fallback == "1"


EDITED: Any = [
    {},
    {"rate": "5 %", "stock": "'12'"},
    {"rate": "5%", "activity": "1000000000000"},
    {"rate": "0", "stock": "0"},
]


@pytest.mark.parametrize("values", EDITED)
def test_an_editor_finds_nothing_wrong_with_what_is_read(path: Path, values: dict[str, str]) -> None:
    read(path, **values)
    # What an editor has no dates for: they are texts to it.
    as_editors_read_it = yaml.safe_load(
        text_with(**values).replace("2027-03-01", "'2027-03-01'").replace("2027-03-31", "'2027-03-31T00:00:00Z'")
    )

    assert list(jsonschema_rs.validator_for(json_schema()).iter_errors(as_editors_read_it)) == []


@pytest.mark.parametrize(
    ("field", "value"), [("stock", 10.5), ("stock", "10.000"), ("stock", COUNT_MAX + 1), ("rate", "0,05"), ("rate", 5)]
)
def test_an_editor_sees_what_will_be_refused(field: str, value: object) -> None:
    content = yaml.safe_load(text_with().replace("2027-03-01", "'2027-03-01'").replace("2027-03-31", "'2027-03-31'"))
    content["awards"][0][field] = value

    assert list(jsonschema_rs.validator_for(json_schema()).iter_errors(content))
