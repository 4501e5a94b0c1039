"""Kafka beside the local stack: brokers of one's own, and a bridge that has to read."""

from pathlib import Path

import pytest

from kafka_cluster import Kafka
from tombola_cli.errors import TombolaError
from tombola_cli.local import local_stack
from tombola_cli.local.local_kafka import OWN, LocalKafka


def test_brokers_of_ones_own_are_used_and_none_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OWN, "b-1:9092,b-2:9092")
    told: list[str] = []

    assert LocalKafka(tmp_path).start(told.append) == "b-1:9092,b-2:9092"
    assert told == ["using the brokers of KAFKA_BOOTSTRAP_SERVERS, b-1:9092,b-2:9092"]
    assert list(tmp_path.iterdir()) == []


def test_brokers_of_ones_own_that_do_not_answer_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OWN, "127.0.0.1:1")

    with pytest.raises(TombolaError, match=r"KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:1: .*: start it, or unset the variable"):
        LocalKafka(tmp_path).serve(tmp_path / "stack.json")


def test_a_bridge_that_ends_says_why(kafka: Kafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OWN, kafka.addresses)

    with pytest.raises(TombolaError, match=r"the bridge does not read: .*no local stack"):
        LocalKafka(tmp_path).serve(tmp_path / "stack.json")


def test_down_ends_the_broker_and_the_bridge_and_removes_what_they_left(tmp_path: Path) -> None:
    kafka = LocalKafka(tmp_path)
    for process in (kafka.broker.process, kafka.bridge):
        process.start(["/bin/sleep", "60"], {})

    assert local_stack.down(tmp_path)

    assert not kafka.broker.process.is_alive()
    assert not kafka.bridge.is_alive()
    assert list(tmp_path.iterdir()) == []


def test_down_stops_a_broker_whose_stack_was_never_deployed_and_says_that_it_ran(tmp_path: Path) -> None:
    LocalKafka(tmp_path).broker.process.start(["/bin/sleep", "60"], {})

    assert local_stack.down(tmp_path)
    assert not local_stack.down(tmp_path)
