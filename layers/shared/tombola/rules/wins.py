"""Where does the index of wins list a win, and over how many shards are an activity's wins spread there?"""

from tombola.rules.stock import SHARDS_MAX, shard_of

# A second: with so many in each this index bears as many as the index `due` (docs/hot-keys.md).
WINS_OF_AN_INDEX_SHARD = 250
WINS = "#"  # stands for the wins where a shard is told by the name of stock; no award has such a name


def win_shards_for(wins: int) -> int:
    """Return how many shards list so many wins a second."""
    return min(SHARDS_MAX, max(1, -(-wins // WINS_OF_AN_INDEX_SHARD)))


def win_of(activity_id: str, seed: bytes, order_id: int, shards: int) -> str:
    """Return the key of the index for a win; the seed keeps clients from meeting on one shard."""
    return win_key(activity_id, shard_of(seed, order_id, WINS, shards))


def win_key(activity_id: str, shard: int) -> str:
    return f"{activity_id}#{shard:02d}"
