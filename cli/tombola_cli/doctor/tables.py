"""Are the tables whole, and safe from a slip of the hand?"""

from collections.abc import Mapping
from typing import Any

from tombola_cli.doctor.finding import Finding, right, wrong
from tombola_cli.operate import emulated_answers

# The indexes, each with the trouble that its absence makes.
INDEXES = {"due": "nothing is repaired, started or closed", "wins": "no list of winners can be made"}

Answer = Mapping[str, Any]


def status(table: Answer) -> Finding:
    if table["TableStatus"] != "ACTIVE":
        return wrong(f"is {table['TableStatus']}", "wait for what goes on with it, or look in the console of DynamoDB")
    return right("ACTIVE")


def index(name: str, table: Answer) -> Finding:
    """Judge one of INDEXES."""
    found = next((each for each in table.get("GlobalSecondaryIndexes", []) if each["IndexName"] == name), None)
    if found is None:
        return wrong(f"index {name} is missing: {INDEXES[name]}", "deploy the stack again")
    state = emulated_answers.index_status(found)
    if state != "ACTIVE":
        return wrong(f"index {name} is {state}: it does not show everything yet", "wait until it is ACTIVE")
    return right(f"index {name} is ACTIVE")


def protection(table: Answer) -> Finding:
    """Judge deletion protection, which a first deployment leaves off."""
    if emulated_answers.is_protected(table):
        return right("on")
    name = table["TableName"]
    by_hand = f"aws dynamodb update-table --deletion-protection-enabled --table-name {name}"
    todo = f"deploy a second time, with DeletionProtection=true (docs/deployment.md), or by hand: {by_hand}"
    return wrong(f"off: one call deletes {name} and all that is in it", todo)


def backups(found: Answer) -> Finding:
    """Judge point-in-time recovery."""
    state = found.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    if state == "ENABLED":
        return right("point-in-time recovery is on")
    return wrong("point-in-time recovery is off: a mistake cannot be taken back", "deploy the stack again")


def encryption(table: Answer) -> Finding:
    """Judge with whose key the table is encrypted: without a description it is DynamoDB's own."""
    found = table.get("SSEDescription", {})
    if found.get("Status") == "ENABLED" and found.get("SSEType") == "KMS":
        return right(f"by {found.get('KMSMasterKeyArn', 'a key in KMS')}")
    return wrong("by DynamoDB's own key, whose use nobody can see", "deploy the stack again")


def expiry(found: Answer) -> Finding:
    """Judge whether records that have served their time go by themselves."""
    if found["TimeToLiveStatus"] in {"ENABLED", "ENABLING"}:
        return right(f"by {found['AttributeName']}")
    return wrong("off: the table grows for ever", "deploy the stack again")
