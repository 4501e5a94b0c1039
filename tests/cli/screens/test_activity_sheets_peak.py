"""`validate` and `plan` tell of a peak of wins that the index of what is due does not bear."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tombola.rules.peak import WINS_OF_A_LANE, WINS_OF_A_NEW_INDEX
from tombola_cli.commands.main import app

FILE = """\
activity_id: crowd
activity_name: n
activity_desc: d
time_zone: UTC
begin: 2027-03-01
end: 2027-03-02
strategy: {strategy}
{also}
awards:
  - {{ award_id: mug, award_type: 1, award_name: n, award_content: c, rate: 0.1, stock: 9{peak} }}
  - {{ award_id: pen, award_type: 1, award_name: n, award_content: c, rate: 0.3, stock: 9 }}
  - {{ award_id: sticker, award_type: 1, award_name: n, award_content: c, rate: 0.1 }}
"""


def note(path: Path, also: str = "", *, strategy: str = "single", peak: str = "") -> str:
    """Return what is told of the peak of a file, nothing if it is not."""
    file = path / "crowd.yaml"
    file.write_text(FILE.format(strategy=strategy, also=also, peak=peak))
    done = CliRunner().invoke(app, ["activity", "validate", str(file)])
    assert done.exit_code == 0, done.output
    return next((line for line in done.stdout.splitlines() if "wins a second" in line), "")


def test_a_peak_that_the_index_bears_is_not_worth_a_word(tmp_path: Path) -> None:
    assert note(tmp_path, f"cap: {{ draws: 100000, peak: {2 * WINS_OF_A_NEW_INDEX} }}") == ""


def test_a_peak_beyond_the_index_is_told_with_both_numbers(tmp_path: Path) -> None:
    assert note(tmp_path, "cap: { draws: 100000, peak: 4000 }") == (
        "note: its peaks ask for 2000 wins a second, and a new index bears some 1400, whatever the shards: "
        "beyond that draws are throttled (docs/hot-keys.md, The index of what is due)"
    )


@pytest.mark.parametrize(("strategy", "also"), [("total", ""), ("single", "fallback: sticker")])
def test_every_draw_counts_as_a_win_in_total_mode_and_with_a_fallback(tmp_path: Path, strategy: str, also: str) -> None:
    cap = f"cap: {{ draws: 100000, peak: {WINS_OF_A_NEW_INDEX + 1} }}"

    assert f"ask for {WINS_OF_A_NEW_INDEX + 1} wins a second, since every draw wins," in note(
        tmp_path, f"{also}\n{cap}", strategy=strategy
    )


def test_without_a_cap_the_awards_peak_tells_the_draws(tmp_path: Path) -> None:
    assert "ask for 4000 wins" in note(tmp_path, "fallback: sticker", peak=", peak: 400")
    assert note(tmp_path, peak=", peak: 200") == ""


def test_a_peak_that_is_left_out_limits_nothing(tmp_path: Path) -> None:
    """Beside a peak of 4,000, the pen's is not 1 because nobody wrote it."""
    assert "ask for 20000 wins" in note(tmp_path, "cap: { draws: 100000 }", peak=", peak: 4000")


def test_prizes_granted_by_hand_wait_in_one_lane_which_bears_less(tmp_path: Path) -> None:
    also = f"grant: by-hand\ncap: {{ draws: 100000, peak: {2 * WINS_OF_A_LANE + 2} }}"

    told = note(tmp_path, also)

    assert (
        f"ask for {WINS_OF_A_LANE + 1} wins a second with grant by-hand, and the one lane in which they wait, by-hand, "
        in told
    )
    assert f"bears some {WINS_OF_A_LANE}, whatever the shards" in told


def test_only_the_awards_that_are_granted_by_hand_count_for_that_lane(tmp_path: Path) -> None:
    also = f"cap: {{ draws: 100000, peak: {2 * WINS_OF_A_LANE + 2} }}"

    assert note(tmp_path, also) == ""
    assert note(tmp_path, also, peak=", grant: by-hand") == ""

    told = note(tmp_path, "cap: { draws: 100000, peak: 2600 }", strategy="total", peak=", grant: by-hand")
    assert "ask for 520 wins a second with grant by-hand" in told
