"""Dead letters, as they are shown: never their content."""

from collections import Counter
from collections.abc import Sequence

from tombola_cli.operate.dead_letters import DeadLetter
from tombola_cli.screens.blocks import Block, Column, Facts, Table, Value

COLUMNS = [
    Column("message_id", "message"),
    Column("reason"),
    Column("because", folds=True),
    Column("user_id", "user"),
    Column("order_id", "order"),
    Column("receives"),
    Column("sent_at", "sent (UTC)"),
]


def listing(found: Sequence[DeadLetter], *, whole: bool) -> list[Block]:
    """Return the messages, and whether that are all."""
    told = "" if whole else f"and more: only {len(found)} were looked for"
    return [Table("messages", COLUMNS, list(map(_row, found))), Facts({"whole": whole}, told)]


def outlook(what: str, found: Sequence[DeadLetter]) -> list[Block]:
    """Return what would be done, by reason."""
    reasons = Counter(letter.reason.value for letter in found)
    told = f"would {what} {counted(len(found))}"
    rows: list[list[Value]] = [[reason, number] for reason, number in reasons.most_common()]
    return [
        Facts({"would": what, "messages": len(found)}, told),
        Table("reasons", [Column("reason"), Column("messages")], rows),
    ]


def done(past: str, number: int, asked: int) -> list[Block]:
    """Return how many were done with, and how many were gone or had become another thing meanwhile."""
    gone = asked - number
    more = f"; {counted(gone)} gone, hidden by another receiver, or no longer as it was" if gone else ""
    return [Facts({"done": number, "moved_on": gone}, f"{counted(number)} {past}{more}")]


def counted(messages: int) -> str:
    return f"{messages} message{'' if messages == 1 else 's'}"


def _row(letter: DeadLetter) -> list[Value]:
    user_id, order_id = letter.order or (None, None)
    return [
        letter.message_id,
        letter.reason,
        letter.words,
        user_id,
        None if order_id is None else str(order_id),
        letter.receives,
        letter.sent_at,
    ]
