"""P1 for forgotten users: an answer whose order is gone is borne out by the tombstone that the order left."""

from collections import Counter
from collections.abc import Iterable

from tombola_cli.audit.books import Answer, Books, award_id_of


def without_a_tombstone(books: Books, erased: Iterable[list[Answer]]) -> list[Answer]:
    """Return the answers, grouped by the order that is gone, that no tombstone of its own bears out."""
    left = Counter((each["activity_id"], each["outcome"], award_id_of(each)) for each in books.tombstones)
    found = []
    for same in erased:
        said = {(each.order["activity_id"], each.order["outcome"], _award_told(each)) for each in same}
        mark = next(iter(said))
        if len(said) > 1 or not left[mark] or any(each.order["user_id"] != each.user_id for each in same):
            found += same
        else:
            left[mark] -= 1
    return found


def _award_told(answer: Answer) -> str | None:
    award = answer.order["award"]
    return None if award is None else str(award["award_id"])
