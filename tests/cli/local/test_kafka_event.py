"""The event of Kafka's records, as AWS documents it."""

from typing import Any

from kafka_records import a_message
from tombola_cli.local.kafka_event import kafka_event

ARN = "arn:aws:kafka:us-east-1:123456789012:cluster/tombola/1-1"


def shown(event: dict[str, Any]) -> dict[str, Any]:
    """Return the only record of an event."""
    ((record,),) = event["records"].values()
    assert isinstance(record, dict)
    return record


def test_an_event_of_a_managed_cluster_has_each_member_of_awss_example() -> None:
    message = a_message(15, b"Hello, this is a test.", b"recordKey", stamp=(1, 1545084650987))

    assert kafka_event([message], "b-1.example:9092,b-2.example:9092", ARN) == {
        "eventSource": "aws:kafka",
        "eventSourceArn": ARN,
        "bootstrapServers": "b-1.example:9092,b-2.example:9092",
        "records": {
            "lottery_invoice-0": [
                {
                    "topic": "lottery_invoice",
                    "partition": 0,
                    "offset": 15,
                    "timestamp": 1545084650987,
                    "timestampType": "CREATE_TIME",
                    "key": "cmVjb3JkS2V5",
                    "value": "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==",
                    "headers": [],
                }
            ]
        },
    }


def test_the_event_of_a_cluster_one_runs_oneself_has_another_source_and_no_arn() -> None:
    event = kafka_event([a_message()], "broker:9092", "")

    assert (event["eventSource"], "eventSourceArn" in event) == ("SelfManagedKafka", False)


def test_a_headers_bytes_have_javas_signs_and_one_without_a_value_is_empty() -> None:
    event = kafka_event([a_message(head=[("é", b"java"), ("h", b"\xc3(\x7f\x80"), ("h", None)])], "", ARN)

    assert shown(event)["headers"] == [{"é": [106, 97, 118, 97]}, {"h": [-61, 40, 127, -128]}, {"h": []}]


def test_a_record_without_a_key_and_a_tombstone_lack_that_member() -> None:
    assert "key" not in shown(kafka_event([a_message(key=None)], "", ARN))
    assert "value" not in shown(kafka_event([a_message(value=None)], "", ARN))
    assert shown(kafka_event([a_message(value=b"", key=b"")], "", ARN))["value"] == ""


def test_a_time_says_whose_it_is() -> None:
    kinds = [shown(kafka_event([a_message(stamp=(kind, 7))], "", ARN))["timestampType"] for kind in range(3)]

    assert kinds == ["NO_TIMESTAMP_TYPE", "CREATE_TIME", "LOG_APPEND_TIME"]


def test_records_stand_by_partition_in_their_order() -> None:
    messages = [a_message(3), a_message(1, partition=12), a_message(4)]

    records = kafka_event(messages, "", ARN)["records"]

    assert {name: [each["offset"] for each in part] for name, part in records.items()} == {
        "lottery_invoice-0": [3, 4],
        "lottery_invoice-12": [1],
    }
