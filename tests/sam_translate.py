"""SAM's own translator, which AWS runs too: a template on standard input, its resources on standard output.

It wants an older pydantic than the layer has, so the interpreter of SAM's environment runs this file. Its first
argument is a JSON object with the parameters' values.
"""

import json
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """The template names none."""

    def load(self) -> dict[str, str]:
        return {}


if __name__ == "__main__":
    template = yaml_parse(sys.stdin.read())
    json.dump(transform(template, json.loads(sys.argv[1]), NoManagedPolicies())["Resources"], sys.stdout)
