"""The life of an order: what each change needs, what it leaves, who makes it, and the page that draws it."""

import ast
import re
from dataclasses import fields, replace
from enum import IntEnum
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from addresses import an_address
from builders import NOON, SECOND, a_lost_order, an_act, an_award, an_order
from changes import LATER, said_with
from tombola.aws import ledger, operator_ledger, void_ledger
from tombola.aws.operator_ledger import OperatorLedger
from tombola.rules import order_life
from tombola.rules.activity import GrantType
from tombola.rules.award_type import AwardType
from tombola.rules.order import LANES, GrantState, MqState, Order
from tombola.rules.order_life import CHANGES, LEAVE, SHIP, Change, allows, changed, states_of, values_of
from tombola_cli.operate import shipment_marks, shipment_moves

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/order.md").read_text("utf-8")
DIAGRAMS = PAGE.split("```mermaid")[1:]
BY_NAME = {change.name: change for change in CHANGES}
NOT_SENT, SENT, FAILED = MqState
WAITING, GRANTED, PARKED, VOID = GrantState
# From the design, as numbers: nothing else may invent a move.
LEGAL_MQ = {(0, 1), (0, 2), (2, 1)}
# 0 to 3: only where the activity has promised that a prize is void that nobody claims in time.
LEGAL_GRANT = {(0, 1), (0, 2), (0, 3), (2, 0), (2, 1), (2, 3)}
HAND = {"grant_type": GrantType.BY_HAND}
UNCLAIMED = {"accept_by": LATER}
PHYSICAL = {"award": an_award(award_type=AwardType.PHYSICAL)}
ANY = {0, 1, 2}
GRANT = {"grant_state": 1, "mq_state": 1, "grants": 1, "granted_at": LATER, "due_at": None}
# What must hold, and what changes; whatever is not named stays, and the order wakes no stream.
ROWS: dict[str, tuple[set[int], set[int], dict[str, Any], dict[str, Any]]] = {
    # change: mq_state before, grant_state before, the order before, what of it changes
    "mark_sent": ({0, 2}, {0}, {}, {"mq_state": 1, "sent_at": LATER}),
    "mark_failed": ({0}, {0}, {}, {"mq_state": 2, "due_at": LATER}),
    "claim": (ANY, {0}, {"claims": 4}, {"claims": 5, "due_at": LATER, "wake": True}),
    "unclaim": (ANY, {0}, {"claims": 4, "wake": True}, {"due_at": LATER}),
    "release": (ANY, {0}, HAND, {"grant_at": LATER, "due_at": LATER, "acts": (an_act(),)}),
    "begin": (ANY, {0}, {"begun": 2}, {"begun": 3}),
    "unbegin": (ANY, {0}, {"begun": 3}, {"begun": 2}),
    "postpone": (
        ANY,
        {0},
        {"begun": 2, "failures": 1, "sent_at": NOON},
        {
            "mq_state": 1,
            "failures": 2,
            "failed_at": LATER,
            "failed_because": "down",
            "begun": 0,
            "sent_at": None,
            "due_at": LATER,
        },
    ),
    "hold": (
        ANY,
        {0},
        {"begun": 2, "failures": 1, "sent_at": NOON},
        {
            "mq_state": 1,
            "failed_at": LATER,
            "failed_because": "down",
            "begun": 0,
            "sent_at": None,
            "due_at": LATER,
        },
    ),
    "park": (ANY, {0}, {}, {"grant_state": 2, "parked_because": "down", "due_at": LATER}),
    "grant": (ANY, {0, 2}, {}, GRANT),
    "grant_with": (ANY, {0, 2}, {}, GRANT | {"content": "WELCOME-10"}),
    "retry": (
        ANY,
        {2},
        {
            "grant_state": PARKED,
            "claims": 4,
            "failures": 3,
            "begun": 2,
            "sent_at": NOON,
            "failed_at": NOON,
            "failed_because": "down",
            "parked_because": "3 grants failed",
            "acts": (an_act(who="bob"),),
        },
        {
            "grant_state": WAITING,
            "claims": 0,
            "failures": 0,
            "begun": 0,
            "sent_at": None,
            "parked_because": None,
            "due_at": LATER,
            "wake": True,
            "acts": (an_act(who="bob"), an_act()),
        },
    ),
    "void": (ANY, {2}, {"grant_state": PARKED}, {"grant_state": VOID, "due_at": None, "acts": (an_act(),)}),
    "grant_shipment": (
        ANY,
        {0, 2},
        {**PHYSICAL, "address": an_address(), "addresses": 1, "accept_by": LATER, "accepted_at": NOON},
        GRANT | {"address": None},
    ),
    "accept": (ANY, {0}, UNCLAIMED, {"accepted_at": LATER, "due_at": LATER, "wake": True}),
    "give_address": (
        ANY,
        {0},
        {**UNCLAIMED, **PHYSICAL},
        {"accepted_at": LATER, "due_at": LATER, "address": an_address(), "addresses": 1, "wake": True},
    ),
    "change_address": (
        ANY,
        {0, 2},
        {**PHYSICAL, "accepted_at": NOON, "address": an_address(name="before"), "addresses": 1},
        {"address": an_address(), "addresses": 2},
    ),
    "miss": (
        ANY,
        {0},
        UNCLAIMED,
        {"grant_state": PARKED, "parked_because": "down", "due_at": LATER, "acts": (an_act(),)},
    ),
    "lapse": (ANY, {0}, UNCLAIMED, {"grant_state": VOID, "due_at": None, "acts": (an_act(),)}),
    "retry_unclaimed": (
        ANY,
        {2},
        {"grant_state": PARKED, "accept_by": NOON, "claims": 4, "failures": 3, "parked_because": "nobody came"},
        {
            "grant_state": WAITING,
            "claims": 0,
            "failures": 0,
            "parked_because": None,
            "accept_by": LATER,
            "due_at": LATER,
            "acts": (an_act(),),
        },
    ),
    "leave": (ANY, {1}, {"grant_state": GRANTED}, {"batch": "b1"}),
    "ship": (
        ANY,
        {1},
        {"grant_state": GRANTED, "batch": "b1"},
        {"carrier": "DHL", "tracking": "00340", "shipped_at": LATER},
    ),
}


def made(change: Change, order: Order) -> Order:
    """Return order after change, with the words that it needs."""
    return changed(order, change, **said_with(change))


@pytest.mark.parametrize(
    ("attribute", "legal", "states"),
    [("mq", LEGAL_MQ, MqState), ("grant", LEGAL_GRANT, GrantState)],
)
def test_the_moves_are_those_of_the_design(attribute: str, legal: set[tuple[int, int]], states: type[IntEnum]) -> None:
    assert set(moves(attribute)) == {(states(before), states(after)) for before, after in legal}


def moves(attribute: str) -> dict[tuple[IntEnum, IntEnum], list[str]]:
    """Return the changes by the states that they lead from and to; what stays is no move."""
    found: dict[tuple[IntEnum, IntEnum], list[str]] = {}
    for change in CHANGES:
        after = getattr(change, f"{attribute}_to")
        for before in getattr(change, f"{attribute}_from"):
            if after not in (None, before):
                found.setdefault((before, after), []).append(change.name)
    return found


def test_no_change_stands_beside_the_table_and_the_ledger_makes_all_of_them() -> None:
    assert [each for each in vars(order_life).values() if isinstance(each, Change)] == list(CHANGES)
    modules = vars(ledger) | vars(operator_ledger) | vars(void_ledger) | vars(shipment_moves) | vars(shipment_marks)
    assert {each.name for each in modules.values() if isinstance(each, Change)} == BY_NAME.keys()


def test_every_change_has_a_row_here() -> None:
    assert ROWS.keys() == BY_NAME.keys()
    assert len(CHANGES) == len(BY_NAME)


@pytest.mark.parametrize("name", ROWS)
def test_a_change_is_allowed_from_its_states_and_from_no_other(name: str) -> None:
    mq_states, grant_states, order, _ = ROWS[name]

    for mq_state, grant_state in product(MqState, GrantState):
        found = an_order(**{**order, "mq_state": mq_state, "grant_state": grant_state})
        assert allows(BY_NAME[name], found, found) == (mq_state in mq_states and grant_state in grant_states)


def test_what_was_not_begun_cannot_be_taken_back() -> None:
    assert not allows(BY_NAME["unbegin"], an_order(), an_order())


@pytest.mark.parametrize("name", ROWS)
def test_a_change_changes_what_it_says_and_nothing_else(name: str) -> None:
    _, _, before, after = ROWS[name]
    order = an_order(due_at=NOON + SECOND, **before)

    assert made(BY_NAME[name], order) == replace(order, **{"wake": False, **after})


@pytest.mark.parametrize("name", ["grant_shipment", "void"])
def test_no_address_stays_on_an_order_that_needs_none_any_more(name: str) -> None:
    change = BY_NAME[name]
    order = an_order(grant_state=PARKED, address=an_address(), addresses=2)

    said: dict[str, Any] = said_with(change)
    after = changed(order, change, **said)

    assert (after.address, after.addresses) == (None, 2)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_nothing_happens_to_a_lost_order(change: Change) -> None:
    for lost in (a_lost_order(), a_lost_order(**HAND)):
        assert not allows(change, lost, lost)


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("mark_failed", {"due_at": NOON}),
        ("claim", {"due_at": NOON}),
        ("claim", {"due_at": None}),
        ("unclaim", {"due_at": NOON}),
        ("park", {"due_at": NOON}),
        ("begin", {"begun": 1}),
        ("unbegin", {"begun": 1}),
        ("hold", {"due_at": NOON}),
        ("postpone", {"failures": 0}),
        ("retry", {"due_at": NOON}),
        ("void", {"due_at": NOON}),
        ("miss", {"due_at": NOON}),
        ("miss", {"accepted_at": NOON}),
        ("lapse", {"due_at": NOON}),
        ("lapse", {"accepted_at": NOON}),
        ("retry_unclaimed", {"due_at": NOON}),
        ("grant_shipment", {"addresses": 2}),
        ("change_address", {"addresses": 2}),
        ("leave", {"batch": "b0"}),
        ("ship", {"batch": "b0"}),
    ],
)
def test_a_change_is_refused_where_somebody_came_first(name: str, seen: dict[str, Any]) -> None:
    order = an_order(**{"grant_state": BY_NAME[name].grant_from[0], **ROWS[name][2]})
    assert allows(BY_NAME[name], order, order)
    assert not allows(BY_NAME[name], order, replace(order, **seen))


@pytest.mark.parametrize("grant_type", [GrantType.AT_ONCE, GrantType.AT_A_TIME])
def test_only_a_prize_that_is_granted_by_hand_is_released_and_only_once(grant_type: GrantType) -> None:
    release, by_hand, other = BY_NAME["release"], an_order(**HAND), an_order(grant_type=grant_type)

    assert allows(release, by_hand, by_hand)
    assert not allows(release, other, other)
    released = made(release, by_hand)
    assert not allows(release, released, released)


def test_every_grant_is_counted_so_that_a_second_one_shows() -> None:
    assert made(BY_NAME["grant"], an_order(grants=1)).grants == 2


@pytest.mark.parametrize("said", [{}, {"now": NOON, "until": NOON}, {"until": NOON}], ids=len)
def test_a_change_that_is_told_other_words_than_it_needs_says_which(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=re.escape(f"grant is told {sorted(said)}, and needs ['now']")):
        values_of(BY_NAME["grant"], said)


def test_every_attribute_that_a_change_names_is_one_of_an_orders() -> None:
    attributes = {field.name for field in fields(Order)}
    for change in CHANGES:
        counted = {*change.counts, *change.uncounts, *change.restarts}
        assert {*change.as_seen, *counted, *change.removes, *dict(change.sets)} <= attributes


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_new_lane_is_said_where_a_change_leads_to_one(change: Change) -> None:
    order = an_order(**{"grant_state": change.grant_from[0], **ROWS[change.name][2]})

    assert change.new_lane == (made(change, order).lane != order.lane)


@cache
def calls_of_a_ledger() -> frozenset[str]:
    """Return the names that the project's code, which takes a second to read, calls on a ledger."""
    called = set[str]()
    for folder in ("layers/shared/tombola", "functions", "cli/tombola_cli"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    receiver = node.func.value
                    named = receiver.attr if isinstance(receiver, ast.Attribute) else getattr(receiver, "id", "")
                    if named == "ledger":
                        called.add(node.func.attr)
    return frozenset(called)


ALONE = [change for change in CHANGES if change not in (LEAVE, SHIP)]  # those are a part of what moves a parcel


@pytest.mark.parametrize("change", ALONE, ids=lambda change: change.name)
def test_every_change_is_made_by_a_ledger_that_a_flow_or_a_command_asks(change: Change) -> None:
    assert callable(getattr(OperatorLedger, change.name))
    assert change.name in calls_of_a_ledger()


@pytest.mark.parametrize(
    ("diagram", "attribute"), list(zip(DIAGRAMS, ("mq", "grant"), strict=True)), ids=["mq_state", "grant_state"]
)
def test_the_pictures_draw_exactly_the_moves_and_who_makes_them(diagram: str, attribute: str) -> None:
    drawn = re.findall(r"(\w+) --> (\w+): (.+)", diagram)

    assert sorted(drawn) == sorted(
        (before.name, after.name, ", ".join(names)) for (before, after), names in moves(attribute).items()
    )


@pytest.mark.parametrize(
    ("diagram", "state"),
    list(zip(DIAGRAMS, (an_order().mq_state, an_order().grant_state), strict=True)),
    ids=["mq_state", "grant_state"],
)
def test_the_pictures_begin_where_an_order_begins(diagram: str, state: MqState | GrantState) -> None:
    assert re.findall(r"\[\*\] --> (\w+)", diagram) == [state.name]


@pytest.mark.parametrize("state", [*MqState, *GrantState], ids=lambda state: state.name)
def test_the_page_gives_each_state_its_number(state: MqState | GrantState) -> None:
    assert f"{state.value} `{state.name}`" in PAGE


def row_of(change: Change) -> str:
    """Return change as its line in the page's table."""
    states = [f"{name} = {state.name}" for name, state in states_of(change).items()]
    sets = [*states, *(f"{name} = {word}" for name, word in change.sets)]
    counts = [
        *(f"{name} + 1" for name in change.counts),
        *(f"{name} - 1" for name in change.uncounts),
        *(f"{name} = 0" for name in change.restarts),
    ]
    acts = ["acts + act"] if change.by_act else []
    removes = [f"no {name}" for name in change.removes]
    needs = [
        "" if change.grant_from == (WAITING,) else " or ".join(state.name for state in change.grant_from),
        "" if change.mq_from == tuple(MqState) else " or ".join(state.name for state in change.mq_from),
        "" if change.lane_from is None else f"in lane {change.lane_from}",
        *(f"{name} as it was read" for name in change.as_seen),
        *(f"{name} above 0" for name in change.uncounts),
    ]
    lane = [lane_told(made(change, an_order(**ROWS[change.name][2])).lane)] if change.new_lane else []
    leaves = ", ".join([*sets, *counts, *removes, *lane, *acts])
    cells = (f"`{change.name}`", change.told, ", ".join(filter(None, needs)), leaves, "yes" if change.wakes else "no")
    return f"| {' | '.join(cells)} |"


def lane_told(lane: str | None) -> str:
    if lane is None:
        return "no lane"
    return "a numbered lane" if lane in LANES else f"lane = {lane}"


def test_the_table_of_the_page_is_the_table_that_runs() -> None:
    told = [line for line in PAGE.splitlines() if line.startswith("| `")]

    assert told == [row_of(change) for change in CHANGES]
