"""Dead letters are sent or dropped as they were chosen; what cannot be sent is offered to be dropped alone."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from builders import an_order
from desk import Desk, a_desk
from tombola.rules.order import GrantState
from tombola_cli.console import desk as operators
from tombola_cli.console.act_buttons import Act
from tombola_cli.console.letter_choice import of_letters, of_reason, of_this
from tombola_cli.console.long_work import LongWork
from tombola_cli.errors import TombolaError
from tombola_cli.operate.dead_letters import Reason, looked_at
from tombola_cli.operate.stack import Stack
from tombola_cli.screens import plain

OF_A_STREAM = '{"requestContext": {"condition": "RetryAttemptsExhausted"}, "DDBStreamBatchInfo": {"batchSize": 1}}'
GRANTED = an_order(7, grant_state=GrantState.GRANTED, due_at=None)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        desk.put(GRANTED)
        yield desk


def olga(stack: Stack) -> operators.Desk:
    return operators.Desk(stack=stack, who="olga")


def chosen(desk: Desk, *reasons: Reason, stack: Stack | None = None) -> dict[str, Act]:
    """Return the acts on the messages of reasons, by the first word of their label."""
    letters, _ = looked_at(lambda letter: letter.reason in reasons, 10, desk.stack)
    return {act.label.split()[0]: act for act in of_letters(olga(stack or desk.stack), letters, LongWork())}


def test_letters_that_are_chosen_are_sent_and_the_others_stay(desk: Desk) -> None:
    ids = desk.dead(GRANTED, "{}")
    retry = chosen(desk, Reason.GRANTED)["Retry"]
    assert '"granted"' in plain.document(retry.plan())
    assert retry.command("") == f"tombola dlq retry {ids[0]}"
    assert desk.queued == []

    assert '"done": 1' in plain.document(retry.run(""))
    assert desk.queued == [7]
    assert desk.visible(desk.stack.dlq_url) == ["{}"]


def test_letters_of_a_reason_are_dropped_and_the_others_stay(desk: Desk) -> None:
    desk.dead(GRANTED, "{}", "no json")
    letters, _ = looked_at(of_this(Reason.MALFORMED), 10, desk.stack)
    drop = of_reason(olga(desk.stack), Reason.MALFORMED, letters, LongWork())[1]
    assert drop.final
    assert '"messages": 2' in plain.document(drop.plan())
    assert drop.command("") == "tombola dlq drop --reason malformed"

    assert '"done": 2' in plain.document(drop.run(""))
    assert desk.lying(desk.stack.dlq_url) == 1


def test_what_was_not_looked_at_is_left_where_it_lies(desk: Desk) -> None:
    desk.dead("{}")
    letters, _ = looked_at(of_this(None), 10, desk.stack)
    drop = of_reason(olga(desk.stack), None, letters, LongWork())[1]
    drop.plan()
    desk.dead("came later")

    drop.run("")
    assert desk.visible(desk.stack.dlq_url) == ["came later"]


def test_a_letter_that_is_gone_is_told_before_anything_is_done(desk: Desk) -> None:
    desk.dead("{}")
    act = chosen(desk, Reason.MALFORMED)["Drop"]
    chosen(desk, Reason.MALFORMED)["Drop"].plan()
    desk.sqs.purge_queue(QueueUrl=desk.stack.dlq_url)
    with pytest.raises(TombolaError, match="1 of the messages are gone"):
        act.plan()


def test_what_holds_nothing_to_send_can_be_dropped_alone(desk: Desk) -> None:
    desk.dead(OF_A_STREAM, GRANTED)
    assert set(chosen(desk, Reason.GRANTED)) == {"Retry", "Drop"}
    assert set(chosen(desk, Reason.STREAM)) == {"Drop"}
    assert set(chosen(desk, Reason.STREAM, Reason.GRANTED)) == {"Drop"}


def test_where_there_is_no_queue_letters_can_be_dropped_alone(desk: Desk) -> None:
    desk.dead(GRANTED)
    without = replace(desk.stack, queue_url="", transport="streams")
    assert set(chosen(desk, Reason.GRANTED, stack=without)) == {"Drop"}
