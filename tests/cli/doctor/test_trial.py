"""The doctor's own draw: what it says when something is in its way, and that it always closes its activity."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from builders import SEED
from tombola.rules.activity import Activity
from tombola.rules.activity_states import Action, ActivityState, move
from tombola.rules.problem import BusyError
from tombola_cli.doctor import trial
from tombola_cli.doctor.finding import Line, Verdict
from tombola_cli.doctor.trial import Trial
from tombola_cli.errors import TombolaError
from tombola_cli.operate import activity_moves
from tombola_cli.operate.api import Reply
from tombola_cli.operate.stack import Place, Stack

RIGHT, WRONG, ONLY_YOU = Verdict
NAMES = {field.name for field in fields(Stack)} - {field.name for field in fields(Place)}
ORDER = {"order_id": "7", "outcome": "won", "grant_state": 1}
WON = Reply(201, ORDER)
AGAIN = Reply(200, ORDER)
SHOWN = Reply(200, ORDER)
CLOSED = Reply(409, {"code": "0001", "detail": "not open"})


@dataclass
class World:
    """A ledger of one activity, an API that says what it is told to, and a clock that only sleeping moves."""

    activity: Activity | None = None
    drawn: list[Reply] = field(default_factory=lambda: [WON, AGAIN])
    shown: list[Reply] = field(default_factory=lambda: [SHOWN])
    taken: list[str] = field(default_factory=list)
    fails: dict[str, BaseException] = field(default_factory=dict)
    now: float = 0.0

    def plan(self, *_: object) -> Any:
        return SimpleNamespace(found=self.activity)

    def apply(self, wanted: Activity, *_: object) -> None:
        self._may_fail("apply")
        self.activity = replace(wanted, since=wanted.begin)

    def found(self, *_: object) -> Activity:
        assert self.activity is not None
        return self.activity

    def take(self, action: Action, *_: object) -> None:
        self._may_fail(action)
        activity = self.found()
        self.taken.append(action)
        self.activity = replace(activity, state=move(activity.state, action).state_to)

    def draw(self, *_: object) -> Reply:
        self._may_fail("draw")
        return self.drawn.pop(0) if len(self.drawn) > 1 else self.drawn[0]

    def order(self, *_: object) -> Reply:
        return self.shown.pop(0) if len(self.shown) > 1 else self.shown[0]

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def _may_fail(self, what: str) -> None:
        if what in self.fails:
            raise self.fails[what]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Line]]:
    """Run the trial in a world; return its lines by their checks."""

    def lines(world: World, authorization: str = "iam") -> dict[str, Line]:
        for name in ("plan", "apply"):
            monkeypatch.setattr(trial, name, getattr(world, name))
        for name in ("found", "take"):
            monkeypatch.setattr(activity_moves, name, getattr(world, name))
        monkeypatch.setattr(trial, "Api", lambda *_, **__: world)
        monkeypatch.setattr(Stack, "now", lambda _: None)
        stack = Stack(**dict.fromkeys(NAMES, "nothing"), region=None)
        found = Trial(stack, clock=lambda: world.now, sleep=world.sleep).lines("key", authorization)
        return {line.check: line for line in found}

    return lines


Run = Callable[..., dict[str, Line]]
ALL = ["draw", "grant", "repeat", "trial closed"]


def verdicts(lines: dict[str, Line]) -> dict[str, Verdict]:
    return {check: line.finding.verdict for check, line in lines.items()}


def test_a_first_run_brings_the_activity_all_the_way_and_closes_it(run: Run) -> None:
    world = World()

    assert verdicts(run(world)) == dict.fromkeys(ALL, RIGHT)
    assert world.taken == ["submit", "approve", "start", "close"]


@pytest.mark.parametrize(
    ("state", "taken"),
    [
        (ActivityState.CLOSE, ["open", "start", "close"]),
        (ActivityState.DOING, ["close"]),
        (ActivityState.OPEN, ["start", "close"]),
        (ActivityState.REFUSE, ["withdraw", "submit", "approve", "start", "close"]),
    ],
)
def test_a_later_run_takes_the_activity_as_it_is(run: Run, state: ActivityState, taken: list[str]) -> None:
    world = World(activity=replace(trial.activity(), state=state))

    assert verdicts(run(world)) == dict.fromkeys(ALL, RIGHT)
    assert world.taken == taken


def test_somebody_else_s_activity_of_that_name_is_left_alone(run: Run) -> None:
    world = World(activity=replace(trial.activity(), activity_name="a campaign"))

    found = run(world)

    assert (verdicts(found), world.taken) == ({"draw": WRONG}, [])
    assert "somebody else's" in found["draw"].finding.seen


def test_a_seed_that_was_revealed_ends_the_trials_of_a_stack(run: Run) -> None:
    world = World(activity=replace(trial.activity(), state=ActivityState.CLOSE, seed=SEED))

    assert (verdicts(run(world)), world.taken) == ({"draw": ONLY_YOU}, [])


def test_an_activity_that_does_not_open_is_told_in_bounded_time(run: Run) -> None:
    world = World(fails={"approve": TombolaError("somebody was faster")})

    found = run(world)

    assert verdicts(found) == {"draw": WRONG}
    assert "does not open: it is in state ARRAIGNMENT" in found["draw"].finding.seen


def test_with_tokens_nothing_is_drawn_and_nothing_is_written(run: Run) -> None:
    world = World()

    assert (verdicts(run(world, "jwt")), world.activity) == ({"draw": ONLY_YOU}, None)


def denied() -> ClientError:
    words = "User: me is not authorized to perform: dynamodb:PutItem on resource: table"
    return ClientError({"Error": {"Code": "AccessDeniedException", "Message": words}}, "TransactWriteItems")


@pytest.mark.parametrize(
    ("error", "verdict", "told"),
    [
        (denied(), ONLY_YOU, "needs dynamodb:PutItem"),
        (
            ClientError({"Error": {"Code": "KMSInvalidStateException", "Message": "pending"}}, "Encrypt"),
            WRONG,
            "pending",
        ),
        (BusyError("throttled"), WRONG, "throttled"),
    ],
)
def test_an_activity_that_cannot_be_written_is_told(run: Run, error: Exception, verdict: Verdict, told: str) -> None:
    found = run(World(fails={"apply": error}))

    assert verdicts(found) == {"draw": verdict}
    assert told in found["draw"].finding.seen + found["draw"].finding.todo


@pytest.mark.parametrize(
    ("reply", "verdict", "told"),
    [
        (Reply(403, {"message": "Forbidden"}), ONLY_YOU, "needs execute-api:Invoke"),
        (Reply(404, {"detail": "no such activity"}), WRONG, "answered 404: no such activity"),
        (Reply(201, {**ORDER, "outcome": "lost"}), WRONG, "answered 201"),
        (CLOSED, WRONG, "answered 409 0001: not open"),
    ],
)
def test_a_draw_that_is_not_won_is_told_and_the_activity_closed(
    run: Run, reply: Reply, verdict: Verdict, told: str
) -> None:
    world = World(drawn=[reply])

    found = run(world)

    assert verdicts(found) == {"draw": verdict, "trial closed": RIGHT}
    assert told in found["draw"].finding.seen + found["draw"].finding.todo
    assert world.taken[-1] == "close"


def test_an_api_that_does_not_answer_is_wrong_and_the_activity_closed(run: Run) -> None:
    world = World(fails={"draw": TombolaError("was not answered in 60 s")})

    assert verdicts(run(world)) == {"draw": WRONG, "trial closed": RIGHT}


def test_whatever_ends_the_run_the_activity_is_closed(run: Run) -> None:
    world = World(fails={"draw": KeyboardInterrupt()})

    with pytest.raises(KeyboardInterrupt):
        run(world)
    assert world.taken[-1] == "close"


def test_a_function_that_remembers_the_activity_closed_is_asked_until_it_forgets(run: Run) -> None:
    world = World(drawn=[CLOSED, CLOSED, WON, AGAIN])

    assert verdicts(run(world)) == dict.fromkeys(ALL, RIGHT)
    assert world.now > 0


@pytest.mark.parametrize("again", [Reply(200, {**ORDER, "order_id": "8"}), Reply(201, ORDER), Reply(422, {})])
def test_a_repeat_that_is_another_draw_is_wrong(run: Run, again: Reply) -> None:
    world = World(drawn=[WON, again])

    assert verdicts(run(world)) == {"draw": RIGHT, "repeat": WRONG, "grant": RIGHT, "trial closed": RIGHT}


def test_a_prize_that_is_not_granted_within_a_minute_is_wrong(run: Run) -> None:
    world = World(shown=[Reply(200, {**ORDER, "grant_state": 0})])

    found = run(world)

    assert verdicts(found) == {"draw": RIGHT, "repeat": RIGHT, "grant": WRONG, "trial closed": RIGHT}
    assert 60 <= world.now < 61


def test_the_time_to_the_grant_is_told(run: Run) -> None:
    waiting = Reply(200, {**ORDER, "grant_state": 0})

    assert run(World(shown=[waiting, waiting, SHOWN]))["grant"].finding.milliseconds == 400


def test_an_activity_that_stays_open_is_wrong(run: Run) -> None:
    found = run(World(fails={"close": TombolaError("changed meanwhile")}))

    assert found["trial closed"].finding.verdict is WRONG
