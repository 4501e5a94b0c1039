"""A user's quotas are told for each activity in which they drew; counters that cannot be read stop no other."""

from collections.abc import Iterator

import pytest

from builders import NOON, an_activity, an_order
from desk import Desk, a_desk
from tombola.aws.items import number, quota_key
from tombola.rules.activity import Activity
from tombola.rules.quota import Quotas
from tombola.rules.unreadable import Unreadable
from tombola_cli.operate.user_quotas import belongings_in, quotas_of

ACTIVITIES = [
    an_activity(activity_id="1", quotas=Quotas(activity=3, day=1)),
    an_activity(activity_id="2", quotas=Quotas()),
    an_activity(activity_id="3"),
    an_activity(activity_id="hurt"),
]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        desk.put(an_order(1, activity_id="1"), an_order(2, activity_id="2"))
        desk.ledger.put_item(quota_key("xiaofuge", "1") | {"taken": number(2), "d2026-11-23": number(1)})
        desk.ledger.put_item(quota_key("xiaofuge", "hurt") | {"taken": {"S": "two"}})
        yield desk


def test_each_activity_of_a_user_says_what_is_left(desk: Desk) -> None:
    hurt = Unreadable(pk="ACTIVITY#9", sk="CONFIG", because="damage")
    activities: list[Activity | Unreadable] = [*ACTIVITIES, hurt]

    one, two, unreadable = quotas_of(belongings_in(desk.stack, "xiaofuge"), activities, NOON)

    assert not isinstance(one, Unreadable)
    assert not isinstance(two, Unreadable)
    assert [(each["period"], each["taken"], each["left"]) for each in one["quotas"]] == [
        ("activity", 2, 1),
        ("day", 1, 0),
    ]
    assert (two["activity_id"], two["quotas"]) == ("2", [])
    assert isinstance(unreadable, Unreadable)


def test_a_user_who_never_drew_has_no_quotas(desk: Desk) -> None:
    assert quotas_of(belongings_in(desk.stack, "nobody"), ACTIVITIES, NOON) == []
