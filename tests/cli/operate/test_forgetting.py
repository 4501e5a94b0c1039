"""A user is forgotten: nothing that names them is left, and the books balance without them."""

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from addresses import an_address
from builders import SECOND, an_order
from cloud import Context, client
from code_pools import POOL
from coupon_desk import CALLS, remembered
from forget_desk import (
    ACTIVITY,
    DRAWS,
    LATER_ACTIVITY,
    OTHER,
    USER,
    ForgetDesk,
    a_forget_desk,
    add_activity,
    hand_over,
    play,
)
from tombola.aws import clock
from tombola.aws.code_items import used_key
from tombola.aws.code_ledger import DynamoCodePool
from tombola.aws.coupon_calls import call_key
from tombola.aws.forget_ledger import ForgetLedger
from tombola.aws.items import number, order_item, text
from tombola.aws.prizes import Means, providers
from tombola.rules.award_type import AwardType
from tombola.rules.invoice import invoice_json
from tombola.rules.order import NO_ADDRESS, GrantState, Order
from tombola.rules.quota import Quotas
from tombola.rules.tombstone import is_finished
from tombola.rules.verdict import Unchanged
from tombola_cli.operate import shipment_export
from tombola_cli.operate.shipment_moves import ShipmentMoves


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[ForgetDesk]:
    with a_forget_desk(monkeypatch) as desk:
        yield desk


def traces(desk: ForgetDesk, user_id: str) -> set[str]:
    """Return every word that leads to the user: name, order ids, keys, hashes, codes and coupons."""
    words = {user_id, f"name of {user_id}", f"phone of {user_id}"}
    for order in desk.orders(user_id):
        words |= {str(order.order_id), f"{order.order_id:019d}", order.idempotency_key, order.request_hash}
        if order.content is not None and order.award is not None and order.award.award_type is AwardType.COUPON:
            words.add(order.content)
    return words


def codes_of(desk: ForgetDesk, user_id: str) -> set[str]:
    return {
        str(order.content)
        for order in desk.orders(user_id)
        if order.award is not None and order.award.award_type is AwardType.CODE
    }


def test_a_user_who_won_a_prize_of_each_type_is_forgotten_and_the_books_balance(
    desk: ForgetDesk, tmp_path: Path
) -> None:
    play(desk, USER, OTHER, "ann")
    kinds = Counter(order.award.award_type.name if order.award else "lost" for order in desk.orders(USER))
    assert set(kinds) >= {"TEXT", "CODE", "COUPON", "PHYSICAL", "lost"}
    words, codes, others = traces(desk, USER), codes_of(desk, USER), traces(desk, OTHER)
    assert desk.audit().breaches == ()
    before = desk.dump()
    assert all(word in before for word in words)

    said = desk.forget(USER)

    assert said["orders"] == DRAWS
    assert said["activities"] == [
        {
            "activity_id": ACTIVITY,
            "orders": DRAWS,
            "codes": kinds["CODE"],
            "coupons": kinds["COUPON"],
            "parcels": kinds["PHYSICAL"],
            "given_up": 0,
            "quotas": 1,
        }
    ]
    assert said["refusals"] == []
    verdict = desk.audit()
    assert (verdict.breaches, verdict.forgotten, verdict.draws) == ((), DRAWS, 2 * DRAWS)
    dump = desk.dump()
    assert [word for word in words if word in dump] == []
    assert all(word in dump for word in others)
    assert {code for code in codes if f"USED#{code}" in dump} == codes
    desk.run("codes", "export", "vouchers", "--used", "--out", tmp_path / "used.csv")
    rows = (tmp_path / "used.csv").read_text().splitlines()[1:]
    assert sorted(row.split(",", 1)[0] for row in rows if row.endswith(",,,")) == sorted(codes)
    assert not any(word in (tmp_path / "used.csv").read_text() for word in words)


def test_nothing_that_is_exported_or_shown_afterwards_names_a_forgotten_user(
    desk: ForgetDesk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    play(desk, USER, OTHER)
    words, codes = traces(desk, USER) - {"hash"}, codes_of(desk, USER)
    order_id, batch = next((order.order_id, order.batch) for order in desk.orders(USER) if order.batch)
    capsys.readouterr()
    desk.forget(USER)
    desk.cloud.now += timedelta(minutes=1)

    shown = [
        desk.run("winners", ACTIVITY, "--csv", tmp_path / "winners.csv"),
        desk.run("shipments", "export", ACTIVITY, "--batch", batch, "--csv", tmp_path / "parcels.csv"),
        desk.run("codes", "export", "vouchers", "--used", "--out", tmp_path / "used.csv"),
        desk.run("winners", ACTIVITY, "--json"),
        desk.run("shipments", "list", ACTIVITY, "--json"),
    ]
    files = [(tmp_path / f"{name}.csv").read_text() for name in ("winners", "parcels", "used")]
    answers = [
        desk.cloud.get("/activities/{activity_id}", activity_id=ACTIVITY),
        desk.cloud.get("/activities/{activity_id}/log", activity_id=ACTIVITY),
        desk.cloud.get("/users/{user_id}/draws", user_id=OTHER),
    ]

    assert [done.status for done in shown] == [0] * len(shown)
    assert [status for status, _ in answers] == [200] * len(answers)
    assert all(OTHER in text for text in files)
    told = [*files, *(done.out + done.err for done in shown), json.dumps(answers), capsys.readouterr().out]
    assert [word for word in words for text in told if word in text] == []
    assert not any(code in text for code in codes for text in [*files[:2], *told[3:]])
    assert desk.cloud.get("/users/{user_id}/draws", user_id=USER)[1]["draws"] == []
    assert desk.cloud.get("/users/{user_id}/draws/{order_id}", user_id=USER, order_id=str(order_id))[0] == 404
    quotas = desk.cloud.get("/users/{user_id}/quotas/{activity_id}", user_id=USER, activity_id=ACTIVITY)[1]["quotas"]
    assert quotas
    assert [quota["taken"] for quota in quotas] == [0] * len(quotas)


def test_a_tombstone_says_nothing_that_its_order_id_or_time_could_be_found_by(desk: ForgetDesk) -> None:
    play(desk, USER)
    times = {str(value["N"]) for order in desk.items() for name, value in order.items() if name.endswith("_at")}

    desk.forget(USER)

    told: set[str] = set()
    for item in desk.tombstones():
        assert set(item) <= {
            *("pk", "sk", "outcome", "award_id", "award_type", "source", "shard", "cap_shard", "grant_state", "grants"),
        }
        told |= {json.dumps(value) for value in item.values()}
    assert len(desk.tombstones()) == DRAWS
    assert not any(at in " ".join(told) for at in times)


def test_forgetting_twice_is_forgetting_once(desk: ForgetDesk) -> None:
    play(desk, USER, OTHER)
    desk.forget(USER)
    before = desk.dump()

    said = desk.forget(USER)

    assert (said["orders"], said["refusals"]) == (0, [])
    assert desk.dump() == before


def test_a_dry_run_writes_nothing_and_shows_counts_and_no_contents(desk: ForgetDesk) -> None:
    play(desk, USER)
    before, codes = desk.dump(), codes_of(desk, USER)

    done = desk.run("user", "forget", USER, "--dry-run")

    assert done.status == 0
    assert desk.dump() == before
    assert not any(word in done.out for word in {*codes, *desk.given.values()})


# ---- What is left, and why


def because(said: Any) -> list[str]:
    return [left["because"] for left in said["refusals"]]


def test_a_unit_in_which_a_prize_waits_is_left_as_it_is(desk: ForgetDesk) -> None:
    desk.draw(USER)
    desk.close()
    before = desk.dump()

    said = desk.forget(USER, status=1)

    assert because(said) == ["a prize is not handed over yet: wait for it, or give it up with --give-up"]
    assert desk.dump() == before


def test_a_parcel_that_has_not_left_is_told(desk: ForgetDesk) -> None:
    desk.draw(USER)
    hand_over(desk)
    desk.give_addresses(USER)
    desk.close()

    said = desk.forget(USER, status=1)

    assert because(said) == ["a parcel has not left yet: export it, or give it up with --give-up"]


def test_a_parcel_whose_export_was_killed_must_not_be_missing_in_its_file(
    desk: ForgetDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.draw(USER)
    hand_over(desk)
    desk.give_addresses(USER)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shipment_export, "_write", killed)
        with pytest.raises(KeyboardInterrupt):
            desk.export()
    desk.close()

    said = desk.forget(USER, "--give-up", "--not-issued", status=1)

    (batch,) = {order.batch for order in desk.orders(USER) if order.batch is not None}
    assert because(said) == [f"a parcel leaves with batch {batch}, whose export has not ended: run the export again"]
    desk.export()
    assert desk.forget(USER)["refusals"] == []
    assert desk.audit().breaches == ()


def test_an_export_goes_on_past_a_parcel_that_is_forgotten_meanwhile(
    desk: ForgetDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.draw(USER)
    desk.draw(OTHER)
    hand_over(desk)
    desk.give_addresses(USER)
    desk.give_addresses(OTHER)
    desk.close()
    original = ShipmentMoves.move

    def forget_first(self: ShipmentMoves, seen: Any, order: Order, *given: Any) -> str | None:
        if desk.orders(USER):
            desk.forget(USER, "--give-up", "--not-issued")
        return original(self, seen, order, *given)

    monkeypatch.setattr(ShipmentMoves, "move", forget_first)

    desk.export()

    assert USER not in desk.dump()
    assert any(order.batch for order in desk.orders(OTHER))
    assert desk.audit().breaches == ()


def test_whoever_gives_up_prizes_gets_their_units_back_in_stock_and_in_public(desk: ForgetDesk) -> None:
    """A parcel waits for its export, other prizes wait for their messages, and one is parked."""
    desk.draw(USER)
    desk.cloud.distribute([message["Body"] for message in desk.cloud.messages()[:2]])
    parked = next(
        order for order in desk.orders(USER) if order.award and not is_finished(order) and order.lane != NO_ADDRESS
    )
    assert desk.cloud.ledger.park(parked, "the provider is down", desk.cloud.now)
    desk.give_addresses(USER)
    desk.close()
    words = traces(desk, USER)
    waiting = [order for order in desk.orders(USER) if not is_finished(order)]
    assert {order.grant_state for order in waiting} == {GrantState.WAITING, GrantState.PARKED, GrantState.GRANTED}
    assert because(desk.forget(USER, "--give-up", status=1)) == [
        "a provider may have issued a prize in a call that failed: ask there, and add --not-issued"
    ]

    said = desk.forget(USER, "--give-up", "--not-issued")

    assert (said["given_up"], said["refusals"]) == (len(waiting), [])
    assert desk.audit().breaches == ()
    entries = desk.cloud.ledger.log(ACTIVITY, 0, 100)
    returned = [entry for entry in entries if entry.what == "return"]
    assert Counter(entry.changes for entry in returned) == Counter(
        (f"award {order.award.award_id} stock: 1 returned",) for order in waiting if order.award
    )
    assert {(entry.who, entry.why) for entry in returned} == {("ann", "an order was voided")}
    dump = desk.dump()
    assert [word for word in words if word in dump] == []


def test_an_invoice_of_a_prize_that_was_given_up_hands_nothing_over(desk: ForgetDesk) -> None:
    desk.draw(USER)
    desk.close()
    desk.forget(USER, "--give-up", "--not-issued")
    before = desk.items()

    desk.cloud.deliver()

    assert desk.items() == before
    assert desk.given == {}
    assert desk.audit().breaches == ()


def test_in_an_activity_that_may_be_drawn_nobody_is_forgotten_unless_that_is_said(desk: ForgetDesk) -> None:
    desk.draw(USER)
    hand_over(desk)
    desk.give_addresses(USER)
    desk.export()

    said = desk.forget(USER, status=1)

    assert because(said) == [
        (
            "its activity is open, or closed for less than 2 minutes: the user could start anew; "
            "close it, or add --while-open"
        )
    ]
    assert desk.forget(USER, "--while-open")["refusals"] == []
    assert (desk.orders(USER), desk.quota(USER)) == ([], {})
    desk.draw(USER, 3, key="anew")
    assert desk.quota(USER)["taken"] == 3
    assert desk.audit().breaches == ()


def test_a_unit_with_an_order_that_cannot_be_read_is_left_and_the_others_are_not(desk: ForgetDesk) -> None:
    add_activity(desk, LATER_ACTIVITY)
    desk.draw(USER, 2, LATER_ACTIVITY)
    play(desk, USER)
    desk.give_addresses(USER)
    desk.export()
    desk.close(LATER_ACTIVITY)
    (hurt, _) = [order for order in desk.orders(USER) if order.activity_id == LATER_ACTIVITY]
    desk.cloud.ledger.put_item(order_item(hurt) | {"outcome": {"S": "jackpot"}})

    said = desk.forget(USER, status=1)

    assert because(said) == [f"ORDER#{hurt.order_id:019d} cannot be read: outcome cannot be read"]
    assert said["refusals"][0]["activity_id"] == LATER_ACTIVITY
    assert said["orders"] == DRAWS
    assert desk.quota(USER, LATER_ACTIVITY)["taken"] == 2


def test_an_order_that_does_not_even_name_its_activity_keeps_all_of_them(desk: ForgetDesk) -> None:
    play(desk, USER)
    hurt = desk.orders(USER)[0]
    desk.cloud.ledger.put_item({**order_item(hurt), "activity_id": {"N": "1"}})
    before = desk.dump()

    said = desk.forget(USER, status=1)

    assert {left["activity_id"] for left in said["refusals"]} == {ACTIVITY, None}
    assert said["orders"] == 0
    assert desk.dump() == before


def test_an_activity_that_is_not_on_record_may_be_drawn_for_all_that_is_known(desk: ForgetDesk) -> None:
    desk.cloud.ledger.put(an_order(7, user_id=USER, activity_id="gone", grant_state=GrantState.VOID, due_at=None))

    assert because(desk.forget(USER, status=1)) == [
        "the activity is not on record, and draws may go on: add --while-open"
    ]
    assert desk.forget(USER, "--while-open")["orders"] == 1


def test_a_code_that_is_not_on_record_as_its_owners_keeps_its_order(desk: ForgetDesk) -> None:
    play(desk, USER)
    code = min(codes_of(desk, USER))
    (order,) = [order for order in desk.orders(USER) if order.content == code]
    client("dynamodb").delete_item(TableName=desk.stack.table_name, Key=used_key(POOL, code))

    said = desk.forget(USER, status=1)

    assert because(said) == [f"order {order.order_id}: its code is not on record as its own: audit it"]
    assert code not in json.dumps(said)
    assert [each.order_id for each in desk.orders(USER)] == [order.order_id] or order in desk.orders(USER)


def test_a_call_to_a_provider_that_is_under_way_is_waited_for(desk: ForgetDesk) -> None:
    """It would be remembered, with the coupon, after everything was erased."""
    play(desk, USER)
    order = next(order for order in desk.orders(USER) if order.award and order.award.award_type is AwardType.COUPON)
    soon = int(desk.cloud.now.timestamp() + 1) * 1000
    record = call_key(USER, order.order_id) | {"status": text("INPROGRESS"), "in_progress_expiration": number(soon)}
    client("dynamodb").put_item(TableName=CALLS, Item=record)

    said = desk.forget(USER, status=1)

    assert because(said) == [f"order {order.order_id}: its provider is being asked for it: run it again"]
    assert desk.audit().breaches == ()
    desk.cloud.now += 2 * SECOND
    assert desk.forget(USER)["refusals"] == []
    assert remembered() == []
    assert desk.audit().breaches == ()


# ---- Meanwhile


def meanwhile(desk: ForgetDesk, monkeypatch: pytest.MonkeyPatch, name: str, act: Callable[[], object]) -> None:
    """Let act happen once, before the next call of the forgetting ledger's method of that name."""
    original, waiting = getattr(ForgetLedger, name), [act]

    def called(self: ForgetLedger, *given: Any, **named: Any) -> Any:
        while waiting:
            waiting.pop()()
        return original(self, *given, **named)

    monkeypatch.setattr(ForgetLedger, name, called)


@pytest.mark.parametrize("name", ["mark_forgetting", "erase", "erase_quota"])
def test_a_draw_that_comes_meanwhile_is_neither_lost_nor_uncounted(
    desk: ForgetDesk, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It wins, so that its prize waits: whatever was erased by then, its count is there."""
    desk.draw(USER, 3, key="k")
    hand_over(desk)
    desk.give_addresses(USER)
    desk.export()
    drawn = len(desk.orders(USER))
    meanwhile(desk, monkeypatch, name, lambda: desk.draw(USER, 6, key="late"))

    said = desk.forget(USER, "--while-open", status=1)

    assert because(said) == ["a prize is not handed over yet: wait for it, or give it up with --give-up"]
    left = desk.orders(USER)
    assert {order.idempotency_key for order in left} >= {f"late-{number}-of-{USER}" for number in range(6)}
    assert desk.quota(USER)["taken"] == drawn + 6
    assert desk.audit().breaches == ()
    assert desk.forget(USER, "--while-open", "--give-up", "--not-issued")["refusals"] == []
    assert (desk.orders(USER), desk.quota(USER)) == ([], {})
    assert desk.audit().breaches == ()


def test_a_draw_of_another_day_is_seen_by_its_new_counter_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with a_forget_desk(monkeypatch, quotas=Quotas(day=9)) as desk:
        desk.draw(USER, 1)
        hand_over(desk)
        desk.give_addresses(USER)
        desk.export()

        def tomorrow() -> None:
            desk.cloud.now += timedelta(hours=12)
            desk.draw(USER, 4, key="tomorrow")

        meanwhile(desk, monkeypatch, "erase_quota", tomorrow)

        desk.forget(USER, "--while-open", status=1)

        assert len(desk.orders(USER)) == sum(desk.quota(USER).values()) - 1 == 4
        assert desk.audit().breaches == ()


def test_a_user_who_draws_on_and_on_is_told_in_the_end(desk: ForgetDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    original, rounds = ForgetLedger.erase_quota, itertools.count()

    def draw_first(self: ForgetLedger, *given: Any) -> bool:
        desk.draw(USER, 2, key=f"again-{next(rounds)}")
        return original(self, *given)

    monkeypatch.setattr(ForgetLedger, "erase_quota", draw_first)
    desk.draw(USER, 1)

    said = desk.forget(USER, "--while-open", "--give-up", "--not-issued", status=1)

    assert because(said) == ["it changed at each look: run it again"]
    assert len(desk.orders(USER)) == 2
    assert desk.audit().breaches == ()


GRANTS: dict[str, Callable[[ForgetDesk, Order], object]] = {
    "TEXT": lambda desk, order: desk.cloud.distribute([invoice_json(order)]),
    "CODE": lambda desk, order: desk.cloud.distribute([invoice_json(order)]),
    "COUPON": lambda desk, order: desk.cloud.distribute([invoice_json(order)]),
    "PHYSICAL": lambda desk, order: desk.give_addresses(order.user_id),
}


@pytest.mark.parametrize("kind", GRANTS)
def test_a_grant_that_comes_before_its_order_is_erased_is_erased_as_granted(
    desk: ForgetDesk, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    desk.draw(USER)
    desk.close()
    order = next(each for each in desk.orders(USER) if each.award and each.award.award_type.name == kind)
    words = traces(desk, USER)
    meanwhile(desk, monkeypatch, "erase", lambda: GRANTS[kind](desk, order))

    assert desk.forget(USER, "--give-up", "--not-issued")["refusals"] == []

    assert desk.orders(USER) == []
    granted = [item for item in desk.tombstones() if item["grant_state"]["N"] == "1"]
    assert len(granted) == (kind != "PHYSICAL")  # a parcel that is packed and still here is given up all the same
    assert sum("forgotten" in item for item in desk.items()) == (kind == "CODE")
    dump = desk.dump()
    assert [word for word in [*words, *desk.given.values()] if word in dump] == []
    assert desk.audit().breaches == ()


@pytest.mark.parametrize("kind", GRANTS)
def test_a_grant_that_comes_after_its_order_was_erased_grants_nothing(desk: ForgetDesk, kind: str) -> None:
    desk.draw(USER)
    desk.close()
    order = next(each for each in desk.orders(USER) if each.award and each.award.award_type.name == kind)
    desk.forget(USER, "--give-up", "--not-issued")
    providers_of = providers(
        Means(
            ledger=desk.cloud.ledger,
            pool=DynamoCodePool(client("dynamodb"), desk.stack.table_name),
            codes_low=0,
            tell_low=lambda *_: None,
        )
    )
    clock.begin_invocation(Context())
    assert order.award is not None
    address = an_address() if kind == "PHYSICAL" else None
    before = desk.items()

    assert providers_of[order.award.award_type].grant(replace(order, address=address), desk.cloud.now) == Unchanged()

    assert desk.items() == before
    assert desk.audit().breaches == ()
