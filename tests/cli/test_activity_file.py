"""Activities as files: the two of the project load as they are meant, and a bad one is refused by file and field."""

from pathlib import Path

import pytest

from tombola.rules.activity import WHOLE, Activity, ActivityState, AwardType, GrantType, StrategyMode
from tombola_cli.activity_file import read_activity
from tombola_cli.errors import TombolaError

ACTIVITIES = Path(__file__).parents[2] / "activities"
PLAIN = """\
activity_id: 010
activity_name: 活动名
activity_desc: "yes"
begin: 2026-01-01T00:00:00+08:00
end: 2035-12-31T23:59:59+08:00
strategy: single
quota: 10
awards:
  - { award_id: 01, award_type: 1, award_name: IMac, award_content: 1e3, rate: 0.000001, stock: 10, shards: 2 }
  - { award_id: 2, award_type: 1, award_name: no, award_content: Code, rate: 0.999999 }
"""


def read(path: Path) -> Activity:
    return read_activity(path, commitment="c0ffee", sealed_seed=b"sealed")


def refusal(path: Path, text: str) -> str:
    path.write_text(text, "utf-8")
    with pytest.raises(TombolaError) as refused:
        read(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)
    return str(refused.value).removeprefix(f"{path}: ")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "activity.yaml"


def test_activity_100001_is_lotterys_sample_with_a_window_of_today() -> None:
    activity = read(ACTIVITIES / "100001.yaml")

    assert (activity.activity_id, activity.activity_name, activity.activity_desc) == ("100001", "活动名", "测试活动")
    assert (activity.state, activity.strategy_mode) == (ActivityState.DOING, StrategyMode.TOTAL)
    assert (activity.grant_type, activity.quota, activity.version) == (GrantType.AT_ONCE, 10, 1)
    assert (activity.commitment, activity.sealed_seed) == ("c0ffee", b"sealed")
    assert [(share.award.award_id, share.award.award_name, share.weight, share.stock) for share in activity.shares] == [
        ("1", "IMac", 50_000, 10),
        ("2", "iphone", 150_000, 20),
        ("3", "ipad", 200_000, 50),
        ("4", "AirPods", 250_000, 100),
        ("5", "Book", 350_000, 500),
    ]
    assert {(share.award.award_type, share.award.award_content, share.shards) for share in activity.shares} == {
        (AwardType.TEXT, "Code", 1)
    }


def test_activity_100002_can_lose_and_has_shards_and_an_unlimited_award() -> None:
    activity = read(ACTIVITIES / "100002.yaml")

    assert (activity.activity_id, activity.strategy_mode) == ("100002", StrategyMode.SINGLE)
    assert sum(share.weight for share in activity.shares) == 900_000
    assert [share.stock for share in activity.shares] == [10, 20, 50, 100, None]
    assert [share.shards for share in activity.shares] == [1, 1, 1, 4, 1]


def test_what_looks_like_a_number_or_a_truth_value_stays_the_text_it_is(path: Path) -> None:
    path.write_text(PLAIN, "utf-8")

    activity = read(path)

    first, second = (share.award for share in activity.shares)
    assert (activity.activity_id, activity.activity_desc) == ("010", "yes")
    assert (first.award_id, first.award_content, second.award_name) == ("01", "1e3", "no")


@pytest.mark.parametrize(
    ("rate", "weight"), [("0", 0), ("0.000001", 1), ("0.000249", 249), ("0.05", 50_000), ("1", WHOLE)]
)
def test_a_rate_is_read_exactly_to_the_millionth(path: Path, rate: str, weight: int) -> None:
    path.write_text(PLAIN.replace("single", "total").replace("rate: 0.000001", f"rate: {rate}"), "utf-8")

    assert read(path).shares[0].weight == weight


def test_without_a_quota_there_is_no_limit(path: Path) -> None:
    path.write_text(PLAIN.replace("quota: 10\n", ""), "utf-8")

    assert read(path).quota is None


def test_in_total_mode_the_rates_may_sum_to_anything(path: Path) -> None:
    path.write_text(PLAIN.replace("single", "total").replace("0.000001", "1"), "utf-8")

    assert [share.weight for share in read(path).shares] == [1_000_000, 999_999]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("rate: 0.000001", "rate: 0.000002", "awards: in single mode the rates may sum to 1 at most, not 1.000001"),
        ("rate: 0.000001", "rate: 0.0000001", "awards.0.rate: "),
        ("rate: 0.000001", "rate: 1.000001", "awards.0.rate: "),
        ("rate: 0.000001", "rate: -0.1", "awards.0.rate: "),
        ("rate: 0.000001", "rate: NaN", "awards.0.rate: "),
        ("rate: 0.000001", "rate: 5%", "awards.0.rate: "),
        ("rate: 0.999999", "rte: 0.999999", "awards.1.rate: Field required; awards.1.rte: "),
        ("award_id: 2", "award_id: 01", "awards: duplicate award_id 01"),
        ("award_id: 2", "award_id: 'a#b'", "awards.1.award_id: "),
        ("award_type: 1, award_name: no", "award_type: 2, award_name: no", "awards.1.award_type: "),
        ("award_content: Code", "award_content: ''", "awards.1.award_content: "),
        ("award_name: no", f"award_name: {'x' * 129}", "awards.1.award_name: "),
        ("award_name: no", 'award_name: "a\\u0007b"', "awards.1.award_name: "),
        ("award_name: no", 'award_name: "a\\uffff"', "awards.1.award_name: "),
        ("award_name: no", 'award_name: "a\\ud800"', "awards.1.award_name: "),
        ("stock: 10", "stock: -1", "awards.0.stock: "),
        ("stock: 10", "stock: many", "awards.0.stock: "),
        ("stock: 10", "stock: 1.5", "awards.0.stock: "),
        ("shards: 2", "shards: 0", "awards.0.shards: "),
        ("shards: 2", "shards: 101", "awards.0.shards: "),
        ("quota: 10", "quota: 0", "quota: "),
        ("quota: 10", "quota: ten", "quota: "),
        ("quota: 10", "quota: 10\ncap: 5", "cap: Extra inputs are not permitted"),
        ("strategy: single", "strategy: both", "strategy: "),
        ("activity_id: 010", "activity_id: 'a/b'", "activity_id: "),
        ("activity_id: 010\n", "", "activity_id: Field required"),
        ("activity_id: 010", "activity_id: [010]", "activity_id: "),
        ("activity_name: 活动名", "activity_name: ''", "activity_name: "),
        ("begin: 2026", "begin: 2036", "begin must be before end: 2036-"),
        ("begin: 2026-01-01T00:00:00+08:00", "begin: 2026-01-01T00:00:00", "begin must have a time zone: 2026-"),
        ("begin: 2026-01-01T00:00:00+08:00", "begin: 2026-01-01", "begin must have a time zone: 2026-"),
        ("end: 2035-12-31T23:59:59+08:00", "end: 2035-12-31T23:59:59", "end must have a time zone: 2035-"),
        ("end: 2035-12-31T23:59:59+08:00", "end: at the end", "end: "),
    ],
)
def test_a_bad_file_is_refused_by_file_and_field(path: Path, old: str, new: str, words: str) -> None:
    assert PLAIN.count(old) == 1

    assert refusal(path, PLAIN.replace(old, new)).startswith(words)


def test_rates_that_sum_to_zero_are_refused(path: Path) -> None:
    text = PLAIN.replace("0.000001", "0").replace("0.999999", "0.0")

    assert refusal(path, text) == "awards: the rates sum to zero, so that nobody could ever win"


def test_an_activity_without_awards_is_refused(path: Path) -> None:
    assert refusal(path, PLAIN.partition("awards:")[0] + "awards: []").startswith(
        "awards: List should have at least 1 item"
    )


def test_a_bare_year_is_no_moment(path: Path) -> None:
    assert refusal(path, PLAIN.replace("2026-01-01T00:00:00+08:00", "2026")).startswith("begin")


@pytest.mark.parametrize("old", ["quota: 10", "rate: 0.999999"])
def test_a_field_that_is_given_twice_is_refused_by_name(path: Path, old: str) -> None:
    separator = "\n" if old.startswith("quota") else ", "
    text = PLAIN.replace(old, f"{old}{separator}{old}")

    assert old.partition(":")[0] in refusal(path, text)


def test_every_bad_field_is_named_at_once(path: Path) -> None:
    wrong = refusal(path, PLAIN.replace("quota: 10", "quota: 0").replace("stock: 10", "stock: -1"))

    assert [each.partition(":")[0] for each in wrong.split("; ")] == ["quota", "awards.0.stock"]


@pytest.mark.parametrize("text", ["", "7", "- 1", "a: [", "a: *nobody", "\x00", "? {a: 1}\n: 2"])
def test_a_file_that_is_no_mapping_is_refused_in_one_line(path: Path, text: str) -> None:
    assert refusal(path, text)


def test_a_file_that_is_no_text_is_refused(path: Path) -> None:
    path.write_bytes(b"activity_id: \xff")

    with pytest.raises(TombolaError, match=str(path)):
        read(path)


def test_a_file_that_is_not_there_is_refused_by_its_name(path: Path) -> None:
    with pytest.raises(TombolaError, match=f"^{path}: .*No such file"):
        read(path)
