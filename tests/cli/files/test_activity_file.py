"""Activities as files: those of the project load as they are meant, and a bad one is refused by file and field."""

import json
from datetime import datetime
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from tombola.rules.activity import Activity, Cap, GrantType
from tombola.rules.activity_states import ActivityState
from tombola.rules.award_type import AwardType
from tombola.rules.facts import Condition, Operator
from tombola.rules.odds import WHOLE, StrategyMode
from tombola.rules.quota import Quotas
from tombola_cli.errors import TombolaError
from tombola_cli.files.activity_file import AWARDS_MAX, json_schema, read_activity
from tombola_cli.files.repository import ROOT

ONE_SIGN = "compare by one of = > < >= <= in"
ACTIVITIES = ROOT / "activities"
PLAIN = """\
activity_id: 010
activity_name: 活动名
activity_desc: "yes"
begin: 2026-01-01T00:00:00+08:00
end: 2035-12-31T23:59:59+08:00
strategy: single
quotas: { activity: 10, day: 3 }
cap: { draws: 1000, peak: 41 }
awards:
  - { award_id: 01, award_type: 1, award_name: IMac, award_content: 1e3, rate: 0.000001, stock: 10, peak: 41 }
  - { award_id: 2, award_type: 1, award_name: no, award_content: Code, rate: 0.999999 }
time_zone: UTC
"""


def read(path: Path) -> Activity:
    return read_activity(path)


def refusal(path: Path, text: str) -> str:
    """Return what is said of text, each mistake without the file and with its line: line:field: what."""
    path.write_text(text, "utf-8")
    with pytest.raises(TombolaError) as refused:
        read(path)
    said = str(refused.value)
    assert said.startswith(f"{path}:")
    assert "\n" not in said
    return said.replace(f"{path}:", "").strip()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "activity.yaml"


def test_activity_100001_is_lotterys_sample_with_a_window_of_today() -> None:
    activity = read(ACTIVITIES / "100001.yaml")

    assert (activity.activity_id, activity.activity_name, activity.activity_desc) == ("100001", "活动名", "测试活动")
    assert (activity.state, activity.strategy_mode) == (ActivityState.EDIT, StrategyMode.TOTAL)
    assert (activity.grant_type, activity.quotas) == (GrantType.AT_ONCE, Quotas(activity=10))
    assert (activity.begin.isoformat(), activity.time_zone) == ("2026-01-01T00:00:00+08:00", "Asia/Shanghai")
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


@pytest.mark.parametrize(("rate", "weight"), [("0.000001", 1), ("0.000249", 249), ("0.05", 50_000), ("1", WHOLE)])
def test_a_rate_is_read_exactly_to_the_millionth(path: Path, rate: str, weight: int) -> None:
    path.write_text(PLAIN.replace("single", "total").replace("rate: 0.000001", f"rate: {rate}"), "utf-8")

    assert read(path).shares[0].weight == weight


def test_what_is_left_out_has_no_limit(path: Path) -> None:
    text = PLAIN.replace("quotas: { activity: 10, day: 3 }\n", "").replace("cap: { draws: 1000, peak: 41 }\n", "")
    path.write_text(text, "utf-8")

    assert (read(path).quotas, read(path).cap) == (Quotas(), None)


def test_an_expected_peak_becomes_shards_of_forty_a_second(path: Path) -> None:
    path.write_text(PLAIN, "utf-8")

    activity = read(path)

    assert activity.cap == Cap(limit=1000, shards=2)
    assert [share.shards for share in activity.shares] == [2, 1]


def test_the_wins_that_the_peaks_ask_for_become_shards_of_two_hundred_and_fifty(path: Path) -> None:
    path.write_text(PLAIN.replace("cap: { draws: 1000, peak: 41 }\n", "fallback: 2\n"), "utf-8")
    assert read(path).win_shards == 100

    path.write_text(PLAIN.replace("peak: 41 }\nawards", "peak: 501 }\nfallback: 2\nawards"), "utf-8")
    assert read(path).win_shards == 3


def test_every_other_field_is_read(path: Path) -> None:
    more = "creator: ops\ngrant: at-a-time\ngrant_at: 2036-01-01T08:00:00\n"
    more += "fallback: 2\nblocked: [mallory, eve, mallory, 'https://id.example/users#7']\nthrough: [crowd, 07, crowd]\n"
    more += 'admit: [{ fact: age, "≥": 018 }, { fact: groups, in: [gold, yes] }]\n'
    text = PLAIN.replace("stock: 10, peak: 41 }", "stock: 10, unlock_after: 3 }").replace("UTC", "America/New_York")
    path.write_text(text + more, "utf-8")

    activity = read(path)

    assert (activity.creator, activity.fallback) == ("ops", "2")
    assert activity.blocked == ("eve", "https://id.example/users#7", "mallory")
    assert activity.through == ("07", "crowd")
    assert activity.admit == (
        Condition(fact="age", operator=Operator.AT_LEAST, values=("018",)),
        Condition(fact="groups", operator=Operator.IN, values=("gold", "yes")),
    )
    assert (activity.grant_type, activity.grant_at) == (
        GrantType.AT_A_TIME,
        datetime.fromisoformat("2036-01-01T08:00:00-05:00"),
    )
    assert [share.unlock_after for share in activity.shares] == [3, 0]


@pytest.mark.parametrize(
    ("activity_s", "told"),
    [("", [None, GrantType.BY_HAND]), ("grant: by-hand\n", [GrantType.AT_ONCE, None])],
    ids=["left out", "by hand"],
)
def test_an_award_says_its_own_grant_and_the_activitys_word_over_again_says_nothing(
    path: Path, activity_s: str, told: list[GrantType | None]
) -> None:
    text = PLAIN.replace("peak: 41 }\n  -", "peak: 41, grant: at-once }\n  -").replace(
        "0.999999 }", "0.999999, grant: by-hand }"
    )
    path.write_text(activity_s + text, "utf-8")

    activity = read(path)

    assert [share.grant_type for share in activity.shares] == told
    assert [activity.grant_of(share) for share in activity.shares] == [GrantType.AT_ONCE, GrantType.BY_HAND]


def test_a_time_to_grant_at_is_read_where_one_award_is_granted_then(path: Path) -> None:
    path.write_text(PLAIN.replace("0.999999 }", "0.999999, grant: at-a-time }") + "grant_at: 2036-01-01\n", "utf-8")

    activity = read(path)

    assert (activity.grant_type, activity.shares[1].grant_type) == (GrantType.AT_ONCE, GrantType.AT_A_TIME)
    assert activity.grant_at is not None
    assert activity.grant_at.isoformat() == "2036-01-01T00:00:00+00:00"


@pytest.mark.parametrize(("begin", "offset"), [("2026-07-01T00:00:00", "-04:00"), ("2026-01-01T00:00:00", "-05:00")])
def test_a_time_without_an_offset_is_a_time_of_the_zone(path: Path, begin: str, offset: str) -> None:
    text = PLAIN.replace("2026-01-01T00:00:00+08:00", begin).replace("UTC", "America/New_York")
    path.write_text(text, "utf-8")

    assert read(path).begin.isoformat() == begin + offset


def test_a_thousand_awards_are_read_and_one_more_is_refused(path: Path) -> None:
    head, _, _ = PLAIN.partition("awards:")
    award = "  - {{ award_id: {}, award_type: 1, award_name: n, award_content: c, rate: 0.0001 }}\n"
    path.write_text(
        head + "time_zone: UTC\nawards:\n" + "".join(award.format(number) for number in range(AWARDS_MAX)), "utf-8"
    )
    assert len(read(path).shares) == AWARDS_MAX

    text = path.read_text("utf-8") + award.format(AWARDS_MAX)
    assert "awards: List should have at most 1000 items" in refusal(path, text)


def test_more_shards_than_a_thousand_are_refused(path: Path) -> None:
    head, _, _ = PLAIN.partition("awards:")
    award = "  - {{ award_id: {}, award_type: 1, award_name: n, award_content: c, rate: 0.01, stock: 9, peak: 4000 }}\n"
    text = head + "time_zone: UTC\nawards:\n" + "".join(award.format(number) for number in range(11))

    assert "the peaks ask for 1100 shards, and 1000 are the most" in refusal(path, text)


@pytest.mark.parametrize("name", ["100003", "100004"])
def test_the_activities_of_the_other_crowds_are_drawn_only_through_the_sample_tree(name: str) -> None:
    activity = read(ACTIVITIES / f"{name}.yaml")

    assert (activity.activity_id, activity.through, activity.admit) == (name, ("2110081902",), ())
    assert activity.begin.isoformat() == "2026-01-01T00:00:00+08:00"


@pytest.mark.parametrize("number", [20, 21])
def test_an_activity_has_twenty_ways_in_and_conditions_at_the_most(path: Path, number: int) -> None:
    for more in (
        "through: [" + ", ".join(map(str, range(number))) + "]\n",
        "admit:\n" + "".join(f'  - {{ fact: f{each}, "=": x }}\n' for each in range(number)),
    ):
        path.write_text(PLAIN + more, "utf-8")
        if number > 20:
            assert "List should have at most 20 items" in refusal(path, PLAIN + more)
        else:
            assert number in (len(read(path).through), len(read(path).admit))


@pytest.mark.parametrize("name", ["100001", "100002", "100003", "100004", "demo/demo"])
def test_an_editor_finds_nothing_wrong_with_the_activities_of_the_project(name: str) -> None:
    as_editors_read_it = yaml.safe_load((ACTIVITIES / f"{name}.yaml").read_text("utf-8"))
    # An editor has neither dates nor anything else that JSON lacks.
    plain = json.loads(json.dumps(as_editors_read_it, default=lambda moment: moment.isoformat()))

    assert list(jsonschema_rs.validator_for(json_schema()).iter_errors(plain)) == []
    assert list(jsonschema_rs.validator_for(json_schema()).iter_errors({**plain, "qouta": 1}))
    gated = {"through": [2110081902], "admit": [{"fact": "age", ">=": 18}, {"fact": "tier", "in": ["gold", 7]}]}
    assert list(jsonschema_rs.validator_for(json_schema()).iter_errors({**plain, **gated, "blocked": [7]})) == []


def test_the_published_schema_is_what_the_code_says() -> None:
    published = json.loads((ACTIVITIES / "schema.json").read_text("utf-8"))

    assert published == json_schema(), "renew it: make openapi"


def test_in_total_mode_the_rates_may_sum_to_anything(path: Path) -> None:
    path.write_text(PLAIN.replace("single", "total").replace("0.000001", "1"), "utf-8")

    assert [share.weight for share in read(path).shares] == [1_000_000, 999_999]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("rate: 0.000001", "rate: 0.000002", "9: awards: in single mode the rates may sum to 1 at most, not 1.000001"),
        ("rate: 0.000001", "rate: 0.0000001", "10: awards.1.rate: must be whole millionths, such as 0.000001"),
        ("rate: 0.000001", "rate: 1.000001", "10: awards.1.rate: must be 0 to 1, such as 0.05 or 5 %, and is 1.000001"),
        ("rate: 0.000001", "rate: -0.1", "10: awards.1.rate: must be 0 to 1, such as 0.05 or 5 %, and is -0.1"),
        ("rate: 0.000001", "rate: NaN", "10: awards.1.rate: "),
        (
            "rate: 0.999999",
            "rte: 0.999999",
            "11: awards.2.rate: is missing; 11: awards.2.rte: there is no such field: do you mean rate?",
        ),
        ("award_id: 2", "award_id: 01", "11: awards: award_id 01 is given twice"),
        ("award_id: 2", "award_id: 'a#b'", "11: awards.2.award_id: "),
        ("award_type: 1, award_name: no", "award_type: 5, award_name: no", "11: awards.2.award_type: "),
        ("award_type: 1, award_name: no", "award_type: 2, award_name: no", "11: awards.2.award_content: belongs to no"),
        ("award_content: Code", "pool: spring", "11: awards.2.award_content: is missing: an award of type 1 needs it"),
        ("award_content: Code", "award_content: ''", "11: awards.2.award_content: "),
        ("award_content: Code, ", "", "11: awards.2.award_content: is missing: an award of type 1 needs it"),
        ("award_content: Code", "award_content: Code, grant: soon", "11: awards.2.grant: "),
        ("award_name: no", f"award_name: {'x' * 129}", "11: awards.2.award_name: "),
        ("award_name: no", 'award_name: "a\\u0007b"', "11: awards.2.award_name: "),
        ("award_name: no", 'award_name: "a\\uffff"', "11: awards.2.award_name: "),
        ("award_name: no", 'award_name: "a\\ud800"', "11: awards.2.award_name: "),
        ("stock: 10", "stock: -1", "10: awards.1.stock: "),
        ("stock: 10", "stock: many", "10: awards.1.stock: "),
        ("stock: 10", "stock: 1.5", "10: awards.1.stock: "),
        ("stock: 10, peak: 41", "stock: 10, peak: 0", "10: awards.1.peak: "),
        ("stock: 10, peak: 41", "stock: 10, peak: 4001", "10: awards.1.peak: "),
        ("stock: 10, peak: 41", "stock: 10, unlock_after: -1", "10: awards.1.unlock_after: "),
        ("activity: 10", "activity: 0", "7: quotas.activity: "),
        ("activity: 10", "activity: ten", "7: quotas.activity: "),
        ("day: 3", "day: 0", "7: quotas.day: "),
        ("day: 3", "week: 3", "7: quotas.week: there is no such field: the fields here are activity, day, month"),
        ("draws: 1000", "draws: 0", "8: cap.draws: "),
        ("cap: {", "qouta: 5\ncap: {", "8: qouta: there is no such field: do you mean quotas?"),
        ("strategy: single", "strategy: both", "6: strategy: "),
        ("strategy: single", "strategy: single\nfallback: 3", "7: fallback: there is no award 3"),
        ("strategy: single", "strategy: single\nfallback: 01", "7: fallback: award 01 must have no stock"),
        ("strategy: single", "strategy: single\ngrant: soon", "7: grant: "),
        ("strategy: single", "strategy: single\ngrant_at: 2036-01-01T00:00:00Z", "7: grant_at belongs to prizes"),
        ("time_zone: UTC", "time_zone: Mars/Base", "12: time_zone: there is no time zone"),
        ("time_zone: UTC\n", "", "1: time_zone: is missing"),
        ("strategy: single", 'strategy: single\nblocked: ["a\\nb"]', "7: blocked.1: "),
        ("strategy: single", "strategy: single\nthrough: crowd", "7: through: "),
        ("strategy: single", "strategy: single\nthrough: [crowd, 'a/b']", "7: through.2: "),
        ("strategy: single", 'strategy: single\nadmit: { fact: age, "=": 1 }', "7: admit: "),
        ("strategy: single", 'strategy: single\nadmit: [{ "=": 1 }]', "7: admit.1.fact: is missing"),
        ("strategy: single", "strategy: single\nadmit: [{ fact: age }]", f"7: admit.1: {ONE_SIGN}"),
        ("strategy: single", 'strategy: single\nadmit: [{ fact: a, "=": 1, ">": 0 }]', f"7: admit.1: {ONE_SIGN}"),
        ("strategy: single", 'strategy: single\nadmit: [{ fact: age, ">=": old }]', "7: admit: '>=' takes a number"),
        ("strategy: single", "strategy: single\nadmit: [{ fact: age, in: [] }]", "7: admit: 'in' needs a value"),
        ("strategy: single", "strategy: single\nadmit: [{ fact: age, is: 7 }]", "7: admit.1.is: there is no such"),
        ("activity_id: 010", "activity_id: 'a/b'", "1: activity_id: "),
        ("activity_id: 010\n", "", "1: activity_id: is missing"),
        ("activity_id: 010", "activity_id: [010]", "1: activity_id: "),
        ("activity_name: 活动名", "activity_name: ''", "2: activity_name: "),
        ("begin: 2026", "begin: 2036", "5: begin must be before end: 2036-"),
        ("end: 2035-12-31T23:59:59+08:00", "end: at the end", "5: end: "),
        ("end: 2035-12-31T23:59:59+08:00", "end: 9999-12-31T23:59:59Z", "5: end: must be in the years 2000 to 8999"),
        ("time_zone: UTC", "time_zone: localtime", "12: time_zone: there is no time zone"),
    ],
)
def test_a_bad_file_is_refused_by_file_line_and_field(path: Path, old: str, new: str, words: str) -> None:
    assert PLAIN.count(old) == 1

    assert refusal(path, PLAIN.replace(old, new)).startswith(words)


def test_rates_that_sum_to_zero_are_refused(path: Path) -> None:
    text = PLAIN.replace("0.000001", "0").replace("0.999999", "0.0")

    assert refusal(path, text) == "9: awards: the rates sum to zero, so that nobody could ever win"


def test_an_activity_without_awards_is_refused(path: Path) -> None:
    assert refusal(path, PLAIN.partition("awards:")[0] + "awards: []\ntime_zone: UTC").startswith(
        "9: awards: List should have at least 1 item"
    )


def test_a_bare_year_is_no_moment(path: Path) -> None:
    assert refusal(path, PLAIN.replace("2026-01-01T00:00:00+08:00", "2026")).startswith("4: begin")


@pytest.mark.parametrize(
    ("old", "separator", "words"),
    [("strategy: single", "\n", "7: strategy is given twice"), ("rate: 0.999999", ", ", "11: rate is given twice")],
)
def test_a_field_that_is_given_twice_is_refused_by_name(path: Path, old: str, separator: str, words: str) -> None:
    assert refusal(path, PLAIN.replace(old, f"{old}{separator}{old}")) == words


def test_every_bad_field_is_named_at_once(path: Path) -> None:
    wrong = refusal(path, PLAIN.replace("activity: 10", "activity: 0").replace("stock: 10", "stock: -1"))

    assert [each.split(": ")[1] for each in wrong.split("; ")] == ["quotas.activity", "awards.1.stock"]


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
