"""SAM's own library finds every route of the template and its function: so `sam local start-api` serves them."""

import json
import subprocess
from pathlib import Path
from typing import Any

from sam_template import ROOT, Stack
from tombola_cli.sam import sam_tools

LOOK_SECONDS_MAX = 300.0


def looked(authorizers: str) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [sam_tools.path_of("bin", "python"), ROOT / "tests/sam_routes.py", authorizers]
    environment = sam_tools.environment()
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LOOK_SECONDS_MAX, check=False
    )


def test_each_route_leads_to_the_draw_function_with_the_alias_in_its_uri() -> None:
    wanted = {each["RouteKey"] for each in Stack().of_type("AWS::ApiGatewayV2::Route").values()}
    [integration] = Stack().of_type("AWS::ApiGatewayV2::Integration").values()

    routes: list[Any] = json.loads(looked("disabled").stdout)
    own = {tuple(route) for route in routes if not route[0].startswith("OPTIONS ")}  # for pages of other origins

    assert "${DrawFunction}:live/invocations" in json.dumps(integration["IntegrationUri"])
    assert own == {(route, "DrawFunction", "2.0") for route in wanted}
    assert len(wanted) == 9


def test_with_authorizers_sam_reads_no_route_at_all_so_that_they_have_to_be_disabled() -> None:
    assert "unhashable type" in looked("enabled").stderr
