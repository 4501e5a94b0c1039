"""docs/transports.md tells of each transport, and the numbers of the stream's mapping as the template has them."""

import re

from sam_template import ROOT, Stack
from tombola.rules.order_life import CHANGES

PAGE = (ROOT / "docs/transports.md").read_text("utf-8")
STREAMS = Stack(Transport="streams")
MAPPING = STREAMS.resources["OrdersFromStream"]["Properties"]
LOCAL = Stack(Transport="streams", Stage="local").resources["OrdersFromStream"]["Properties"]
HOUR, MINUTE = 3600, 60


def test_the_page_has_a_row_for_each_transport() -> None:
    table = PAGE.partition("| `Transport` |")[2].partition("\n\n")[0]

    names = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert set(names) == set(STREAMS.template["Parameters"]["Transport"]["AllowedValues"])


def test_the_page_tells_the_numbers_of_the_mapping() -> None:
    assert f"in batches of up to {MAPPING['BatchSize']}." in PAGE
    assert f"| {MAPPING['ParallelizationFactor']} batches of a shard at once (`ParallelizationFactor`)" in PAGE
    assert f"should allow {MAPPING['ParallelizationFactor']} a shard" in PAGE
    assert f"tries {MAPPING['MaximumRetryAttempts']}\ntimes more" in PAGE
    assert "more than an hour old, or a minute in the local stack" in PAGE
    assert (MAPPING["MaximumRecordAgeInSeconds"], LOCAL["MaximumRecordAgeInSeconds"]) == (HOUR, MINUTE)


def test_a_record_is_skipped_only_after_a_claim_has_told_of_its_order_again() -> None:
    assert MAPPING["MaximumRecordAgeInSeconds"] >= STREAMS.parameters["BackoffMaxSeconds"]


def test_a_record_that_fails_holds_the_others_up_for_a_while_only_and_leaves_a_letter() -> None:
    assert MAPPING["BisectBatchOnFunctionError"] is True
    assert MAPPING["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert MAPPING["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["DeadLetters", "Arn"]}
    assert MAPPING["StartingPosition"] == "TRIM_HORIZON"  # what is written before the mapping is there waits for it


def test_the_page_names_who_sets_the_mark() -> None:
    words = {"claim": "compensation's claim", "retry": "an operator's retry", "accept": "a user's claim of a prize"}
    named = words | {"give_address": words["accept"]}  # an address is a claim, too

    assert {change.name for change in CHANGES if change.wakes} == named.keys()
    assert all(each in PAGE for each in named.values())
