"""What the wheel decides without a page: which draw is asked for, how often, and on which slice it stops.

make wheel runs these tests of Vitest, and others; here they are again, so that each can be asked to notice a fault.
"""

import os
import subprocess

import pytest

from tombola_cli.files.repository import ROOT

NODE = ROOT / ".local/web/bin/node"
WHEEL = ROOT / "web/wheel"
VITEST = WHEEL / "node_modules/vitest/vitest.mjs"


@pytest.mark.parametrize("unit", ["api", "counted", "draw", "lack", "options", "pending_draw", "slices", "words"])
def test_the_unit_holds(unit: str) -> None:
    if not (NODE.exists() and VITEST.exists()):
        (pytest.fail if "CI" in os.environ else pytest.skip)("Vitest is missing: make wheel brings it")
    command = [str(NODE), str(VITEST), "run", f"tests/{unit}.test.ts", "--cache=false"]

    done = subprocess.run(command, cwd=WHEEL, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
