"""The user commands: whom they mean, what they show before, and how they end."""

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
import typer

from builders import NOON, SECOND, a_share, an_activity, an_order
from desk import Desk, a_desk
from tombola.aws.activity_items import name_item, stock_item
from tombola.aws.items import number
from tombola.rules.act import WHO_MAX
from tombola.rules.activity_states import ActivityState
from tombola.rules.order import GrantState
from tombola_cli.commands.user_commands import forget_command
from tombola_cli.operate import forget_users
from tombola_cli.operate.remains import REMAINS

FORGET = ("user", "forget", "xiaofuge")
GIVE_UP = (*FORGET, "--give-up", "--who", "ann")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Yield a stack on which a prize waits in a closed activity."""
    monkeypatch.setattr(forget_users, "WORKERS", 1)
    with a_desk(monkeypatch) as desk:
        desk.now = NOON + timedelta(days=2)
        desk.ledger.apply(an_activity(a_share(stock=5), state=ActivityState.CLOSE, since=NOON), {})
        desk.ledger.put_item(stock_item("100001", "3", 0, 5) | {"left": number(4)})
        desk.ledger.put_item(name_item("100001"))
        desk.put(an_order(7))
        yield desk


def test_one_user_or_all_of_a_time_are_named_and_not_both(desk: Desk) -> None:
    for words in (("user", "forget"), (*FORGET, "--before", "2026-11-25")):
        done = desk.run(*words)
        assert (done.status, "name a USER_ID, or --before DATE" in done.err) == (2, True)


def test_activities_that_are_over_are_never_open(desk: Desk) -> None:
    assert desk.run("user", "forget", "--before", "2026-11-25", "--while-open").status == 2


def test_who_is_short_enough_for_the_public_log(desk: Desk) -> None:
    assert desk.run(*GIVE_UP, "--who", "a" * (WHO_MAX + 1)).status == 2


def test_nobody_is_forgotten_without_a_yes_where_nobody_can_be_asked(desk: Desk) -> None:
    done = desk.run(*GIVE_UP)

    assert done.status == 1
    assert "erase 1 order of 1 user; 1 prize given up? This cannot be undone. Nobody can be asked here" in done.err
    assert desk.order(7) == an_order(7)


def test_whoever_says_no_on_a_terminal_has_seen_what_it_was_about(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", type("Terminal", (io.StringIO,), {"isatty": lambda _: True})())
    asked: list[str] = []

    def no(question: str, **_: object) -> None:
        asked.append(question)
        raise typer.Abort

    monkeypatch.setattr("typer.confirm", no)
    with pytest.raises(typer.Abort):
        forget_command("xiaofuge", give_up=True, who="ann")

    shown = capsys.readouterr().out
    assert "would erase 1 order of 1 user; 1 prize given up" in shown
    assert "backups" in shown
    assert asked == ["erase 1 order of 1 user; 1 prize given up? This cannot be undone."]
    assert desk.order(7) == an_order(7)


def test_a_yes_erases_and_says_what_stays_and_for_how_long(desk: Desk) -> None:
    said = desk.json(*GIVE_UP, "--yes")

    assert said["stays"] == [each._asdict() for each in REMAINS]
    assert (said["users"], said["orders"], said["given_up"], said["refused"]) == (1, 1, 1, 0)
    assert desk.ledger.order("xiaofuge", 7) is None


def test_the_price_of_forgetting_while_an_activity_is_open_is_told_before(desk: Desk) -> None:
    assert "fresh quota" not in desk.run(*GIVE_UP, "--dry-run").err
    assert "fresh quota" not in desk.run("user", "forget", "nobody", "--while-open").err
    for last in ("--dry-run", "--yes"):
        assert "can draw anew with a fresh quota, and win again" in desk.run(*GIVE_UP, "--while-open", last).err


def test_a_dry_run_says_what_would_be(desk: Desk) -> None:
    said = desk.json(*GIVE_UP, "--dry-run")

    assert (said["would"], said["orders"]) == ("forget", 1)
    assert desk.order(7) == an_order(7)


@pytest.mark.parametrize("more", [(), ("--dry-run",)], ids=["done", "dry run"])
def test_what_is_left_makes_the_status_1(desk: Desk, more: tuple[str, ...]) -> None:
    done = desk.run(*FORGET, "--yes", "--json", *more)

    assert (done.status, done.said["refused"]) == (1, 1)
    (refusal,) = done.said["refusals"]
    assert refusal["because"] == "a prize is not handed over yet: wait for it, or give it up with --give-up"
    assert desk.order(7) == an_order(7)


def test_nothing_that_names_somebody_is_nothing_wrong(desk: Desk) -> None:
    assert desk.json("user", "forget", "nobody", "--yes")["users"] == 0


def test_a_user_who_is_blocked_by_a_file_is_told_where(desk: Desk) -> None:
    desk.ledger.apply(an_activity(a_share(stock=5), blocked=("xiaofuge",)), {})

    said = desk.run(*FORGET, "--dry-run", "--json").said

    assert said["stays"][0]["what"] == "blocked in activity 100001"


def test_everybody_of_a_time_is_forgotten(desk: Desk) -> None:
    desk.put(an_order(8, user_id="fustack", grant_state=GrantState.GRANTED, grants=1, granted_at=NOON, due_at=None))
    desk.now += SECOND

    done = desk.run("user", "forget", "--before", "2026-11-25", "--yes")

    assert done.status == 1  # the first one's prize waits
    assert desk.ledger.order("fustack", 8) is None
    assert desk.order(7) == an_order(7)
