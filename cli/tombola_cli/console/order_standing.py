"""How an order stands, in one sentence for people who know nothing of lanes."""

from tombola.rules.order import GrantState, Order, waits_for_a_hand, waits_for_its_user
from tombola_cli.console import texts
from tombola_cli.console.sheets import moment_in
from tombola_cli.operate.order_lists import because_of


def standing(order: Order, zone: str) -> str:
    """Return the sentence, with times of a time zone."""
    if order.award is None:
        return texts.STANDS_LOST
    if order.grant_state is not GrantState.WAITING:
        return _ended(order)
    if waits_for_its_user(order):
        words = texts.STANDS_NO_ADDRESS if order.award.award_type.addressed else texts.STANDS_UNCLAIMED
        return words.format(until="" if order.accept_by is None else moment_in(order.accept_by, zone))
    if waits_for_a_hand(order):
        return texts.STANDS_BY_HAND
    return texts.STANDS_FAILING.format(because=because_of(order)) if order.failures else texts.STANDS_WAITING


def _ended(order: Order) -> str:
    if order.grant_state is GrantState.PARKED:
        return texts.STANDS_PARKED.format(because=because_of(order))
    if order.grant_state is GrantState.VOID:
        return texts.STANDS_VOID
    if order.award is not None and order.award.award_type.addressed:
        return texts.STANDS_PARCEL if order.shipped_at is None else texts.STANDS_SHIPPED
    return texts.STANDS_GRANTED
