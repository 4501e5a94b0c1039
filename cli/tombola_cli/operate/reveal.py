"""Revealing a seed. Anybody who has it can compute every result of an activity again."""

from datetime import datetime
from typing import Any

from tombola.rules.activity import Activity
from tombola.rules.activity_life import check_revealable, revealed
from tombola.rules.activity_states import IllegalActionError
from tombola_cli.errors import TombolaError
from tombola_cli.operate.registry import activity_ledger
from tombola_cli.operate.stack import Stack

SESSION_SECONDS = 900  # the shortest that a role is assumed for


def reveal(activity: Activity, stack: Stack, who: str, why: str, now: datetime) -> str:
    """Write the seed to activity and its log; return it as hex. There is no way back."""
    try:
        check_revealable(activity, now)  # only then the seed is read
        seed = _open(activity, stack)
        after, entry = revealed(activity, seed, who, why, now)
    except IllegalActionError as error:
        raise TombolaError(f"activity {activity.activity_id}: {error}") from None
    if not activity_ledger(stack).write(activity, after, entry):
        raise TombolaError(
            f"activity {activity.activity_id} was changed by somebody else meanwhile: look, and try again"
        )
    return seed.hex()


def _open(activity: Activity, stack: Stack) -> bytes:
    """Decrypt the seed in the one role beside the draw function's that may."""
    if not stack.reveal_role_arn:
        raise TombolaError("nobody may read seeds of this stack: deploy it with RevealPrincipal first")
    import boto3  # noqa: PLC0415  a tenth of a second that --help need not wait for

    assumed = stack.client("sts").assume_role(
        RoleArn=stack.reveal_role_arn, RoleSessionName="tombola-reveal", DurationSeconds=SESSION_SECONDS
    )["Credentials"]
    make: Any = boto3.session.Session(
        assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"], region_name=stack.region
    ).client
    opened = make("kms", endpoint_url=stack.endpoint_url).decrypt(
        CiphertextBlob=activity.sealed_seed, EncryptionContext={"activity_id": activity.activity_id}
    )
    return bytes(opened["Plaintext"])
