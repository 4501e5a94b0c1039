"""What the doctor says of a table, its index, its backups."""

from typing import Any

import pytest

from findings import RIGHT, WRONG, said
from tombola_cli.doctor import tables
from tombola_cli.doctor.finding import Verdict


def a_table(**changes: Any) -> dict[str, Any]:
    return {
        "TableName": "tombola-Table-ABC",
        "TableStatus": "ACTIVE",
        "GlobalSecondaryIndexes": [
            {"IndexName": "due", "IndexStatus": "ACTIVE"},
            {"IndexName": "wins", "IndexStatus": "ACTIVE"},
        ],
        "DeletionProtectionEnabled": True,
        "SSEDescription": {
            "Status": "ENABLED",
            "SSEType": "KMS",
            "KMSMasterKeyArn": "arn:aws:kms:eu-central-1:123456789012:key/1",
        },
        **changes,
    }


@pytest.mark.parametrize(
    ("judge", "changes", "verdict", "words"),
    [
        (tables.status, {}, RIGHT, "ACTIVE"),
        (tables.status, {"TableStatus": "UPDATING"}, WRONG, "UPDATING"),
        (tables.protection, {}, RIGHT, "on"),
        (tables.protection, {"DeletionProtectionEnabled": False}, WRONG, "off"),
        (tables.encryption, {}, RIGHT, "key/1"),
        (tables.encryption, {"SSEDescription": {}}, WRONG, "DynamoDB's own key"),
        (tables.encryption, {"SSEDescription": {"Status": "DISABLED"}}, WRONG, "DynamoDB's own key"),
    ],
)
def test_a_table(judge: Any, changes: dict[str, Any], verdict: Verdict, words: str) -> None:
    said(judge(a_table(**changes)), verdict, words)


@pytest.mark.parametrize("name", tables.INDEXES)
def test_each_index_is_to_be_there_and_active(name: str) -> None:
    others = [{"IndexName": other, "IndexStatus": "ACTIVE"} for other in (*tables.INDEXES, "another") if other != name]
    creating = {"IndexName": name, "IndexStatus": "CREATING"}

    said(tables.index(name, a_table()), RIGHT, f"index {name} is ACTIVE")
    said(tables.index(name, a_table(GlobalSecondaryIndexes=others)), WRONG, f"index {name} is missing")
    said(tables.index(name, a_table(GlobalSecondaryIndexes=[*others, creating])), WRONG, f"{name} is CREATING")


@pytest.mark.parametrize(
    ("name", "without"), [("due", "nothing is repaired"), ("wins", "no list of winners can be made")]
)
def test_a_table_without_any_index_misses_each_with_what_goes_wrong(name: str, without: str) -> None:
    table = a_table()
    del table["GlobalSecondaryIndexes"]

    said(tables.index(name, table), WRONG, without)


def test_an_unprotected_table_is_told_with_what_protects_it() -> None:
    found = tables.protection(a_table(DeletionProtectionEnabled=False))

    assert found.todo.endswith("aws dynamodb update-table --deletion-protection-enabled --table-name tombola-Table-ABC")


@pytest.mark.parametrize(("status", "verdict"), [("ENABLED", RIGHT), ("DISABLED", WRONG), (None, WRONG)])
def test_backups_are_to_be_on(status: str | None, verdict: Verdict) -> None:
    recovery = {} if status is None else {"PointInTimeRecoveryStatus": status}

    assert tables.backups({"PointInTimeRecoveryDescription": recovery}).verdict is verdict


@pytest.mark.parametrize(("status", "verdict"), [("ENABLED", RIGHT), ("ENABLING", RIGHT), ("DISABLED", WRONG)])
def test_old_records_are_to_go_by_themselves(status: str, verdict: Verdict) -> None:
    assert tables.expiry({"TimeToLiveStatus": status, "AttributeName": "expiration"}).verdict is verdict
