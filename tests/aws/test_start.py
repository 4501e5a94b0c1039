"""A function's start: the garbage collector rests while everything is imported and built, and only so long."""

import os
import subprocess
import sys

import pytest

SECONDS_MAX = 60.0
START = """
import gc
import tombola.aws
from tombola.aws.start import at_start

seen = []
def build():
    seen.append(gc.isenabled())
    {fails}

try:
    at_start(build)
except ZeroDivisionError:
    pass
print(seen, gc.isenabled(), gc.get_freeze_count() > 0)
"""


def told(fails: str = "", **variables: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "AWS_LAMBDA_FUNCTION_NAME"}
    done = subprocess.run(
        [sys.executable, "-c", START.format(fails=fails)],
        env=environment | variables,
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS_MAX,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("fails", ["", "1 / 0"])
def test_on_lambda_the_collector_rests_until_all_is_built_and_works_from_then_on(fails: str) -> None:
    assert told(fails, AWS_LAMBDA_FUNCTION_NAME="draw") == "[False] True True"


def test_elsewhere_nothing_is_built_at_start_and_the_collector_is_left_alone() -> None:
    assert told() == "[] True False"
