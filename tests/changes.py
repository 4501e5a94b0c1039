"""Something to say with each change of an order, whichever words it needs."""

from typing import Any

from addresses import an_address
from builders import NOON, SECOND, an_act
from tombola.rules.order_life import Change, Said, words_of

LATER = NOON + 60 * SECOND
SAID: dict[str, Said] = {
    "now": LATER,
    "until": LATER,
    "because": "down",
    "content": "WELCOME-10",
    "act": an_act(),
    "address": an_address(),
    "batch": "b1",
    "carrier": "DHL",
    "tracking": "00340",
}


def said_with(change: Change) -> dict[str, Any]:
    return {word: SAID[word] for word in words_of(change)}
