"""What does the message say? Byte for byte Lottery's, so that either side can be Lottery's own."""

import re
from dataclasses import dataclass, field

from tombola.rules.order import Order, OrderKey

# The characters that Lottery's JSON library escapes, and from the surrogates on those that no queue takes.
ESCAPED = re.compile('[\x00-\x1f"\\\\\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]')
BY_A_LETTER = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


class PoisonError(Exception):
    """The message can never be worked on: it goes back, and in the end to the dead letters.

    Its words name fields and ids, and never what a message or a prize holds.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """A message as it arrived: it names an order; the prize is read from the ledger."""

    user_id: str
    order_id: int
    award_id: str
    award_type: int
    award_name: str
    award_content: str = field(repr=False)

    @property
    def order_key(self) -> OrderKey:
        return self.user_id, self.order_id


@dataclass(frozen=True, slots=True)
class Message:
    """A message by the transport's id for it: its invoice, or the key of its order alone, or why it has neither."""

    message_id: str
    invoice: Invoice | OrderKey | PoisonError

    @property
    def order_key(self) -> OrderKey | None:
        """The key of the order that it names, None where it names none."""
        if isinstance(self.invoice, Invoice):
            return self.invoice.order_key
        return None if isinstance(self.invoice, PoisonError) else self.invoice


def invoice_json(order: Order) -> str:
    """Return Lottery's message for order: keys sorted, nulls left out, the order's id a number."""
    award = order.award
    if award is None:
        raise ValueError(f"order {order.order_id} lost: there is nothing to hand over")
    return (
        f'{{"awardContent":{_quoted(award.award_content)},"awardId":{_quoted(award.award_id)},'
        f'"awardName":{_quoted(award.award_name)},"awardType":{award.award_type.number},'
        f'"orderId":{order.order_id},"uId":{_quoted(order.user_id)}}}'
    )


def _quoted(text: str) -> str:
    return f'"{ESCAPED.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    return BY_A_LETTER.get(found[0]) or f"\\u{ord(found[0]):04X}"


def contradictions(invoice: Invoice, order: Order) -> list[str]:
    """Return the fields in which invoice says something else than the order on record."""
    award = order.award
    if award is None:
        return ["award"]
    pairs = {
        "awardId": (invoice.award_id, award.award_id),
        "awardType": (invoice.award_type, award.award_type.number),
        "awardName": (invoice.award_name, award.award_name),
        "awardContent": (invoice.award_content, award.award_content),
    }
    return [name for name, (said, recorded) in pairs.items() if said != recorded]
