"""A drill: a song is added where types of award are, with somebody who sings it. It reaches all, or is refused."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest

from builders import an_activity, an_award, an_order
from cloud import Cloud, a_cloud
from made_up import FILE, anew, guide_row, read
from tombola.aws.activity_items import activity_item, decode_activity
from tombola.aws.items import decode_order, order_item
from tombola.aws.prizes import PROVIDERS, Means
from tombola.rules.award_type import AWARD_TYPES, OWN_FROM, AwardType
from tombola.rules.change import changes_between
from tombola.rules.order import GrantState, Order
from tombola.rules.unreadable import Unreadable
from tombola.rules.verdict import Grant, Granted, Unchanged
from tombola_cli.describe import openapi
from tombola_cli.errors import TombolaError
from tombola_cli.files import activity_file

SONG = AwardType(number=7, name="SONG", told="a song, which is sung to the winner")
HYMN = AwardType(number=8, name="HYMN", told="a hymn, as a choir finds it", source="choir")
PIOUS = FILE.replace("award_type: 1", "award_type: 8").replace("award_content: Code", "choir: st-thomas")
MUSICAL = FILE.replace("award_type: 1", "award_type: 7")
SUNG: list[str] = []


@dataclass(frozen=True)
class Singer:
    means: Means

    def grant(self, order: Order, now: datetime) -> Grant:
        assert order.award is not None
        if not self.means.ledger.grant(order, now):
            return Unchanged()
        SUNG.append(order.award.award_content)
        return Granted()


@pytest.fixture(autouse=True)
def _song(monkeypatch: pytest.MonkeyPatch) -> None:
    SUNG.clear()
    monkeypatch.setitem(AWARD_TYPES, SONG.number, SONG)
    monkeypatch.setitem(PROVIDERS, SONG, Singer)


@pytest.fixture
def _hymn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(AWARD_TYPES, HYMN.number, HYMN)
    monkeypatch.setitem(PROVIDERS, HYMN, Choir)


@dataclass(frozen=True)
class Choir:
    means: Means

    def grant(self, order: Order, now: datetime) -> Grant:
        return Granted() if self.means.ledger.grant_with(order, "hallelujah", now) else Unchanged()


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with a_cloud(monkeypatch, *read(MUSICAL, tmp_path).shares) as cloud:
        yield cloud


def test_a_file_may_name_it_and_its_schema_describes_it(tmp_path: Path) -> None:
    (share,) = read(MUSICAL, tmp_path).shares
    assert share.award.award_type is SONG

    described = anew(activity_file).json_schema()["$defs"]["AwardField"]["properties"]["award_type"]
    offered = {number: each.told for number, each in AWARD_TYPES.items() if each.told is not None}
    assert described["enum"] == [*map(str, offered), *offered]
    assert described["description"] == "; ".join(f"{number}: {told}" for number, told in offered.items())
    assert {1, 7} <= offered.keys()


def test_without_it_a_file_that_names_it_is_refused_by_line_and_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(AWARD_TYPES, SONG.number)

    with pytest.raises(
        TombolaError, match=r"activity.yaml:10: awards.1.award_type: must be 1\b.*, which .*, and is 7$"
    ):
        read(MUSICAL, tmp_path)


def test_items_hold_it_and_without_it_they_are_unreadable_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    order = an_order(award=an_award(award_type=SONG))
    (share,) = an_activity().shares
    activity = an_activity(replace(share, award=an_award(award_type=SONG)))
    items = order_item(order), activity_item(activity)
    assert (decode_order(items[0]), decode_activity(items[1])) == (order, activity)

    monkeypatch.delitem(AWARD_TYPES, SONG.number)
    found = decode_order(items[0]), decode_activity(items[1])

    for each, name in zip(found, ("award", "awards"), strict=True):
        assert isinstance(each, Unreadable)
        assert each.because == f"{name}.award_type cannot be read"


def test_it_is_handed_over_by_its_provider(cloud: Cloud) -> None:
    cloud.draw()

    cloud.deliver()

    (shown,) = cloud.get("/users/{user_id}/draws", user_id="xiaofuge")[1]["draws"]
    assert (shown["grant_state"], SUNG) == (GrantState.GRANTED, ["Code"])


def test_without_a_provider_it_is_parked_where_an_operator_sees_why(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(PROVIDERS, SONG)
    _, told = cloud.draw()

    cloud.deliver()

    order = cloud.ledger.order("xiaofuge", int(told["order_id"]))
    assert order is not None
    assert (order.grant_state, order.parked_because) == (GrantState.PARKED, "nobody hands over awards of type SONG")


def test_the_api_shows_it_as_it_documents_it(cloud: Cloud) -> None:
    _, told = cloud.get("/activities/{activity_id}", activity_id="100001")
    documented = openapi.document()["components"]["schemas"]["AwardType"]

    assert told["awards"][0]["award_type"] == 7
    assert (documented["enum"], documented["description"][-6:]) == ([*AWARD_TYPES], "7 SONG")


def test_a_plan_tells_it_by_its_number() -> None:
    (share,) = an_activity().shares
    musical = an_activity(replace(share, award=an_award(award_type=SONG)))

    (change,) = changes_between(an_activity(), musical)

    assert str(change) == "award 3 award_type: 1 → 7"


def test_an_auditor_that_was_not_told_of_it_says_so(cloud: Cloud) -> None:
    cloud.draw()
    cloud.deliver()

    assert [(breach.promise, breach.what) for breach in cloud.audit().breaches] == [
        ("P3", "an award of type 7, and the auditor does not know how one is handed over")
    ]


@pytest.mark.usefixtures("_hymn")
def test_a_file_names_the_source_of_one_that_has_a_source_and_no_content(tmp_path: Path) -> None:
    (share,) = read(PIOUS, tmp_path).shares
    described = anew(activity_file).json_schema()["$defs"]["AwardField"]["properties"]["choir"]

    assert (share.award.award_type, share.award.source, share.award.award_content) == (HYMN, "st-thomas", "")
    assert described["description"] == "with award_type 8: the name of the choir that hands it over"


@pytest.mark.usefixtures("_hymn")
@pytest.mark.parametrize(
    ("award", "words"),
    [
        ("award_type: 8", "choir: is missing: an award of type 8 needs it"),
        ("award_type: 8, choir: a b", "choir: takes letters, digits, _ and - only"),
        (
            "award_type: 8, choir: a, award_content: amen",
            "award_content: belongs to no award of type 8, which needs choir instead",
        ),
        (
            "award_type: 1, award_content: Code, choir: a",
            "choir: belongs to no award of type 1, which needs award_content instead",
        ),
        ("award_type: 1", "award_content: is missing: an award of type 1 needs it"),
        ("award_type: 8, choir: a, bell: b", "bell: there is no such field"),
    ],
)
def test_a_source_or_content_that_is_missing_or_too_much_is_refused_by_line_and_name(
    tmp_path: Path, award: str, words: str
) -> None:
    text = PIOUS.replace("award_type: 8", award).replace(", choir: st-thomas", "")

    with pytest.raises(TombolaError) as refused:
        read(text, tmp_path)

    said = str(refused.value)
    assert f"activity.yaml:10: awards.1.{words}" in said
    assert said.count("awards.1.") == 1


@pytest.mark.usefixtures("_hymn")
def test_the_content_that_its_source_gives_is_told_to_the_winner_alone_and_once_it_is_granted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_cloud(monkeypatch, *read(PIOUS, tmp_path).shares) as cloud:
        _, told = cloud.draw()
        cloud.deliver()
        (shown,) = cloud.get("/users/{user_id}/draws", user_id="xiaofuge")[1]["draws"]
        public = cloud.get("/activities/{activity_id}", activity_id="100001")[1]

    assert (told["award"]["award_content"], shown["award"]["award_content"]) == (None, "hallelujah")
    assert "st-thomas" not in str((told, shown, public))
    assert "hallelujah" not in str(public)


def test_the_guide_describes_every_type_but_this_one() -> None:
    told = {int(number) for number in re.findall(r"\b(\d) is ", guide_row("award_type"))}

    tombolas = {each.number for each in AWARD_TYPES.values() if each.told is not None and each.number < OWN_FROM}
    assert tombolas - told == {SONG.number}
