"""Every refusal is documented with its code, and who may keep an answer or has to ask again."""

import re
from pathlib import Path

from described import OPERATIONS
from tombola.aws import http
from tombola.rules import problem

PROBLEMS = [
    (status, each)
    for *_, operation in OPERATIONS
    for status, response in operation["responses"].items()
    for each in response["content"].get("application/problem+json", {"examples": {}})["examples"].values()
]


def test_every_problem_is_documented_with_its_code_and_no_other_is() -> None:
    source = Path(problem.__file__).read_text()
    raised = {(status, code.strip('"')) for status, code in re.findall(r'Problem\((\d{3}), (None|"\w+")', source)}

    assert {(status, str(each["value"].get("code"))) for status, each in PROBLEMS} == raised


def test_whoever_is_busy_says_when_to_ask_again() -> None:
    for *_, operation in OPERATIONS:
        responses = operation["responses"].items()
        assert [status for status, response in responses if "Retry-After" in response.get("headers", {})] == ["503"]


def test_what_caches_may_keep_is_documented() -> None:
    for method, path, operation in OPERATIONS:
        kept = http.FOR_ANYBODY if f"{method} {path}" in http.PUBLIC_ROUTES else http.FOR_NOBODY_ELSE
        for status, response in operation["responses"].items():
            told = response.get("headers", {}).get("Cache-Control", {"schema": None})["schema"]
            assert told == ({"const": kept["Cache-Control"]} if status in ("200", "201") else None)
