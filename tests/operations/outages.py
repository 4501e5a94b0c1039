"""Every row of docs/operations.md: what fails, which alarms ring, and the test that makes it fail."""

from collections.abc import Callable
from dataclasses import dataclass

from operations import coupons_stuck, functions_down, kafka_down, ledger_down, prizes_stuck, streams_down
from operations.scene import Scene


@dataclass(frozen=True, slots=True)
class Outage:
    """A row: its first cell, the alarms in its third, what makes it so, and the transport of the stack."""

    what: str
    rings: frozenset[str]
    make: Callable[[Scene], None]
    transport: str = "sqs"

    @classmethod
    def of(cls, what: str, rings: str, make: Callable[[Scene], None], transport: str = "sqs") -> "Outage":
        return cls(what, frozenset(f"{name}Alarm" for name in rings.split()), make, transport)


OUTAGES = (
    Outage.of(
        "the table cannot be reached",
        "BusyAnswers ApiErrors DistributeErrors CompensateErrors OldestDue QueueAge",
        ledger_down.table_unreachable,
    ),
    Outage.of(
        "the table is gone, or a role may not use it",
        "Defects ApiErrors DistributeErrors CompensateErrors OldestDue QueueAge",
        ledger_down.table_gone,
    ),
    Outage.of(
        "the table is throttled",
        "TableThrottles BusyAnswers ApiErrors DistributeErrors QueueAge",
        ledger_down.table_throttled,
    ),
    Outage.of(
        "the index of what is due is throttled",
        "IndexThrottles BusyAnswers ApiErrors Undelivered CompensateErrors OldestDue QueueAge",
        ledger_down.index_throttled,
    ),
    Outage.of(
        "the index of wins is throttled", "IndexThrottles BusyAnswers ApiErrors", ledger_down.index_of_wins_throttled
    ),
    Outage.of(
        "DynamoDB fails by itself",
        "TableErrors BusyAnswers ApiErrors DistributeErrors CompensateErrors OldestDue QueueAge",
        ledger_down.dynamodb_fails,
    ),
    Outage.of("the queue is gone", "PublishFailures", ledger_down.queue_gone),
    Outage.of("the queue cannot be reached", "PublishFailures", ledger_down.queue_unreachable),
    Outage.of("the key of the seeds is unusable", "Defects ApiErrors", ledger_down.key_unusable),
    Outage.of("the key of the seeds cannot be reached", "BusyAnswers ApiErrors", ledger_down.key_unreachable),
    Outage.of("the gateway cannot invoke the draw function", "ApiErrors", functions_down.gateway_without_function),
    Outage.of("the draw function crashes", "DrawErrors ApiErrors", functions_down.draw_crashes),
    Outage.of("the draw function is throttled", "DrawThrottles ApiErrors", functions_down.draw_throttled),
    Outage.of("the draw function is slow", "DrawSlow", functions_down.draw_slow),
    Outage.of("a draw meets an error that nobody foresaw", "Defects ApiErrors", functions_down.draw_unforeseen),
    Outage.of(
        "the distribute function crashes", "DistributeErrors QueueAge DeadLetters", functions_down.distribute_crashes
    ),
    Outage.of("the distribute function is throttled", "DistributeThrottles", functions_down.distribute_throttled),
    Outage.of("the distribute function is slow", "DistributeSlow", functions_down.distribute_slow),
    Outage.of("the distribute function is not invoked", "QueueAge", functions_down.distribute_not_invoked),
    Outage.of("the compensate function crashes", "CompensateErrors OldestDue", functions_down.compensate_crashes),
    Outage.of(
        "the compensate function is throttled", "CompensateThrottles OldestDue", functions_down.compensate_throttled
    ),
    Outage.of("the compensate function is slow", "CompensateSlow", functions_down.compensate_slow),
    Outage.of("compensation is stopped", "OldestDue", functions_down.compensation_stopped),
    Outage.of("the schedule cannot invoke compensation", "ScheduleFailures OldestDue", functions_down.schedule_fails),
    Outage.of("a poison message", "QueueAge DeadLetters", prizes_stuck.poison),
    Outage.of("an order stays due", "OldestDue", prizes_stuck.order_stays_due),
    Outage.of("a lane of what is due cannot be read", "LanesBusy", prizes_stuck.lane_busy),
    Outage.of("compensation meets an error that nobody foresaw", "Defects CompensateErrors", prizes_stuck.unforeseen),
    Outage.of("a pool has few codes left, or none", "PoolsLow", prizes_stuck.pool_low),
    Outage.of("prizes cannot be handed over", "GrantFailures", prizes_stuck.grants_fail),
    Outage.of("a provider of coupons refuses us", "ProviderRefusesUs GrantFailures", coupons_stuck.refused),
    Outage.of("a provider of coupons is not defined", "ProvidersUndefined GrantFailures", coupons_stuck.undefined),
    Outage.of("a coupon comes for an order that is void", "CouponsUnused", coupons_stuck.unused),
    Outage.of("an order is parked", "Parked", prizes_stuck.parked),
    Outage.of("an item cannot be read", "Unreadable Defects ApiErrors", prizes_stuck.unreadable),
    Outage.of("a shard of stock is missing", "MissingShards", prizes_stuck.missing_shard),
    Outage.of("an activity does not start or close", "ActivitiesLate", prizes_stuck.activity_late),
    Outage.of("streams: nobody reads the stream of the table", "StreamSilent", streams_down.nobody_reads, "streams"),
    Outage.of("streams: the stream is read too slowly", "StreamAge", streams_down.read_too_slowly, "streams"),
    Outage.of(
        "streams: the distribute function crashes",
        "DistributeErrors DeadLetters",
        streams_down.distribute_crashes,
        "streams",
    ),
    Outage.of("streams: a record can never be worked on", "DeadLetters", streams_down.poison, "streams"),
    Outage.of("kafka: the brokers cannot be reached", "PublishFailures", kafka_down.away, "kafka"),
    Outage.of("kafka: the topic is missing", "PublishFailures", kafka_down.topic_missing, "kafka"),
    Outage.of("kafka: nobody may write to the topic", "PublishFailures", kafka_down.not_authorized, "kafka"),
    Outage.of("kafka: the brokers refuse us", "PublishFailures", kafka_down.refuses_us, "kafka"),
    Outage.of("kafka: nobody reads the topic", "TopicSilent", kafka_down.nobody_reads, "kafka"),
    Outage.of("kafka: the topic is read too slowly", "TopicLag", kafka_down.read_too_slowly, "kafka"),
    Outage.of("kafka: the distribute function crashes", "DistributeErrors", kafka_down.distribute_crashes, "kafka"),
    Outage.of("kafka: a poison message", "DeadLetters", kafka_down.poison, "kafka"),
)
