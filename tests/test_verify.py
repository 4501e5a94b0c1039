"""docs/verify.py finds whatever is not as it was promised; it shares no line with what it checks."""

import ast
import copy
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import NOON, SECOND, a_request, a_share, an_activity
from campaign import ACTIVITIES, RICH, SEEDS, a_campaign
from public_campaign import HOUR, Papers, PublicCampaign, papers_of, rechained
from tombola.rules.activity import Activity, Cap
from tombola.rules.activity_states import MOVES, Action, ActivityState
from tombola.rules.odds import StrategyMode
from tombola.rules.order import GrantState, Order
from tombola.rules.quota import Quotas
from tombola.rules.request import Target
from tombola.rules.tree import Leaf, Tree
from tombola_cli.files.repository import ROOT
from verify_script import verify

Falsify = Callable[[Papers], object]
LINES_MAX, FUNCTION_LINES_MAX = 300, 40
DAY = timedelta(days=1)


@pytest.fixture
def papers() -> Papers:
    return revealed_papers()


def revealed_papers() -> Papers:
    """Return what the API answers of a revealed activity: a draw fell back, one won; one is another activity's."""
    campaign = PublicCampaign.of(ACTIVITIES[RICH], SEEDS[RICH])
    orders = [a_campaign().orders[name] for name in ("fallback", "by hand", "granted")]
    for shard in (0, 1):
        campaign.stage.ledger.left[RICH, "*", shard] = 4
    return campaign.papers(NOON + HOUR, *orders)


def verified(papers: Papers, folder: Path) -> tuple[int, list[str]]:
    for name, content in papers.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    files = [str(folder / f"{name}.json") for name in papers]
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "docs/verify.py"), *files], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_what_is_as_promised_is_right_and_other_activities_are_left_out(papers: Papers, tmp_path: Path) -> None:
    status, said = verified(papers, tmp_path)

    assert (status, said[-2:]) == (
        0,
        ["1 draws of other activities left out", "2 of 2 draws are what the seed makes them"],
    )


def test_a_doubter_can_read_it() -> None:
    text = (ROOT / "docs/verify.py").read_text("utf-8")
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]

    assert len(text.splitlines()) <= LINES_MAX
    assert all((node.end_lineno or 0) - node.lineno < FUNCTION_LINES_MAX for node in functions)
    assert "tombola" not in "".join(line for line in text.splitlines() if line.startswith(("import", "from")))


def test_it_knows_the_states_that_the_rules_know() -> None:
    known = {move.action.value: {int(state): int(move.state_to) for state in move.state_from} for move in MOVES}

    assert known == verify().MOVES


# ---- Whoever keeps their promises is never accused


def judged(papers: Papers) -> int:
    status: int = verify().judge(papers["activity"], papers["log"]["entries"], papers["draws"]["draws"])
    return status


MODES = st.sampled_from(StrategyMode)
WAITS = st.sampled_from([timedelta(0), SECOND, 9 * SECOND, 11 * SECOND, 10 * 60 * SECOND, 20 * HOUR])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["draw", "draw", "draw", "late draw", "void", "stock", "quotas", "cap", "end", "close"]),
        st.integers(0, 5),
        WAITS,
    ),
    max_size=40,
)


def an_eventful(mode: StrategyMode) -> Activity:
    return an_activity(
        a_share("1", weight=400_000, stock=3, shards=2),
        a_share("2", weight=300_000, stock=2, unlock_after=1),
        a_share("3", weight=100_000, stock=None),
        strategy_mode=mode,
        begin=NOON,
        end=NOON + DAY,
        quotas=Quotas(activity=9, day=4, month=8),
        cap=Cap(limit=12, shards=2),
        time_zone="Pacific/Auckland",
    )


@settings(max_examples=300)
@given(mode=MODES, steps=STEPS)
def test_an_operator_who_keeps_their_promises_is_never_accused(
    mode: StrategyMode, steps: list[tuple[str, int, timedelta]]
) -> None:
    """Play draws, also of functions that remember, between whatever an operator may do while draws go on."""
    campaign, now = PublicCampaign.of(an_eventful(mode), opened=NOON - 90 * SECOND), NOON
    for number, (step, size, wait) in enumerate(steps):
        now += wait
        if step.endswith("draw"):
            campaign.draw(f"user-{size % 3}", f"key-{number}", now, remembers=step == "late draw")
        elif step == "void":
            for order in [order for order in won(campaign) if order.grant_state is GrantState.WAITING][size : size + 1]:
                campaign.void(order, now)
        else:
            change(campaign, step, size, now)

    told = answers(campaign)  # a user may have saved them while the draws that are void now were parked
    papers = campaign.papers(now)
    if late := [order for order in won(campaign) if order.grant_state is not GrantState.VOID][:1]:
        campaign.void(late[0], now + HOUR)
        papers = papers_of(campaign, list(campaign.stage.ledger.orders_by_key.values()))
    assert judged(papers) == (0 if papers["draws"]["draws"] else 2)

    papers["draws"]["draws"] = told
    assert judged(papers) == (0 if told else 2)


def answers(campaign: PublicCampaign) -> Any:
    return papers_of(campaign, list(campaign.stage.ledger.orders_by_key.values()))["draws"]["draws"]


def won(campaign: PublicCampaign) -> list[Order]:
    return [order for order in campaign.stage.ledger.orders_by_key.values() if order.award is not None]


def change(campaign: PublicCampaign, step: str, size: int, now: Any) -> None:
    """Change what may change, to another number, if the draws so far allow it."""
    activity, left = campaign.activity, campaign.left()
    if step == "close":
        if activity.state is ActivityState.DOING:
            campaign.do(Action.CLOSE, now)
        elif now <= activity.end:
            campaign.do(Action.OPEN, now)
            campaign.do(Action.START, now)
    elif step == "stock":
        shares = tuple(
            share if share.stock is None else replace(share, stock=share.stock - left[share.award.award_id] + size)
            for share in activity.shares
        )
        campaign.apply(now, shares=shares)
    elif step == "cap":
        assert activity.cap is not None
        campaign.apply(now, cap=replace(activity.cap, limit=activity.cap.limit - left["*"] + size + 1))
    elif step == "quotas":
        campaign.apply(now, quotas=Quotas(activity=1 + size, day=1 + size // 2, month=2 + size))
    else:
        campaign.apply(now, end=NOON + DAY * (1 + size) / 2)


def test_a_log_may_come_in_pages_and_a_draw_by_itself_and_twice(papers: Papers, tmp_path: Path) -> None:
    entries, draws = papers["log"]["entries"], papers["draws"]["draws"]
    pages = {
        "activity": papers["activity"],
        "log": {"entries": entries[:2], "next": 2},
        "draws": {"draws": draws[:1], "next": "1-1"},
        "more": {"entries": entries[2:], "next": None},
        "one": {**draws[0], "grant_state": 1, "mq_state": 1},
        "another": draws[1],
    }

    status, said = verified(pages, tmp_path)

    assert (status, said[-1]) == (0, "2 of 2 draws are what the seed makes them")
    assert any("if you have not given all pages" in line for line in said)


# ---- Lies


def draw(papers: Papers, place: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = papers["draws"]["draws"][place]
    return found


def entry(papers: Papers, what: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in papers["log"]["entries"] if each["what"] == what)
    return found


def relog(papers: Papers, what: str, /, **changes: Any) -> None:
    entry(papers, what).update(changes)
    rechained(papers)


def log_more(papers: Papers, what: str, after: str, **changes: Any) -> None:
    """Put an entry behind the one of after, and let the log be whole."""
    entries = papers["log"]["entries"]
    place = entries.index(entry(papers, after))
    new = {**entries[place], "what": what, "state_from": entries[place]["state_to"], "changes": [], **changes}
    entries.insert(place + 1, new)
    for number, each in enumerate(entries, 1):
        each["number"] = number
    rechained(papers)


def recommit(papers: Papers, **changes: Any) -> None:
    """Let other odds have been committed to."""
    odds = json.loads(papers["activity"]["odds"]) | changes
    papers["activity"]["odds"] = json.dumps(odds, separators=(",", ":"), sort_keys=True)
    committed = [
        f"commitment: {papers['activity']['commitment']}",
        f"odds: {verify().sha256(papers['activity']['odds'])}",
    ]
    relog(papers, "approve", changes=committed)


FORGED: dict[str, tuple[Falsify, str]] = {
    "another award": (lambda p: draw(p, 1)["award"].update(award_id="8"), "the seed says won 1"),
    "a fallback told as won": (lambda p: draw(p).update(outcome="won"), "the seed says fallback 9"),
    "another order's id": (lambda p: draw(p).update(order_id="497"), "its id is not the hash of its key"),
    "another key": (lambda p: draw(p).update(idempotency_key="x"), "its id is not the hash of its key"),
    "a lock forgotten": (
        lambda p: draw(p, 1)["proof"].update(excluded=[]),
        "an award that was locked was not excluded",
    ),
    "an unlimited award sold out": (
        lambda p: draw(p, 1)["proof"].update(excluded=["8", "9"]),
        "an award was excluded that cannot be sold out",
    ),
    "a way in that was not committed to": (
        lambda p: p["activity"].update(odds=p["activity"]["odds"].replace("}", ',"through":["crowd"]}')),
        "commitment and odds are not those of the approval",
    ),
    "another way in shown": (
        lambda p: p["activity"].update(through=["crowd"]),
        "it is shown with other ways in, conditions or deadlines than those committed to",
    ),
    "another condition shown": (
        lambda p: p["activity"].update(admit=[{"fact": "level", "operator": "=", "values": ["gold"]}]),
        "it is shown with other ways in, conditions or deadlines than those committed to",
    ),
    "an award sold out that is not there": (
        lambda p: draw(p, 1)["proof"].update(excluded=["8", "7"]),
        "an award was excluded that cannot be sold out",
    ),
    "another ticket": (lambda p: draw(p)["proof"].update(attempt=2), "drawn anew without another exclusion"),
    "another seed": (lambda p: p["activity"].update(seed="00"), "the seed is not the one committed to"),
    "another commitment": (
        lambda p: p["activity"].update(commitment="0" * 64),
        "commitment and odds are not those of the approval",
    ),
    "other odds": (
        lambda p: p["activity"].update(odds=p["activity"]["odds"].replace("300000", "300001", 1)),
        "commitment and odds are not those of the approval",
    ),
    "an entry rewritten": (lambda p: p["log"]["entries"][0].update(who="nobody"), "the log is broken at entry 1"),
    "an entry dropped": (lambda p: p["log"]["entries"].pop(0), "the log is broken at entry 2"),
    "no approval": (
        lambda p: relog(p, "approve", what="refuse"),
        "commitment and odds are not those of the approval",
    ),
}
# What was called right before the verifier doubted.
DOUBTED: dict[str, tuple[Falsify, str]] = {
    "a new attempt in single mode": (
        lambda p: draw(p)["proof"].update(attempt=1),
        "drawn anew without another exclusion",
    ),
    "an attempt below the first": (
        lambda p: draw(p)["proof"].update(attempt=-1),
        "drawn anew without another exclusion",
    ),
    "a count left out": (
        lambda p: draw(p, 0)["proof"].update(taken=None),
        "it does not say how many draws came before",
    ),
    "a count given twice": (
        lambda p: draw(p, 1)["proof"].update(taken=0),
        "2 draws of xiaofuge each say that 0 came before",
    ),
    "a code that says lost": (lambda p: draw(p, 1).update(code="D001"), "its code D001 says otherwise"),
    "another prize under the name": (
        lambda p: draw(p, 1)["award"].update(award_name="a sticker"),
        "its award is called ipad",
    ),
    "drawn before the window": (
        lambda p: draw(p).update(drawn_at=(NOON - DAY - SECOND).isoformat()),
        "it was drawn outside the window",
    ),
    "drawn after the window": (
        lambda p: draw(p).update(drawn_at=(NOON + DAY + SECOND).isoformat()),
        "it was drawn outside the window",
    ),
    "drawn before the start": (
        lambda p: draw(p).update(drawn_at=(NOON - HOUR - 121 * SECOND).isoformat()),
        "the activity was not open then",
    ),
    "drawn after the close": (
        lambda p: draw(p).update(drawn_at=(NOON + HOUR + 121 * SECOND).isoformat()),
        "the activity was not open then",
    ),
    "a version of later": (lambda p: draw(p)["proof"].update(version=2), "its version was not in force then"),
    "a version of before the approval": (
        lambda p: draw(p)["proof"].update(version=0),
        "its version was not in force then",
    ),
    "a draw told in two ways": (
        lambda p: p["draws"]["draws"].append({**copy.deepcopy(draw(p)), "drawn_at": (NOON + SECOND).isoformat()}),
        "is told in two ways",
    ),
    "odds shown otherwise": (
        lambda p: p["activity"]["awards"][0].update(rate="0.5"),
        "the awards are shown with other odds than those committed to",
    ),
    "a lock shown otherwise": (
        lambda p: p["activity"]["awards"][1].update(unlock_after=0),
        "the awards are shown with other odds than those committed to",
    ),
    "another fallback shown": (
        lambda p: p["activity"].update(fallback=None),
        "the awards are shown with other odds than those committed to",
    ),
    "odds beyond the whole": (
        lambda p: recommit(p, awards=[["1", 300_000, 0], ["8", 300_000, 2], ["9", 700_000, 0]]),
        "there cannot be such odds: they sum to 1300000 of 1000000",
    ),
    "odds below nothing": (
        lambda p: recommit(p, awards=[["1", 300_000, 0], ["8", 300_000, 2], ["9", -1, 0]]),
        "there cannot be such odds",
    ),
    "draws that the cap does not count": (
        lambda p: p["activity"]["cap"].update(left=9),
        "2 units of the cap are in these draws, and only 1 are gone",
    ),
    "more of the cap left than there is": (
        lambda p: p["activity"]["cap"].update(left=11),
        "11 units of the cap cannot be left of 10",
    ),
    "draws beyond a day's quota": (
        lambda p: p["activity"]["quotas"].update(day=1),
        "xiaofuge has drawn 2 times in 2026-11-24, and 1 are the most",
    ),
    "draws beyond the quota": (
        lambda p: p["activity"]["quotas"].update(activity=1),
        "xiaofuge has drawn 2 times, and 1 are the most",
    ),
    "entries that are numbered anew": (
        lambda p: relog(p, "close", number=7),
        "the log is broken at entry 7",
    ),
    "a move that is not there": (
        lambda p: relog(p, "start", state_from=2),
        "entry 4 of the log cannot follow on the one before",
    ),
    "back to the draft while it is drawn": (
        lambda p: log_more(p, "withdraw", "start", state_to=1),
        "entry 5 of the log cannot follow on the one before",
    ),
    "a version that no file made": (
        lambda p: relog(p, "close", version=2),
        "entry 5 of the log cannot follow on the one before",
    ),
    "opened again after the reveal": (
        lambda p: log_more(p, "open", "reveal", state_to=8),
        "entry 7 of the log changes the activity after its seed was revealed",
    ),
    "another seed in the log": (
        lambda p: relog(p, "reveal", changes=[f"seed: {'0' * 64}"]),
        "the seed is not the one that the log reveals",
    ),
    "another version than the log's": (
        lambda p: p["activity"].update(version=2),
        "the activity's state and version are not those of the log's end",
    ),
}


@pytest.mark.parametrize("name", FORGED | DOUBTED)
def test_what_was_forged_is_named(papers: Papers, tmp_path: Path, name: str) -> None:
    falsify, words = (FORGED | DOUBTED)[name]
    falsify(papers)

    status, said = verified(papers, tmp_path)

    assert status == 1
    assert any(words in line for line in said)


UNKNOWN: dict[str, Callable[[Papers], Any]] = {
    "week": lambda p: p["activity"]["quotas"].update(week=9),
    "hands": lambda p: recommit(p, hands=["left"]),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_it_does_not_know_it_does_not_judge(papers: Papers, tmp_path: Path, name: str) -> None:
    UNKNOWN[name](papers)

    status, said = verified(papers, tmp_path)

    assert (status, said) == (2, [f"this program is too old to judge this activity: it does not know {name}"])


@pytest.mark.parametrize(("through", "status"), [((), 0), (("crowd",), 0), (("staff",), 1)])
def test_a_draw_by_another_way_than_was_committed_to_is_wrong(
    through: tuple[str, ...], status: int, tmp_path: Path
) -> None:
    campaign = PublicCampaign.of(an_activity())
    leaf = Tree(tree_id="crowd", tree_name="", root="1", nodes=(Leaf(node_id="1", activity_id="100001"),))
    campaign.stage.ledger.trees["crowd"] = leaf
    order = campaign.stage.drawn(a_request(target=Target("tree", "crowd")))
    papers = PublicCampaign.of(an_activity(through=through)).papers(NOON + HOUR, order)
    papers["activity"]["awards"][0]["stock_left"] -= 1

    found, said = verified(papers, tmp_path)

    assert found == status
    assert ("it came by a way in that the activity does not have" in "".join(said)) == (status == 1)


# ---- Sold out


def lost_to(campaign: PublicCampaign, award_id: str) -> Order:
    """Return a draw that would win award_id, and is told that it was sold out."""
    key = campaign.stage.key_that_wins(award_id)
    campaign.stage.hints.add(award_id)
    campaign.sold_out[award_id] = NOON
    order = campaign.draw("xiaofuge", key, NOON, remembers=True)
    campaign.sold_out.clear()
    assert isinstance(order, Order)
    assert order.proof.excluded == (award_id,)
    return order


def a_single_draw(*, left: int = 10) -> tuple[PublicCampaign, Order]:
    """Return a campaign whose operator let a sure win lose; so many of ten units are left then."""
    campaign = PublicCampaign.of(an_activity(a_share("1", stock=10), strategy_mode=StrategyMode.SINGLE))
    order = lost_to(campaign, "1")
    campaign.stage.ledger.left["100001", "1", 0] = left
    return campaign, order


def said_of(campaign: PublicCampaign, folder: Path, *orders: Order) -> tuple[int, list[str]]:
    return verified(campaign.papers(NOON + 2 * HOUR, *orders), folder)


def test_a_loss_that_excluded_a_sure_win_while_all_units_are_left_is_wrong(tmp_path: Path) -> None:
    campaign, order = a_single_draw()

    status, said = said_of(campaign, tmp_path, order)

    assert status == 1
    assert said[1].endswith("lost -: WRONG, award 1 was excluded as sold out, and 10 of 10 units are left")
    assert said[-1] == "0 of 1 draws are what the seed makes them"


def test_an_award_whose_units_are_gone_at_the_end_may_have_been_sold_out(tmp_path: Path) -> None:
    campaign, order = a_single_draw(left=0)

    assert said_of(campaign, tmp_path, order)[0] == 0


def test_an_award_that_was_raised_may_have_been_sold_out_before(tmp_path: Path) -> None:
    campaign, order = a_single_draw(left=0)
    campaign.apply(NOON + HOUR, shares=(a_share("1", stock=12),))

    assert said_of(campaign, tmp_path, order)[0] == 0


def test_one_that_was_only_lowered_cannot_have_been(tmp_path: Path) -> None:
    campaign, order = a_single_draw()
    campaign.apply(NOON + HOUR, shares=(a_share("1", stock=8),))

    assert "8 of 8 units are left" in said_of(campaign, tmp_path, order)[1][1]


def test_what_was_raised_before_the_approval_explains_nothing(tmp_path: Path) -> None:
    campaign, order = a_single_draw()
    papers = campaign.papers(NOON + 2 * HOUR, order)
    log_more(papers, "apply", "apply", state_to=1, version=2, changes=["award 1 stock: 5 → 10"])
    for each in papers["log"]["entries"][2:]:
        each["version"] = 2
    papers["activity"]["version"] = 2
    draw(papers)["proof"]["version"] = 2
    rechained(papers)

    status, said = verified(papers, tmp_path)

    assert status == 1
    assert said[1].endswith("WRONG, award 1 was excluded as sold out, and 10 of 10 units are left")


def test_a_change_that_an_entry_had_no_room_for_may_be_the_award_s(tmp_path: Path) -> None:
    campaign, order = a_single_draw()
    papers = campaign.papers(NOON + 2 * HOUR, order)
    relog(papers, "close", changes=["and 3 more"])

    assert verified(papers, tmp_path)[0] == 0


def test_a_unit_that_came_back_explains_what_is_left(tmp_path: Path) -> None:
    campaign, order = a_single_draw(left=9)
    won = campaign.draw("another", campaign.stage.key_that_wins("1") + "-", NOON)
    assert isinstance(won, Order)

    assert said_of(campaign, tmp_path, order, replace(won, grant_state=GrantState.VOID))[0] == 0


@pytest.mark.parametrize(("void", "status"), [(True, 0), (False, 1)])
def test_a_unit_that_came_back_from_a_draw_that_nobody_shows_explains_what_is_left(
    tmp_path: Path, void: bool, status: int
) -> None:
    campaign, order = a_single_draw(left=9)
    won = campaign.draw("another", campaign.stage.key_that_wins("1") + "-", NOON)
    assert isinstance(won, Order)
    if void:
        campaign.void(won, NOON + HOUR)

    assert said_of(campaign, tmp_path, order)[0] == status


def test_a_unit_of_another_award_explains_nothing(tmp_path: Path) -> None:
    campaign, order = a_single_draw()
    papers = campaign.papers(NOON + 2 * HOUR, order)
    relog(papers, "close", changes=["award 11 stock: 1 returned", "award 2 stock: 1 returned"])

    assert "10 of 10 units are left" in verified(papers, tmp_path)[1][1]


def test_a_draw_that_is_void_by_now_accuses_nobody_whose_answer_was_saved_before(tmp_path: Path) -> None:
    campaign = PublicCampaign.of(an_activity(a_share("1", stock=10)))
    won = campaign.draw("xiaofuge", "key", NOON)
    assert isinstance(won, Order)
    void = campaign.void(won, NOON + HOUR)

    assert said_of(campaign, tmp_path, won)[0] == 0
    assert verified(papers_of(campaign, [void]), tmp_path)[0] == 0


def test_a_unit_may_come_back_after_the_reveal(tmp_path: Path) -> None:
    campaign = PublicCampaign.of(an_activity(a_share("1", stock=10)))
    won = campaign.draw("xiaofuge", "key", NOON)
    assert isinstance(won, Order)
    campaign.papers(NOON + HOUR)

    void = campaign.void(won, NOON + 2 * HOUR)

    assert [entry.what for entry in campaign.entries][-2:] == ["reveal", "return"]
    assert verified(papers_of(campaign, [void]), tmp_path)[0] == 0


def test_more_units_won_than_gone_and_returned_are_a_lie(tmp_path: Path) -> None:
    campaign = PublicCampaign.of(an_activity(a_share("1", stock=10)))
    won = [order for key in ("one", "two") if isinstance(order := campaign.draw("xiaofuge", key, NOON), Order)]
    campaign.void(won[0], NOON + HOUR)
    campaign.stage.ledger.left["100001", "1", 0] += 1

    status, said = said_of(campaign, tmp_path, *won)

    assert status == 1
    assert "1 units of award 1 are in these draws, and only 0 are gone" in said


def test_a_draw_that_is_void_still_counts_for_its_user_and_for_the_cap(tmp_path: Path) -> None:
    activity = an_activity(a_share("1", stock=10), quotas=Quotas(activity=2), cap=Cap(limit=2, shards=1))
    campaign = PublicCampaign.of(activity)
    won = [order for key in ("one", "two") if isinstance(order := campaign.draw("xiaofuge", key, NOON), Order)]
    void = [campaign.void(order, NOON + HOUR) for order in won]
    papers = campaign.papers(NOON + 2 * HOUR, *void)
    assert verified(papers, tmp_path)[0] == 0

    papers["activity"]["quotas"]["activity"] = 1
    papers["activity"]["cap"]["left"] = 1

    said = verified(papers, tmp_path)[1]
    assert "xiaofuge has drawn 2 times, and 1 are the most" in said
    assert "2 units of the cap are in these draws, and only 1 are gone" in said


@pytest.mark.parametrize(("seconds", "status"), [(120, 0), (121, 1)])
def test_an_award_that_somebody_wins_long_after_it_was_sold_out_was_not(
    tmp_path: Path, seconds: int, status: int
) -> None:
    campaign, order = a_single_draw(left=1)
    won = campaign.draw("another", "key", NOON + seconds * SECOND)
    assert isinstance(won, Order)

    done, said = said_of(campaign, tmp_path, order, won)

    assert done == status
    assert any("award 1 was excluded as sold out, and won after that" in line for line in said) is bool(status)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (10, "1 units of award 1 are in these draws, and only 0 are gone"),
        (11, "11 units of award 1 cannot be left of 10"),
        (-1, "-1 units of award 1 cannot be left of 10"),
    ],
)
def test_units_that_are_won_are_gone(tmp_path: Path, left: int, words: str) -> None:
    campaign = PublicCampaign.of(an_activity(a_share("1", stock=10)))
    won = campaign.draw("xiaofuge", "key", NOON)
    assert isinstance(won, Order)
    campaign.stage.ledger.left["100001", "1", 0] = left

    status, said = said_of(campaign, tmp_path, won)

    assert status == 1
    assert words in said


def test_in_total_mode_a_lock_is_no_reason_to_draw_anew(tmp_path: Path) -> None:
    shares = a_share("1", stock=None, weight=1), a_share("2", stock=5, weight=1, unlock_after=3)
    campaign = PublicCampaign.of(an_activity(*shares))
    order = campaign.draw("xiaofuge", "key", NOON)
    assert isinstance(order, Order)
    papers = campaign.papers(NOON + HOUR, order)
    assert verified(papers, tmp_path)[0] == 0

    draw(papers)["proof"]["attempt"] = 1

    assert "drawn anew without another exclusion" in verified(papers, tmp_path)[1][1]


@pytest.mark.parametrize(("drawn", "status"), [(HOUR, 0), (-HOUR, 1)], ids=["after", "before"])
def test_an_end_that_was_moved_is_the_end_from_then_on(tmp_path: Path, drawn: timedelta, status: int) -> None:
    campaign = PublicCampaign.of(an_activity(end=NOON - HOUR, begin=NOON - DAY), opened=NOON - 3 * HOUR)
    campaign.apply(NOON, end=NOON + DAY)
    order = campaign.draw("xiaofuge", "key", NOON + HOUR)
    assert isinstance(order, Order)

    papers = campaign.papers(
        NOON + 2 * HOUR, replace(order, drawn_at=NOON + drawn / 2, proof=replace(order.proof, version=1))
    )

    assert verified(papers, tmp_path)[0] == status


# ---- What cannot be told


def test_without_the_seed_nothing_can_be_told(papers: Papers, tmp_path: Path) -> None:
    papers["activity"]["seed"] = None
    papers["log"]["entries"].pop()

    status, said = verified(papers, tmp_path)

    assert status == 2
    assert "the activity is not revealed yet" in said


def test_a_log_that_does_not_reach_the_reveal_clears_and_accuses_nobody(papers: Papers, tmp_path: Path) -> None:
    papers["log"].update(entries=papers["log"]["entries"][:4], next=4)

    status, said = verified(papers, tmp_path)

    assert status == 2
    assert "the log does not reach the reveal: give all its pages" in said
    assert said[-1] == "0 of 2 draws are what the seed makes them"


def test_pages_of_a_log_may_come_in_any_order_and_twice(papers: Papers, tmp_path: Path) -> None:
    entries = papers["log"]["entries"]
    first, last = {"entries": entries[:2], "next": 2}, {"entries": entries[2:], "next": None}
    pages = {"activity": papers["activity"], "log": last, "first": first, "again": last, "draws": papers["draws"]}

    assert verified(pages, tmp_path)[0] == 0


def test_an_approval_that_a_page_not_given_may_hold_is_not_missed(papers: Papers, tmp_path: Path) -> None:
    entries = papers["log"]["entries"]
    approved = next(place for place, entry in enumerate(entries) if entry["what"] == "approve")

    papers["log"].update(entries=entries[:approved], next=approved)
    assert verified(papers, tmp_path)[0] == 2
    papers["log"].update(next=None)
    assert "commitment and odds are not those of the approval" in verified(papers, tmp_path)[1]


def test_without_a_draw_of_the_activity_nothing_can_be_told(papers: Papers, tmp_path: Path) -> None:
    papers["draws"]["draws"] = papers["draws"]["draws"][2:]

    assert verified(papers, tmp_path)[0] == 2


def test_a_page_that_is_not_the_last_is_told(papers: Papers, tmp_path: Path) -> None:
    papers["draws"]["next"] = "1-1"

    assert any("if you have not given all pages" in line for line in verified(papers, tmp_path)[1])


def test_what_is_no_answer_of_the_api_is_no_traceback(tmp_path: Path) -> None:
    assert verified({"activity": {"status": 404}, "log": {}, "draws": {}}, tmp_path)[0] == 2


def test_a_change_without_its_two_values_is_no_traceback_and_accuses_nobody(tmp_path: Path) -> None:
    campaign, order = a_single_draw()
    papers = campaign.papers(NOON + 2 * HOUR, order)
    relog(papers, "close", changes=["award 1 stock: 5"])

    assert verified(papers, tmp_path)[0] == 2
