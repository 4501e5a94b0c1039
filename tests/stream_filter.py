"""Lambda's filter language, as far as our template uses it.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax says how patterns are read,
and https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html that one on a DynamoDB stream may look only at
what stands under `dynamodb`.
"""

import json
from typing import Any

Pattern = Any  # mappings whose innermost values are lists


def passes(patterns: list[Pattern], record: Any) -> bool:
    """Return whether a mapping with these patterns hands record over: one of them is enough, and none lets all pass."""
    return not patterns or any(_matches(pattern, record) for pattern in patterns)


def patterns_of(mapping: Any) -> list[Pattern]:
    """Return the patterns of an event source mapping's properties; raise ValueError if one looks at what it may not."""
    patterns = [json.loads(each["Pattern"]) for each in mapping.get("FilterCriteria", {}).get("Filters", [])]
    for pattern in patterns:
        if pattern.keys() != {"dynamodb"}:
            raise ValueError(f"a DynamoDB stream is filtered by its key dynamodb alone, not by {sorted(pattern)}")
    return patterns


def _matches(pattern: Pattern, found: Any) -> bool:
    """Return whether found has every key of pattern, and at the end of each way one of the values listed there."""
    if isinstance(pattern, dict):
        return isinstance(found, dict) and all(_matches(below, found.get(key)) for key, below in pattern.items())
    if not all(isinstance(value, str) for value in pattern):
        raise TypeError(f"{pattern} asks for more than texts: teach it to this module")
    return found in pattern
