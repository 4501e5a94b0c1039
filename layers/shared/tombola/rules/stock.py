"""Over how many shards is stock spread, which one does a draw go to, and which gives or takes when stock changes?"""

import hmac
from collections.abc import Sequence

from tombola.rules.ticket import netstring

SHARDS_MAX = 100  # two digits in the key, and one batch read sees them all
WINS_A_SHARD = 40  # a second: beyond it transactions meet too often (docs/hot-keys.md)
SHARD = netstring("shard")  # begins what a shard is made of; what a ticket is made of begins with digits


def shards_for(peak: int) -> int:
    """Return how many shards carry peak wins a second."""
    return max(1, -(-peak // WINS_A_SHARD))


def shard_of(seed: bytes, order_id: int, stock: str, shards: int) -> int:
    """Return the shard of stock, an award's or the cap, that a draw goes to; without the seed nobody can tell it.

    Clients choose their keys: from the public order_id they could choose the shard, too, and all meet on one.
    """
    return _number_of(seed, order_id, stock) % shards if shards > 1 else 0


def live_shard_of(seed: bytes, order_id: int, stock: str, left: Sequence[int]) -> int | None:
    """Return a shard with units left for a draw whose own has none, None when a read of all of them shows zero."""
    live = [shard for shard, units in enumerate(left) if units > 0]
    # Draws of one shard have the same remainder; their quotients differ, and spread them over all that are live.
    return live[_number_of(seed, order_id, stock) // len(left) % len(live)] if live else None


def _number_of(seed: bytes, order_id: int, stock: str) -> int:
    digest = hmac.digest(seed, SHARD + netstring(stock) + netstring(order_id), "sha256")
    return int.from_bytes(digest[:8], "big")


def deal(left: Sequence[int], change: int) -> list[int]:
    """Return what each shard gains (or loses, if change is negative), so that the units left come out even.

    No shard gains while another loses: each step alone keeps the sum between before and after. Raise ValueError if
    more is to go than is left, or if there is no shard.
    """
    if not left:
        raise ValueError("there is no shard to deal to")
    if sum(left) + change < 0:
        raise ValueError(f"{-change} units are to go and {sum(left)} are left")
    return _raise(left, change) if change >= 0 else _lower(left, -change)


def _raise(left: Sequence[int], units: int) -> list[int]:
    """Fill the emptiest shards first, to one level: as many of them as the units lift to where the last one is."""
    order = sorted(range(len(left)), key=lambda shard: left[shard])

    def water(count: int) -> int:
        return sum(left[shard] for shard in order[:count]) + units

    count = max(count for count in range(1, len(order) + 1) if water(count) // count >= left[order[count - 1]])
    level, rest = divmod(water(count), count)
    goal = {shard: level + (place < rest) for place, shard in enumerate(order[:count])}
    return [goal.get(shard, units_left) - units_left for shard, units_left in enumerate(left)]


def _lower(left: Sequence[int], units: int) -> list[int]:
    """Take from the fullest shards first: raising, seen from above."""
    top = max(left)
    room = [top - units_left for units_left in left]
    return [-gained for gained in _raise(room, units)]
