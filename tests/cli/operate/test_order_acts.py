"""What an operator does with many orders: each has its own end, and none stands in another's way."""

from collections.abc import Iterator
from typing import Any

import pytest

from builders import NOON, SECOND, an_activity, an_award, an_order, definition
from desk import Desk, a_desk
from tombola.aws.items import number, order_item
from tombola.aws.operator_ledger import OperatorLedger
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.order import Act, GrantState, Order
from tombola.rules.problem import BusyError
from tombola_cli.errors import TombolaError
from tombola_cli.operate import order_acts
from tombola_cli.operate.order_acts import Chosen, Tally, What, Wish, performed, surveyed
from tombola_cli.operate.order_lists import Filter

PARKED: dict[str, Any] = {"grant_state": GrantState.PARKED, "parked_because": "the pool is empty", "due_at": NOON}
COUPON = an_award("5", award_type=AwardType.COUPON, award_content="", source="spring")
EVERY = Chosen()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        desk.ledger.apply(an_activity(), {("3", 0): 5})
        desk.now = NOON + 60 * SECOND
        yield desk


def wish(what: What, **changes: Any) -> Wish:
    return Wish(**{"what": what, "who": "fang", "why": "mended", **changes})


def named(*order_ids: int) -> Chosen:
    return Chosen(keys=[("xiaofuge", order_id) for order_id in order_ids])


def run(desk: Desk, wanted: Wish, chosen: Chosen) -> Tally:
    _, until = surveyed(wanted, chosen, desk.stack)
    return performed(wanted, chosen, until, desk.stack)


def test_parked_orders_are_tried_again_and_the_act_stands_on_each(desk: Desk) -> None:
    desk.put(an_order(1, **PARKED, failures=3), an_order(2, **PARKED), an_order(3))

    assert run(desk, wish(What.RETRY), EVERY) == Tally(done=2)
    said = {"what": "retry", "who": "fang", "why": "mended", "ended": "the pool is empty"}
    act = Act(at=desk.now, **said, parked_at=an_order(1, **PARKED).due_at)
    assert [desk.order(each).acts for each in (1, 2, 3)] == [(act,), (act,), ()]
    assert (desk.order(1).lane, desk.order(1).failures) == ("1", 0)


@pytest.mark.parametrize(("keeps", "warned"), [("for ever", 0), (24 * 365, 0), (0, 2), (None, 2)])
def test_a_retry_tells_how_many_may_get_a_second_coupon(desk: Desk, keeps: object, warned: int) -> None:
    desk.put(an_order(1, **PARKED), *(an_order(each, **PARKED, award=COUPON) for each in (2, 3)))
    if keeps is not None:
        secret = f"{desk.stack.stack_name}/provider/spring"
        desk.stack.client("secretsmanager").create_secret(Name=secret, SecretString=definition(keeps_keys_hours=keeps))

    assert surveyed(wish(What.RETRY), EVERY, desk.stack)[0].perhaps_twice == warned
    assert surveyed(wish(What.VOID), EVERY, desk.stack)[0].perhaps_twice == 0


def test_released_orders_leave_the_lane_and_the_act_stands_on_each(desk: Desk) -> None:
    desk.put(an_order(1, grant_type=GrantType.BY_HAND), an_order(2, grant_type=GrantType.BY_HAND, award=an_award("4")))

    assert run(desk, wish(What.RELEASE), Chosen(wanted=Filter(award_id="4"))).done == 1
    assert [desk.order(each).lane for each in (1, 2)] == ["by-hand", "2"]
    assert desk.order(2).acts[0].who == "fang"


def test_void_orders_give_their_units_back(desk: Desk) -> None:
    desk.ledger.dynamodb.update_item(
        TableName=desk.ledger.table,
        Key={"pk": {"S": "STOCK#100001#3#00"}, "sk": {"S": "STOCK"}},
        UpdateExpression="SET #left = :left",
        ExpressionAttributeNames={"#left": "left"},
        ExpressionAttributeValues={":left": {"N": "3"}},
    )
    desk.put(an_order(1, **PARKED), an_order(2, **PARKED))

    assert run(desk, wish(What.VOID), EVERY).done == 2
    assert desk.ledger.stock_left("100001", {"3": 1}) == {"3": (5,)}
    assert desk.order(1).grant_state is GrantState.VOID


NOT_FIT: dict[str, tuple[What, Order | None, str]] = {
    "no such order": (What.RETRY, None, "there is no such order"),
    "a granted one": (What.RETRY, an_order(grant_state=GrantState.GRANTED, due_at=None), "this order is granted"),
    "one that waits": (What.VOID, an_order(), "this order is waiting"),
    "one that waits for no hand": (What.RELEASE, an_order(), "does not wait for a hand"),
    "a coupon that may be issued": (What.VOID, an_order(**PARKED, award=COUPON), "--not-issued"),
}


@pytest.mark.parametrize("case", NOT_FIT)
def test_an_order_that_is_not_fit_is_refused_with_the_reason_before_and_after(desk: Desk, case: str) -> None:
    what, order, words = NOT_FIT[case]
    if order is not None:
        desk.put(order)

    before, until = surveyed(wish(what), named(7), desk.stack)
    after = performed(wish(what), named(7), until, desk.stack)

    assert before.refusals == after.refusals
    ((refusal,), done) = (after.refusals, after.done)
    assert (refusal.user_id, refusal.order_id, done) == ("xiaofuge", "7", 0)
    assert words in refusal.because
    assert order is None or desk.order(7) == order


def test_a_coupon_is_void_once_somebody_has_asked_its_provider(desk: Desk) -> None:
    desk.put(an_order(**PARKED, award=COUPON, shard=None))

    assert run(desk, wish(What.VOID, not_issued=True), EVERY) == Tally(done=1)


def test_one_bad_order_stops_nobody(desk: Desk) -> None:
    desk.put(*(an_order(each, **PARKED) for each in (1, 3, 5)))
    desk.ledger.put_item(order_item(an_order(2, **PARKED)) | {"claims": number(-1)})
    desk.put(an_order(4, grant_state=GrantState.GRANTED, due_at=None))

    tally = run(desk, wish(What.RETRY), named(1, 2, 3, 4, 5, 6))

    assert tally.done == 3
    assert [(each.order_id, each.because[:20]) for each in tally.refusals] == [
        ("2", "it cannot be read: c"),
        ("4", "only a parked prize "),
        ("6", "there is no such ord"),
    ]


def test_an_order_with_which_aws_fails_stops_nobody_and_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put(*(an_order(each, **PARKED) for each in (1, 2, 3)))
    _fail(monkeypatch, {2})

    tally = run(desk, wish(What.RETRY), named(1, 2, 3))

    assert (tally.done, [each.order_id for each in tally.refusals]) == (2, ["2"])
    assert "AWS failed: held" in tally.refusals[0].because


def test_a_run_with_which_aws_only_fails_gives_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_acts, "IN_VAIN_MAX", 3)
    desk.put(*(an_order(each, **PARKED) for each in range(6)))
    _fail(monkeypatch, {2, 3, 4, 5})

    with pytest.raises(TombolaError, match="2 orders done, then 3 failed in a row: AWS failed: held"):
        run(desk, wish(What.RETRY), named(*range(6)))


def _fail(monkeypatch: pytest.MonkeyPatch, order_ids: set[int]) -> None:
    real = OperatorLedger.retry

    def retry(ledger: OperatorLedger, order: Order, act: Act) -> bool:
        if order.order_id in order_ids:
            raise BusyError("held")
        return real(ledger, order, act)

    monkeypatch.setattr(OperatorLedger, "retry", retry)


def test_an_order_that_moves_between_look_and_act_has_moved_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put(an_order(1, **PARKED), an_order(2, **PARKED))
    real = OperatorLedger.retry

    def retry(ledger: OperatorLedger, order: Order, act: Act) -> bool:
        if order.order_id == 1:
            assert ledger.grant(order, NOON)
        return real(ledger, order, act)

    monkeypatch.setattr(OperatorLedger, "retry", retry)

    assert run(desk, wish(What.RETRY), EVERY) == Tally(done=1, moved_on=1)
    assert desk.order(1).grant_state is GrantState.GRANTED


def test_an_order_that_is_parked_again_during_the_run_is_tried_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.put(*(an_order(each, **PARKED) for each in range(3)))
    real = OperatorLedger.retry

    def retry(ledger: OperatorLedger, order: Order, act: Act) -> bool:
        done = real(ledger, order, act)
        found = ledger.order(order.user_id, order.order_id)
        assert isinstance(found, Order)
        assert ledger.park(found, "the pool is empty", desk.now + 2 * SECOND)
        return done

    monkeypatch.setattr(OperatorLedger, "retry", retry)

    assert run(desk, wish(What.RETRY), EVERY).done == 3
    assert [len(desk.order(each).acts) for each in range(3)] == [1, 1, 1]


def test_what_would_be_done_is_counted_by_kind_and_nothing_is_done(desk: Desk) -> None:
    orders = [
        *(an_order(each, **PARKED) for each in range(3)),
        an_order(3, **{**PARKED, "parked_because": "refused"}, award=an_award("4", award_name="bike")),
    ]
    desk.put(*orders)

    tally, _ = surveyed(wish(What.RETRY), EVERY, desk.stack)

    assert (tally.done, tally.refusals) == (4, [])
    assert tally.kinds == {
        ("100001", "3", "ipad", "the pool is empty"): 3,
        ("100001", "4", "bike", "refused"): 1,
    }
    assert [desk.order(each) for each in range(4)] == orders


def test_more_orders_than_a_page_are_all_acted_on_and_told_as_they_come(desk: Desk) -> None:
    desk.put(*(an_order(each, **PARKED) for each in range(230)))
    told: list[int] = []
    _, until = surveyed(wish(What.RETRY), EVERY, desk.stack)

    assert performed(wish(What.RETRY), EVERY, until, desk.stack, told.append).done == 230
    assert told == [100, 200, 230]


def test_only_voids_are_done_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each adds a line to its activity's log: side by side they would keep overtaking each other there."""
    monkeypatch.setattr(order_acts, "WORKERS", 8)

    assert {what: what.workers for what in What} == {What.RELEASE: 8, What.RETRY: 8, What.VOID: 1}
