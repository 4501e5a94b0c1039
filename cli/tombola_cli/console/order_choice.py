"""What an operator may do with orders that are chosen on a page, or with a whole list: no more than the rules allow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from nicegui import ui

from tombola.rules.order import Order
from tombola_cli.console import links, texts
from tombola_cli.console.act_buttons import Act, LookAgain
from tombola_cli.console.desk import Desk
from tombola_cli.console.long_work import LongWork, Progress
from tombola_cli.operate.order_acts import Chosen, What, Wish, performed, surveyed
from tombola_cli.operate.order_lists import Filter, View
from tombola_cli.screens import act_sheets
from tombola_cli.screens.blocks import Block, Facts, Value

COMMANDS_MAX = 5  # of one order each, beyond which a file names the orders
LABELS = {What.RELEASE: texts.RELEASE, What.RETRY: texts.RETRY, What.VOID: texts.VOID}
QUESTIONS = {What.RELEASE: texts.ASK_RELEASE, What.RETRY: texts.ASK_RETRY, What.VOID: texts.ASK_VOID}  # of one order


def address(row: Mapping[str, Value]) -> str:
    """Return where the page of a row's order is, "" for a row that names none."""
    user_id, order_id = row["user_id"], row["order_id"]
    return "" if order_id is None else links.to_order(str(user_id), str(order_id))


def of_orders(desk: Desk, orders: Sequence[Order]) -> list[Act]:
    """Return the acts that the rules allow with at least one of orders."""
    return [_of_orders(desk, what, orders) for what in _allowed(orders)]


def of_order(desk: Desk, order: Order) -> list[Act]:
    """Return the acts that the rules allow with one order, in the words of its own page."""
    return [
        replace(_of_orders(desk, what, [order]), label=LABELS[what], question=QUESTIONS[what])
        for what in _allowed([order])
    ]


def of_list(desk: Desk, view: View, wanted: Filter, work: LongWork) -> list[Act]:
    """Return the acts that can be done to whatever a list holds; they go on in work."""
    return [_of_list(desk, what, wanted, work) for what in What if what.view is view]


def _allowed(orders: Sequence[Order]) -> list[What]:
    return [what for what in What if any(_refusal(what, each, not_issued=True) is None for each in orders)]


def _refusal(what: What, order: Order, *, not_issued: bool) -> str | None:
    return Wish(what=what, who="", why="", not_issued=not_issued).refusal(order)


def _asks_its_provider(what: What, order: Order) -> bool:
    """Return whether it hangs on the provider's word alone that this can be done to order."""
    refused, allowed = (_refusal(what, order, not_issued=said) for said in (False, True))
    return refused is not None and allowed is None


def _of_orders(desk: Desk, what: What, orders: Sequence[Order]) -> Act:
    keys = [(order.user_id, order.order_id) for order in orders]
    counted = act_sheets.counted(len(keys))
    intent = _Intent(
        desk=desk,
        what=what,
        chosen=Chosen(keys=keys),
        asks_provider=any(_asks_its_provider(what, order) for order in orders),
        progress=Progress(),
    )
    return intent.act(
        texts.ACT_CHOSEN.format(act=LABELS[what], orders=counted),
        texts.ASK_CHOSEN.format(act=LABELS[what], orders=counted),
    )


def _of_list(desk: Desk, what: What, wanted: Filter, work: LongWork) -> Act:
    chosen = Chosen(wanted=wanted)
    asks = what is What.VOID
    intent = _Intent(desk=desk, what=what, chosen=chosen, asks_provider=asks, progress=Progress(), work=work)
    return intent.act(
        texts.ACT_LIST.format(act=LABELS[what]),
        texts.ASK_LIST.format(act=LABELS[what]),
    )


@dataclass(slots=True, kw_only=True)
class _Intent:
    """An act that is asked for: not_issued as its box says, until the time of the look at the orders."""

    desk: Desk
    what: What
    chosen: Chosen
    asks_provider: bool
    progress: Progress
    work: LongWork | None = None
    not_issued: bool = False
    until: datetime | None = field(default=None)

    def act(self, label: str, question: str) -> Act:
        return Act(
            label=label,
            question=question,
            command=self._command,
            plan=self._plan,
            run=self._run,
            needs_why=True,
            final=self.what is What.VOID,
            more=self._more,
            progress=self.progress,
            work=self.work,
        )

    def _wish(self, why: str) -> Wish:
        return Wish(what=self.what, who=self.desk.who, why=why, not_issued=self.not_issued)

    def _plan(self) -> Sequence[Block]:
        tally, self.until = surveyed(self._wish(""), self.chosen, self.desk.stack, self.progress.tell)
        warning = [Facts({}, act_sheets.perhaps_twice(tally.perhaps_twice))] if tally.perhaps_twice else []
        return [*warning, *act_sheets.outlook(self.what, tally)]

    def _run(self, why: str) -> Sequence[Block]:
        progress = self.progress if self.work is None else self.work.progress
        until = self.until or self.desk.stack.now()
        return act_sheets.done(
            self.what, performed(self._wish(why), self.chosen, until, self.desk.stack, progress.tell)
        )

    def _more(self, look_again: LookAgain) -> None:
        self.not_issued = False
        keys = self.chosen.keys
        if keys is not None and len(keys) > COMMANDS_MAX:
            ui.label(texts.IN_THE_FILE.format(file=texts.CHOSEN_FILE))
        if self.asks_provider:

            async def said(change: object) -> None:
                self.not_issued = bool(getattr(change, "value", False))
                await look_again()

            ui.checkbox(texts.NOT_ISSUED, on_change=said)

    def _command(self, why: str) -> str:
        keys = self.chosen.keys
        if keys is None:
            return self._line(why, _filter(self.chosen.wanted))
        if len(keys) > COMMANDS_MAX:
            return self._line(why, ("--file", texts.CHOSEN_FILE))
        return "\n".join(self._line(why, (), (user_id, str(order_id))) for user_id, order_id in keys)

    def _line(self, why: str, which: Sequence[str], ids: Sequence[str] = ()) -> str:
        said = ["--not-issued"] if self.not_issued else []
        words = (*which, *said, "--why", why, "--who", self.desk.who)
        return self.desk.command("orders", self.what, *words, ids=ids)


def _filter(wanted: Filter) -> list[str]:
    """Return the options that mean the orders of a filter."""
    given = (("--activity", wanted.activity_id), ("--award", wanted.award_id), ("--because", wanted.because))
    return [word for name, value in given if value for word in (name, value)] or ["--all"]
