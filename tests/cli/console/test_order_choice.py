"""On orders that are chosen, a page offers what the rules allow and nothing else; done is what was asked, by whom."""

from collections.abc import Iterator
from typing import Any

import pytest

from builders import NOON, SECOND, a_lost_order, an_activity, an_award, an_order
from desk import Desk, a_desk
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.order import Act as Done
from tombola.rules.order import GrantState, Order
from tombola_cli.console import desk as operators
from tombola_cli.console.act_buttons import Act
from tombola_cli.console.long_work import LongWork
from tombola_cli.console.order_choice import of_list, of_order, of_orders
from tombola_cli.operate.order_lists import Filter, View
from tombola_cli.screens import plain

PARKED: dict[str, Any] = {"grant_state": GrantState.PARKED, "parked_because": "the pool is empty", "due_at": NOON}
COUPON = an_award("5", award_type=AwardType.COUPON, award_content="", source="spring")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        desk.ledger.apply(an_activity(), {("3", 0): 5})
        desk.now = NOON + 60 * SECOND
        yield desk


def olga(desk: Desk) -> operators.Desk:
    return operators.Desk(stack=desk.stack, who="olga", options=("--stack", "prod"))


def acts(desk: Desk, *orders: Order) -> dict[str, Act]:
    """Return the acts on orders, by the first word of their label."""
    return {act.label.split()[0]: act for act in of_orders(olga(desk), orders)}


@pytest.mark.parametrize(
    ("order", "offered"),
    [
        (an_order(**PARKED), {"Retry", "Void"}),
        (an_order(**PARKED, award=COUPON), {"Retry", "Void"}),
        (an_order(grant_type=GrantType.BY_HAND), {"Release"}),
        (an_order(grant_type=GrantType.BY_HAND, accept_by=NOON), set()),  # its user has to claim it first
        (an_order(accept_by=NOON), set()),
        (an_order(), set()),
        (an_order(grant_state=GrantState.GRANTED, due_at=None), set()),
        (an_order(grant_state=GrantState.VOID, due_at=None), set()),
        (a_lost_order(), set()),
        (an_order(**PARKED, acts=(Done(at=NOON, what="retry", who="o", why="w"),) * 50), {"Void"}),
    ],
)
def test_an_order_is_offered_what_the_rules_allow_where_it_stands(desk: Desk, order: Order, offered: set[str]) -> None:
    assert set(acts(desk, order)) == offered


@pytest.mark.parametrize("view", View)
def test_a_list_is_offered_what_the_rules_allow_with_its_orders(desk: Desk, view: View) -> None:
    offered = {act.label.split()[0] for act in of_list(olga(desk), view, Filter(), LongWork())}
    assert offered == {View.PARKED: {"Retry", "Void"}, View.BY_HAND: {"Release"}}.get(view, set())


def test_an_act_shows_the_command_that_does_the_same(desk: Desk) -> None:
    orders = [an_order(number, **PARKED) for number in (7, 8)]
    assert acts(desk, *orders)["Retry"].command("it's up").splitlines() == [
        f"tombola orders retry --why 'it'\"'\"'s up' --who olga --stack prod xiaofuge {number}" for number in (7, 8)
    ]


def test_one_order_is_named_as_on_its_own_page(desk: Desk) -> None:
    retry, void = of_order(olga(desk), an_order(**PARKED, award=COUPON, user_id="-u"))

    assert (retry.label, retry.question) == ("Retry", "Try to grant this prize again?")
    assert (void.label, void.final) == ("Void", True)
    assert void.command("up") == "tombola orders void --why up --who olga --stack prod -- -u 7"


def test_many_orders_are_named_by_a_file(desk: Desk) -> None:
    line = acts(desk, *(an_order(number, **PARKED) for number in range(1, 7)))["Retry"].command("up")
    assert line == "tombola orders retry --file chosen.csv --why up --who olga --stack prod"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [(Filter(), "--all"), (Filter(activity_id="7", award_id="3", because="no code"), None)],
)
def test_a_list_is_named_by_its_filter(desk: Desk, wanted: Filter, words: str | None) -> None:
    retry = next(act for act in of_list(olga(desk), View.PARKED, wanted, LongWork()) if act.label.startswith("Retry"))
    named = words or "--activity 7 --award 3 --because 'no code'"
    assert retry.command("up") == f"tombola orders retry {named} --why up --who olga --stack prod"


def test_a_look_changes_nothing_and_an_act_is_done_as_the_operator_said(desk: Desk) -> None:
    desk.put(an_order(7, **PARKED))
    retry = acts(desk, desk.order(7))["Retry"]

    assert plain.document(retry.plan()).count('"orders": 1') == 2
    assert desk.order(7).grant_state is GrantState.PARKED

    assert '"done": 1' in plain.document(retry.run("it is up"))
    order = desk.order(7)
    assert order.grant_state is GrantState.WAITING
    assert [(act.who, act.what, act.why) for act in order.acts] == [("olga", "retry", "it is up")]


def test_an_order_that_somebody_else_has_voided_meanwhile_is_left_as_it_is(desk: Desk) -> None:
    desk.put(an_order(7, **PARKED))
    retry = acts(desk, desk.order(7))["Retry"]
    retry.plan()
    desk.put(an_order(7, grant_state=GrantState.VOID, due_at=None))

    assert "this order is void" in plain.document(retry.run("it is up"))
    assert desk.order(7).acts == ()


def test_an_order_that_came_into_the_list_after_the_look_is_left_as_it_is(desk: Desk) -> None:
    desk.put(an_order(7, **PARKED))
    retry = of_list(olga(desk), View.PARKED, Filter(), LongWork())[0]
    retry.plan()
    desk.now += 10 * SECOND
    desk.put(an_order(8, **{**PARKED, "due_at": desk.now}))
    desk.now += 10 * SECOND

    retry.run("it is up")

    assert [desk.order(number).grant_state for number in (7, 8)] == [GrantState.WAITING, GrantState.PARKED]


def test_a_whole_list_is_done_beside_the_page_that_asked(desk: Desk) -> None:
    desk.put(an_order(7, **PARKED, shard=None), an_order(8, **PARKED, award=COUPON))
    work = LongWork()
    void = of_list(olga(desk), View.PARKED, Filter(), work)[1]
    void.plan()

    told = plain.document(void.run("no such user"))

    assert '"done": 1' in told
    assert "void it with --not-issued" in told
    assert work.progress.done == 2
    assert [desk.order(number).grant_state for number in (7, 8)] == [GrantState.VOID, GrantState.PARKED]
