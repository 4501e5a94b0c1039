"""A file of codes is looked at before it is imported, and is gone afterwards; no code of it is ever told."""

from collections.abc import Iterator

import pytest

from builders import NOON, an_award, an_order
from desk import Desk, a_desk
from tombola.rules.award_type import AwardType
from tombola.rules.code_pool import no_code_left
from tombola.rules.order import GrantState
from tombola_cli.console import desk as operators
from tombola_cli.console.code_drop import CodeImport
from tombola_cli.console.dropped_files import Dropped, Tray
from tombola_cli.console.long_work import LongWork
from tombola_cli.errors import TombolaError
from tombola_cli.operate.code_counts import counted
from tombola_cli.screens import plain

CODE = "SECRET-1"
VOUCHER = an_award("3", award_type=AwardType.CODE, award_content="", source="spring")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with a_desk(monkeypatch) as desk:
        yield desk


def dropped(tray: Tray, text: str = f"{CODE}\nBAD \n") -> Dropped:
    tray.dropped = tray.empty("vouchers.csv")
    tray.dropped.path.write_text(text)
    return tray.dropped


def an_import(desk: Desk, tray: Tray, file: Dropped, pool: str = "spring") -> CodeImport:
    olga = operators.Desk(stack=desk.stack, who="olga")
    return CodeImport(desk=olga, tray=tray, pool=pool, dropped=file, work=LongWork())


def free(desk: Desk) -> int:
    return counted("spring", desk.stack, NOON).free


def test_a_look_puts_no_code_and_tells_lines_without_what_they_hold(desk: Desk) -> None:
    tray = Tray()
    act = an_import(desk, tray, dropped(tray)).act()

    told = plain.document(act.plan())

    assert '"imported": 1' in told
    assert '"line": 2' in told
    assert CODE not in told
    assert "vouchers.csv" in told
    assert free(desk) == 0


def test_an_import_puts_the_codes_tells_how_far_it_is_and_leaves_no_file(desk: Desk) -> None:
    tray = Tray()
    file = dropped(tray)
    wanted = an_import(desk, tray, file)

    told = plain.document(wanted.act().run(""))

    assert '"imported": 1' in told
    assert CODE not in told
    assert free(desk) == 1
    assert (wanted.work.progress.done, wanted.work.progress.total) == (2, 2)
    assert tray.dropped is None
    assert not file.path.exists()


def test_a_file_that_is_dropped_during_an_import_takes_the_place_of_none_that_is_read(desk: Desk) -> None:
    tray = Tray()
    first = an_import(desk, tray, dropped(tray))
    second = first.dropped

    def drop_another(_: object) -> None:
        nonlocal second
        if second is first.dropped:
            second = dropped(tray, "OTHER\n")

    first.work.progress.tell = lambda *told: drop_another(told)  # type: ignore[method-assign]
    first.act().run("")

    assert free(desk) == 1
    assert tray.dropped is second
    assert second.path.exists()


def test_what_is_wrong_with_a_file_is_told_under_its_own_name(desk: Desk) -> None:
    tray = Tray()
    act = an_import(desk, tray, dropped(tray, "Code;x\n1\n")).act()
    with pytest.raises(TombolaError, match=r"^vouchers\.csv:1: a header is code"):
        act.plan()


def test_a_file_that_is_gone_is_asked_for_again(desk: Desk) -> None:
    tray = Tray()
    act = an_import(desk, tray, dropped(tray)).act()
    tray.empty("another.csv")
    with pytest.raises(TombolaError, match="Drop it again"):
        act.plan()


def test_a_pool_that_no_activity_could_name_is_refused(desk: Desk) -> None:
    tray = Tray()
    with pytest.raises(TombolaError, match="names no pool"):
        an_import(desk, tray, dropped(tray), pool="../x").act().plan()


def test_a_look_tries_no_order_again_though_that_is_wanted_and_there_are_codes(desk: Desk) -> None:
    tray, parked = Tray(), {"grant_state": GrantState.PARKED, "parked_because": no_code_left("spring"), "due_at": NOON}
    an_import(desk, tray, dropped(tray)).act().run("")
    desk.put(an_order(7, award=VOUCHER, **parked))
    wanted = an_import(desk, tray, dropped(tray, "SECRET-2\n"))
    wanted.retries = True

    wanted.act().plan()

    assert desk.order(7).grant_state is GrantState.PARKED


@pytest.mark.parametrize("retries", [False, True])
def test_orders_that_waited_for_the_codes_are_tried_again_where_that_is_wanted(desk: Desk, *, retries: bool) -> None:
    tray, parked = Tray(), {"grant_state": GrantState.PARKED, "parked_because": no_code_left("spring"), "due_at": NOON}
    desk.put(an_order(7, award=VOUCHER, **parked))
    wanted = an_import(desk, tray, dropped(tray))
    wanted.retries = retries

    command = wanted.act().command("")
    wanted.act().run("")

    state = GrantState.WAITING if retries else GrantState.PARKED
    assert desk.order(7).grant_state is state
    assert ("--retry-parked --who olga" in command) == retries
    assert [act.who for act in desk.order(7).acts] == ["olga"] * retries
