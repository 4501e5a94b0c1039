"""The activity commands: from a file to the table."""

import hashlib
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from tombola.aws.items import activity_from, activity_item, activity_key, stock_item
from tombola.rules.activity import Activity
from tombola_cli.activity_file import read_activity
from tombola_cli.errors import TombolaError
from tombola_cli.options import Profile, Region, StackName, chosen_stack
from tombola_cli.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SEED_BYTES = 32
WRITES_MAX = 100  # of one transaction
SECRET_FIELDS = frozenset({"commitment", "sealed_seed"})  # an activity's own, not its file's

console = Console(highlight=False, soft_wrap=True)
app = typer.Typer(help="Activities: what is drawn, when, by whom and with which odds.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The activity as YAML, such as activities/100001.yaml.")]


@app.command("apply")
def apply_command(file: File, stack: StackName = None, region: Region = None, profile: Profile = None) -> None:
    """Put the activity in FILE into the table, with its stock and a new secret seed.

    Applying the same file again changes nothing. An activity that is applied does not change any more.
    """
    applied = apply(file, chosen_stack(stack, region, profile))
    console.print(f"{file}: {'applied' if applied else 'nothing had changed'}")


def apply(file: Path, stack: Stack) -> bool:
    """Apply file; return whether anything was written."""
    dynamodb: DynamoDBClient = stack.client("dynamodb")
    wanted = read_activity(file, commitment="", sealed_seed=b"")
    found = dynamodb.get_item(
        TableName=stack.table_name, Key=activity_key(wanted.activity_id), ConsistentRead=True
    ).get("Item")
    if found is not None:
        _refuse_changes(file, activity_from(found), wanted)
        return False
    seed = secrets.token_bytes(SEED_BYTES)
    commitment, sealed = hashlib.sha256(seed).hexdigest(), _seal(seed, wanted.activity_id, stack)
    _put(read_activity(file, commitment=commitment, sealed_seed=sealed), dynamodb, stack.table_name)
    return True


def _seal(seed: bytes, activity_id: str, stack: Stack) -> bytes:
    """Return seed as only the draw function may open it, and only for this activity."""
    context = {"activity_id": activity_id}
    sealed = stack.client("kms").encrypt(KeyId=stack.seed_key_arn, Plaintext=seed, EncryptionContext=context)
    return bytes(sealed["CiphertextBlob"])


def _put(activity: Activity, dynamodb: "DynamoDBClient", table: str) -> None:
    """Put activity and stock, all or nothing: two who apply at once cannot mix theirs."""
    stock = [
        stock_item(activity.activity_id, share.award.award_id, shard, units)
        for share in activity.shares
        if share.stock is not None
        for shard, units in enumerate(shard_units(share.stock, share.shards))
    ]
    if len(stock) >= WRITES_MAX:
        raise TombolaError(f"activity {activity.activity_id}: at most {WRITES_MAX - 1} shards in all, not {len(stock)}")
    puts: Any = [
        {"Put": {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}
        for item in [activity_item(activity), *stock]
    ]
    dynamodb.transact_write_items(TransactItems=puts)


def shard_units(stock: int, shards: int) -> list[int]:
    """Return stock dealt over shards as evenly as whole units allow."""
    each, rest = divmod(stock, shards)
    return [each + (shard < rest) for shard in range(shards)]


def _refuse_changes(file: Path, found: Activity, wanted: Activity) -> None:
    changed = [
        name
        for name in Activity.__dataclass_fields__
        if name not in SECRET_FIELDS and getattr(found, name) != getattr(wanted, name)
    ]
    if changed:
        raise TombolaError(
            f"{file}: activity {found.activity_id} is applied with another {', '.join(changed)}, "
            "and an applied activity does not change: give the new one an activity_id of its own"
        )
