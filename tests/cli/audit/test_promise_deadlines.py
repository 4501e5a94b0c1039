"""The auditor looks at deadlines: each way in which a user may be hurried, let in late, or deprived of a prize."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from builders import NOON, SECOND
from tombola.aws.items import act_map, milliseconds, order_key
from tombola.flows.acts import void
from tombola.rules.acceptance import GRACE, act_of_deadline
from tombola.rules.act import RECLAIM
from tombola.rules.commitment import odds_table
from tombola.rules.order import Act, Order
from tombola.rules.order_life import LAPSE
from tombola_cli.audit.auditor import audit
from tombola_cli.audit.snapshot import books_of
from tombola_cli.files.file_spans import ADDRESS_WITHIN
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
    told,
)

Items = list[dict[str, Any]]
BY = NOON + CLAIM_WITHIN
UNSEEN = "not granted, and in no lane where anybody would find it"


class Told:
    """The books of a campaign, and its orders by what the tests call them."""

    def __init__(self) -> None:
        campaign = self.campaign = DeadlineCampaign.of(an_activity_of_deadlines())
        users = campaign.users
        self.orders = {
            "claimed": campaign.win(PARKS),
            "missed": campaign.win(PARKS, place=1),
            "again": campaign.win(PARKS, place=2),
            "lapsed": campaign.win(LAPSES),
            "parcel": campaign.win(PARCEL),
            "parcel lapsed": campaign.win(PARCEL_LAPSES),
            "free": campaign.win(FREE),
        }
        users.accept(self.orders["claimed"], BY)
        users.distribute(self.orders["claimed"], BY)
        users.distribute(self.orders["free"], BY)
        campaign.run(BY + GRACE + MS)
        users.retry(self.orders["again"], BY + SECOND)
        self.orders |= {
            "waiting": campaign.win(PARKS, BY, place=3),
            "may lapse": campaign.win(LAPSES, BY, place=1),
        }
        self.items = campaign.stage.ledger.items()

    def item(self, name: str) -> dict[str, Any]:
        order = self.orders[name]
        key = order_key(order.user_id, order.order_id)
        return next(item for item in self.items if key.items() <= item.items())

    def edit(self, name: str, *dropped: str, **numbers: int) -> dict[str, Any]:
        item = self.item(name)
        for attribute in dropped:
            del item[attribute]
        item.update({attribute: {"N": str(number)} for attribute, number in numbers.items()})
        return item

    def move(self, name: str, **lane: str) -> dict[str, Any]:
        item = self.item(name)
        item.update({attribute: {"S": value} for attribute, value in lane.items()})
        return item

    def act(self, name: str, **changes: Any) -> dict[str, Any]:
        """Let the last act on an order be another one, or the first."""
        order = self.campaign.users.on_record(self.orders[name])
        act = replace(order.acts[-1] if order.acts else Act(at=BY + MS, what="miss", who="deadline", why=""), **changes)
        item = self.item(name)
        item["acts"] = {"L": [{"M": act_map(each)} for each in (*order.acts[:-1], act)]}
        return item

    def share(self, award_id: str) -> dict[str, Any]:
        activity = next(item for item in self.items if "awards" in item)
        return next(each["M"] for each in activity["awards"]["L"] if each["M"]["award_id"] == {"S": award_id})

    def breaches(self) -> list[tuple[str, str, str]]:
        return [(each.promise, self.name(each.where), each.what) for each in audit(self.books(), {}).breaches]

    def books(self) -> Any:
        """Return the books, with the public log as its players see it."""
        ledger = self.campaign.stage.ledger
        ledger.logs = {"100001": self.campaign.entries}
        logs = [item for item in ledger.items() if item["sk"]["S"].startswith("LOG#")]
        return books_of([*(item for item in self.items if not item["sk"]["S"].startswith("LOG#")), *logs])

    def name(self, where: str) -> str:
        return next((name for name, order in self.orders.items() if str(order.order_id) == where), where)


@pytest.fixture
def books() -> Told:
    return Told()


def test_the_books_of_deadlines_balance_whether_they_were_kept_or_missed(books: Told) -> None:
    lanes = {name: books.item(name).get("lane", {}).get("S") for name in books.orders}

    assert books.breaches() == []
    assert lanes == {
        "claimed": None,
        "missed": "parked",
        "again": "unclaimed",
        "lapsed": None,
        "parcel": "no-address",
        "parcel lapsed": None,
        "free": None,
        "waiting": "unclaimed",
        "may lapse": "unclaimed",
    }
    assert [entry.who for entry in books.campaign.entries if entry.what == "return"] == ["deadline"] * 2


def test_a_deadline_that_compensation_has_not_looked_at_yet_is_no_breach() -> None:
    campaign = DeadlineCampaign.of(an_activity_of_deadlines())
    campaign.win(LAPSES)
    campaign.users.distribute(campaign.win(FREE, place=1), NOON + 10 * CLAIM_WITHIN)

    assert campaign.audit().breaches == ()


def test_an_order_of_a_deadline_that_compensation_set_aside_is_seen(books: Told) -> None:
    books.move("waiting", lane="unreadable")["due_at"] = {"N": "0"}

    assert books.breaches() == []


@pytest.mark.parametrize(("later", "breaches"), [(MS, []), (-MS, ["its deadline is earlier than promised"])])
def test_only_an_operator_gives_more_time_and_nobody_gives_less(books: Told, later: Any, breaches: list[str]) -> None:
    until = milliseconds(BY + later)
    books.edit("again", accept_by=until, due_at=until)

    assert [what for _, _, what in books.breaches()] == breaches


BEFORE = "its deadline ended it before its time"
FALSIFIED: dict[str, tuple[Callable[[Told], object], str, str]] = {
    "waits where distribution looks": (lambda b: b.move("waiting", lane="7"), "waiting", UNSEEN),
    "waits among the parcels": (lambda b: b.move("waiting", lane="no-address"), "waiting", UNSEEN),
    "a parcel waits for a claim": (lambda b: b.move("parcel", lane="unclaimed"), "parcel", UNSEEN),
    "waits without a time": (lambda b: b.edit("waiting", "due_at"), "waiting", UNSEEN),
    "claimed, and waits for a claim": (
        lambda b: b.edit("waiting", accepted_at=milliseconds(BY)),
        "waiting",
        UNSEEN,
    ),
    "is due at another time": (
        lambda b: b.edit("waiting", due_at=0),
        "waiting",
        "its deadline passes at another time than it is due",
    ),
    "granted without a claim": (
        lambda b: b.edit("claimed", "accepted_at"),
        "claimed",
        "granted, and its user had not claimed it",
    ),
    "claimed a millisecond late": (
        lambda b: b.edit("claimed", accepted_at=milliseconds(BY + MS)),
        "claimed",
        "claimed after its deadline",
    ),
    "claimed where nobody has to": (
        lambda b: b.edit("free", accepted_at=0),
        "free",
        "claimed, and it had no deadline",
    ),
    "void a millisecond early": (lambda b: b.act("lapsed", at=BY), "lapsed", BEFORE),
    "parked a millisecond early": (lambda b: b.act("missed", at=BY), "missed", BEFORE),
    "void though it was claimed": (
        lambda b: b.edit("lapsed", accepted_at=milliseconds(BY)),
        "lapsed",
        "its deadline ended it, and its user had claimed it",
    ),
    "void and nothing promised that": (
        lambda b: b.edit("lapsed", "lapses"),
        "lapsed",
        "it is not promised to end after its deadline as it says",
    ),
    "void by somebody who was not the deadline": (
        lambda b: b.act("lapsed", who="ann"),
        "lapsed",
        "ended by ann as if its deadline had",
    ),
    "void by no act": (lambda b: b.item("lapsed").pop("acts"), "lapsed", "void, and no act says so"),
    "parked before anybody could claim it": (
        lambda b: b.item("missed").pop("acts"),
        "missed",
        "parked while its user could claim it",
    ),
    "hurried": (
        lambda b: b.edit(
            "waiting", accept_by=milliseconds(BY + CLAIM_WITHIN - MS), due_at=milliseconds(BY + CLAIM_WITHIN - MS)
        ),
        "waiting",
        "its deadline is earlier than promised",
    ),
    "given more time by nobody": (
        lambda b: b.edit(
            "parcel",
            accept_by=milliseconds(NOON + ADDRESS_WITHIN + MS),
            due_at=milliseconds(NOON + ADDRESS_WITHIN + MS),
        ),
        "parcel",
        "its deadline is later than promised, and no operator's act says so",
    ),
    "a deadline that nobody promised": (
        lambda b: b.edit("free", accept_by=milliseconds(BY), accepted_at=milliseconds(BY)),
        "free",
        "it has a deadline that nobody promised",
    ),
    "to be void, as nobody promised": (
        lambda b: b.edit("waiting", lapses=1),
        "waiting",
        "it is not promised to end after its deadline as it says",
    ),
    "to be parked where it was promised void": (
        lambda b: b.edit("may lapse", "lapses"),
        "may lapse",
        "it is not promised to end after its deadline as it says",
    ),
}


@pytest.mark.parametrize("name", FALSIFIED)
def test_a_deadline_that_was_not_kept_is_a_breach_and_told_once(books: Told, name: str) -> None:
    falsify, where, what = FALSIFIED[name]
    falsify(books)

    assert books.breaches() == [("P3", where, what)]


def test_a_prize_that_is_void_after_its_deadline_where_an_operator_was_to_decide_is_a_breach() -> None:
    campaign = DeadlineCampaign.of(an_activity_of_deadlines())
    order = campaign.win(PARKS)
    ledger = campaign.stage.ledger

    assert ledger.lapse(order, act_of_deadline(LAPSE, order, BY + MS))
    campaign.entries += ledger.logs["100001"]

    breaches = [(each.promise, each.what) for each in campaign.audit().breaches]
    assert breaches == [("P3", "void after its deadline, and nobody had promised that")]


def test_an_order_that_escapes_its_deadline_is_a_breach(books: Told) -> None:
    books.edit("waiting", "accept_by")["lane"] = {"S": "7"}

    assert books.breaches() == [("P3", "waiting", "it has no deadline, and one was promised")]


def test_a_first_deadline_that_ended_too_early_is_seen_though_an_operator_gave_more_time(books: Told) -> None:
    acts = books.item("again")["acts"]["L"]
    acts[0]["M"]["at"] = {"N": str(milliseconds(BY))}

    assert books.breaches() == [("P3", "again", BEFORE)]


PROMISES: dict[str, Callable[[dict[str, Any]], object]] = {
    "another time to claim": lambda share: share.update(claim_seconds={"N": "3599"}),
    "void instead of parked": lambda share: share.update(lapses={"N": "1"}),
    "no time to claim": lambda share: share.pop("claim_seconds"),
}


@pytest.mark.parametrize("name", PROMISES)
def test_a_deadline_that_was_changed_after_the_approval_is_a_breach(books: Told, name: str) -> None:
    PROMISES[name](books.share(PARKS))

    assert ("P5", "100001", "its odds or commitment are not those of its approval") in books.breaches()


def test_without_any_deadline_the_odds_are_what_they_were_before_there_were_deadlines() -> None:
    assert "claims" not in odds_table(DeadlineCampaign.of(an_activity_of_deadlines(_free())).activity)
    assert DeadlineCampaign.of(an_activity_of_deadlines(_free())).audit().breaches == ()


def _free() -> Any:
    return next(share for share in an_activity_of_deadlines().shares if share.award.award_id == FREE)


# ---- What clients were told


def answered(books: Told, order: Order, **changes: Any) -> int:
    """Return how many answers the books do not bear out, of one that says these things of order."""
    answer = told(order)
    found = audit(books.books(), {}, [replace(answer, order={**answer.order, **changes})]).breaches
    return len(found)


def test_each_answer_on_the_way_to_a_claim_is_borne_out(books: Told) -> None:
    orders = [books.orders["again"], books.campaign.users.on_record(books.orders["again"])]
    assert [order.accept_by for order in orders] == [BY, BY + SECOND + RECLAIM]

    claimed = [books.orders["claimed"], books.campaign.users.on_record(books.orders["claimed"])]
    assert [answered(books, order) for order in (*orders, *claimed)] == [0, 0, 0, 0]


def test_an_answer_of_an_older_version_tells_no_deadline(books: Told) -> None:
    answer = told(books.orders["waiting"])
    older = {name: value for name, value in answer.order.items() if name not in ("claim_by", "claimed_at", "shipment")}

    assert audit(books.books(), {}, [replace(answer, order=older)]).breaches == ()


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("waiting", {"claim_by": (BY + CLAIM_WITHIN + MS).isoformat()}),
        ("waiting", {"claim_by": None}),
        ("free", {"claim_by": BY.isoformat()}),
        ("waiting", {"claimed_at": BY.isoformat()}),
        ("claimed", {"claimed_at": (BY - MS).isoformat()}),
    ],
    ids=["a later deadline", "no deadline", "a deadline of its own", "a claim that was lost", "another claim"],
)
def test_a_deadline_or_a_claim_that_is_not_on_record_breaks_p1(books: Told, name: str, changes: Any) -> None:
    assert answered(books, books.campaign.users.on_record(books.orders[name]), **changes) == 1


def test_a_prize_that_an_operator_gives_up_in_the_name_of_the_deadline_shows() -> None:
    campaign = DeadlineCampaign.of(an_activity_of_deadlines())
    order, before = campaign.win(LAPSES), campaign.activity
    ledger, known = campaign.stage.ledger, len(campaign.entries)
    assert isinstance(campaign.users.accept(order, NOON), Order)
    assert ledger.park(campaign.users.on_record(order), "its provider is down", NOON)

    parked = campaign.users.on_record(order)
    assert void(parked, "deadline", "nobody is to know", ledger, NOON, not_issued=True) is None
    campaign.before = before, NOON
    campaign.entries += ledger.logs[before.activity_id][-1:]

    assert [breach.what for breach in campaign.audit().breaches] == ["void by an operator, in the deadline's name"]
    assert len(campaign.entries) == known + 1
