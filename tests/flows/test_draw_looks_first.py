"""The draw of a user who was refused or repeated himself a moment ago: it looks first, and tries only then.

Every transaction holds the stock and the cap it names, also one that is cancelled: a refusal must not cost the others.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from builders import NOON, SECOND, a_request, a_share, an_activity
from fakes import Patience
from stage import Stage, WatchedLedger
from tombola.rules.activity import Cap
from tombola.rules.order import Order, Outcome
from tombola.rules.problem import BusyError, OwnItemsBusyError
from tombola.rules.quota import TAKEN, Count, Quotas
from tombola.rules.verdict import Drawn, Verdict

DAY = timedelta(days=1)
LOOK = "order and counters"
ONCE: dict[str, Quotas] = {
    "the activity": Quotas(activity=1),
    "the month": Quotas(month=1, activity=5),
    "the day": Quotas(day=1, month=5),
    "each": Quotas(activity=1, month=1, day=1),
}


def a_stage(quotas: Quotas, ledger: WatchedLedger | None = None) -> Stage:
    """Return a stage with everything that a transaction can hold."""
    activity = an_activity(a_share(stock=9, shards=4), quotas=quotas, cap=Cap(limit=9, shards=4), end=NOON + 40 * DAY)
    return Stage(activity, ledger=ledger or WatchedLedger())


@pytest.mark.parametrize("case", ONCE)
def test_a_refused_user_s_next_draw_is_refused_with_the_same_words_and_without_a_transaction(case: str) -> None:
    stage = a_stage(ONCE[case])
    stage.drawn(a_request())
    first = stage.refused(a_request("second"))
    stage.ledger.asked.clear()

    assert stage.refused(a_request("third")) == first
    assert stage.refused(a_request("second")) == first
    assert stage.ledger.asked == [LOOK] * 2


def test_a_user_who_was_not_refused_tries_without_a_look() -> None:
    stage = a_stage(Quotas(activity=1))
    stage.drawn(a_request())
    stage.refused(a_request("second"))
    stage.ledger.asked.clear()

    stage.drawn(a_request(user_id="fustack"))

    assert not {"counters", LOOK} & {asked for asked in stage.ledger.asked if isinstance(asked, str)}


RENEWED: dict[str, tuple[Quotas, datetime, Callable[[Stage], None]]] = {
    "at midnight": (Quotas(day=1), datetime(2026, 11, 24, tzinfo=UTC), lambda _: None),
    "with the month": (Quotas(month=1), datetime(2026, 12, 1, tzinfo=UTC), lambda _: None),
    "by a raised limit": (Quotas(activity=1), NOON, lambda stage: allow(stage, Quotas(activity=2))),
    "by a limit taken away": (Quotas(day=1), NOON, lambda stage: allow(stage, Quotas())),
}


def allow(stage: Stage, quotas: Quotas) -> None:
    stage.ledger.activities["100001"] = replace(stage.activity, quotas=quotas)


@pytest.mark.parametrize("case", RENEWED)
def test_a_hint_refuses_nobody_whose_quota_is_there_again(case: str) -> None:
    quotas, then, renew = RENEWED[case]
    stage = a_stage(quotas)
    before = then - SECOND
    stage.drawn(a_request(), before)
    stage.refused(a_request("second"), before)
    renew(stage)
    stage.ledger.asked.clear()

    assert stage.drawn(a_request("second"), then).outcome is Outcome.WON
    assert stage.ledger.asked[:2] == [LOOK, "record"]


@pytest.mark.parametrize("draws", [1, 5], ids=["his quota is used up", "he may draw again"])
def test_a_repeat_gets_its_recorded_answer_and_from_the_second_on_without_a_transaction(draws: int) -> None:
    stage = a_stage(Quotas(activity=draws))
    first = stage.drawn(a_request())
    repeat = Drawn(first, repeat=True)
    assert stage.draw(a_request()) == repeat
    stage.ledger.asked.clear()

    assert [stage.draw(a_request()) for _ in range(3)] == [repeat] * 3
    assert stage.refused(a_request(request_hash="another")).code == "0003"
    assert stage.ledger.asked == [LOOK] * 4


def test_who_repeated_himself_draws_anew_as_ever() -> None:
    stage = a_stage(Quotas(activity=2))
    stage.drawn(a_request())
    stage.draw(a_request())

    assert stage.drawn(a_request("second")).outcome is Outcome.WON
    assert stage.ledger.counters("xiaofuge", "100001") == {TAKEN: 2}


@pytest.mark.parametrize("draws", [1, 2], ids=["it took the last draw", "there is another"])
def test_a_twin_that_commits_before_the_look_at_the_order_is_found(draws: int) -> None:
    twin = a_stage(Quotas(activity=9)).drawn(a_request())
    stage = a_stage(Quotas(activity=draws))
    stage.ledger.put(twin)
    stage.ledger.counted["xiaofuge", "100001"] = {TAKEN: 1}
    stage.activities.looking.add("xiaofuge")

    assert stage.draw(a_request()) == Drawn(twin, repeat=True)
    assert stage.ledger.asked == [LOOK]


class Applied(WatchedLedger):
    """A table that applies a transaction item by item: the user's counter can be read already, the order not yet.

    Only a read of both together waits for the end of it.
    """

    twin: Order
    pauses = 2  # so often such a read meets the transaction

    def order(self, user_id: str, order_id: int) -> Order | None:
        return super().order(user_id, order_id) if self.pauses == 0 else None

    def order_and_counters(self, user_id: str, order_id: int, activity_id: str) -> tuple[Order | None, dict[str, int]]:
        if self.pauses:
            self.asked.append("busy")
            self.pauses -= 1
            raise BusyError
        return super().order_and_counters(user_id, order_id, activity_id)


@pytest.mark.parametrize("hinted", [True, False], ids=["by a hint", "by an award that is locked"])
def test_a_repeat_is_not_refused_for_the_draw_that_it_repeats_while_that_is_applied(*, hinted: bool) -> None:
    shares = (a_share("1", unlock_after=0 if hinted else 1), a_share("2"))
    activity = an_activity(*shares, quotas=Quotas(activity=1))
    first = Stage(activity).drawn(a_request())
    stage = Stage(activity, ledger=Applied())
    stage.ledger.put(first)
    stage.ledger.counted["xiaofuge", "100001"] = {TAKEN: 1}
    if hinted:
        stage.activities.looking.add("xiaofuge")

    assert stage.draw(a_request()) == Drawn(first, repeat=True)
    assert stage.ledger.asked == [*([] if hinted else ["counters"]), "busy", "busy", LOOK]


def test_who_is_refused_by_counters_and_may_draw_again_when_they_are_read_with_the_order_draws() -> None:
    class Renewed(WatchedLedger):
        """The counters are another time's when they are read alone."""

        def counters(self, user_id: str, activity_id: str) -> dict[str, int]:
            super().counters(user_id, activity_id)
            return {TAKEN: 9}

    stage = Stage(an_activity(a_share("1", unlock_after=1), a_share("2"), quotas=Quotas(activity=9)), ledger=Renewed())

    order = stage.drawn(a_request())

    assert (order.proof.taken, order.proof.excluded) == (0, ("1",))
    assert stage.ledger.asked == ["counters", LOOK, "record"]


def test_a_look_that_is_busy_is_tried_again_like_a_transaction() -> None:
    class Busy(WatchedLedger):
        """Each read is busy when it is asked for the first time."""

        def counters(self, user_id: str, activity_id: str) -> dict[str, int]:
            counters = super().counters(user_id, activity_id)
            if self.asked.count("counters") == 1:
                raise BusyError
            return counters

        def order_and_counters(
            self, user_id: str, order_id: int, activity_id: str
        ) -> tuple[Order | None, dict[str, int]]:
            found = super().order_and_counters(user_id, order_id, activity_id)
            if self.asked.count(LOOK) == 1:
                raise BusyError
            return found

    looking, locked = Stage(ledger=Busy()), Stage(an_activity(a_share(), a_share("1", unlock_after=1)), ledger=Busy())
    looking.activities.looking.add("xiaofuge")

    assert looking.drawn(a_request()).outcome is locked.drawn(a_request()).outcome is Outcome.WON
    assert looking.ledger.asked == [LOOK] * 2 + ["record"]
    assert locked.ledger.asked == ["counters"] * 2 + ["record"]


def test_who_meets_another_draw_of_his_own_looks_before_he_tries_again_and_who_meets_others_tries() -> None:
    class Meets(WatchedLedger):
        """The first try meets what holds the user's quota, the second what holds the stock."""

        def record(self, order: Order, count: Count) -> Verdict:
            tries = self.asked.count("record")
            if tries == 2:
                return super().record(order, count)
            self.asked.append("record")
            raise BusyError if tries else OwnItemsBusyError

    stage = Stage(ledger=Meets())

    assert stage.drawn(a_request()).outcome is Outcome.WON
    assert stage.ledger.asked == ["record", LOOK, "record", "record"]


def test_who_meets_a_draw_of_his_own_that_unlocks_an_award_is_decided_by_the_new_count_at_once() -> None:
    class Meets(WatchedLedger):
        """The first try meets another draw of the user's, which is counted soon after."""

        def record(self, order: Order, count: Count) -> Verdict:
            if "record" in self.asked:
                return super().record(order, count)
            self.asked.append("record")
            self.counted[order.user_id, order.activity_id] = {TAKEN: 1}
            raise OwnItemsBusyError

    stage = Stage(an_activity(a_share("1", unlock_after=1)), ledger=Meets())

    order = stage.drawn(a_request())

    assert (order.outcome, order.proof.taken, order.proof.excluded) == (Outcome.WON, 1, ())
    assert stage.ledger.asked == ["counters", "record", LOOK, "record"]


@pytest.mark.parametrize("looks", [0, 1, 2])
def test_a_draw_that_looks_first_keeps_time_for_each_of_its_calls(looks: int) -> None:
    stage = Stage(patience=Patience(looks=looks))
    stage.activities.looking.add("xiaofuge")

    with pytest.raises(BusyError):
        stage.draw(a_request())
    assert stage.ledger.asked == [LOOK] * (looks >= 2)


def test_an_activity_with_locks_reads_the_counters_once_and_refuses_by_them_and_the_order_at_once() -> None:
    stage = Stage(an_activity(a_share("1", unlock_after=1), a_share("2"), quotas=Quotas(activity=2)))
    stage.drawn(a_request())
    stage.draw(a_request())
    stage.ledger.asked.clear()

    order = stage.drawn(a_request("second"))
    assert (order.proof.taken, stage.ledger.asked) == (1, [LOOK, "record"])

    stage.activities.looking.clear()
    stage.ledger.asked.clear()
    assert stage.refused(a_request("third")).code == "0004"
    assert stage.ledger.asked == ["counters", LOOK]
