"""What docs/openapi.json describes, for the tests of it."""

import copy
import json
from typing import Any

from jsonschema_rs import Draft202012Validator

from tombola_cli.describe import openapi

DOCUMENT = openapi.document()
OPERATIONS = [
    (method.upper(), path, operation) for path, item in DOCUMENT["paths"].items() for method, operation in item.items()
]


def breaches(schema: dict[str, Any], value: object) -> list[str]:
    """Return what schema has against value, a field that it does not name included."""
    components = copy.deepcopy(DOCUMENT["components"])
    for each in components["schemas"].values():
        if "properties" in each:
            each["additionalProperties"] = False
    validator = Draft202012Validator(schema | {"components": components}, validate_formats=True)
    return [error.message for error in validator.iter_errors(json.loads(json.dumps(value)))]


def named(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
