"""Transports side by side: calls, bytes and units of a draw, what a million draws cost, and how soon a win is granted.

Calls and units are counted where the SDK sends them, on moto and a mock of Kafka. The time from win to grant is that of
the local stack, whose emulator has its own pace: compare, and do not take it for AWS's.
"""

import argparse
import shutil
import time
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from tombola.aws.transport import TRANSPORTS
from tombola_cli.files.repository import ROOT
from tombola_cli.local import local_stack
from tombola_cli.local.launch import launch
from tombola_cli.operate.api import Api
from tombola_cli.operate.order_lists import read_orders
from tombola_cli.operate.transport_name import TransportName
from transport_count import counts_of
from transport_model import BATCH_MAX, IDLE_MONTH, Counts, Prices, Run, cost, million_draws, percentile, prices_in

PRICES = ROOT / "bench/prices.toml"
WINS = (0.01, 0.1, 1.0)  # parts of the draws
BATCHES = (1, BATCH_MAX)  # messages that an invocation of distribution gets: a quiet hour, a busy one
DRAWS = 200
CLIENTS = 2  # fewer than the emulator bears, so that nothing but the transport is waited for
ACTIVITY = "100001"  # everybody wins
GRANTED_SECONDS_MAX = 120.0
POLL_SECONDS = 0.5
COUNT_HEADINGS = ("transport", "", "AWS calls", "bytes", "write units", "read units")
COST_HEADINGS = ("transport", "messages a batch", *(f"{part:.0%} win" for part in WINS))
IDLE_HEADINGS = ("transport", "for", "$")
TIME_HEADINGS = ("transport", "median ms", "p99 ms")

Row = list[str]


def count_rows(counts: Mapping[str, Counts]) -> list[Row]:
    """Return the calls, bytes and units of each transport's draws and grants."""
    return [_count_row(name, what, run) for name, each in counts.items() for what, run in _runs(each).items()]


def _runs(counts: Counts) -> dict[str, Run]:
    return {
        "lost": counts.lost,
        "won": counts.won,
        "one grant": counts.one,
        f"{BATCH_MAX} grants": counts.batch,
    }


def _count_row(name: str, what: str, run: Run) -> Row:
    figures = (len(run.calls), run.bytes, run.write_units, run.read_units)
    return [name, what, *(f"{figure:,g}" for figure in figures)]


def cost_rows(counts: Mapping[str, Counts], prices: Prices) -> list[Row]:
    """Return the dollars of a million draws, by the part of them that wins; and of a month in which nobody draws."""
    return [
        [
            name,
            str(messages),
            *(f"{cost(million_draws(each, wins, messages), prices):.2f}" for wins in WINS),
        ]
        for name, each in counts.items()
        for messages in BATCHES
    ]


def part_rows(counts: Mapping[str, Counts], prices: Prices) -> list[Row]:
    """Return what the dollars of a million winning draws are for, each granted by itself."""
    amounts = {name: million_draws(each, 1, 1) for name, each in counts.items()}
    names = dict.fromkeys(name for each in amounts.values() for name in each)
    return [
        [name.replace("_", " "), *(f"{each.get(name, 0) * prices[name]:.2f}" for each in amounts.values())]
        for name in names
    ]


def idle_rows(names: Sequence[str], prices: Prices) -> list[Row]:
    """Return the dollars of a month in which nobody draws, by their purpose."""
    return [
        [name, what, f"{cost(amounts, prices):.2f}"]
        for name in names
        for what, amounts in (IDLE_MONTH[name] or {"nothing": {}}).items()
    ]


def time_rows(times: Mapping[str, Sequence[float]]) -> list[Row]:
    return [[name, *(f"{1000 * percentile(each, part):,.0f}" for part in (0.5, 0.99))] for name, each in times.items()]


def measured(transport: TransportName) -> list[float]:
    """Return the seconds from win to grant of draws on a local stack of its own, as its orders have them."""
    home = local_stack.HOME / f"bench-{transport}"
    home.mkdir(parents=True, exist_ok=True)
    try:
        stack = local_stack.up(home, None, print, stack_name=home.name, transport=transport)
        launch(ROOT / f"activities/{ACTIVITY}.yaml", stack)
        api = Api(stack, connections_max=CLIENTS)
        _draw_all(api, CLIENTS)  # cold workers
        warm = len(read_orders(stack.client("dynamodb"), stack.table_name))
        _draw_all(api, DRAWS)
        deadline = time.monotonic() + GRANTED_SECONDS_MAX
        while time.monotonic() < deadline:
            orders = sorted(read_orders(stack.client("dynamodb"), stack.table_name), key=lambda each: each.drawn_at)
            if all(order.granted_at for order in orders):
                return [
                    (order.granted_at - order.drawn_at).total_seconds() for order in orders[warm:] if order.granted_at
                ]
            time.sleep(POLL_SECONDS)
        raise SystemExit(f"{transport}: not all prizes were granted in {GRANTED_SECONDS_MAX:.0f} s")
    finally:
        local_stack.down(home)
        shutil.rmtree(home, ignore_errors=True)


def _draw_all(api: Api, number: int) -> None:
    with ThreadPoolExecutor(CLIENTS) as clients:
        for reply in clients.map(lambda _: api.draw(ACTIVITY, str(uuid.uuid4()), "key"), range(number)):
            if reply.body.get("outcome") != "won":
                raise SystemExit(f"a draw was answered {reply}")


def _show(title: str, headings: Sequence[str], rows: Sequence[Row]) -> None:
    table = Table(*headings, title=title)
    for row in rows:
        table.add_row(*row)
    Console(width=120).print(table)


def _plot(file: Path, times: Mapping[str, Sequence[float]], counts: Mapping[str, Counts], prices: Prices) -> None:
    mpl.rcParams.update({"svg.hashsalt": "transports", "svg.fonttype": "none"})  # the same figures, the same file
    figure = Figure(figsize=(10, 4), layout="constrained")
    waits, dollars = figure.subplots(1, 2)
    for name, seconds in times.items():
        parts = [number / len(seconds) for number in range(1, len(seconds) + 1)]
        waits.semilogx([each * 1000 for each in sorted(seconds)], parts, label=name)
    waits.set(title="from win to grant, local stack", xlabel="ms", ylabel="part of the wins")
    waits.legend()
    _plot_costs(dollars, counts, prices)
    figure.savefig(file, format="svg", metadata={"Date": None})


def _plot_costs(axes: Axes, counts: Mapping[str, Counts], prices: Prices) -> None:
    parts = [percent / 100 for percent in range(101)]
    for name, each in counts.items():
        axes.plot(parts, [cost(million_draws(each, part, 1), prices) for part in parts], label=name)
    axes.set(title="a million draws, without what runs idle", xlabel="part that wins", ylabel="$")
    axes.legend()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prices", type=Path, default=PRICES, metavar="FILE", help="as bench/prices.toml")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write a picture, as SVG")
    parser.add_argument("--counts-only", action="store_true", help="start no local stack")
    return parser.parse_args()


def main() -> None:
    asked = _options()
    prices = prices_in(asked.prices)
    counts = {name: counts_of(name) for name in TRANSPORTS}
    _show("counted", COUNT_HEADINGS, count_rows(counts))
    _show("$ of a million draws", COST_HEADINGS, cost_rows(counts, prices))
    _show("$ of a million wins, each granted by itself", ["", *counts], part_rows(counts, prices))
    _show("$ of a month without draws", IDLE_HEADINGS, idle_rows(list(counts), prices))
    times = {} if asked.counts_only else {str(name): measured(name) for name in TransportName}
    if times:
        _show(f"from win to grant, {DRAWS} draws by {CLIENTS} clients", TIME_HEADINGS, time_rows(times))
    if asked.plot:
        _plot(asked.plot, times, counts, prices)


if __name__ == "__main__":
    main()
