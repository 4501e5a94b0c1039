"""SAM's own translator, which AWS runs too: it answers each line, [template, values of parameters], with its resources.

It wants an older pydantic than the layer has, so the interpreter of SAM's environment runs this file, once for all
questions: to start it takes four times as long as to answer.
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
    for line in sys.stdin:
        template, values = json.loads(line)
        resources = transform(yaml_parse(template), values, NoManagedPolicies())["Resources"]
        sys.stdout.write(json.dumps(resources) + "\n")
        sys.stdout.flush()
