"""What the doctor says of the key that keeps the seeds, for what KMS answers."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tombola_cli.doctor import seeds
from tombola_cli.doctor.finding import Verdict

RIGHT, WRONG, _ = Verdict
ACCOUNT = "arn:aws:iam::123456789012:root"
DRAW = "arn:aws:iam::123456789012:role/tombola-DrawRole-ABC"
REVEAL = "arn:aws:iam::123456789012:role/tombola-RevealRole-DEF"
OTHER = "arn:aws:iam::123456789012:role/administrator"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/3db2ca4b-be9d-42cf-a3c0-ebf8076e9d8a"

ADMINISTRATION = {
    "Sid": "TheAccountAdministersAndEncrypts",
    "Effect": "Allow",
    "Principal": {"AWS": ACCOUNT},
    "Action": ["kms:CancelKeyDeletion", "kms:DescribeKey", "kms:Encrypt", "kms:PutKeyPolicy"],
    "Resource": "*",
}
READING = {"Effect": "Allow", "Principal": {"AWS": [DRAW, REVEAL]}, "Action": "kms:Decrypt", "Resource": "*"}


def a_policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def a_statement(**changes: Any) -> dict[str, Any]:
    return {**READING, **changes}


def test_a_policy_that_lets_the_two_roles_decrypt_and_nobody_else_is_right() -> None:
    assert seeds.key_policy(a_policy(ADMINISTRATION, READING), [DRAW, REVEAL]).verdict is RIGHT


def test_without_a_role_that_reveals_only_the_draw_function_decrypts() -> None:
    only_draw = a_statement(Principal={"AWS": DRAW})

    assert seeds.key_policy(a_policy(ADMINISTRATION, only_draw), [DRAW]).verdict is RIGHT
    assert seeds.key_policy(a_policy(ADMINISTRATION, READING), [DRAW]).verdict is WRONG


@pytest.mark.parametrize(
    ("statement", "who"),
    [
        (a_statement(Principal={"AWS": OTHER}), OTHER),
        (a_statement(Principal={"AWS": [DRAW, OTHER]}), OTHER),
        (a_statement(Principal={"AWS": "AROAEXAMPLEOFADELETEDROLE"}), "AROAEXAMPLEOFADELETEDROLE"),
        (a_statement(Principal={"AWS": ACCOUNT}), ACCOUNT),
        (a_statement(Principal={"AWS": "*"}), "anybody"),
        (a_statement(Principal="*"), "anybody"),
        (a_statement(Principal={"Service": "lambda.amazonaws.com"}), "lambda.amazonaws.com"),
        (a_statement(Principal={"AWS": OTHER}, Action=["kms:Encrypt", "kms:Decrypt"]), OTHER),
        (a_statement(Principal={"AWS": OTHER}, Action="kms:*"), OTHER),
        (a_statement(Principal={"AWS": OTHER}, Action="*"), OTHER),
        (a_statement(Principal={"AWS": OTHER}, Action="kms:De*"), OTHER),
        (a_statement(Principal={"AWS": OTHER}, Action="KMS:decrypt"), OTHER),
        (a_statement(Principal={"AWS": OTHER}, Action="kms:ReEncrypt*"), OTHER),
        (a_statement(Principal={"AWS": OTHER}, Action="kms:CreateGrant"), OTHER),
        ({"Effect": "Allow", "Principal": {"AWS": OTHER}, "NotAction": "kms:Encrypt", "Resource": "*"}, OTHER),
        ({"Effect": "Allow", "NotPrincipal": {"AWS": OTHER}, "Action": "kms:Decrypt", "Resource": "*"}, "anybody"),
    ],
)
def test_whoever_else_may_read_seeds_or_hand_that_right_out_is_named(statement: dict[str, Any], who: str) -> None:
    found = seeds.key_policy(a_policy(ADMINISTRATION, READING, statement), [DRAW, REVEAL])

    assert (found.verdict, "should not" in found.seen, who in found.seen) == (WRONG, True, True)


@pytest.mark.parametrize(
    "statement",
    [
        a_statement(Effect="Deny", Principal="*"),
        a_statement(Principal={"AWS": OTHER}, Action="kms:Encrypt"),
        {"Effect": "Allow", "Principal": {"AWS": OTHER}, "NotAction": ["kms:*"], "Resource": "*"},
    ],
)
def test_what_gives_no_seed_away_is_no_fault(statement: dict[str, Any]) -> None:
    assert seeds.key_policy(a_policy(ADMINISTRATION, READING, statement), [DRAW, REVEAL]).verdict is RIGHT


@pytest.mark.parametrize("statements", [[], [a_statement(Principal={"AWS": DRAW}, Action="kms:ReEncryptFrom")]])
def test_a_role_that_needs_seeds_and_may_not_read_them_is_named(statements: list[dict[str, Any]]) -> None:
    found = seeds.key_policy(a_policy(ADMINISTRATION, *statements), [DRAW])

    assert (found.verdict, found.seen) == (WRONG, f"may not read seeds: {DRAW}")


@pytest.mark.parametrize(
    ("operations", "verdict"),
    [
        (None, RIGHT),
        (["Encrypt", "DescribeKey"], RIGHT),
        (["Decrypt"], WRONG),
        (["ReEncryptFrom"], WRONG),
        (["CreateGrant"], WRONG),
    ],
)
def test_a_grant_that_gives_seeds_away_is_wrong(operations: list[str] | None, verdict: Verdict) -> None:
    grants = [] if operations is None else [{"GranteePrincipal": OTHER, "Operations": operations}]
    found = seeds.key_grants(grants)

    assert (found.verdict, OTHER in found.seen) == (verdict, verdict is WRONG)


@pytest.mark.parametrize(
    ("state", "verdict", "todo"),
    [
        ("Enabled", RIGHT, ""),
        ("Disabled", WRONG, f"aws kms enable-key --key-id {KEY}"),
        (
            "PendingDeletion",
            WRONG,
            f"aws kms cancel-key-deletion --key-id {KEY}, then aws kms enable-key --key-id {KEY}",
        ),
        ("Unavailable", WRONG, "look at it in the console of KMS"),
    ],
)
def test_a_key_that_does_not_live_is_told_with_what_to_do(state: str, verdict: Verdict, todo: str) -> None:
    found = seeds.key_state({"Arn": KEY, "KeyState": state, "DeletionDate": datetime(2026, 12, 26, tzinfo=UTC)})

    assert (found.verdict, found.todo) == (verdict, todo)
    assert KEY in found.seen


def test_a_key_that_is_deleted_is_told_with_the_day() -> None:
    found = seeds.key_state(
        {"Arn": KEY, "KeyState": "PendingDeletion", "DeletionDate": datetime(2026, 12, 26, tzinfo=UTC)}
    )

    assert "is deleted on 2026-12-26" in found.seen


@pytest.mark.parametrize(("on", "verdict"), [(True, RIGHT), (False, WRONG)])
def test_rotation_is_to_be_on(on: bool, verdict: Verdict) -> None:
    assert seeds.key_rotation({"KeyRotationEnabled": on}).verdict is verdict
