"""A page of the console with one of each part that the other pages are made of, for tests to look at."""

import time
from collections.abc import Callable
from dataclasses import replace

from botocore.exceptions import ClientError
from nicegui import ui

from tombola_cli.console import long_work, sheets
from tombola_cli.console.act_buttons import Act, Blocks, button
from tombola_cli.console.desk import Desk
from tombola_cli.console.frame import frame
from tombola_cli.console.long_work import LongWork
from tombola_cli.errors import TombolaError
from tombola_cli.screens.blocks import Column, Facts, Table, Told

SLOW_SECONDS = 5.0
REMADE_SECONDS = 1.0
HTML = "<img src=x onerror=alert(1)>"
EXACT = 9_223_372_036_854_775_807  # a browser would show ...775,808
DENIED = "User: arn:aws:iam::1:user/olga is not authorized to perform: dynamodb:PutItem on resource: arn:aws:dynamodb"
TABLE = Table(
    "orders",
    [Column("order_id", "order"), Column("name"), Column("drawn"), Column("award_id", None)],
    [[EXACT, HTML, 10, "1"], [7, "{{ 6 * 7 }}", 9, "2"], [8, Told(None, "told"), 100, "3"]],
)
SILENT = Table("silent", [Column("x")], [["unseen"]], "")
FACTS = Facts({"state": 5, "name": HTML, "nothing": None}, {"state": "5 DOING", "name": HTML, "nothing": ""})


def register(desk: Desk) -> None:
    work = LongWork()

    @ui.page("/specimens")
    def specimens() -> None:
        with frame(desk, "Specimens"):
            sheets.show(
                [FACTS, Facts({}, "a sentence"), SILENT, TABLE], {"order_id": lambda row: f"/orders/{row['award_id']}"}
            )
            done = ui.label("not yet")

            async def after() -> None:
                done.set_text("looked again")

            acts = (_act("Void", _said), _act("Refuse", _refused), _act("Write", _denied), _act("Break", _gone))
            for act in (*acts, _act("Wait", _said, _slow), _act("Fail", _said, _fault)):
                button(act, after)
            remade = ui.column()

            def remake() -> None:
                remade.clear()
                with remade, ui.row():
                    button(_act("Remade", _said), after)

            ui.timer(REMADE_SECONDS, remake)
            button(replace(_act("Fill", _denied), work=work), after)
            long_work.show(work, after)


def _planned() -> Blocks:
    return [Facts({}, "would change one order")]


def _slow() -> Blocks:
    time.sleep(SLOW_SECONDS)
    return _planned()


def _fault() -> Blocks:
    raise KeyError("award_id")


def _act(label: str, run: Callable[[str], Blocks], plan: Callable[[], Blocks] = _planned) -> Act:
    return Act(
        label=label,
        question=f"{label} one order?",
        command=lambda why: f"tombola orders {label.lower()} u1 7 --why '{why}'",
        plan=plan,
        run=run,
        needs_why=True,
        final=label == "Void",
    )


def _said(why: str) -> Blocks:
    return [Facts({}, f"done because {why}")]


def _refused(_: str) -> Blocks:
    raise TombolaError("the order was changed by somebody else meanwhile: look, and try again")


def _denied(_: str) -> Blocks:
    raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": DENIED}}, "PutItem")


def _gone(_: str) -> Blocks:
    raise ConnectionError("nothing listens there")
