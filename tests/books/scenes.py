"""The scenes of a campaign that is recorded, from August until a moment in November."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from books.playing import KilledError, Play
from books.recording import SAFE
from books.staged import (
    ACTIVITIES,
    APPROVED,
    AT_A_TIME,
    BY_HAND,
    CLOSED,
    COUNTED,
    EDITED,
    KINDS,
    OPENED,
    POOL,
    REFUSED,
    REVEALED,
    REVEALED_POOL,
    SUBMITTED,
    a_prize,
    a_tree,
)
from builders import an_act
from tombola.aws.activity_items import tree_item
from tombola.aws.items import text
from tombola.rules.activity import Cap
from tombola.rules.activity_life import LAST_DRAW, revealed
from tombola.rules.activity_states import Action
from tombola.rules.award_type import TOMBOLAS
from tombola.rules.quota import Quotas
from tombola.rules.remedy import CLAIMS_TRUSTED

MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HOURS_MAX = 12  # until an order that nothing helps is parked
KIND_DRAWS_MAX = 9  # until each type of award is won
LANES_BEFORE = 16  # that a version before the first recorded one had
SECONDS_TO_MARK, SECONDS_TO_SEND = 4.0, 1.0  # too few of them are left
ADULT, MINOR = {"age": 30, "groups": ["gold", "staff"]}, {"age": 12.5, "vip": True}


def october(this: Play) -> None:
    """Play two activities that will be revealed, and draws that later ones are counted with."""
    this.cloud.now = ACTIVITIES[COUNTED].begin - DAY
    this.launch(COUNTED)
    this.cloud.compensate(DAY)
    this.client.again(this.draw(COUNTED, "xiaofuge"))
    this.at(ACTIVITIES[REVEALED].begin - DAY)
    this.launch(REVEALED, REVEALED_POOL)
    this.cloud.compensate(DAY)
    for user_id in ("xiaofuge", "小傅哥"):
        for _ in range(3):
            this.cloud.now += HOUR
            this.draw(REVEALED_POOL, user_id)
        for _ in range(3):
            this.draw(REVEALED, user_id)
        this.deliver()
    this.draw(REVEALED_POOL, "xiaofuge")  # beyond the quota
    this.apply(replace(ACTIVITIES[REVEALED], cap=Cap(limit=32, shards=2), quotas=Quotas(month=6, day=3)))
    this.at(this.cloud.now + 20 * DAY)
    this.draw(COUNTED, "xiaofuge")
    this.draw(COUNTED, "xiaofuge")
    this.deliver()


def november(this: Play) -> None:
    """Bring all other activities into their states, and reveal the two that have ended."""
    this.at(ACTIVITIES[POOL].begin - HOUR)
    this.cloud.ledger.put_item(tree_item(a_tree()))
    this.launch(POOL, BY_HAND, AT_A_TIME, KINDS, APPROVED, CLOSED, OPENED)
    for activity_id in (EDITED, SUBMITTED, REFUSED):
        this.apply(ACTIVITIES[activity_id])
        this.move(activity_id, Action.SUBMIT)
    this.move(EDITED, Action.WITHDRAW)
    this.move(REFUSED, Action.REFUSE)
    this.cloud.compensate(HOUR)
    this.deliver()
    this.at(this.cloud.now + LAST_DRAW)
    for activity_id in (REVEALED, REVEALED_POOL):
        closed = this.activity(activity_id)
        context = {"activity_id": activity_id}
        seed = SAFE.decrypt(CiphertextBlob=closed.sealed_seed, EncryptionContext=context)["Plaintext"]
        assert this.cloud.ledger.write(closed, *revealed(closed, seed, "ops", "it is over", this.cloud.now))


def parked(this: Play) -> None:
    """Park orders whose grants fail or never end, or are for nobody here to make; let the same go well once more."""
    this.at(MOMENT - 3 * DAY)
    for error in (RuntimeError("no"), KilledError()):
        drawn = this.draw(POOL, "unlucky")
        with this.grants_end_in(error):
            for _ in range(HOURS_MAX):
                this.deliver()
                this.cloud.compensate(HOUR)
                if this.order(drawn).parked_because:
                    break
        assert this.order(drawn).parked_because
    for user_id, error in (("second try", RuntimeError("no")), ("second begin", KilledError())):
        drawn = this.draw(POOL, user_id)
        for _ in range(CLAIMS_TRUSTED):
            this.lose()
            this.cloud.compensate(HOUR)
        with this.grants_end_in(error):
            this.deliver()
        this.cloud.compensate(HOUR)
        this.deliver()
        assert this.order(drawn).granted_at
    won: set[int] = set()
    for _ in range(KIND_DRAWS_MAX):
        won.add(this.draw(KINDS, "collector").answer["award"]["award_type"])
        if len(won) == len(TOMBOLAS):
            break
    this.deliver()


def counted(this: Play) -> None:
    """Draw on two days, one user as often as a month allows."""
    for days in (5, 4):
        this.at(MOMENT - days * DAY)
        for _ in range(2):
            this.draw(COUNTED, "often")
    this.draw(COUNTED, "xiaofuge")
    this.deliver()


def drawn(this: Play) -> None:
    """Sell an award out and raise its stock; let adults draw by hand, and a minor wait for December."""
    this.at(MOMENT - DAY - HOUR)
    for count in range(6):
        this.draw(POOL, ("xiaofuge", "小傅哥", "today")[count % 3])
    this.deliver()
    more = (a_prize("1", 500_000, 1), a_prize("2", 300_000, 4), a_prize("3", 200_000, 40, shards=2))
    this.apply(replace(ACTIVITIES[POOL], shares=more))
    for _ in range(2):
        this.draw(POOL, "小傅哥")
    by_hand = this.draw_by_tree("xiaofuge", ADULT)
    for user_id in ("xiaofuge", "today", "today", "today", "xiaofuge", "xiaofuge"):
        this.draw_by_tree(user_id, ADULT)
    this.draw_by_tree("小傅哥", MINOR)
    this.draw(AT_A_TIME, "小傅哥")
    this.deliver()
    assert this.cloud.ledger.release(this.order(by_hand), an_act(at=this.cloud.now))
    this.cloud.compensate(MINUTE)
    this.deliver()


def claimed(this: Play) -> None:
    """Lose messages, so that compensation claims; end no grant that was begun; let two items be set aside."""
    this.at(MOMENT - 16 * HOUR)
    this.draw(POOL, "begun")
    for _ in range(3):
        this.lose()
        this.cloud.compensate(HOUR)
    this.lose()
    this.cloud.compensate(HOUR)
    with this.grants_end_in(KilledError()):
        this.deliver()
    this.at(MOMENT - 2 * HOUR)
    lost = [this.draw(POOL, user_id) for user_id in ("damaged", "mended", "long ago", "claimed")]
    this.lose()
    this.draw_with_no_queue("claimed")
    this.draw_and_run_out_of_time("claimed", SECONDS_TO_SEND, "dynamodb.TransactWriteItems")
    damaged, mended, long_ago = (this.order(each) for each in lost[:3])
    for order in (damaged, mended):
        this.change(order, "REMOVE request_hash")
    this.change(long_ago, "SET lane = :lane", lane=text(str(long_ago.order_id % LANES_BEFORE)))
    this.cloud.compensate(HOUR / 2)
    this.lose()
    this.change(mended, "SET request_hash = :hash", hash=text(mended.request_hash))


def waiting(this: Play) -> None:
    """Leave under way whatever can be: nothing is repaired from here on."""
    this.at(MOMENT - HOUR / 2)  # another day by the activity's clocks
    for user_id in ("xiaofuge", "today"):
        for _ in range(2):
            this.draw(COUNTED, user_id)
    assert this.cloud.ledger.release(this.order(this.draw_by_tree("today", ADULT)), an_act(at=this.cloud.now))
    this.deliver()
    this.at(MOMENT - HOUR / 3)
    this.draw(POOL, "failed")
    with this.grants_end_in(RuntimeError("no")):
        this.deliver()
    this.draw_with_no_queue("queue gone")
    this.draw_and_run_out_of_time("not sent", SECONDS_TO_SEND, "dynamodb.TransactWriteItems")
    this.draw_and_run_out_of_time("not marked", SECONDS_TO_MARK, "sqs.SendMessageBatch")
    this.draw(POOL, "sent")
    for _ in range(3):
        this.draw(KINDS, "hoarder")
    old = this.order(this.draw(POOL, "long ago"))
    this.change(old, "SET lane = :lane", lane=text(str(old.order_id % LANES_BEFORE)))
    for activity_id in (CLOSED, OPENED):
        this.draw(activity_id, "xiaofuge")
        this.move(activity_id, Action.CLOSE)
    this.move(OPENED, Action.OPEN)


SCENES: tuple[Callable[[Play], None], ...] = (october, november, counted, parked, drawn, claimed, waiting)
