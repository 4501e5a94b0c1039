"""A user is blocked in an activity from its record, as its file would, and nobody's change is lost over it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from builders import NOON, a_share, an_activity
from desk import Desk, a_desk
from tombola.rules.activity import Activity
from tombola.rules.activity_life import logged
from tombola.rules.activity_states import ActivityState
from tombola.rules.unreadable import Unreadable
from tombola_cli.errors import TombolaError
from tombola_cli.files.activity_file import BLOCKED_MAX
from tombola_cli.operate import user_blocks
from tombola_cli.operate.user_blocks import changeable, perform, planned

OLGA = "<b>olga</b>"


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        desk.now = NOON
        yield desk


def on_record(desk: Desk, **changes: Any) -> Activity:
    activity, entry = logged(None, an_activity(a_share("3"), **changes), "apply", "ann", "", NOON, ["created"])
    assert desk.ledger.write(None, activity, entry)
    desk.ledger.apply(activity, {("3", 0): 5})
    return activity


def blocked(desk: Desk) -> tuple[str, ...]:
    activity = desk.ledger.activity("100001")
    assert activity is not None
    return activity.blocked


def test_a_user_is_blocked_while_others_draw_and_the_log_says_who_did_it_and_names_no_user(desk: Desk) -> None:
    on_record(desk, blocked=("bob",))

    assert [str(each) for each in planned(OLGA, "100001", desk.stack, blocked=True).changes] == [
        "blocked: 1 users → 2 users"
    ]
    assert perform(OLGA, "100001", desk.stack, "olga", "a bot", NOON, blocked=True)

    last = desk.ledger.log("100001", 0, 9)[-1]
    assert blocked(desk) == ("bob", OLGA)
    assert (last.who, last.why, last.what) == ("olga", "a bot", "apply")
    assert OLGA not in str(last.changes)


def test_blocking_again_changes_nothing_and_it_can_be_taken_back(desk: Desk) -> None:
    on_record(desk, blocked=("bob", OLGA))
    assert not perform(OLGA, "100001", desk.stack, "o", "", NOON, blocked=True)
    assert perform(OLGA, "100001", desk.stack, "o", "", NOON, blocked=False)
    assert blocked(desk) == ("bob",)


def test_a_change_that_somebody_else_applied_meanwhile_is_not_taken_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = on_record(desk)
    monkeypatch.setattr(user_blocks, "found", lambda *_: seen)
    perform("bob", "100001", desk.stack, "ann", "", NOON, blocked=True)

    with pytest.raises(TombolaError, match="was changed by somebody else meanwhile"):
        perform(OLGA, "100001", desk.stack, "o", "", NOON, blocked=True)

    assert blocked(desk) == ("bob",)


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({}, True),
        ({"state": ActivityState.EDIT, "approved": False}, True),
        ({"state": ActivityState.ARRAIGNMENT, "approved": False}, False),
        ({"state": ActivityState.CLOSE, "end": NOON - timedelta(hours=1), "seed": b"s" * 32}, False),
        ({"blocked": (OLGA,)}, False),  # it blocks the user already
    ],
)
def test_only_where_the_rules_allow_it_a_user_can_be_blocked(changes: dict[str, Any], may: bool) -> None:
    found: list[Activity | Unreadable] = [
        an_activity(a_share("3"), **changes),
        Unreadable(pk="ACTIVITY#2", sk="CONFIG", because="damage"),
    ]
    assert [each.activity_id for each in changeable(found, OLGA, blocked=True)] == ["100001"] * may


@pytest.mark.parametrize(
    ("user_id", "words"), [("x" * 256, "1 to 255 characters"), ("a\x07", "control characters"), ("", "user_id")]
)
def test_a_text_that_can_be_nobodys_id_is_not_blocked(desk: Desk, user_id: str, words: str) -> None:
    on_record(desk)
    with pytest.raises(TombolaError, match=words):
        perform(user_id, "100001", desk.stack, "o", "", NOON, blocked=True)


def test_no_more_users_are_blocked_than_a_file_could_name(desk: Desk) -> None:
    on_record(desk, blocked=tuple(map(str, range(BLOCKED_MAX))))
    with pytest.raises(TombolaError, match="more cannot be blocked"):
        planned(OLGA, "100001", desk.stack, blocked=True)
