"""Every way to break a promise that the auditor must see, with what it says and the figures that change."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from builders import NOON, SECOND, an_act
from campaign import BALANCED, LATER, RICH, SINGLE, SOLD, Campaign, a_campaign, told
from tombola.aws.activity_items import activity_key, log_key
from tombola.aws.items import act_map, milliseconds, quota_key, stock_key

Falsify = Callable[[Campaign], object]

NOT_ON_RECORD = "the answer is not the order of its key on record"
CONDITION = {"fact": {"S": "age"}, "operator": {"S": ">="}, "values": {"L": [{"S": "18"}]}}
ACTS = {"acts": {"L": [{"M": act_map(an_act(what=what))} for what in ("void", "retry")]}}
UNSEEN = "not granted, and in no lane where anybody would find it"

# How the books are falsified, what the auditor says, and which figures change with it.
BREACHES: dict[str, dict[str, tuple[Falsify, str, dict[str, int]]]] = {
    "P1": {
        "an id that is not the hash": (
            lambda books: books.forget_answers().order("lost").update(idempotency_key={"S": "another"}),
            "its id is not the hash of its activity, user and key",
            {},
        ),
        "two answers that differ": (
            lambda books: books.answers.append(
                replace(lost := told(books.orders["lost"]), order={**lost.order, "drawn_at": LATER.isoformat()})
            ),
            NOT_ON_RECORD,
            {"unaccounted": 1},
        ),
        "an answer never recorded": (
            lambda books: books.edit_answer("lost", order_id="8"),
            NOT_ON_RECORD,
            {"unaccounted": 1},
        ),
        "an answer with another award": (
            lambda books: books.edit_answer("granted", award={"award_id": "2"}),
            NOT_ON_RECORD,
            {"unaccounted": 1},
        ),
        "a winner told of a loss": (
            lambda books: books.edit_answer("granted", award=None),
            NOT_ON_RECORD,
            {"unaccounted": 1},
        ),
        "a loser told of a win": (
            lambda books: books.edit_answer("lost", award={"award_id": "1"}),
            NOT_ON_RECORD,
            {"unaccounted": 1},
        ),
    },
    "P2": {
        "oversold": (
            lambda books: books.edit_stock(2, 0),
            "-1 units gone without a winner",
            {"oversold": 1, "unaccounted": 1},
        ),
        "more units than the file has": (
            lambda books: books.edit_file(10),
            "20 units dealt, 10 in its file",
            {},
        ),
        "a leaked unit": (
            lambda books: books.edit_stock(20, 16),
            "+1 units gone without a winner",
            {"unaccounted": 1},
        ),
        "a unit not taken": (
            lambda books: books.edit_stock(20, 18),
            "-1 units gone without a winner",
            {"unaccounted": 1},
        ),
        "stock below zero": (lambda books: books.edit_stock(2, -1), "left -1 of 2", {"oversold": 1}),
        "no stock item": (
            lambda books: books.edit_file(0).items.remove(books.item(stock_key(SINGLE, "1", 0))),
            "-3 units gone without a winner",
            {"unaccounted": 3},
        ),
        "a unit of a shard that is not there": (
            lambda books: books.edit("waiting", shard=1).edit_stock(20, 18),
            "-1 units gone without a winner",
            {"unaccounted": 1},
        ),
        "a draw that took nothing of the cap": (
            lambda books: books.edit("by hand", "cap_shard").give_back_cap("by hand"),
            "its activity has a cap, and it took no unit of it",
            {},
        ),
        "a cap that gives more than it has": (
            lambda books: books.item(activity_key(RICH)).update(cap={"M": {"limit": {"N": "9"}, "shards": {"N": "2"}}}),
            "10 units dealt, 9 in its file",
            {},
        ),
        "voided without return": (
            lambda books: books.void("parked").log_return(),
            "+1 units gone without a winner",
            {"unaccounted": 1, "parked": 0, "void": 1},
        ),
        "returned twice": (
            lambda books: books.void("parked").log_return().edit_stock(20, 19),
            "-1 units gone without a winner",
            {"unaccounted": 1, "parked": 0, "void": 1},
        ),
        "returned in secret": (
            lambda books: books.void("parked").edit_stock(20, 18),
            "1 returned units missing in the log",
            {"parked": 0, "void": 1},
        ),
        "told as returned, and of no order": (
            lambda books: books.log_return().log_return(),
            "2 units returned of no void order",
            {},
        ),
    },
    "P3": {
        "granted twice": (
            lambda books: books.edit("granted", grants=2),
            "2 grants in grant_state 1",
            {"granted_twice": 1},
        ),
        "granted three times": (
            lambda books: books.edit("granted", grants=3),
            "3 grants in grant_state 1",
            {"granted_twice": 2},
        ),
        "granted without a grant": (lambda books: books.edit("granted", grants=0), "0 grants in grant_state 1", {}),
        "a grant without the state": (lambda books: books.edit("waiting", grants=1), "1 grants in grant_state 0", {}),
        "granted without the mark": (
            lambda books: books.edit("granted", mq_state=2),
            "granted, but not marked as received",
            {},
        ),
        "granted at no time": (
            lambda books: books.edit("granted", "granted_at"),
            "granted, but not marked as received",
            {},
        ),
        "an award of a type that nobody knows": (
            lambda books: books.forget_answers().order("granted")["award"]["M"].update(award_type={"N": "7"}),
            "an award of type 7, and the auditor does not know how one is handed over",
            {},
        ),
        "granted before its time": (
            lambda books: books.order("granted").update(grant_at={"N": "99999999999999"}),
            "granted before its time",
            {},
        ),
        "granted by hand, and by nobody's": (
            lambda books: books.edit("by hand", "lane", "due_at", grant_state=1, grants=1, mq_state=1, granted_at=0),
            "granted, and nobody had released it",
            {"granted": 4, "waiting": 4},
        ),
        "granted otherwise than its activity promises": (
            lambda books: books.edit("granted", grant_type=2),
            "grant_type 2, and its award is promised with 1",
            {},
        ),
        "granted otherwise than its award promises": (
            lambda books: books.edit_grant(3).edit("by hand", grant_type=1, lane="7"),
            "grant_type 1, and its award is promised with 3",
            {},
        ),
        "by hand among the numbered": (lambda books: books.edit("by hand", lane="3"), UNSEEN, {"unaccounted": 1}),
        "granted and in a lane": (
            lambda books: books.edit("granted", lane="7"),
            "finished, but still in lane 7",
            {},
        ),
        "granted and due": (lambda books: books.edit("granted", due_at=0), "finished, but still in lane None", {}),
        "void by nobody's act": (
            lambda books: books.void("parked").log_return().edit_stock(20, 18).order("parked").pop("acts"),
            "void, and no act says so",
            {"parked": 0, "void": 1},
        ),
        "void after another act": (
            lambda books: books.void("parked").log_return().edit_stock(20, 18).order("parked").update(ACTS),
            "void, and no act says so",
            {"parked": 0, "void": 1},
        ),
        "voided and in a lane": (
            lambda books: books.void("parked").edit("parked", lane="parked").log_return().edit_stock(20, 18),
            "finished, but still in lane parked",
            {"parked": 0, "void": 1},
        ),
        "lost and in a lane": (
            lambda books: books.edit("lost", lane="0"),
            "lost, but something is to be done",
            {},
        ),
        "lost and granted": (
            lambda books: books.edit("lost", grant_state=1, grants=1, mq_state=1, granted_at=0),
            "lost, but something is to be done",
            {},
        ),
        "waiting in no lane": (lambda books: books.edit("waiting", "lane"), UNSEEN, {"unaccounted": 1}),
        "waiting without a time": (lambda books: books.edit("waiting", "due_at"), UNSEEN, {"unaccounted": 1}),
        "waiting where nobody works": (lambda books: books.edit("waiting", lane="128"), UNSEEN, {"unaccounted": 1}),
        "waiting among the parked": (lambda books: books.edit("waiting", lane="parked"), UNSEEN, {"unaccounted": 1}),
        "parked in no lane": (lambda books: books.edit("parked", "lane"), UNSEEN, {"unaccounted": 1}),
        "parked among the waiting": (lambda books: books.edit("parked", lane="3"), UNSEEN, {"unaccounted": 1}),
    },
    "P4": {
        "a quota passed": (
            lambda books: books.item(activity_key(SINGLE)).update(quotas={"M": {"activity": {"N": "4"}}}),
            "5 draws of 4",
            {},
        ),
        "a quota counted short": (
            lambda books: books.item(quota_key("xiaofuge", SINGLE)).update(taken={"N": "4"}),
            "5 draws, 4 counted",
            {},
        ),
        "a draw counted twice": (
            lambda books: books.item(quota_key("xiaofuge", SINGLE)).update(taken={"N": "6"}),
            "5 draws, 6 counted",
            {},
        ),
        "a quota never counted": (
            lambda books: books.items.remove(books.item(quota_key("xiaofuge", SINGLE))),
            "5 draws, 0 counted",
            {},
        ),
        "a day's quota passed": (
            lambda books: books.item(activity_key(RICH)).update(quotas={"M": {"day": {"N": "1"}}}),
            "2 draws in 2026-11-24 of 1",
            {},
        ),
        "a day counted where another zone has it": (
            lambda books: books.item(quota_key("xiaofuge", RICH)).update(
                {"d2026-11-23": books.item(quota_key("xiaofuge", RICH)).pop("d2026-11-24")}
            ),
            "2 draws in 2026-11-24, 0 counted",
            {},
        ),
        "a month counted short": (
            lambda books: books.item(quota_key("xiaofuge", SOLD)).update({"m2026-11": {"N": "1"}}),
            "2 draws in 2026-11, 1 counted",
            {},
        ),
        "a quota of a period that nobody knows": (
            lambda books: books.item(activity_key(SINGLE))["quotas"]["M"].update(week={"N": "5"}),
            "its quota of the week is none that the auditor knows",
            {},
        ),
        "a counter that nobody knows": (
            lambda books: books.item(quota_key("xiaofuge", SINGLE)).update({"w2026-48": {"N": "5"}}),
            "its counter w2026-48 is none that the auditor knows",
            {},
        ),
        "a quota counted for nothing": (
            lambda books: books.items.append(quota_key("fustack", SINGLE) | {"taken": {"N": "1"}}),
            "draws counted that nobody made",
            {},
        ),
    },
    "P5": {
        "another award in single mode": (
            lambda books: books.forget_answers().edit_award("unlimited", "9"),
            "recorded 9, recomputed 2",
            {},
        ),
        "a loss without an exclusion in single mode": (
            lambda books: books.forget_answers().edit_excluded("sold out"),
            "recorded None, recomputed 1",
            {},
        ),
        "an exclusion left out in total mode": (
            lambda books: books.forget_answers().edit_excluded("redrawn").edit_attempt("redrawn", 0),
            "recorded 1, recomputed 2",
            {},
        ),
        "another attempt in total mode": (
            lambda books: books.forget_answers().edit_attempt("redrawn", 0),
            "recorded 1, recomputed 3",
            {},
        ),
        "another mode than the activity's": (
            lambda books: books.forget_answers().edit("lost", strategy_mode=2).seeds.clear(),
            "drawn in another mode or version than its activity's",
            {},
        ),
        "a version that was never applied": (
            lambda books: books.forget_answers().edit_version("lost", 2),
            "drawn in another mode or version than its activity's",
            {},
        ),
        "a loss because of an award that had units left": (
            lambda books: books.forget_answers().edit_excluded("lost", "1"),
            "award 1 was excluded and not sold out",
            {},
        ),
        "a loss because of an award that was won long after": (
            lambda books: books.forget_answers().edit("sold out", drawn_at=milliseconds(NOON - 121 * SECOND)),
            "award 1 was excluded and not sold out",
            {},
        ),
        "a new attempt in single mode": (
            lambda books: books.forget_answers().edit_excluded("granted", "3").edit_attempt("granted", 1),
            "drawn anew without another exclusion",
            {},
        ),
        "a locked award not excluded": (
            lambda books: books.forget_answers().edit_excluded("by hand"),
            "an award that was locked was not excluded",
            {},
        ),
        "a user's draw left out of the count of draws": (
            lambda books: books.forget_answers().edit_taken("fallback", 1),
            "the user's draws are not numbered one after the other",
            {},
        ),
        "a fallback told as a win": (
            lambda books: books.forget_answers().order("fallback").update(outcome={"S": "won"}),
            "recorded 9, recomputed 9",
            {},
        ),
        "odds changed after the approval, past the log": (
            lambda books: books.item(activity_key(RICH))["awards"]["L"][1]["M"].update(weight={"N": "300001"}),
            "its odds or commitment are not those of its approval",
            {},
        ),
        "an entry of the log rewritten": (
            lambda books: books.item(log_key(SINGLE, 1)).update(who={"S": "nobody"}),
            "its log is broken at entry 2",
            {},
        ),
        "the last entry of the log rewritten": (
            lambda books: books.item(log_key(SINGLE, 2)).update(who={"S": "nobody"}),
            "its log is not the one it ends with",
            {},
        ),
        "an entry of the log dropped": (
            lambda books: books.items.remove(books.item(log_key(SINGLE, 1))),
            "its log is broken at entry 1",
            {},
        ),
        "a condition that was not committed to": (
            lambda books: books.item(activity_key(RICH)).update(admit={"L": [{"M": CONDITION}]}),
            "its odds or commitment are not those of its approval",
            {},
        ),
        "a limit that nobody knows": (
            lambda books: books.item(activity_key(SINGLE)).update(hands={"L": [{"S": "left"}]}),
            "its hands is nothing that the auditor knows",
            {},
        ),
        "more attempts than exclusions": (
            lambda books: books.forget_answers().edit_attempt("granted", 1),
            "drawn anew without another exclusion",
            {},
        ),
        "a winner excluded in total mode": (
            lambda books: books.forget_answers().edit_excluded("total", "1"),
            "recorded 1, recomputed 2",
            {},
        ),
        "everything excluded in total mode": (
            lambda books: books.forget_answers().edit_excluded("redrawn", "1", "2", "3"),
            "recorded 1, recomputed None",
            {},
        ),
    },
}


@pytest.mark.parametrize(
    ("promise", "name"), [(promise, name) for promise, cases in BREACHES.items() for name in cases]
)
def test_exactly_the_broken_promise_is_reported_and_once(promise: str, name: str) -> None:
    books, (falsify, words, figures) = a_campaign(), BREACHES[promise][name]

    falsify(books)

    found = books.audit()
    assert [(breach.promise, breach.what) for breach in found.breaches] == [(promise, words)]
    assert not found.balanced
    assert found == replace(BALANCED, breaches=found.breaches, **figures)
