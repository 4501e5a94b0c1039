"""The guard of stock: what it asks of the activity's item."""

from builders import an_activity
from tombola_cli.operate.guard import guard_of


def test_the_guard_of_an_activity_asks_for_as_many_entries_in_its_log() -> None:
    check = guard_of(an_activity(activity_id="100001", entries=7)).check("a-table", "100001")["ConditionCheck"]

    assert check["ConditionExpression"] == "entries = :entries"
    assert check["ExpressionAttributeValues"] == {":entries": {"N": "7"}}
    assert (check["TableName"], check["Key"]["pk"]) == ("a-table", {"S": "ACTIVITY#100001"})


def test_where_no_activity_was_found_the_guard_asks_that_there_is_none() -> None:
    check = guard_of(None).check("a-table", "100001")["ConditionCheck"]

    assert check["ConditionExpression"] == "attribute_not_exists(pk)"
    assert "ExpressionAttributeValues" not in check
