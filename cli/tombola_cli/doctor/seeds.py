"""Who may read seeds, and does their key live?"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from tombola_cli.doctor.finding import Finding, right, wrong

Answer = Mapping[str, Any]
# Each gives a seed away: the second encrypts it anew under a key of one's own, the third hands the first out.
# https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
READING = ("kms:decrypt", "kms:reencryptfrom", "kms:creategrant")
READING_GRANTS = frozenset({"Decrypt", "ReEncryptFrom", "CreateGrant"})
ANYBODY = "anybody (*)"


def key_policy(policy: str, readers: Collection[str]) -> Finding:
    """Judge a key policy (JSON): exactly these roles (ARNs) may decrypt, and nobody has a way around it."""
    statements = [each for each in _list(json.loads(policy)["Statement"]) if each["Effect"] == "Allow"]
    reading = {who for each in statements if _allows(each, READING) for who in _principals(each)}
    decrypting = {who for each in statements if _allows(each, READING[:1]) for who in _principals(each)}
    others, missing = sorted(reading - set(readers)), sorted(set(readers) - decrypting)
    if others:
        return wrong(
            f"may read seeds and should not: {', '.join(others)}", "deploy the stack again, and ask CloudTrail"
        )
    if missing:
        return wrong(f"may not read seeds: {', '.join(missing)}", "deploy the stack again: draws need it")
    return right(f"only {', '.join(sorted(readers))} may decrypt")


def _allows(statement: Answer, actions: Sequence[str]) -> bool:
    """Tell whether a statement covers one of actions: by name, by pattern, or by naming only others."""
    if "NotAction" in statement:
        return any(not _covers(statement["NotAction"], action) for action in actions)
    return any(_covers(statement.get("Action", ()), action) for action in actions)


def _covers(patterns: str | Sequence[str], action: str) -> bool:
    return any(fnmatchcase(action, pattern.lower()) for pattern in _list(patterns))


def _principals(statement: Answer) -> Iterator[str]:
    if "NotPrincipal" in statement:
        yield ANYBODY
        return
    principal = statement.get("Principal", {})
    named: Iterable[Any] = [principal] if isinstance(principal, str) else principal.values()
    for each in named:
        yield from (ANYBODY if who == "*" else str(who) for who in _list(each))


def _list(value: Any) -> list[Any]:  # noqa: ANN401  JSON policies have one thing or a list of them
    return list(value) if isinstance(value, list | tuple) else [value]


def key_grants(grants: Iterable[Answer]) -> Finding:
    """Judge a key's grants, which count beside its policy."""
    reading = sorted({each["GranteePrincipal"] for each in grants if READING_GRANTS & set(each["Operations"])})
    if reading:
        todo = "aws kms list-grants and revoke-grant, and ask CloudTrail who made them"
        return wrong(f"a grant lets seeds be read by {', '.join(reading)}", todo)
    return right("no grant lets anybody read seeds")


def key_state(metadata: Answer) -> Finding:
    """Judge whether a key lives; one that is gone takes every seed with it."""
    state, name = metadata["KeyState"], metadata["Arn"]
    if state == "PendingDeletion":
        # https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys-cancelling-key-deletion.html
        save = f"aws kms cancel-key-deletion --key-id {name}, then aws kms enable-key --key-id {name}"
        return wrong(f"{name} is deleted on {metadata.get('DeletionDate', 'a day not told')}, its seeds with it", save)
    if state == "Disabled":
        return wrong(f"{name} is disabled: no draw can be answered", f"aws kms enable-key --key-id {name}")
    if state != "Enabled":
        return wrong(f"{name} is in state {state}", "look at it in the console of KMS")
    return right(f"{name} is enabled")


def key_rotation(status: Answer) -> Finding:
    if status["KeyRotationEnabled"]:
        return right("on")
    return wrong("off", "aws kms enable-key-rotation, or deploy the stack again")
