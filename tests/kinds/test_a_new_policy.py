"""A drill: only the left-handed may draw. The policy is added where policies are, its field where types ask for it.

It reaches everything from there, and whatever lacks it says so.
"""

import json
from collections.abc import Iterator
from dataclasses import field, make_dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

import builders
from builders import NOON, a_request, an_activity
from cloud import Cloud, a_cloud
from made_up import FILE, anew, guide_row, read
from tombola.aws import activity_items
from tombola.aws.activity_items import activity_item, decode_activity
from tombola.rules import activity
from tombola.rules.activity import Activity
from tombola.rules.admission import refuse_draw
from tombola.rules.answer import ActivityAnswer
from tombola.rules.change import changes_between, refuse_changes
from tombola.rules.commitment import odds_table
from tombola.rules.policy import POLICIES, Policy
from tombola.rules.problem import Problem, not_admitted
from tombola.rules.request import DrawRequest
from tombola_cli.files import activity_file, activity_of_fields
from tombola_cli.screens import activity_sheets as sheets
from tombola_cli.screens.terms_sheets import admission
from tombola_cli.simulate import simulation

LEFT = ("left",)
LEFT_HANDED = FILE + "hands: [left]\n"


def refuse(hands: tuple[str, ...], request: DrawRequest, activity_id: str) -> Problem | None:
    if not hands or request.facts.get("hand") in hands:
        return None
    return not_admitted(activity_id, "fact 'hand' does not fit")


HANDS = Policy(
    name="hands",
    title="written with",
    words=lambda hands: "any hand" if not hands else " or ".join(hands),
    refuse=refuse,
    plain=list,
    value=tuple,
)


class HandedFields(activity_file.ActivityFields):
    hands: list[str] = Field(default=[])


@pytest.fixture(autouse=True)
def _hands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(POLICIES, HANDS.name, HANDS)
    hands = [("hands", tuple[str, ...], field(default=()))]
    handed = make_dataclass("Activity", hands, bases=(Activity,), frozen=True, slots=True, kw_only=True)
    for module in (activity, activity_items, activity_of_fields, builders):
        monkeypatch.setattr(module, "Activity", handed)


def handed(text: str, folder: Path) -> Any:
    """Return the activity that a file with this text holds, where files have the field."""
    made = anew(activity_file)
    made.ActivityFields = HandedFields
    path = folder / "activity.yaml"
    path.write_text(text, "utf-8")
    return made.read_activity(path)


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with a_cloud(monkeypatch, hands=handed(LEFT_HANDED, tmp_path).hands) as cloud:
        yield cloud


def body(hand: str) -> str:
    return json.dumps({"user_id": "xiaofuge", "facts": {"hand": hand}})


def test_a_file_asks_for_it(tmp_path: Path) -> None:
    assert handed(LEFT_HANDED, tmp_path).hands == LEFT
    assert handed(FILE, tmp_path).hands == ()


def test_where_files_lack_its_field_none_is_read(tmp_path: Path) -> None:
    with pytest.raises(AttributeError, match="hands"):
        read(FILE, tmp_path)


def test_where_activities_lack_its_field_none_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builders, "Activity", Activity)

    with pytest.raises(AttributeError, match="hands"):
        refuse_draw(an_activity(), a_request(), NOON)


def test_an_item_holds_it_and_one_of_before_asks_for_nothing() -> None:
    asking, free = an_activity(hands=LEFT), an_activity()

    assert activity_item(asking)["hands"] == {"L": [{"S": "left"}]}
    assert decode_activity(activity_item(asking)) == asking
    assert "hands" not in activity_item(free)
    assert decode_activity(activity_item(free)) == free


def test_only_whoever_it_admits_draws(cloud: Cloud) -> None:
    status, problem = cloud.request(headers={"idempotency-key": "right"}, body=body("right"))
    assert (status, problem["code"], problem["field"]) == (409, "0001", "facts")
    assert problem["detail"].endswith("fact 'hand' does not fit")

    assert cloud.request(headers={"idempotency-key": "left"}, body=body("left"))[0] == 201


def test_the_api_shows_it_and_a_test_of_the_answer_asks_for_its_description(cloud: Cloud) -> None:
    _, told = cloud.get("/activities/{activity_id}", activity_id="100001")

    assert told["hands"] == ["left"]
    assert told.keys() - ActivityAnswer.__annotations__.keys() == {"hands"}


def test_a_private_one_is_shown_to_nobody_and_not_committed_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(POLICIES, HANDS.name, HANDS._replace(public=False))

    with a_cloud(monkeypatch, hands=LEFT) as cloud:
        _, told = cloud.get("/activities/{activity_id}", activity_id="100001")

    assert "hands" not in told
    assert "hands" not in odds_table(an_activity(hands=LEFT))


def test_it_is_committed_to_where_it_asks_for_something() -> None:
    assert json.loads(odds_table(an_activity(hands=LEFT)))["hands"] == ["left"]
    assert "hands" not in odds_table(an_activity())


def test_a_plan_tells_it_and_that_it_stands() -> None:
    free, asking = an_activity(), an_activity(hands=LEFT)

    assert refuse_changes(free, changes_between(free, asking)) == [
        "hands: any hand → left is refused: players rely on it"
    ]


def test_a_summary_tells_it_and_a_simulation_has_no_use_for_it() -> None:
    asking = an_activity(hands=LEFT)

    assert sheets.summary(asking).told["written with"] == "left"  # type: ignore[index]  # not a sentence
    assert str(admission(asking).told).endswith("; written with left")
    assert list(simulation.limits(asking, 10)) == list(simulation.limits(an_activity(), 10))


def test_an_auditor_that_was_not_told_of_it_says_so(cloud: Cloud) -> None:
    cloud.request(headers={"idempotency-key": "left"}, body=body("left"))

    said = {(breach.promise, breach.what) for breach in cloud.audit().breaches}

    assert ("P5", "its hands is nothing that the auditor knows") in said


def test_the_guide_describes_every_policy_but_this_one() -> None:
    told = [name for name in POLICIES if name != HANDS.name and guide_row(name)]

    assert told == ["through", "blocked", "admit"]
    with pytest.raises(ValueError, match="not enough values"):
        guide_row(HANDS.name)
