"""The places that still name a user whom the tables have forgotten: why, and for how long."""

from collections.abc import Sequence
from typing import NamedTuple

BACKUP_DAYS = 35  # of DynamoDB's point-in-time recovery
STREAM_HOURS = 24
QUEUE_DAYS = 4  # SQS' own, where a template says nothing
DEAD_LETTER_DAYS = 14


class Remains(NamedTuple):
    """A place that names users, why nothing is erased there, and for how long it stays."""

    what: str
    because: str
    until: str


REMAINS = (
    Remains(
        "backups", "a table is restored as it was", f"{BACKUP_DAYS} days; backups of your own until you delete them"
    ),
    Remains("stream of the table", "AWS keeps what was erased there", f"{STREAM_HOURS} hours"),
    Remains("invoices on the queue", "they cannot be searched", f"{QUEUE_DAYS} days at most"),
    Remains("dead letters", "tombola dlq list shows them, dlq drop deletes them", f"{DEAD_LETTER_DAYS} days at most"),
    Remains("logs", "they name orders and activities, and no user", "as LogRetentionDays says"),
    Remains("public log", "each entry holds the hash of the one before: `who` is an operator", "for ever"),
    Remains("acts on other users' orders", "they name the operator who acted", "as long as those orders"),
    Remains("used codes", "the code stays, without its owner, so that nobody gets it again", "for ever"),
    Remains("files of former exports", "they are yours: codes, winners, shipments, lists", "until you delete them"),
    Remains("providers, shops, carriers", "they were sent what they needed", "as they say"),
)


def remains_of(blocking: Sequence[str]) -> list[Remains]:
    """Return what stays, of a user whom these activities' files block too."""
    own = [
        Remains(f"blocked in activity {each}", "its file names the user", "until you apply it without")
        for each in blocking
    ]
    return [*own, *REMAINS]
