"""How an order stands, in one sentence for people who know nothing of lanes."""

from tombola.rules.order import GrantState, Order, waits_for_a_hand, waits_for_its_user
from tombola_cli.console import texts
from tombola_cli.operate.order_lists import because_of
from tombola_cli.screens.plain import words


def standing(order: Order) -> str:
    """Return the sentence."""
    if order.award is None:
        return texts.STANDS_LOST
    if order.grant_state is not GrantState.WAITING:
        return _ended(order)
    until = words(order.accept_by)
    if waits_for_its_user(order):
        return (texts.STANDS_NO_ADDRESS if order.award.award_type.addressed else texts.STANDS_UNCLAIMED).format(
            until=until
        )
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
