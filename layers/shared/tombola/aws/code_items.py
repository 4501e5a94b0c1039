"""How the codes of a pool look in the table; nothing but translation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tombola.aws.decode import Item
from tombola.aws.items import moment, number, text
from tombola.rules.code_pool import shard_of_code
from tombola.rules.order import Order

POOLS_PK = "POOLS"  # the partition of their names, so that they can be listed
FREE, USED = "FREE#", "USED#"
FORGOTTEN = "forgotten"  # the mark of a used code whose owner is forgotten


def shard_pk(pool: str, shard: int) -> str:
    return f"CODES#{pool}#{shard:02d}"


def free_key(pool: str, code: str) -> Item:
    return {"pk": text(shard_pk(pool, shard_of_code(code))), "sk": text(f"{FREE}{code}")}


def used_key(pool: str, code: str) -> Item:
    return {"pk": text(shard_pk(pool, shard_of_code(code))), "sk": text(f"{USED}{code}")}


def free_item(pool: str, code: str, expires_at: datetime | None) -> Item:
    """Return a code that nobody has yet."""
    return free_key(pool, code) | ({} if expires_at is None else {"expires_at": moment(expires_at)})


def used_item(pool: str, code: str, order: Order, now: datetime) -> Item:
    """Return a code that order's winner got at now."""
    whose = {"user_id": text(order.user_id), "order_id": number(order.order_id), "at": moment(now)}
    return used_key(pool, code) | whose


def pool_item(pool: str) -> Item:
    """Return the line of the list of pools."""
    return {"pk": text(POOLS_PK), "sk": text(pool)}


def code_of(item: Mapping[str, Any]) -> str:
    """Return the code of an item, be it free or used."""
    return str(item["sk"]["S"])[len(FREE) :]
