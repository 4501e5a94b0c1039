"""Everybody in activities that are long over is forgotten, a page of users at a time; a run that ends early goes on."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from builders import NOON
from forget_desk import ACTIVITY, LATER_ACTIVITY, OTHER, USER, ForgetDesk, a_forget_desk, add_activity
from tombola.aws.activity_items import activity_item, activity_key, name_item
from tombola.aws.forget_ledger import ForgetLedger
from tombola.rules.problem import BusyError
from tombola_cli.errors import TombolaError
from tombola_cli.operate import forget_users
from tombola_cli.operate.forget_users import Whom, blocking, ended_before, performed, surveyed
from tombola_cli.operate.forgetting import Failure, Wish
from tombola_cli.operate.remains import REMAINS, remains_of

WISH = Wish(who="ann", give_up=True, not_issued=True)
USERS = (USER, OTHER, "ann")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[ForgetDesk]:
    """Yield a stack on which the first activity is closed, and another goes on; three users drew in both."""
    with a_forget_desk(monkeypatch) as desk:
        add_activity(desk, LATER_ACTIVITY, end=NOON + timedelta(days=90))
        for user_id in USERS:
            desk.draw(user_id, 2)
            desk.draw(user_id, 1, LATER_ACTIVITY)
        desk.close()
        desk.cloud.now += timedelta(days=9)
        yield desk


def drawn(desk: ForgetDesk) -> dict[str, int]:
    """Return how many orders there are, by activity."""
    orders = [order for user_id in USERS for order in desk.orders(user_id)]
    return {each: sum(order.activity_id == each for order in orders) for each in (ACTIVITY, LATER_ACTIVITY)}


def test_everybody_is_forgotten_in_what_is_over_and_nobody_elsewhere(desk: ForgetDesk) -> None:
    told: list[int] = []

    tally = performed(ended_before("2026-11-25", desk.stack), WISH, desk.stack, told.append)

    assert (tally.users, tally.orders, tally.left) == (3, 6, [])
    assert told == [1, 2, 3]
    assert drawn(desk) == {ACTIVITY: 0, LATER_ACTIVITY: 3}
    assert desk.quota(USER) == {}
    assert desk.quota(USER, LATER_ACTIVITY)["taken"] == 1
    assert desk.audit().breaches == ()


def test_a_look_counts_what_a_run_would_erase_and_erases_nothing(desk: ForgetDesk) -> None:
    whom, before = ended_before("2026-11-25", desk.stack), desk.dump()

    tally = surveyed(whom, WISH, desk.stack)

    assert desk.dump() == before
    done = performed(whom, WISH, desk.stack)
    assert (tally.users, tally.kinds) == (done.users, done.kinds)
    assert surveyed(whom, WISH, desk.stack).users == 0


def test_a_user_whose_prize_waits_is_left_and_the_others_are_not(desk: ForgetDesk) -> None:
    waiting = {
        user_id
        for user_id in USERS
        if any(order.award for order in desk.orders(user_id)[:] if order.activity_id == ACTIVITY)
    }

    tally = performed(ended_before("2026-11-25", desk.stack), Wish(who="ann"), desk.stack)

    assert {left.user_id for left in tally.left} == waiting
    assert {left.activity_id for left in tally.left} == {ACTIVITY}


# The activity ends at noon of 2026-11-24 in UTC, which is 2026-11-25 in Auckland already.
@pytest.mark.parametrize(
    ("zone", "date", "ended"),
    [
        ("UTC", "2026-11-24", False),
        ("UTC", "2026-11-25", True),
        ("UTC", "2026-11-24T12:00:00", False),
        ("UTC", "2026-11-24T12:00:01", True),
        ("Pacific/Auckland", "2026-11-25", False),
        ("Pacific/Auckland", "2026-11-26", True),
    ],
)
def test_the_date_is_read_in_the_time_zone_of_each_activity(
    monkeypatch: pytest.MonkeyPatch, zone: str, date: str, ended: bool
) -> None:
    with a_forget_desk(monkeypatch, time_zone=zone) as desk:
        desk.close()

        assert ended_before(date, desk.stack).activities == frozenset({ACTIVITY} if ended else ())


def test_an_activity_that_ended_and_is_not_closed_is_not_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_forget_desk(monkeypatch) as desk:
        desk.cloud.now += timedelta(days=9)

        assert ended_before("2026-11-25", desk.stack).activities == frozenset()


@pytest.mark.parametrize("date", ["yesterday", "25.11.2026", "2026-02-30"])
def test_what_is_no_date_is_refused_even_where_there_is_no_activity(desk: ForgetDesk, date: str) -> None:
    with pytest.raises(TombolaError, match="--before: "):
        ended_before(date, desk.stack)
    for activity_id in (ACTIVITY, LATER_ACTIVITY):
        desk.cloud.ledger.dynamodb.delete_item(TableName=desk.stack.table_name, Key=name_item(activity_id))
    with pytest.raises(TombolaError, match="--before: "):
        ended_before(date, desk.stack)


def test_an_activity_that_cannot_be_read_is_told_since_it_may_have_ended(desk: ForgetDesk) -> None:
    found = desk.cloud.ledger.activity(ACTIVITY)
    assert found is not None
    desk.cloud.ledger.put_item(activity_item(found) | {"end": {"S": "never"}})

    whom = ended_before("2026-11-25", desk.stack)

    assert not whom.activities
    tally = surveyed(whom, WISH, desk.stack)
    assert [(left.activity_id, left.because) for left in tally.left] == [
        (ACTIVITY, "the activity cannot be read: end cannot be read")
    ]


def test_a_run_that_ends_early_goes_on_from_there(desk: ForgetDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    whom, original, calls = ended_before("2026-11-25", desk.stack), ForgetLedger.erase_quota, list[str]()

    def once(self: ForgetLedger, user_id: str, *given: Any) -> bool:
        calls.append(user_id)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(self, user_id, *given)

    with monkeypatch.context() as patch:
        patch.setattr(ForgetLedger, "erase_quota", once)
        with pytest.raises(KeyboardInterrupt):
            performed(whom, WISH, desk.stack)
    assert desk.audit().breaches == ()

    tally = performed(whom, WISH, desk.stack)

    assert tally.users == 2
    assert drawn(desk)[ACTIVITY] == 0
    assert desk.audit().breaches == ()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            ClientError({"Error": {"Code": "AccessDeniedException", "Message": "CODE-001"}}, "Query"),
            "AccessDeniedException",
        ),
        (BusyError("others wrote to its log"), "others wrote to its log"),
    ],
    ids=["refused", "busy"],
)
def test_aws_failing_with_one_user_stops_nobody_and_is_told_without_its_words(
    desk: ForgetDesk, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    original = ForgetLedger.erase

    def erase(self: ForgetLedger, order: Any, *given: Any) -> bool:
        if order.user_id == OTHER:
            raise error
        return original(self, order, *given)

    monkeypatch.setattr(ForgetLedger, "erase", erase)

    tally = performed(ended_before("2026-11-25", desk.stack), WISH, desk.stack)

    (left,) = tally.left
    assert isinstance(left, Failure)
    assert (left.user_id, tally.orders) == (OTHER, 4)
    assert told in left.because
    assert "CODE-001" not in left.because


def test_a_run_with_which_aws_fails_again_and_again_gives_up(desk: ForgetDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> bool:
        raise BusyError("full")

    monkeypatch.setattr(forget_users, "IN_VAIN_MAX", 2)
    monkeypatch.setattr(ForgetLedger, "mark_forgetting", refuse)

    with pytest.raises(TombolaError, match="0 orders erased, then 2 users failed: full"):
        performed(ended_before("2026-11-25", desk.stack), WISH, desk.stack)


def test_whoever_has_nothing_is_nobody(desk: ForgetDesk) -> None:
    assert performed(Whom(user_id="nobody"), WISH, desk.stack).users == 0


def test_an_activity_whose_file_blocks_the_user_still_names_them(desk: ForgetDesk) -> None:
    found = desk.cloud.ledger.activity(ACTIVITY)
    assert found is not None
    desk.cloud.ledger.put_item(activity_item(found) | {"blocked": {"L": [{"S": USER}]}})

    assert (blocking(USER, desk.stack), blocking(OTHER, desk.stack)) == ([ACTIVITY], [])
    stays = remains_of([ACTIVITY])
    assert stays[0].what == f"blocked in activity {ACTIVITY}"
    assert stays[1:] == [*REMAINS]
    assert activity_key(ACTIVITY)["pk"]["S"].endswith(ACTIVITY)
