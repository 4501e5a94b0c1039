"""The demo's codes and coupons: too few codes, a provider that is down at first, and figures that hold none of them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import boto3
import pytest

from builders import NOON, an_award, an_order
from conflicts import Clock, PlayedStack
from tables import TableLedger
from tombola.aws.code_items import used_key
from tombola.aws.items import order_item
from tombola.rules.award_type import AwardType
from tombola.rules.code_pool import no_code_left
from tombola.rules.order import Act, GrantState, Order, Outcome
from tombola_cli.audit.auditor import Audit, audit
from tombola_cli.audit.books import Books
from tombola_cli.audit.snapshot import books_of
from tombola_cli.files.activity_file import read_activity
from tombola_cli.files.repository import SAMPLE_ACTIVITIES
from tombola_cli.local import demo, demo_parcels, demo_prizes
from tombola_cli.local.campaign import Campaign
from tombola_cli.local.demo_parcels import Sent
from tombola_cli.local.demo_prizes import CALLS_IN_VAIN, CODES, MORE_CODES, POOL, PROVIDER, Kind
from tombola_cli.local.sample_provider import Desk, Faults
from tombola_cli.operate.code_counts import counted
from tombola_cli.operate.providers import checked

GRANTED = {"grant_state": GrantState.GRANTED, "grants": 1, "granted_at": NOON}
BALANCED = {"won": 3, "granted": 3, "void": 0, "parked_meanwhile": 0, "failed_meanwhile": 0}
CODE = an_award("2", award_type=AwardType.CODE, award_content="", source=POOL)
COUPON = an_award("3", award_type=AwardType.COUPON, award_content="", source=PROVIDER)
PARCEL = an_award("6", award_type=AwardType.PHYSICAL)


@pytest.fixture
def stack(table: TableLedger) -> PlayedStack:
    clients = {"dynamodb": table.dynamodb, **{name: boto3.client(name) for name in ("sts", "secretsmanager")}}
    return PlayedStack.of(Clock(), clients, table_name=table.table, endpoint_url="http://127.0.0.1:1")


def books(*orders: Order) -> Books:
    """Return books of orders, and of a used code in the demo's pool and in another."""
    return books_of([*map(order_item, orders), used_key(POOL, "A-CODE"), used_key("vouchers", "ANOTHER")])


def kinds(*orders: Order, given: int = 0, shipped: int = 0) -> list[Kind]:
    desk = Desk("a key of the tests", None, given={str(n): "" for n in range(given)})  # type: ignore[arg-type]
    return demo_prizes.kinds(books(*orders), desk, shipped)


def test_the_demos_activity_gives_every_type_of_award_and_has_more_units_than_codes() -> None:
    activity = read_activity(demo.ACTIVITY_FILE)

    assert activity.activity_id == demo.ACTIVITY_ID
    assert demo.ACTIVITY_FILE not in SAMPLE_ACTIVITIES  # which up launches, where there is no such pool
    assert {share.award.award_type.number for share in activity.shares} == set(demo_prizes.KINDS)
    (codes,) = (share for share in activity.shares if share.award.source == POOL)
    (coupons,) = (share for share in activity.shares if share.award.source == PROVIDER)
    assert (codes.stock, coupons.award.award_type) == (50, AwardType.COUPON)
    assert CODES == 40
    assert MORE_CODES >= 10


def test_the_provider_is_defined_and_down_until_enough_calls_were_in_vain(stack: PlayedStack) -> None:
    with demo_prizes.provided(stack) as desk:
        assert checked(stack, PROVIDER).key == desk.key
        for _ in range(CALLS_IN_VAIN):
            demo_prizes.bring_back(desk)
            assert desk.faults == Faults(down=1)
            desk.enter("an order")

        demo_prizes.bring_back(desk)
        assert desk.faults == Faults()


def test_the_pool_is_filled_with_too_few_codes_and_refilled_for_the_orders_that_are_parked(
    table: TableLedger, stack: PlayedStack
) -> None:
    parked: dict[str, Any] = {"grant_state": GrantState.PARKED, "parked_because": no_code_left(POOL), "due_at": NOON}
    table.put(an_order(1, award=CODE, **parked))

    with demo_prizes.provided(stack):
        assert counted(POOL, stack, NOON).free == CODES
    assert demo_prizes.refill(stack) == 1

    assert counted(POOL, stack, NOON).free == CODES + MORE_CODES
    (order,) = table.orders_of("xiaofuge")
    assert (order.grant_state, order.acts[0].ended) == (GrantState.WAITING, no_code_left(POOL))


def test_each_kind_is_counted_with_what_went_wrong_meanwhile() -> None:
    act = Act(what="retry", at=NOON, who="tombola", why="refilled", ended=no_code_left(POOL))
    orders = [
        an_order(1, acts=(replace(act, what="release", ended=None),), **GRANTED),
        an_order(2, outcome=Outcome.LOST, award=None),
        an_order(3, award=CODE, content="A-CODE", acts=(act,), **GRANTED),
        an_order(4, award=COUPON, content="A-COUPON", failed_at=NOON, failed_because="it is down", **GRANTED),
        an_order(5, award=COUPON, failed_at=NOON, failed_because="it is down"),
        an_order(6, award=PARCEL, **GRANTED),
        an_order(7, award=PARCEL, grant_state=GrantState.VOID, due_at=None),
    ]

    text, code, coupon, parcel = kinds(*orders, given=1, shipped=1)

    assert (text.kind, text.won, text.granted, text.handed_over) == ("text", 1, 1, None)
    assert (code.kind, code.won, code.granted, code.handed_over) == ("code", 1, 1, 1)
    assert (code.parked_meanwhile, code.failed_meanwhile, text.parked_meanwhile) == (1, 0, 0)
    assert (coupon.kind, coupon.won, coupon.granted, coupon.failed_meanwhile) == ("coupon", 2, 1, 2)
    assert (coupon.handed_over, coupon.parked_meanwhile) == (1, 0)
    assert (parcel.kind, parcel.won, parcel.granted, parcel.void, parcel.handed_over) == ("parcel", 2, 1, 1, 1)
    assert text.void == code.void == coupon.void == 0
    assert "A-C" not in f"{text} {code} {coupon}"
    assert demo_prizes.causes(books(*orders)) == Counter({"it is down": 2, no_code_left(POOL): 1})


@pytest.mark.parametrize(("handed_over", "agrees"), [(None, True), (3, True), (2, False), (4, False)])
def test_the_books_balance_only_if_as_many_were_handed_over_as_granted(
    handed_over: int | None,
    agrees: bool,
) -> None:
    verdict = audit(books_of([]), {})

    assert demo.balances(verdict, [Kind(kind="coupon", handed_over=handed_over, **BALANCED)]) == agrees


class Played(Campaign):
    """A campaign that tells what was done; the last call that is in vain is made in the first round of repair."""

    def __init__(self, desk: Desk, done: list[str]) -> None:
        no_channel: Any = None
        super().__init__(PlayedStack.of(Clock(), {}), no_channel, demo.ACTIVITY_ID)
        self.desk, self.done = desk, done

    def requests(self) -> list[tuple[str, str]]:
        return [("xiaofuge", "key")]

    def draw_all(self) -> Iterator[str]:
        self.desk.asked = CALLS_IN_VAIN - 1
        self._note_that("drawn")
        yield "drawing"

    def until_quiet(self) -> Iterator[Books]:
        for _ in range(2):
            self._note_that("repaired")
            self.desk.enter("an order")
            yield books_of([])

    def books(self) -> Books:
        self._note_that("read")
        return books_of([])

    def audit(self, books: Books) -> Audit:
        return audit(books, {})

    def _note_that(self, what: str) -> None:
        self.done.append(what if self.desk.faults == Faults() else f"{what} while it is down")


def test_the_provider_comes_back_the_pool_is_refilled_and_the_parcels_leave_after_the_draws(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk, done = Desk("a key of the tests", Random(1), demo_prizes.DOWN), list[str]()  # noqa: S311 - a sample
    sent = Sent(exported=1, shipped=1)
    monkeypatch.setattr(demo_prizes, "refill", lambda _: done.append("refilled"))

    def send_out(*_: object) -> Sent:
        done.append("sent out")
        return sent

    monkeypatch.setattr(demo_parcels, "send_out", send_out)
    assert demo.draw(Played(desk, done), desk, lambda *_: None)[1] is sent

    first = ["drawn while it is down", "repaired while it is down", "repaired"]
    assert done == [*first, "refilled", "repaired", "repaired", "sent out", "read"]
