"""The wheel has words, in each of its languages, for everything that the API refuses."""

import ast
import json
import re

import pytest

from tombola.rules.postcode import COUNTRIES
from tombola_cli.files.repository import ROOT

SOURCES = ROOT / "web/wheel/src"
LANGUAGES = ("en", "de", "zh")
CATALOGUES = {language: json.loads((SOURCES / f"words/{language}.json").read_text("utf-8")) for language in LANGUAGES}
ROWS = json.loads((SOURCES / "problems.json").read_text("utf-8"))
GATEWAY = [(401, None, None), (429, None, None), (503, None, None), (0, None, None)]  # without a document of ours


def problems_of_the_api() -> list[tuple[int, str | None, str | None]]:
    """Return status, code and title of each problem that the rules can tell; a title with values in it is None."""
    tree = ast.parse((ROOT / "layers/shared/tombola/rules/problem.py").read_text("utf-8"))
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem"
    ]
    assert calls
    return [tuple(getattr(given, "value", None) for given in call.args[:3]) for call in calls]  # type: ignore[misc]


@pytest.mark.parametrize(("status", "code", "title"), [*problems_of_the_api(), *GATEWAY])
def test_each_problem_has_words_of_its_own_in_each_language(status: int, code: str | None, title: str | None) -> None:
    same = [row for row in ROWS if (row["status"], row["code"]) == (status, code)]
    titled = [row for row in same if row["title"] == title] or [row for row in same if row["title"] is None]

    assert titled, f"web/wheel/src/problems.json has no row for {status} {code} {title!r}"
    for language, catalogue in CATALOGUES.items():
        assert catalogue.get(f"problem_{titled[0]['words']}"), f"{language}.json: problem_{titled[0]['words']}"


def test_no_row_waits_for_a_title_that_the_api_does_not_tell() -> None:
    told = {title for _, _, title in problems_of_the_api()}

    assert [row for row in ROWS if row["title"] not in told | {None} and not row["title"].startswith("unknown ")] == []


def test_the_form_of_an_address_has_the_fields_and_countries_that_the_api_takes() -> None:
    address = json.loads((ROOT / "docs/openapi.json").read_text("utf-8"))["components"]["schemas"]["ShippingAddress"]
    form = (SOURCES / "address_form.ts").read_text("utf-8")
    fields = re.findall(r'^  \{ name: "(\w+)",( needed: true,)? characters: (\d+)', form, re.MULTILINE)
    ids = {name for name in address["properties"] if name.endswith("_id")}  # of a shop's own catalogue

    assert {name for name, _, _ in fields} == set(address["properties"]) - ids
    # A form for everybody asks for a city; the API leaves it to shops, as not every address has one.
    assert {name for name, needed, _ in fields if needed} == {*address["required"], "city_name"}
    for name, _, characters in fields:
        assert name == "country" or int(characters) == address["properties"][name]["maxLength"]
    assert json.loads((SOURCES / "countries.json").read_text("utf-8")) == sorted(COUNTRIES)
