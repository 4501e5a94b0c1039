"""docs/verify.py and the auditor look at deadlines: whoever keeps them is right, and nobody else is."""

import copy
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import NOON, SECOND
from public_campaign import HOUR, Papers, rechained
from test_verify import draw, judged, verified
from tombola.aws.activity_cache import HINT
from tombola.rules.acceptance import GRACE
from tombola.rules.act import RECLAIM
from tombola.rules.answer import order_answer
from tombola.rules.order import GrantState, Order
from tombola.rules.problem import Problem
from user_deadlines import (
    CLAIM_WITHIN,
    FREE,
    LAPSES,
    MS,
    PARCEL,
    PARCEL_LAPSES,
    PARKS,
    DeadlineCampaign,
    an_activity_of_deadlines,
    an_award_of,
    told,
)

BY = NOON + CLAIM_WITHIN
DAY = timedelta(days=1)
NEW = ("claim_by", "claimed_at", "shipment")  # fields that the answers of older versions do not have


def shown(order: Order) -> Any:
    return copy.deepcopy(order_answer(order))


def a_unit_that_comes_back() -> DeadlineCampaign:
    """Return a campaign in which everybody wins, of two awards with a unit each; nobody claims in time."""
    parks = an_award_of(PARKS, weight=500_000, stock=1)
    return DeadlineCampaign.of(
        an_activity_of_deadlines(parks, an_award_of(LAPSES, weight=500_000, stock=1, lapses=True))
    )


def test_parked_or_void_as_the_file_says_and_the_unit_that_comes_back_is_won_again() -> None:
    campaign = a_unit_that_comes_back()
    users = campaign.users
    first = [campaign.win(PARKS), campaign.win(LAPSES)]
    before = [shown(order) for order in first]
    late = campaign.win(LAPSES, NOON + SECOND, place=1)  # there is no unit of it left
    campaign.run(BY + GRACE)
    assert [users.on_record(order).grant_state for order in first] == [GrantState.WAITING] * 2

    campaign.run(BY + GRACE + MS)
    assert [users.on_record(order).grant_state for order in first] == [GrantState.PARKED, GrantState.VOID]
    again = campaign.win(LAPSES, BY + HINT, place=2)
    users.accept(again, again.accept_by or NOON)
    users.distribute(again, again.accept_by or NOON)

    granted = users.on_record(again)
    assert (late.award, granted.award and granted.award.award_id) == (None, LAPSES)
    assert (granted.grant_state, granted.grants) == (GrantState.GRANTED, 1)
    assert campaign.left() == {PARKS: 0, LAPSES: 0}
    assert campaign.audit([told(each) for each in (*first, late, again, granted)]).breaches == ()
    papers = campaign.papers(BY + 2 * HOUR)
    assert judged(papers) == 0
    papers["draws"]["draws"] = [*before, shown(late), shown(again)]  # as they were saved meanwhile
    assert judged(papers) == 0


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["draw", "draw", "claim", "claim", "address", "message", "compensate", "retry", "void"]),
        st.integers(0, 20),
        st.sampled_from([timedelta(), timedelta(), MS, SECOND, CLAIM_WITHIN / 2, CLAIM_WITHIN, RECLAIM]),
    ),
    min_size=10,
    max_size=60,
)


@settings(max_examples=150)
@given(steps=STEPS)
def test_whoever_keeps_deadlines_is_accused_by_nobody_whatever_users_and_operators_do(
    steps: list[tuple[str, int, timedelta]],
) -> None:
    campaign, now = DeadlineCampaign.of(an_activity_of_deadlines()), NOON
    answers = [campaign.win(award_id) for award_id in (PARKS, LAPSES, PARCEL, PARCEL_LAPSES, FREE)]
    for number, (step, size, wait) in enumerate(steps):
        now = min(now + wait, NOON + 59 * DAY)
        if step == "draw":
            drawn = campaign.draw(f"user-{size % 3}", f"key-{number}", now)
            answers += [] if isinstance(drawn, Problem) else [drawn]
        else:
            act(campaign, step, size, now)
        answers.append(some_order(campaign, size))

    assert campaign.audit([told(order) for order in answers]).breaches == ()
    papers = campaign.papers(NOON + 60 * DAY)
    assert judged(papers) == 0
    papers["draws"]["draws"] = [shown(order) for order in answers]
    assert judged(papers) == 0


def some_order(campaign: DeadlineCampaign, place: int) -> Order:
    """Return an order that won, as it is on record."""
    orders = [order for order in campaign.stage.ledger.orders_by_key.values() if order.award is not None]
    return orders[place % len(orders)]


def act(campaign: DeadlineCampaign, step: str, place: int, now: datetime) -> None:
    """Let somebody do something with an order, and be it in vain."""
    users, order = campaign.users, some_order(campaign, place)
    known = len(campaign.stage.ledger.logs.get("100001", []))
    if step == "compensate":
        users.compensate(now)
    elif step == "claim":
        users.accept(order, now)
    elif step == "address":
        users.give_address(order, now)
    elif step == "message":
        users.distribute(order, now)
    elif step == "retry":
        users.retry(order, now)
    else:
        users.void(order, now)
    campaign.entries += campaign.stage.ledger.logs.get("100001", [])[known:]


# ---- Lies


@pytest.fixture
def papers() -> Papers:
    return papers_of_deadlines()


def papers_of_deadlines() -> Papers:
    """Return what is answered of a claimed prize, one that is void, one that is parked, and one without a deadline."""
    campaign = DeadlineCampaign.of(an_activity_of_deadlines())
    orders = [campaign.win(PARKS), campaign.win(LAPSES), campaign.win(PARKS, place=1), campaign.win(FREE)]
    campaign.users.accept(orders[0], BY)
    campaign.users.distribute(orders[0], BY)
    campaign.run(BY + GRACE + MS)
    return campaign.papers(BY + HOUR)


def test_the_papers_of_deadlines_are_right(papers: Papers) -> None:
    assert judged(papers) == 0


def test_answers_that_were_saved_before_this_version_are_judged_as_they_were() -> None:
    free = next(share for share in an_activity_of_deadlines().shares if share.award.award_id == FREE)
    campaign = DeadlineCampaign.of(an_activity_of_deadlines(free))
    campaign.users.distribute(campaign.win(FREE), NOON)
    papers = campaign.papers(NOON + HOUR)
    for each in papers["activity"]["awards"]:
        del each["claim_seconds"], each["unclaimed"]
    for each in papers["draws"]["draws"]:
        for name in NEW:
            del each[name]

    assert "claims" not in papers["activity"]["odds"]
    assert judged(papers) == 0


def test_an_older_answer_and_a_later_one_are_of_one_draw(papers: Papers) -> None:
    older = copy.deepcopy(draw(papers))
    for name in NEW:
        del older[name]
    later = {**draw(papers), "claim_by": (BY + RECLAIM).isoformat(), "claimed_at": None, "grant_state": 2}
    papers["draws"]["draws"] += [older, later]

    assert judged(papers) == 0


def test_a_prize_that_an_operator_gave_up_is_not_doubted(papers: Papers) -> None:
    draw(papers, 2)["grant_state"] = GrantState.VOID

    assert judged(papers) == 0


def relog(papers: Papers, **changes: Any) -> None:
    entry = next(each for each in papers["log"]["entries"] if each["what"] == "return")
    entry.update(changes)
    rechained(papers)


OTHER = "it is shown with other ways in, conditions or deadlines than those committed to"
NO_CLAIM = "it was not claimed by its deadline"
FORGED: dict[str, tuple[Callable[[Papers], object], str]] = {
    "less time to claim is shown": (lambda p: p["activity"]["awards"][0].update(claim_seconds=3599), OTHER),
    "no time to claim is shown": (lambda p: p["activity"]["awards"][0].update(claim_seconds=None), OTHER),
    "another end is shown": (lambda p: p["activity"]["awards"][0].update(unclaimed="void"), OTHER),
    "a deadline that is not committed to is shown": (
        lambda p: p["activity"]["awards"][4].update(claim_seconds=1, unclaimed="park"),
        OTHER,
    ),
    "less time than was promised": (
        lambda p: draw(p, 2).update(claim_by=(BY - MS).isoformat()),
        "it has another deadline than promised",
    ),
    "a deadline that nobody promised": (
        lambda p: draw(p, 3).update(claim_by=BY.isoformat(), claimed_at=BY.isoformat()),
        "it has another deadline than promised",
    ),
    "granted, and nobody claimed it": (lambda p: draw(p).update(claimed_at=None), NO_CLAIM),
    "claimed a millisecond late": (lambda p: draw(p).update(claimed_at=(BY + MS).isoformat()), NO_CLAIM),
    "claimed late, and not granted yet": (
        lambda p: draw(p).update(claimed_at=(BY + MS).isoformat(), grant_state=0),
        NO_CLAIM,
    ),
    "a unit came back that was to stay": (
        lambda p: relog(p, changes=[f"award {PARKS} stock: 1 returned"]),
        "a unit came back after a deadline, and nobody had promised that",
    ),
    "a unit came back beside another": (
        lambda p: relog(p, changes=[f"award {LAPSES} stock: 1 returned", f"award {FREE} stock: 1 returned"]),
        "a unit came back after a deadline, and nobody had promised that",
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_deadline_that_was_forged_is_named(papers: Papers, tmp_path: Any, name: str) -> None:
    falsify, words = FORGED[name]
    falsify(papers)

    status, said = verified(papers, tmp_path)

    assert status == 1
    assert any(words in line for line in said)


def test_a_unit_that_an_operator_gave_back_is_theirs_to_give(papers: Papers) -> None:
    relog(papers, who="ann", changes=[f"award {PARKS} stock: 1 returned"])

    assert judged(papers) == 0
