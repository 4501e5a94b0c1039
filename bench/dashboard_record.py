"""Let a campaign run for some minutes on a local stack, with faults, and record the metrics that its functions write.

    python bench/dashboard_record.py [--minutes 16]

Three activities are drawn; distribution stands still for some minutes, the queue is gone for a while, a provider of
coupons is down, a pool of codes runs out, an activity closes. The file is bench/dashboard_metrics.jsonl.
"""

import argparse
import json
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path
from random import Random

import dashboard_metrics
from tombola.rules.activity_states import Action
from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT
from tombola_cli.local import demo, demo_prizes, local_stack
from tombola_cli.local.channel import Channel, channel_of
from tombola_cli.local.launch import launch
from tombola_cli.local.sample_provider import Desk
from tombola_cli.operate import activity_moves, logbook
from tombola_cli.operate.api import Api
from tombola_cli.operate.function_name import Function
from tombola_cli.operate.patience import Patience
from tombola_cli.operate.stack import Stack

MINUTES = 16
CLIENTS = 4
USERS = 150  # few enough that some use up their 10 draws
CODES = 100  # with those of the demo fewer than win one
DRAWS_A_SECOND_MAX = 3.0
SHARES = {
    demo.ACTIVITY_ID: 66,
    "100001": 20,
    "100002": 10,
    "nobody": 3,
    "": 1,
}  # of 100 requests; the last are malformed
STOCK = "stock: "
MINUTE_SECONDS = 60.0
LAST_LINES_SECONDS = 75.0  # after the last draw, so that the last minute is whole
# At which part of the campaign …
STILL = 0.2  # … distribution stands still, …
GONE, BACK = 0.29, 0.33  # … its queue is gone, and both are back.
DOWN, UP = 0.5, 0.56  # … the provider of coupons is down, and is back.
CLOSES = 0.7  # … activity 100002 closes; requests for it are refused.


@dataclass
class Run:
    """A campaign that runs: what it draws of, and what befalls it, each at its time."""

    stack: Stack
    channel: Channel
    desk: Desk
    random: Random
    minutes: float
    keys: int = 0
    statuses: dict[int, int] = field(default_factory=dict)

    def steps(self) -> dict[float, Callable[[], object]]:
        """Return what happens at which part of the campaign."""
        close = partial(activity_moves.take, Action.CLOSE, "100002", self.stack, "tombola", "it ends", self.stack.now())
        return {
            STILL: partial(self.channel.receive, enabled=False),
            GONE: self.channel.take_away,
            BACK: self.back,
            DOWN: partial(setattr, self.desk, "faults", demo_prizes.DOWN),
            UP: partial(setattr, self.desk, "faults", demo_prizes.WELL),
            CLOSES: close,
        }

    def back(self) -> None:
        self.channel.bring_back()
        self.channel.receive(enabled=True)

    def draw_all(self) -> None:
        """Draw second by second, more in the middle than at the ends, with what befalls in between."""
        api, steps = Api(self.stack, connections_max=CLIENTS, patience=Patience(seconds=5.0)), self.steps()
        started, seconds = time.monotonic(), self.minutes * MINUTE_SECONDS
        with ThreadPoolExecutor(CLIENTS) as clients:
            while (part := (time.monotonic() - started) / seconds) < 1:
                for at in [at for at in steps if at <= part]:
                    steps.pop(at)()
                rate = DRAWS_A_SECOND_MAX * (1 - 0.7 * abs(2 * part - 1))
                list(clients.map(partial(self._ask, api), self._requests(round(rate + self.random.random() - 0.5))))
                time.sleep(max(0.0, 1 - (time.monotonic() - started) % 1))

    def _requests(self, count: int) -> Iterator[tuple[str, str, str]]:
        for name in self.random.choices(list(SHARES), list(SHARES.values()), k=count):
            self.keys += 1
            user_id = f"user-{self.random.randrange(USERS):03d}" if name else ""
            yield name or demo.ACTIVITY_ID, user_id, f"draw-{self.keys}"

    def _ask(self, api: Api, request: tuple[str, str, str]) -> None:
        try:
            status = api.draw(*request).status
        except TombolaError:  # patience has ended: what the functions wrote of it is recorded
            status = 0
        self.statuses[status] = self.statuses.get(status, 0) + 1


def _activity(folder: Path) -> Path:
    """Write the demo's activity with ten times its stock."""
    file = folder / "activity.yaml"
    text = (
        demo.ACTIVITY_FILE.read_text("utf-8").replace(STOCK + "30", STOCK + "300").replace(STOCK + "50", STOCK + "500")
    )
    file.write_text(text.replace(STOCK + "100", STOCK + "1000"), "utf-8")
    return file


def _written(stack: Stack, start_ms: int, end_ms: int) -> Iterator[dashboard_metrics.Line]:
    """Yield the metrics that the functions wrote in that time; the emulator tells 10,000 lines and has no next page."""
    pages = stack.client("logs").get_paginator("filter_log_events")
    for function, begin in product(Function, range(start_ms, end_ms, dashboard_metrics.MINUTE_MS)):
        group, end = logbook.log_group(stack, function), begin + dashboard_metrics.MINUTE_MS - 1
        for page in pages.paginate(logGroupName=group, startTime=begin, endTime=end):
            for event in page["events"]:
                if event["message"].startswith("{") and '"_aws"' in event["message"]:
                    yield json.loads(event["message"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    minutes = parser.parse_args().minutes
    home = local_stack.HOME / "bench-dashboard"
    home.mkdir(parents=True, exist_ok=True)
    try:
        with ExitStack() as running:
            stack = local_stack.up(home, None, print, stack_name=home.name)
            for file in (_activity(home), ROOT / "activities/100001.yaml", ROOT / "activities/100002.yaml"):
                launch(file, stack)
            desk = running.enter_context(demo_prizes.provided(stack))
            desk.faults = demo_prizes.WELL
            demo_prizes.import_more(stack, CODES)
            run = Run(stack, channel_of(stack, home), desk, Random(13), minutes)  # noqa: S311 - a campaign, no draw
            start_ms = time.time_ns() // 1_000_000
            run.draw_all()
            time.sleep(LAST_LINES_SECONDS)
            written = _written(stack, start_ms, time.time_ns() // 1_000_000)
            lines = list(dashboard_metrics.recorded(written, start_ms))
        dashboard_metrics.write(line for line in lines if line["minute"] < minutes)
        draws = sum(sum(line["values"].values()) for line in lines if line["metric"] == "Draws")
        print(f"{draws} draws are recorded; answers by status: {dict(sorted(run.statuses.items()))}")
    finally:
        local_stack.down(home)
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
