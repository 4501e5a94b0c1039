"""What an activity commits to when it is approved."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from builders import a_share, an_activity, an_award
from tombola.rules.activity import Share
from tombola.rules.award_type import AwardType
from tombola.rules.commitment import odds_digest, odds_table
from tombola.rules.facts import Condition, Operator
from tombola.rules.odds import StrategyMode

SINGLE, TOTAL = StrategyMode.SINGLE, StrategyMode.TOTAL
ADULT = Condition(fact="age", operator=Operator.AT_LEAST, values=("18",))
SHARES = a_share("1", weight=50_000, unlock_after=2), a_share("2", weight=150_000, stock=None)
TABLE = '{"awards":[["1",50000,2],["2",150000,0]],"fallback":"2","strategy_mode":1}'


def test_the_odds_are_committed_to_as_one_text() -> None:
    activity = an_activity(*SHARES, fallback="2", strategy_mode=SINGLE)

    assert odds_table(activity) == TABLE
    assert odds_digest(activity) == hashlib.sha256(TABLE.encode()).hexdigest()


@pytest.mark.parametrize(
    ("shares", "changes"),
    [
        (SHARES, {"strategy_mode": TOTAL}),
        (SHARES, {"fallback": None}),
        (SHARES[::-1], {}),  # the order of the awards is the order of the tickets
        ((SHARES[0], a_share("2", weight=150_001, stock=None)), {}),
        ((SHARES[0], a_share("02", weight=150_000, stock=None)), {"fallback": "02"}),
        ((a_share("1", weight=50_000, unlock_after=3), SHARES[1]), {}),
        ((*SHARES, a_share("3", weight=0)), {}),
    ],
    ids=["mode", "fallback", "order", "weight", "name", "lock", "one more"],
)
def test_whatever_a_result_hangs_on_changes_the_digest(shares: Sequence[Share], changes: dict[str, Any]) -> None:
    before = an_activity(*SHARES, fallback="2", strategy_mode=SINGLE)
    after = an_activity(*shares, **{"fallback": "2", "strategy_mode": SINGLE, **changes})

    assert odds_digest(after) != odds_digest(before)


def test_names_and_stock_are_no_part_of_the_odds() -> None:
    activity = an_activity(a_share("1", stock=1, shards=1), activity_name="one")
    other = an_activity(a_share("1", stock=9, shards=2), activity_name="another", version=7)

    assert json.loads(odds_table(activity)) == json.loads(odds_table(other))


def test_what_an_activity_leaves_open_is_no_part_of_its_commitment() -> None:
    """As it was committed to before there were ways in and conditions."""
    activity = an_activity(
        a_share("1", weight=50_000, stock=10, shards=2), a_share("2", weight=150_000, stock=None, unlock_after=3)
    )

    assert odds_digest(activity) == "286a46d65cac38e5587f797429ebf9a4789aee7f5529c02edfe08e6a79170410"


def test_ways_in_and_conditions_are_part_of_the_commitment() -> None:
    activity = an_activity(a_share("1"), through=("crowd", "staff"), admit=(ADULT,))

    assert odds_table(activity) == (
        '{"admit":[["age",">=",["18"]]],"awards":[["1",1000000,0]],"fallback":null,"strategy_mode":2,'
        '"through":["crowd","staff"]}'
    )
    others = [replace(activity, through=("crowd",)), replace(activity, admit=()), replace(activity, admit=(ADULT,) * 2)]
    assert len({odds_digest(each) for each in (activity, *others)}) == 4


def test_deadlines_are_committed_to_with_what_becomes_of_the_prize_after_them() -> None:
    hour = timedelta(hours=1)
    activity = an_activity(
        a_share("1", weight=1, claim_within=hour), a_share("2", weight=1, claim_within=hour, lapses=True), a_share("3")
    )

    assert json.loads(odds_table(activity))["claims"] == [["1", 3600, False], ["2", 3600, True]]


def test_a_parcel_of_before_there_were_deadlines_changes_no_commitment() -> None:
    parcel = a_share("1", award=an_award("1", award_type=AwardType.PHYSICAL))

    assert "claims" not in json.loads(odds_table(an_activity(parcel)))
