"""The metrics that AWS emits by itself, as far as alarms watch them, and when: what no emulator shows."""

from dataclasses import dataclass

from operations.alarms import Metric

LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"
# "By Function Name (FunctionName): view aggregate metrics for all versions and aliases of a function":
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
API = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html"
DYNAMODB = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html"
SQS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"
EVENTS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html"
FUNCTIONS = {"draw": "DrawFunction", "distribute": "DistributeFunction", "compensate": "CompensateFunction"}
OPERATIONS = ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "TransactWriteItems", "TransactGetItems")


@dataclass(frozen=True, slots=True)
class AwsMetric:
    """A metric of AWS: its whole name, its unit, when it has a value, and the page that says so."""

    metric: Metric
    unit: str
    when: str
    page: str


def _of(namespace: str, name: str, unit: str, when: str, page: str, **dimensions: str) -> AwsMetric:
    return AwsMetric(Metric(namespace, name, frozenset(dimensions.items())), unit, when, page)


def _of_functions(name: str, unit: str, when: str) -> dict[str, AwsMetric]:
    return {
        f"{function} {name}": _of("AWS/Lambda", name, unit, when, LAMBDA, FunctionName=resource)
        for function, resource in FUNCTIONS.items()
    }


def _of_table(part: str, **dimensions: str) -> dict[str, AwsMetric]:
    when = "a read or a write of it is throttled; no value while none is"
    return {
        f"{part} {name}": _of("AWS/DynamoDB", name, "Count", when, DYNAMODB, **dimensions)
        for name in ("ReadThrottleEvents", "WriteThrottleEvents")
    }


AWS_METRICS = {
    **_of_functions("Errors", "Count", "an invocation raises or times out"),
    **_of_functions("Throttles", "Count", "an invocation is refused for want of concurrency; it is no error then"),
    **_of_functions("Duration", "Milliseconds", "an invocation ends"),
    "distribute Invocations": _of(
        "AWS/Lambda",
        "Invocations",
        "Count",
        "an invocation begins, whatever becomes of it; none that is refused counts",
        LAMBDA,
        FunctionName="DistributeFunction",
    ),
    "distribute IteratorAge": _of(
        "AWS/Lambda",
        "IteratorAge",
        "Milliseconds",
        "a batch of a stream is handed over; the age of its last record",
        LAMBDA,
        FunctionName="DistributeFunction",
    ),
    "distribute OffsetLag": _of(
        "AWS/Lambda",
        "OffsetLag",
        "Count",
        "a topic of Kafka is read; how many records of it no batch has brought yet",
        LAMBDA,
        FunctionName="DistributeFunction",
    ),
    "API Count": _of("AWS/ApiGateway", "Count", "Count", "a request comes", API, ApiId="Api"),
    "API 5xx": _of("AWS/ApiGateway", "5xx", "Count", "a request is answered 5xx, by whom ever", API, ApiId="Api"),
    **_of_table("table", TableName="Table"),
    **_of_table("index", TableName="Table", GlobalSecondaryIndexName="due"),
    "index of wins WriteThrottleEvents": _of(
        "AWS/DynamoDB",
        "WriteThrottleEvents",
        "Count",
        "a write of it is throttled; no value while none is",
        DYNAMODB,
        TableName="Table",
        GlobalSecondaryIndexName="wins",
    ),
    **{
        f"table SystemErrors {operation}": _of(
            "AWS/DynamoDB",
            "SystemErrors",
            "Count",
            "DynamoDB answers 500; no value while it does not",
            DYNAMODB,
            TableName="Table",
            Operation=operation,
        )
        for operation in OPERATIONS
    },
    "queue Age": _of(
        "AWS/SQS",
        "ApproximateAgeOfOldestMessage",
        "Seconds",
        "a message lies on the queue",
        SQS,
        QueueName="Queue.QueueName",
    ),
    "dead letters Visible": _of(
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        "Count",
        "messages lie on the queue",
        SQS,
        QueueName="DeadLetters.QueueName",
    ),
    "schedule FailedInvocations": _of(
        "AWS/Events",
        "FailedInvocations",
        "Count",
        "an invocation failed for good; no value while none did",
        EVENTS,
        RuleName="CompensateFunctionEveryMinute",
    ),
}
