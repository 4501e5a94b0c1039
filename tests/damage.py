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
# The indexes' own attributes have a type, which DynamoDB insists on.
TYPED = {name: NUMBERS.map(lambda digits: {"N": digits}) for name in ("due_at", "drawn_at")}
TYPED["lane"] = st.sampled_from(["parked", "99", "by-hand", "activities", "x"]).map(lambda text: {"S": text})
TYPED["win"] = st.sampled_from(["100001#0", "x"]).map(lambda text: {"S": text})


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
