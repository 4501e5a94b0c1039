"""Damage to the table's items: any value that DynamoDB takes, in place of any attribute."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

Item = dict[str, Any]
Path = tuple[str, ...]  # of an attribute, through maps
KEYS = frozenset({"pk", "sk"})

NUMBERS = st.sampled_from(["-1", "0", "1.5", "0.001", "1E+3", "9" * 38, "-" + "9" * 38, "1795435200000", "7"])
TEXTS = st.sampled_from(["", "x", "7", "parked", "2026-11-23", "\u0000", "😀", "-1"])
VALUES = st.one_of(
    NUMBERS.map(lambda digits: {"N": digits}),
    TEXTS.map(lambda text: {"S": text}),
    st.sampled_from([{"BOOL": True}, {"NULL": True}, {"B": b"x"}, {"L": []}, {"M": {}}, {"L": [{"N": "1"}]}]),
    st.sampled_from([{"M": {"award_id": {"S": "3"}}}, {"SS": ["x"]}, {"L": [{"M": {}}]}]),
)
# The index's own attributes have a type, which DynamoDB insists on.
TYPED = {"lane": st.sampled_from(["parked", "99", "by-hand", "activities", "x"]).map(lambda text: {"S": text})}
TYPED["due_at"] = NUMBERS.map(lambda digits: {"N": digits})
# AWS's page on ExpectedAttributeValue says that a condition on another type does not match; moto raises what Python
# raises, and computes with whole numbers only. What a shard may hold besides is read by the decoder's own tests.
TYPED["left"] = st.sampled_from(["-1", "0", "7", "9" * 38]).map(lambda digits: {"N": digits})


def paths(item: Item) -> Iterator[Path]:
    """Yield every attribute of item but its key, those within maps too."""
    for name, value in item.items():
        if name not in KEYS:
            yield (name,)
            yield from ((name, *rest) for rest in paths(value.get("M", {})))


@st.composite
def damaged(draw: st.DrawFn, item: Item) -> Item:
    """Return item with one attribute, or a few, lost or replaced."""
    broken = copy.deepcopy(item)
    known = sorted(paths(item))
    for path in draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True)):
        *above, name = path
        fields = broken
        for each in above:
            fields = fields.get(each, {}).get("M", {})
        value = draw(st.none() | TYPED.get(name, VALUES))
        if value is None:
            fields.pop(name, None)
        else:
            fields[name] = copy.deepcopy(value)  # a map may be damaged further
    return broken
