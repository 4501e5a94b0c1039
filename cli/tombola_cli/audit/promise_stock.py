"""P2: stock is never oversold and never leaks a unit; the activity's cap is stock, too."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from tombola_cli.audit.books import CAP, VOID, Books, Breach, award_id_of, limited_awards, name_of


def stock_adds_up(books: Books) -> Iterator[Breach]:
    """P2: in each shard, the units that are gone are the units won, and nothing is below zero."""
    for (activity_id, award_id, shard), item in books.stock.items():
        if not 0 <= item["left"] <= item["initial"]:
            yield Breach("P2", f"{activity_id}/{award_id}/{shard}", f"left {item['left']} of {item['initial']}")
    for place, leak in leaks(books).items():
        if leak:
            yield Breach("P2", "/".join(map(str, place)), f"{leak:+d} units gone without a winner")
    limited = {
        (activity_id, award_id)
        for activity_id, activity in books.activities.items()
        for award_id in limited_awards(activity)
    }
    for order in books.won_units():
        if "shard" not in order and (order["activity_id"], award_id_of(order)) in limited:
            yield Breach("P2", name_of(order), "it won a limited award and took no unit")
        if "cap_shard" not in order and "cap" in books.activities.get(order["activity_id"], {}):
            yield Breach("P2", name_of(order), "its activity has a cap, and it took no unit of it")


def stock_is_what_the_file_says(books: Books) -> Iterator[Breach]:
    """P2: all the units of an award's file were dealt over its shards, and no more."""
    for activity_id, activity in books.activities.items():
        for award_id, (units, shards) in limited_awards(activity).items():
            items = [books.stock.get((activity_id, award_id, shard)) for shard in range(shards)]
            dealt = sum(item["initial"] for item in items if item is not None)
            if dealt != units:
                yield Breach("P2", f"{activity_id}/{award_id}", f"{dealt} units dealt, {units} in its file")


def units_return_in_public(books: Books) -> Iterator[Breach]:
    """P2: the log has a line for each unit that came back to stock from a void order, and no more."""
    void = Counter(
        (order["activity_id"], str(award_id_of(order)))
        for order in books.won_units()
        if "shard" in order and order["grant_state"] == VOID
    )
    for activity_id, activity in books.activities.items():
        for award_id in limited_awards(activity):
            count, told = void[activity_id, award_id], books.returned(activity_id, award_id)
            if count > told:
                yield Breach("P2", f"{activity_id}/{award_id}", f"{count - told} returned units missing in the log")
            elif told > count:
                yield Breach("P2", f"{activity_id}/{award_id}", f"{told - count} units returned of no void order")


def leaks(books: Books) -> dict[tuple[str, str, int], int]:
    """Return units gone minus units won, by shard."""
    gone = {place: item["initial"] - item["left"] for place, item in books.stock.items()}
    won = Counter(
        (order["activity_id"], str(award_id_of(order)), order["shard"])
        for order in books.won_units()
        if "shard" in order and order["grant_state"] != VOID
    )
    won += Counter(
        (order["activity_id"], CAP, order["cap_shard"]) for order in books.won_units() if "cap_shard" in order
    )
    return {place: gone.get(place, 0) - won[place] for place in {*gone, *won}}


def oversold(books: Books) -> int:
    """Return how many units were won, or draws made, beyond what there was."""
    initial: dict[tuple[str, str], int] = defaultdict(int)
    for (activity_id, award_id, _), item in books.stock.items():
        initial[activity_id, award_id] += item["initial"]
    for activity_id, activity in books.activities.items():
        for award_id, (units, _) in limited_awards(activity).items():
            if (activity_id, award_id) in initial:
                initial[activity_id, award_id] = min(units, initial[activity_id, award_id])
    won = Counter(
        (order["activity_id"], str(award_id_of(order)))
        for order in books.won_units()
        if award_id_of(order) is not None and order["grant_state"] != VOID
    )
    won += Counter((order["activity_id"], CAP) for order in books.won_units() if "cap_shard" in order)
    return sum(max(0, won[place] - units) for place, units in initial.items())
