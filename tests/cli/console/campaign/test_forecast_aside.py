"""A forecast is made beside the console, which stays without numpy and matplotlib, and ends in time."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from campaign_files import campaign_file
from tombola_cli.console.campaign import forecast_aside as aside
from tombola_cli.console.campaign.forecast_aside import forecast_aside
from tombola_cli.errors import TombolaError
from tombola_cli.files.activity_file import read_activity
from tombola_cli.screens.blocks import Table, value_of

PNG = b"\x89PNG"


def test_a_forecast_has_its_wins_and_its_picture(tmp_path: Path) -> None:
    activity = read_activity(campaign_file(tmp_path, "7"))
    shown = forecast_aside(activity, 500, 10)
    (awards,) = (block for block in shown.blocks if isinstance(block, Table))
    wins = [column.name for column in awards.columns].index("simulated_wins")
    assert [value_of(row[wins]) for row in awards.rows] == [10, 50, 440]
    assert shown.picture.startswith(PNG)


def test_a_forecast_that_takes_too_long_is_ended_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "SECONDS_MAX", 0.01)
    started = time.monotonic()
    with pytest.raises(TombolaError, match=r"did not end within 0\.01 seconds: try fewer draws"):
        forecast_aside(read_activity(campaign_file(tmp_path, "7")), 1_000, 10)
    assert time.monotonic() - started < 10


def test_a_process_that_ends_without_a_result_is_told(tmp_path: Path) -> None:
    with pytest.raises(TombolaError, match="ended without a result"):
        forecast_aside(read_activity(campaign_file(tmp_path, "7")), -1, 10)


def test_the_console_itself_is_without_numpy_and_matplotlib() -> None:
    asked = "import sys, tombola_cli.console.console_server; print({'numpy', 'matplotlib'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout == "set()\n"
