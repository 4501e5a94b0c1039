"""The auditor accepts balanced books, and names exactly the promise that somebody broke."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builders import NOON, SEED, a_count, a_share, an_activity, an_entry, an_order
from campaign import BALANCED, LATER, SINGLE, Campaign, a_campaign, told
from fakes import MemoryLedger
from tombola.aws.activity_items import activity_key, entry_item, log_key
from tombola.rules.activity_life import logged
from tombola.rules.commitment import odds_digest
from tombola.rules.facts import Condition, Operator
from tombola.rules.request import Target
from tombola.rules.verdict import Recorded
from tombola_cli.audit.auditor import audit
from tombola_cli.audit.promise_answers import order_id_of
from tombola_cli.audit.promise_results import _faults_of_proof, ticket_of
from tombola_cli.audit.snapshot import books_of

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/tickets.json").read_text("utf-8"))
Falsify = Callable[[Campaign], object]


@pytest.fixture
def books() -> Campaign:
    return a_campaign()


def test_balanced_books_are_accepted(books: Campaign) -> None:
    assert books.audit() == BALANCED
    assert books.audit().balanced


def test_empty_books_are_balanced() -> None:
    assert audit(books_of([]), {}).balanced


def test_an_order_parked_in_the_lane_for_operators_is_accepted(books: Campaign) -> None:
    assert books.order("parked")["lane"] == {"S": "parked"}
    assert books.audit() == BALANCED


@pytest.mark.parametrize("name", ["waiting", "by hand", "parked"])
def test_an_order_that_compensation_set_aside_is_seen(books: Campaign, name: str) -> None:
    assert books.edit(name, lane="unreadable").audit() == BALANCED


def test_a_void_order_is_accepted_once_its_unit_is_back_in_stock_and_the_log_tells_of_it(books: Campaign) -> None:
    books.void("parked").log_return().edit_stock(20, 18)

    assert books.audit() == replace(BALANCED, parked=0, void=1)


def test_a_void_order_of_unlimited_stock_has_no_line_in_the_log(books: Campaign) -> None:
    books.void("parked").edit_award("parked", "2").forget_answers().seeds.clear()
    del books.order("parked")["shard"]
    books.edit_stock(20, 18)

    assert books.audit() == replace(BALANCED, parked=0, void=1)


def test_a_unit_that_came_back_may_be_the_one_that_is_left_or_was_won_later(books: Campaign) -> None:
    books.forget_answers().edit_excluded("lost", "1")
    assert [breach.what for breach in books.audit().breaches] == ["award 1 was excluded and not sold out"]

    books.void("parked").log_return().edit_stock(20, 18)

    assert books.audit().breaches == ()


def test_an_exclusion_that_another_ticket_would_have_met_changes_nothing(books: Campaign) -> None:
    books.edit_excluded("granted", "3")  # single mode: nobody else's odds change

    assert not [breach for breach in books.audit().breaches if breach.promise == "P5"]


def test_a_change_that_an_entry_had_no_room_for_may_have_brought_the_units_that_are_left(books: Campaign) -> None:
    books.forget_answers().edit_excluded("lost", "1")
    assert [breach.what for breach in books.audit().breaches] == ["award 1 was excluded and not sold out"]

    activity = books.item(activity_key(SINGLE))
    more = an_entry(3, before=activity["digest"]["S"], changes=("and 3 more",))
    activity["digest"] = {"S": more.digest}
    books.items.append(entry_item(SINGLE, more))

    assert books.audit().breaches == ()


@pytest.mark.parametrize(("excluded", "faults"), [(["1", "2"], 0), (["1"], 1)], ids=["sold out too", "only locked"])
def test_in_total_mode_a_lock_is_no_reason_to_draw_anew(excluded: list[str], faults: int) -> None:
    activity = {"strategy_mode": 2, "version": 1, "awards": [{"award_id": "1", "unlock_after": 3}, {"award_id": "2"}]}
    proof = {"attempt": 1, "excluded": excluded, "version": 1, "taken": 0}

    found = list(_faults_of_proof(activity, {"strategy_mode": 2, "proof": proof}))

    assert found == ["drawn anew without another exclusion"] * faults


def test_without_a_seed_nothing_is_recomputed(books: Campaign) -> None:
    books.forget_answers().edit_award("unlimited", "9")

    books.seeds.clear()

    assert books.audit() == BALANCED


@pytest.mark.parametrize("vector", VECTORS["orders"], ids=lambda vector: vector["order_id"])
def test_the_auditors_own_order_id_is_that_of_the_vector(vector: dict[str, str]) -> None:
    found = order_id_of(vector["scope"], vector["user_id"], vector["idempotency_key"])

    assert found == vector["order_id"]


@pytest.mark.parametrize("vector", VECTORS["tickets"], ids=lambda vector: vector["why"])
def test_the_auditors_own_ticket_is_that_of_the_vector(vector: dict[str, Any]) -> None:
    inputs = vector["order_id"], vector["user_id"], str(vector["attempt"])

    found = ticket_of(bytes.fromhex(vector["seed"]), inputs, int(vector["total"]))

    assert found == int(vector["ticket"])


def test_the_breach_says_which_order_it_is(books: Campaign) -> None:
    books.edit("granted", grants=2)

    assert [breach.where for breach in books.audit().breaches] == [str(books.orders["granted"].order_id)]


def test_another_seed_breaks_the_commitment_and_the_results(books: Campaign) -> None:
    books.seeds[SINGLE] = b"another seed"

    found = books.audit()

    assert {breach.promise for breach in found.breaches} == {"P5"}
    assert found.breaches[0].what == "the seed is not the one committed to"
    assert len(found.breaches) > 1


def test_another_commitment_is_neither_that_of_the_seed_nor_that_of_the_approval(books: Campaign) -> None:
    books.item(activity_key(SINGLE)).update(commitment={"S": "0" * 64})

    assert [breach.what for breach in books.audit().breaches] == [
        "its odds or commitment are not those of its approval",
        "the seed is not the one committed to",
    ]


@pytest.mark.parametrize(("through", "tree_id", "breaches"), [("200", "200", 0), ("200", None, 1), ("200", "201", 1)])
def test_draws_came_by_a_way_in_that_their_activity_committed_to(
    through: str, tree_id: str | None, breaches: int
) -> None:
    """Whoever applied the activity could let somebody in by another way, and nobody would know."""
    admit = (Condition(fact="age", operator=Operator.AT_LEAST, values=("18",)),)
    activity = an_activity(a_share(stock=None), through=(through,), admit=admit)
    target = Target("activity", "100001") if tree_id is None else Target("tree", tree_id)
    order_id = order_id_of(target.scope, "xiaofuge", "key-7")
    order = an_order(int(order_id), tree_id=tree_id, shard=None, idempotency_key="key-7")
    applied, first = logged(None, activity, "apply", "ops", "", NOON, ["created"])
    committed = [f"commitment: {activity.commitment}", f"odds: {odds_digest(activity)}"]
    approved, second = logged(applied, applied, "approve", "ops", "", NOON, committed)
    ledger = MemoryLedger(activities={"100001": approved}, logs={"100001": [first, second]})
    assert isinstance(ledger.record(order, a_count(10)), Recorded)

    found = audit(books_of(ledger.items()), {"100001": SEED}).breaches

    assert [breach.what for breach in found] == ["drawn by a way in that its activity does not have"] * breaches


def test_a_limit_that_only_stood_in_a_draft_allows_nobody_anything() -> None:
    books = a_campaign()
    books.item(log_key(SINGLE, 1))["changes"] = {"L": [{"S": "quotas.activity: 100 → 8"}]}
    books.item(activity_key(SINGLE)).update(quotas={"M": {"activity": {"N": "4"}}})

    assert "5 draws of 4" in [breach.what for breach in books.audit().breaches]


@pytest.mark.parametrize(
    "falsify",
    [
        lambda books: books.edit_answer("granted", **told(books.orders["waiting"]).order),
        lambda books: books.edit_answer("granted", drawn_at=LATER.isoformat()),
        lambda books: books.edit_answer("granted", outcome="lost"),
        lambda books: books.edit_answer("granted", proof={"attempt": 9, "excluded": [], "version": 1}),
        lambda books: books.edit_answer("granted", user_id="fustack"),
        lambda books: books.edit_answer("granted", activity_id="100002"),
        lambda books: books.edit_answer("granted", strategy_mode=2),
        lambda books: books.answers.append(replace(told(books.orders["granted"]), idempotency_key="never recorded")),
    ],
    ids=[
        "another key's order",
        "another time",
        "another outcome",
        "another proof",
        "another user",
        "another activity",
        "another mode",
        "no order for its key",
    ],
)
def test_an_answer_that_is_not_the_order_of_its_key_on_record_breaks_p1(books: Campaign, falsify: Falsify) -> None:
    falsify(books)

    assert {breach.promise for breach in books.audit().breaches} == {"P1"}


@pytest.mark.parametrize(
    ("initial", "left"), [(2, 0), (20, 18)], ids=["of an award that is oversold", "of an award with units left"]
)
def test_a_winner_of_a_limited_award_who_took_no_unit_breaks_p2(books: Campaign, initial: int, left: int) -> None:
    books.edit("waiting", "shard").edit_stock(initial, left)

    assert {breach.promise for breach in books.audit().breaches} == {"P2"}


@pytest.mark.parametrize(
    "falsify",
    [
        lambda books: books.edit("lost", shard=0),
        lambda books: books.items.remove(books.item(activity_key(SINGLE))),
    ],
    ids=["a lost order with a shard", "orders of an activity that is not there"],
)
def test_books_in_disorder_are_told_as_a_breach_and_not_as_a_crash(books: Campaign, falsify: Falsify) -> None:
    falsify(books)

    assert not books.audit().balanced
