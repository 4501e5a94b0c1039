"""docs/openapi.json is what the code does: its routes, and examples that its schemas allow."""

import copy
import re
from typing import Any

import pytest
import schemathesis

import sam_template
from described import DOCUMENT, OPERATIONS, breaches
from tombola.flows.show import SHOWS
from tombola.rules.request import CLAIM_ROUTE
from tombola_cli.describe import openapi
from tombola_cli.files.repository import ROOT


def test_the_file_is_what_the_code_says() -> None:
    written = (ROOT / "docs/openapi.json").read_text("utf-8")

    assert written == openapi.text(), "renew it: make openapi"


def test_it_is_an_openapi_document() -> None:
    schemathesis.openapi.from_dict(copy.deepcopy(DOCUMENT)).validate()


def test_its_operations_are_the_routes_of_the_template_and_of_the_handler() -> None:
    routes = sam_template.Stack().of_type("AWS::ApiGatewayV2::Route").values()
    told = sorted(f"{method} {path}" for method, path, _ in OPERATIONS)

    assert sorted(f"{method} {path}" for method, path, _ in OPERATIONS) == sorted(each["RouteKey"] for each in routes)
    assert [each for each in told if each.startswith("GET ")] == sorted(SHOWS)
    assert [each for each in told if each.startswith("POST ") and not each.endswith("/draws")] == [CLAIM_ROUTE]


@pytest.mark.parametrize(("path", "operation"), [each[1:] for each in OPERATIONS], ids=lambda each: str(each)[:40])
def test_an_operation_names_each_part_of_its_path(path: str, operation: dict[str, Any]) -> None:
    names = [each["$ref"].rpartition("/")[2] for each in operation["parameters"]]
    placed = [name for name in names if DOCUMENT["components"]["parameters"][name]["in"] == "path"]

    assert placed == re.findall(r"{(\w+)}", path)


def test_operation_ids_are_told_apart() -> None:
    told = [operation["operationId"] for *_, operation in OPERATIONS]

    looks = ["listDraws", "showDraw", "claim", "giveShippingAddress", "showQuotas", "showActivity", "showLog"]
    assert told == ["draw", "drawThroughTree", *looks]


def test_every_example_is_what_its_schema_allows() -> None:
    for parameter in DOCUMENT["components"]["parameters"].values():
        assert "example" not in parameter or breaches(parameter["schema"], parameter["example"]) == []
    for *_, operation in OPERATIONS:
        for each in [operation.get("requestBody", {"content": {}}), *operation["responses"].values()]:
            for content in each["content"].values():
                values = [example["value"] for example in content.get("examples", {}).values()]
                for value in [content["example"]] if "example" in content else values:
                    assert breaches(content["schema"], value) == []
