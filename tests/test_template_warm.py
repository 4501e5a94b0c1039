"""What table and index bear at once may be raised by parameters, and is left to DynamoDB otherwise."""

import re
from collections.abc import Mapping

import pytest

from sam_template import Node, Stack

READS = "TableWarmReads"
WRITES = "TableWarmWrites"
INDEX = "IndexWarmWrites"
# Where an on-demand table begins; less is refused, and so is what is less than the table has reached.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput-scenarios.html
BEGINS = {READS: 12_000, WRITES: 4_000, INDEX: 4_000}


def warm(**parameters: str) -> tuple[Node, Node]:
    """Return the warm throughput of the table and of its indexes, which is that of each."""
    table = Stack(**parameters).resources["Table"]["Properties"]
    index, wins = table["GlobalSecondaryIndexes"]
    assert index.get("WarmThroughput") == wins.get("WarmThroughput")
    return table.get("WarmThroughput"), index.get("WarmThroughput")


def test_by_default_warm_throughput_is_left_to_dynamodb() -> None:
    assert warm() == (None, None)


@pytest.mark.parametrize(
    ("parameters", "table", "index"),
    [
        ({READS: "60000"}, {"ReadUnitsPerSecond": "60000"}, None),
        ({WRITES: "20000"}, {"WriteUnitsPerSecond": "20000"}, None),
        ({READS: "60000", WRITES: "20000"}, {"ReadUnitsPerSecond": "60000", "WriteUnitsPerSecond": "20000"}, None),
        ({INDEX: "40000"}, None, {"WriteUnitsPerSecond": "40000"}),
    ],
)
def test_each_warm_throughput_is_set_alone_or_with_the_others(
    parameters: Mapping[str, str], table: Node, index: Node
) -> None:
    assert warm(**parameters) == (table, index)


@pytest.mark.parametrize(("parameter", "begins"), BEGINS.items())
def test_warm_throughput_is_nothing_or_at_least_what_a_new_table_has(parameter: str, begins: int) -> None:
    pattern = Stack().template["Parameters"][parameter]["AllowedPattern"]

    for value in ("", str(begins), str(begins + 1), "99999", "100000", "40000000"):
        assert re.search(pattern, value), value
    for value in ("0", "1", str(begins - 1), f"0{begins}", "-4000", "4e4", " 40000"):
        assert not re.search(pattern, value), value


@pytest.mark.parametrize("parameter", BEGINS)
def test_whoever_sets_warm_throughput_reads_that_it_is_not_lowered_again(parameter: str) -> None:
    assert "can be raised, not lowered" in Stack().template["Parameters"][parameter]["Description"]
