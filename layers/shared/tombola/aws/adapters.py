"""The adapters of the draw function, which also takes claims and shows what is on record."""

from typing import NamedTuple

from tombola.aws import clients, telemetry, transport
from tombola.aws.activity_cache import CachedActivities
from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.aws.ledger import DynamoLedger
from tombola.aws.settings import Settings
from tombola.aws.transport import Outbox


class Adapters(NamedTuple):
    """The adapters by their ports, and the settings."""

    activities: CachedActivities
    ledger: DynamoLedger
    outbox: Outbox
    settings: Settings


def draw_adapters() -> Adapters:
    """Build the adapters from the environment."""
    settings, dynamodb = Settings.from_env(), clients.dynamodb_client()
    ledger = DynamoLedger(dynamodb, settings.table_name, tell_missing=telemetry.tell_missing)
    on_record = DynamoActivityLedger(dynamodb, settings.table_name)
    return Adapters(
        activities=CachedActivities(on_record, clients.kms_client(), ledger.stock_shown),
        ledger=ledger,
        outbox=transport.outbox(settings.transport),
        settings=settings,
    )
