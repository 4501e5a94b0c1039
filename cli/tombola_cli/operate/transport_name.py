"""The names of the transports, as the parameter Transport of template.yaml has them."""

from enum import StrEnum


class TransportName(StrEnum):
    """What takes a win to distribution."""

    SQS = "sqs"
    KAFKA = "kafka"
    STREAMS = "streams"
