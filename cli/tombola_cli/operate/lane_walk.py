"""Walking through lanes of the index `due`, the oldest entry first, from where a walk before ended."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from tombola.aws.due_index import standing_from
from tombola.aws.items import text
from tombola.rules.due import Standing
from tombola_cli.operate.index_walk import Index, Place, Route
from tombola_cli.operate.index_walk import walk as walk_index
from tombola_cli.operate.stack import Stack

DUE = Index("due", partition="lane", time="due_at")
PAGE = 100  # entries a query


def walk(lanes: Sequence[str], until: datetime, after: Place | None, stack: Stack) -> Iterator[Standing]:
    """Yield the entries of lanes that are due until then, the oldest first; of one time those of the first lane first.

    An entry that moves meanwhile may come twice, or not at all.
    """
    route = Route(index=DUE, partitions=lanes, until=until, after=after, page=PAGE)
    for place in walk_index(route, stack):
        keys = {"pk": text(place.pk), "sk": text(place.sk)}
        yield standing_from({**keys, DUE.partition: text(place.partition), DUE.time: {"N": place.at}})


def place_behind(entry: Standing) -> Place:
    """Return the place from which a walk goes on behind entry."""
    return Place(partition=entry.lane, at=entry.due_at, pk=entry.pk, sk=entry.sk)
