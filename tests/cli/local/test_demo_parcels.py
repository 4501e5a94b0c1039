"""The demo's parcels: half of the users give an address, each such parcel leaves with a carrier, and no other does."""

import csv
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from builders import a_lost_order, an_act, an_order
from parcels import a_stack, an_order_of_a_parcel, grant
from tables import TableLedger
from tombola.aws.items import order_item
from tombola.aws.shipment_items import decode_shipment
from tombola.rules.address_request import read_shipping_address
from tombola.rules.answer import order_answer
from tombola.rules.order import GrantState, Order
from tombola.rules.shipment import Shipment
from tombola.rules.shipping_address import ShippingAddress
from tombola_cli.audit.snapshot import books_of
from tombola_cli.local import demo_parcels
from tombola_cli.local.campaign import Campaign
from tombola_cli.local.demo_parcels import CARRIER, Givers, Sent, agrees, figures, has_address, send_out
from tombola_cli.operate import shipment_marks
from tombola_cli.operate.api import Reply

ACTIVITY_ID = "100001"


class Api:
    """Takes addresses, or refuses them."""

    def __init__(self, status: int = 200) -> None:
        self.status, self.taken = status, list[tuple[str, str, dict[str, str]]]()

    def give_address(self, user_id: str, order_id: str, address: dict[str, str]) -> Reply:
        self.taken.append((user_id, order_id, address))
        return Reply(self.status, {})

    def draw(self, activity_id: str, user_id: str, key: str) -> Reply:
        return answered(an_order_of_a_parcel(user_id=user_id, activity_id=activity_id))


def answered(order: Order) -> Reply:
    return Reply(201, dict(order_answer(order)))


def givers_of(user_id: str, order: Order, api: Api) -> Givers:
    givers: Any = Givers()
    givers.answer(api, user_id, answered(order))
    return givers  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipment_marks, "WORKERS", 1)


def test_every_second_user_gives_an_address() -> None:
    assert [has_address(f"user-{number:02d}") for number in range(4)] == [True, False, True, False]


def test_a_user_who_has_an_address_gives_a_valid_one_for_a_parcel() -> None:
    api = Api()
    givers = givers_of("user-04", an_order_of_a_parcel(7), api)

    ((user_id, order_id, address),) = api.taken
    assert (user_id, order_id, givers.given, givers.too_late) == ("user-04", "7", {"7"}, set())
    assert isinstance(read_shipping_address(json.dumps(address)), ShippingAddress)


def test_an_address_that_is_refused_counts_as_too_late() -> None:
    givers = givers_of("user-04", an_order_of_a_parcel(7), Api(409))

    assert (givers.given, givers.too_late) == (set(), {"7"})


@pytest.mark.parametrize(
    ("user_id", "order"),
    [
        ("user-05", an_order_of_a_parcel()),
        ("user-04", an_order()),
        ("user-04", a_lost_order()),
    ],
    ids=["no address", "no parcel", "lost"],
)
def test_nobody_else_gives_one(user_id: str, order: Order) -> None:
    api = Api()

    givers = givers_of(user_id, order, api)

    assert (api.taken, givers.given) == ([], set())


def test_a_client_of_a_campaign_does_with_each_answer_as_it_is_told(table: TableLedger) -> None:
    api: Any = Api()
    no_channel: Any = None
    givers = Givers()
    campaign = Campaign(a_stack(table), no_channel, ACTIVITY_ID, givers.answer)

    request, reply = campaign._ask(api, ("user-02", "key"))

    assert (request, reply.status, givers.given) == (("user-02", "key"), 201, {"7"})


def test_each_parcel_leaves_and_is_shipped_by_files_that_nobody_else_can_read(
    table: TableLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []
    marked = shipment_marks.mark_shipments

    def mark(activity_id: str, path: Path, stack: Any) -> Any:
        seen.extend((stat.S_IMODE(file.stat().st_mode), len(_rows(file))) for file in path.parent.iterdir())
        seen.append((stat.S_IMODE(path.parent.stat().st_mode), 0))
        return marked(activity_id, path, stack)

    monkeypatch.setattr(demo_parcels, "mark_shipments", mark)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for order_id in (7, 8, 9):
        grant(table, order_id)

    sent = send_out(ACTIVITY_ID, a_stack(table))

    assert sent == Sent(exported=3, shipped=3)
    assert seen == [(0o600, 3), (0o600, 3), (0o700, 0)]
    assert list(tmp_path.iterdir()) == []
    out = [each for each in all_parcels(table) if isinstance(each, Shipment)]
    assert [each.batch is not None for each in out] == [True] * 3
    assert ({each.carrier for each in out}, len({each.tracking for each in out})) == ({CARRIER}, 3)


def all_parcels(table: TableLedger) -> list[Any]:
    return [decode_shipment(item) for item in table.items() if item["sk"]["S"].startswith(("NEW#", "OUT#"))]


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as rows:
        return [*csv.DictReader(rows)]


def test_without_a_parcel_nothing_is_exported(table: TableLedger) -> None:
    assert send_out(ACTIVITY_ID, a_stack(table)) == Sent(exported=0, shipped=0)


def test_the_figures_count_the_deadlines_that_passed_and_hold_no_address() -> None:
    void = {"grant_state": GrantState.VOID, "due_at": None}
    orders = [
        an_order_of_a_parcel(1, acts=(an_act(who="deadline", what="lapse"),), **void),
        an_order_of_a_parcel(2, acts=(an_act(),), **void),
        an_order(3),
    ]
    givers = Givers(given={"4", "5"}, too_late={"1"})

    found = figures(givers, Sent(exported=2, shipped=2), books_of([*map(order_item, orders)]))

    assert found == {"addresses_given": 2, "too_late": 1, "deadlines_passed": 1, "exported": 2, "shipped": 2}


@pytest.mark.parametrize(
    ("given", "exported", "shipped", "well"), [(2, 2, 2, True), (2, 3, 3, False), (2, 2, 1, False)]
)
def test_the_demo_balances_only_if_a_parcel_left_for_each_address(
    given: int, exported: int, shipped: int, well: bool
) -> None:
    assert agrees({"addresses_given": given, "exported": exported, "shipped": shipped}) is well
