"""The auditor: do the books keep the five promises? Pure predicates over a snapshot of the table.

It shares no code with the system, so that a mistake there is not repeated here; an import contract sees to it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tombola_cli.audit.books import GRANTED, LOST, PARKED, VOID, WAITING, Answer, Books, Breach
from tombola_cli.audit.promise_answers import one_draw_has_one_answer, untold
from tombola_cli.audit.promise_codes import each_code_is_one_orders
from tombola_cli.audit.promise_deadlines import every_deadline_is_kept
from tombola_cli.audit.promise_prizes import every_prize_is_granted_once_or_seen, unseen
from tombola_cli.audit.promise_quotas import nobody_is_past_a_quota
from tombola_cli.audit.promise_results import every_result_can_be_recomputed, the_log_is_whole
from tombola_cli.audit.promise_shipments import each_parcel_is_sent_once
from tombola_cli.audit.promise_stock import (
    leaks,
    oversold,
    stock_adds_up,
    stock_is_what_the_file_says,
    units_return_in_public,
)

__all__ = ["Answer", "Audit", "Books", "Breach", "audit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The verdict: every breach, and the figures that sum the books up."""

    breaches: tuple[Breach, ...]
    draws: int
    won: int
    lost: int
    granted: int
    parked: int
    waiting: int
    void: int
    oversold: int
    granted_twice: int
    unaccounted: int
    forgotten: int = 0  # draws of which a tombstone is left; no other figure but oversold and unaccounted counts them

    @property
    def balanced(self) -> bool:
        return not self.breaches


def audit(books: Books, seeds: Mapping[str, bytes], answers: Sequence[Answer] = ()) -> Audit:
    """Return the verdict on books; seeds (by activity) beside the revealed ones allow P5, answers are what was told."""
    orders = books.orders.values()
    won = [order for order in orders if order["outcome"] != LOST]
    breaches = [
        *one_draw_has_one_answer(books, answers),
        *stock_adds_up(books),
        *stock_is_what_the_file_says(books),
        *units_return_in_public(books),
        *every_prize_is_granted_once_or_seen(books),
        *each_code_is_one_orders(books),
        *each_parcel_is_sent_once(books),
        *every_deadline_is_kept(books),
        *nobody_is_past_a_quota(books),
        *every_result_can_be_recomputed(books, seeds),
        *the_log_is_whole(books),
    ]
    states = Counter(order["grant_state"] for order in won)
    return Audit(
        breaches=tuple(breaches),
        draws=len(books.orders),
        won=len(won),
        lost=len(books.orders) - len(won),
        granted=states[GRANTED],
        parked=states[PARKED],
        waiting=states[WAITING],
        void=states[VOID],
        oversold=oversold(books),
        granted_twice=sum(max(0, order["grants"] - 1) for order in orders),
        unaccounted=sum(abs(leak) for leak in leaks(books).values()) + len(unseen(won)) + len(untold(books, answers)),
        forgotten=len(books.tombstones),
    )
