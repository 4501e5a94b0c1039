"""The commands over the dead letters."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from builders import an_order
from desk import Desk, a_desk
from tombola.rules.order import GrantState
from tombola_cli.commands import dlq_commands
from tombola_cli.local import local_stack
from tombola_cli.operate import dead_letters

OF_A_STREAM = '{"requestContext": {"condition": "MaxRecordAgeExceeded"}, "DDBStreamBatchInfo": {"batchSize": 2}}'


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        yield desk


def test_the_words_of_the_command_are_the_reasons_there_are() -> None:
    assert [each.value for each in dlq_commands.Reason] == [each.value for each in dead_letters.Reason]


def test_each_dead_letter_is_listed_with_why_it_is_there(desk: Desk) -> None:
    desk.put(an_order(1))
    waiting, malformed = desk.dead(an_order(1), "nonsense")

    said = desk.json("dlq", "list")

    told = {each["message_id"]: (each["reason"], each["user_id"], each["order_id"]) for each in said["messages"]}
    assert told == {waiting: ("waiting", "xiaofuge", "1"), malformed: ("malformed", None, None)}
    assert said["whole"] is True
    assert [each["message_id"] for each in desk.json("dlq", "list", "--reason", "malformed")["messages"]] == [malformed]
    assert desk.json("dlq", "list", "--limit", 1)["whole"] is False


def test_a_dry_run_tells_what_would_be_done_and_does_nothing(desk: Desk) -> None:
    desk.dead(an_order(1), "nonsense", "nonsense")

    for command in ("retry", "drop"):
        said = desk.json("dlq", command, "--all", "--dry-run")
        assert (said["would"], said["messages"]) == (command, 3)
        assert said["reasons"][0] == {"reason": "malformed", "messages": 2}
    assert (len(desk.visible(desk.stack.dlq_url)), desk.queued) == (3, [])


def test_one_that_is_named_is_sent_again_without_a_question(desk: Desk) -> None:
    first, _ = desk.dead(an_order(1), an_order(2))

    assert desk.json("dlq", "retry", first) == {"done": 1, "moved_on": 0}
    assert desk.queued == [1]


@pytest.mark.parametrize("words", [["retry", "--all"], ["drop", "--all"], ["drop", "--reason", "waiting"]])
def test_many_are_not_touched_where_nobody_can_be_asked(desk: Desk, words: list[str]) -> None:
    desk.put(an_order(1))
    desk.dead(an_order(1))

    done = desk.run("dlq", *words)

    assert done.status == 1
    assert "say --yes, or look before with --dry-run" in done.err
    assert (len(desk.visible(desk.stack.dlq_url)), desk.queued) == (1, [])


def test_even_one_that_is_named_is_dropped_only_after_a_question(desk: Desk) -> None:
    (message_id,) = desk.dead("nonsense")

    assert desk.run("dlq", "drop", message_id).status == 1
    assert len(desk.visible(desk.stack.dlq_url)) == 1
    assert desk.run("dlq", "drop", message_id, "--yes").status == 0
    assert desk.visible(desk.stack.dlq_url) == []


def test_those_of_a_reason_are_dropped_and_no_other(desk: Desk) -> None:
    desk.put(an_order(1, grant_state=GrantState.GRANTED, due_at=None))
    desk.dead(an_order(1), an_order(2), "nonsense")

    assert desk.json("dlq", "drop", "--reason", "granted", "--reason", "malformed", "--yes")["done"] == 2
    (left,) = desk.json("dlq", "list")["messages"]
    assert left["reason"] == "no-order"


def test_a_message_that_is_not_there_is_told_and_nothing_is_done(desk: Desk) -> None:
    (message_id,) = desk.dead("nonsense")

    done = desk.run("dlq", "drop", message_id, "another", "--yes")

    assert done.status == 1
    assert "no dead letter another" in done.err
    assert len(desk.visible(desk.stack.dlq_url)) == 1


def test_a_letter_of_a_stream_cannot_be_sent_and_is_dropped(desk: Desk) -> None:
    letter, other = desk.dead(OF_A_STREAM, an_order(1))

    done = desk.run("dlq", "retry", "--all", "--yes")

    assert done.status == 1
    assert f"dead letter {letter} names writes of a stream and holds nothing to send" in done.err
    assert desk.queued == []
    assert desk.json("dlq", "drop", "--reason", "stream", "--yes")["done"] == 1
    assert desk.json("dlq", "retry", other)["done"] == 1


def test_where_there_is_no_queue_nothing_is_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.dead(an_order(1))
    streams = replace(desk.stack, transport="streams", queue_url="")
    monkeypatch.setattr(local_stack, "running", lambda _: streams)

    done = desk.run("dlq", "retry", "--all", "--yes")

    assert done.status == 1
    assert "the transport is streams, and a dead letter can be sent to a queue alone" in done.err
    assert desk.json("dlq", "drop", "--all", "--yes")["done"] == 1


def test_an_empty_queue_is_done_with_at_once(desk: Desk) -> None:
    assert desk.json("dlq", "retry", "--all") == {"done": 0, "moved_on": 0}


@pytest.mark.parametrize("words", [[], ["--all", "--reason", "waiting"], ["id", "--all"]])
@pytest.mark.parametrize("command", ["retry", "drop"])
def test_messages_are_named_in_exactly_one_way(desk: Desk, command: str, words: list[str]) -> None:
    assert desk.run("dlq", command, *words).status == 2


@pytest.mark.parametrize("command", ["list", "retry", "drop"])
def test_each_command_has_its_help(desk: Desk, command: str) -> None:
    done = desk.run("dlq", command, "--help")

    assert done.status == 0
    assert "--json" in done.out
