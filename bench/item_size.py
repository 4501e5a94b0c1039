"""The bytes of an item as DynamoDB counts them: each kilobyte begun costs another write unit.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from collections.abc import Mapping
from typing import Any


def size_of(item: Mapping[str, Mapping[str, Any]]) -> int:
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return (len(content) + 1) // 2 + 1
    if kind == "B":
        return len(content)
    if kind in {"BOOL", "NULL"}:
        return 1
    members = list(content.values()) if kind == "M" else content
    names = sum(len(name.encode()) for name in content) if kind == "M" else 0
    return 3 + len(members) + names + sum(_size(member) for member in members)
