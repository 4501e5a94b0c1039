"""A trial draw and its grant, on an activity of the doctor's own: it shows faults that no setting shows."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tombola.rules.activity import Activity, Award, GrantType, Share
from tombola.rules.activity_states import Action, ActivityState
from tombola.rules.award_type import AwardType
from tombola.rules.odds import WHOLE, StrategyMode
from tombola.rules.order import GrantState
from tombola.rules.problem import BusyError
from tombola.rules.quota import Quotas
from tombola_cli.doctor.asking import DENIED, unanswered
from tombola_cli.doctor.finding import Finding, Line, Verdict, only_you, right, wrong
from tombola_cli.errors import TombolaError
from tombola_cli.operate import activity_moves
from tombola_cli.operate.api import Api, Reply
from tombola_cli.operate.apply import apply, plan
from tombola_cli.operate.patience import Patience
from tombola_cli.operate.stack import Stack

# One activity a stack, used again by every run: a ledger forgets nothing, and one id a run would fill the list.
ACTIVITY_ID = "tombola-doctor"
NAME = "Trial of tombola doctor: no prize"
USER_ID = "tombola-doctor"
WHO = "tombola doctor"
# The draw function remembers an activity ten seconds: that of the run before, closed, or as it was before its start.
REMEMBERED_SECONDS = 15.0
# Less than compensation needs on AWS to look at a new order: an order granted by then went through the queue.
GRANT_SECONDS_MAX = 60.0
POLL_SECONDS = 0.2
DRAW_SECONDS_MAX = 60.0  # that a draw is asked again
# HTTP's own numbers.
DRAWN = 201
SHOWN = 200
FORBIDDEN = 403
REFUSED = 409
TOWARDS_DOING = {
    ActivityState.EDIT: Action.SUBMIT,
    ActivityState.ARRAIGNMENT: Action.APPROVE,
    ActivityState.PASS: Action.START,
    ActivityState.REFUSE: Action.WITHDRAW,
    ActivityState.CLOSE: Action.OPEN,
    ActivityState.OPEN: Action.START,
}
STEPS_MAX = 10


def activity() -> Activity:
    """Return the activity as a file would say it: everybody wins a text, which is nothing."""
    award = Award(
        award_id="1", award_type=AwardType.TEXT, award_name="trial", award_content="nothing: this was a trial"
    )
    return Activity(
        activity_id=ACTIVITY_ID,
        activity_name=NAME,
        activity_desc="opened, drawn once and closed by each run of tombola doctor",
        creator=WHO,
        begin=datetime(2026, 1, 1, tzinfo=UTC),
        end=datetime(2099, 12, 31, tzinfo=UTC),
        time_zone="UTC",
        strategy_mode=StrategyMode.TOTAL,
        grant_type=GrantType.AT_ONCE,
        grant_at=None,
        quotas=Quotas(),
        cap=None,
        blocked=(),
        shares=(Share(award=award, weight=WHOLE, stock=None),),
        fallback=None,
        state=ActivityState.EDIT,
        since=datetime(2026, 1, 1, tzinfo=UTC),
        approved=False,
        version=0,
        commitment="",
        sealed_seed=b"",
    )


@dataclass(frozen=True)
class Trial:
    """clock is in seconds, from whenever."""

    stack: Stack
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def lines(self, key: str, authorization: str) -> Iterator[Line]:
        """Draw once under key, and yield the findings. An activity that was opened is closed in every case."""
        if authorization == "jwt":
            todo = "draw any open activity once with the token of a user of yours"
            yield Line("draw", "API", only_you("with authorization jwt only a user's token draws", todo))
            return
        opened = _told(self._open)
        if opened.verdict is not Verdict.RIGHT:
            yield Line("draw", "API", opened)
            return
        try:
            yield from self._drawn(key)
        finally:
            closed = _told(self._close)
        yield Line("trial closed", "ledger", closed)

    def _open(self) -> Finding:
        """Bring the activity to where it is drawn; compensation may be faster."""
        if (found := plan(activity(), self.stack).found) is None:
            apply(activity(), self.stack, WHO, "a trial", self.stack.now())
        elif found.activity_name != NAME:
            raise TombolaError(f"activity {ACTIVITY_ID} is somebody else's: the doctor has no other")
        elif found.seed is not None:
            todo = "draw any open activity once by hand"
            return only_you("the seed of the trial activity was revealed: it never opens again", todo)
        for _ in range(STEPS_MAX):
            state = activity_moves.found(ACTIVITY_ID, self.stack).state
            if state is ActivityState.DOING:
                return right("open")
            with suppress(TombolaError):  # somebody was faster: look again
                activity_moves.take(TOWARDS_DOING[state], ACTIVITY_ID, self.stack, WHO, "a trial", self.stack.now())
        raise TombolaError(f"activity {ACTIVITY_ID} does not open: it is in state {state.name}")

    def _drawn(self, key: str) -> Iterator[Line]:
        api = Api(self.stack, patience=Patience(seconds=DRAW_SECONDS_MAX))
        order: dict[str, Any] = {}
        drawn = _told(lambda: self._draw(api, key, order))
        yield Line("draw", "API", drawn)
        if order:
            yield Line("grant", "distribute", _told(lambda: self._grant(api, order)))
            yield Line("repeat", "API", _told(lambda: _repeat(api, key, order)))

    def _draw(self, api: Api, key: str, order: dict[str, Any]) -> Finding:
        """Draw once, and put the answer into order."""
        first = self.clock()
        while True:
            began = self.clock()
            reply = api.draw(ACTIVITY_ID, USER_ID, key)
            if not _remembers(reply) or began - first > REMEMBERED_SECONDS:
                break
            self.sleep(POLL_SECONDS)
        if reply.status == FORBIDDEN:
            return only_you("not drawn", "needs execute-api:Invoke")
        if reply.status != DRAWN or reply.body["outcome"] != "won":
            return wrong(f"answered {reply}", "see tombola logs draw")
        order.update(reply.body)
        spent = self._since(began)
        return right(f"order {order['order_id']} answered in {spent} ms", spent)

    def _grant(self, api: Api, order: Mapping[str, Any]) -> Finding:
        began = self.clock()
        while self.clock() - began < GRANT_SECONDS_MAX:
            shown = api.order(USER_ID, order["order_id"])
            if shown.status == SHOWN and shown.body["grant_state"] == GrantState.GRANTED:
                spent = self._since(began)
                return right(f"granted {spent} ms after the answer", spent)
            self.sleep(POLL_SECONDS)
        seen = f"order {order['order_id']} is not granted after {GRANT_SECONDS_MAX:.0f} s"
        return wrong(seen, "see tombola logs distribute; compensation repairs it, but the queue should have")

    def _close(self) -> Finding:
        activity_moves.take(Action.CLOSE, ACTIVITY_ID, self.stack, WHO, "a trial", self.stack.now())
        return right(f"activity {ACTIVITY_ID} is closed; its order stays: a ledger forgets nothing")

    def _since(self, began: float) -> int:
        return round((self.clock() - began) * 1000)


def _repeat(api: Api, key: str, order: Mapping[str, Any]) -> Finding:
    again = api.draw(ACTIVITY_ID, USER_ID, key)
    if (again.status, again.body.get("order_id")) != (SHOWN, order["order_id"]):
        return wrong(f"the same draw asked again was answered {again}", "draw no more, and see tombola logs draw")
    return right("the same draw asked again is the same order")


def _remembers(reply: Reply) -> bool:
    """Tell whether the draw function may still remember the activity as it was before it was opened."""
    return reply.status == REFUSED and reply.body.get("code") == "0001"


def _told(step: Callable[[], Finding]) -> Finding:
    """Return the findings of step; an error is a finding, so that the trial is always cleaned up."""
    try:
        return step()
    except ClientError as error:
        if error.response["Error"]["Code"] in DENIED:
            return unanswered(error, error.operation_name)
        return wrong(str(error), "mend that, and ask again")
    except (TombolaError, BusyError, BotoCoreError) as error:
        return wrong(str(error), "mend that, and ask again")
