"""The cluster of the tests: without Java a stand-in that is told, and in CI none."""

from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

import kafka_cluster
from kafka_cluster import OWN, running_kafka
from tombola_cli.local.broker import SILENT, TOPIC

SECONDS_MAX = 20.0


@pytest.fixture(autouse=True)
def _without_java(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv(OWN, raising=False)
    monkeypatch.setattr(kafka_cluster, "stand_ins", [])


def test_without_java_a_mock_cluster_stands_in_and_the_output_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)

    with (
        running_kafka(tmp_path / "kafka") as kafka,
        AdminClient({"bootstrap.servers": kafka.addresses}, logger=SILENT) as admin,
    ):
        assert TOPIC in admin.list_topics(TOPIC, timeout=SECONDS_MAX).topics
        (told,) = kafka_cluster.stand_ins
        with pytest.raises(pytest.skip.Exception, match="java is missing"):
            assert kafka.own_broker

    assert told.startswith("java is missing, and Kafka needs it: install a JDK from 17 on, and Maven")
    assert told.endswith("librdkafka's mock cluster stood in for Kafka")


def test_in_ci_nothing_stands_in_for_kafka(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "1")

    with pytest.raises(pytest.fail.Exception, match="java is missing"), running_kafka(tmp_path / "kafka"):
        pass
    assert kafka_cluster.stand_ins == []
