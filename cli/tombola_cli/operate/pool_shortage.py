"""Is there enough of what an activity's awards come from: codes in their pools, and providers that are defined?"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from tombola.rules.activity import Activity, Share
from tombola.rules.award_type import PROVIDER, AwardType
from tombola_cli.errors import TombolaError
from tombola_cli.operate.code_counts import free_codes
from tombola_cli.operate.providers import checked
from tombola_cli.operate.shards import read_shards
from tombola_cli.operate.stack import Stack


def shortages(activity: Activity, stack: Stack, now: datetime) -> list[str]:
    """Return a sentence for each pool with too few free codes, endless award and undefined provider.

    Units that are won, and whose codes are not handed over yet, are not counted.
    """
    pools: dict[str, list[Share]] = defaultdict(list)
    for share in activity.shares:
        if share.award.award_type is AwardType.CODE and share.award.source is not None:
            pools[share.award.source].append(share)
    short = [each for pool, shares in pools.items() for each in _of_pool(activity, pool, shares, stack, now)]
    return [*short, *_undefined(activity, stack)]


def _undefined(activity: Activity, stack: Stack) -> list[str]:
    """Return a sentence for each provider of an award that is not defined, or wrongly."""
    asking = [share.award for share in activity.shares if share.award.award_type.source == PROVIDER]
    found = []
    for name in dict.fromkeys(award.source for award in asking if award.source is not None):
        try:
            checked(stack, name)
        except TombolaError as error:
            found.append(f"{error}: prizes of it wait until it is defined")
    return found


def _of_pool(activity: Activity, pool: str, shares: list[Share], stack: Stack, now: datetime) -> Iterator[str]:
    for share in shares:
        if share.stock is None:
            endless = (
                f"award {share.award.award_id} has no stock, so that it can be won without end, and pool {pool} ends"
            )
            yield f"{endless}: what is won then is parked until codes are imported"
    limited = [share for share in shares if share.stock is not None]
    units = sum(share.stock or 0 for share in limited) - _won(activity, limited, stack)
    free = free_codes(pool, stack, now, enough=units) if units > 0 else 0
    if free < units:
        names = " and ".join(share.award.award_id for share in limited)
        can = f"award{'' if len(limited) == 1 else 's'} {names} can still be won {units} times"
        yield f"pool {pool} has {free} free codes, and {can}: import more codes"


def _won(activity: Activity, shares: list[Share], stack: Stack) -> int:
    shards = {share.award.award_id: share.shards for share in shares}
    found = read_shards(stack.client("dynamodb"), stack.table_name, activity.activity_id, shards)
    return sum(shard.won for each in found.values() for shard in each)
