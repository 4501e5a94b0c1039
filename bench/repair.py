"""Repair: after an hour without SQS, when are all its prizes granted, while as many wins a second go on arriving?

A model, not a measurement, but for the CPU of an order in compensation, which is measured in the same run.
"""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

import repair_measure
from repair_model import BATCH, HORIZON, MINUTE, POLLERS, POLLERS_A_MINUTE, WHOLE_CPU_MB, Case, Model, waits_of
from tombola.rules.order import LANES

TEMPLATE = Path(__file__).parents[1] / "template.yaml"
HOUR = 3_600
PRIZES = 1_000_000  # due at one moment
TARGET_MINUTES = 30
# The values of the target, beside the defaults.
CONCURRENCY = 60
INDEX_UNITS = 40_000
WORKERS = 2
TOO_MANY = 16  # workers
Figures = dict[str, str]


def defaults() -> dict[str, int]:
    """Return the template's parameters whose default is a whole number."""
    parameters = yaml.load(TEMPLATE.read_text("utf-8"), yaml.BaseLoader)["Parameters"]  # noqa: S506 - texts, no objects
    said = {name: definition.get("Default", "") for name, definition in parameters.items()}
    return {name: int(default) for name, default in said.items() if default.isdigit()}


def cases(asked: argparse.Namespace) -> dict[str, Case]:
    """Return the cases by the names that the table shows."""
    said = defaults()
    plain = Case(
        backlog=asked.wins * HOUR,
        wins=asked.wins,
        concurrency=said["DistributeConcurrency"],
        waits=waits_of(said),
        cpu=asked.cpu_ms / 1000,
        memory=asked.memory,
        table_seconds=asked.table_ms / 1000,
        queue_seconds=asked.queue_ms / 1000,
        distribute_cpu=asked.distribute_cpu_ms / 1000,
        threads=asked.threads,
        account=asked.account,
        draws=asked.draws,
        distribute_reserved=asked.distribute_reserved,
        workers=said["RepairWorkers"],
        seed=asked.seed,
    )
    chosen = replace(
        plain,
        concurrency=asked.concurrency,
        index_units=asked.index_units,
        workers=asked.workers,
        compensate_reserved=asked.compensate_reserved,
    )
    return {
        "an hour, parameters chosen": chosen,
        "an hour, sixteen workers": replace(chosen, workers=TOO_MANY),
        "an hour, defaults": plain,
        "prizes at one moment, chosen": replace(chosen, backlog=PRIZES, wins=0),
        "prizes at one moment, defaults": replace(plain, backlog=PRIZES, wins=0),
    }


def figures(case: Case) -> Figures:
    """Return the cells of a case's row by their headings."""
    run = Model(case).run()
    after = f"{run.granted_after / MINUTE:.0f}" if run.granted_after else f"not in {HORIZON // HOUR} h"
    return {
        "concurrency": f"{case.batches}",
        "index units": f"{case.index_units:,}",
        "workers": f"{case.helpers}",
        "MB": f"{case.memory:,}",
        "orders due": f"{case.backlog:,}",
        "wins/s": f"{case.wins:,}",
        "granted after min": after,
        "queue at most": f"{run.queue_most:,}",
        "messages": f"{run.messages:,}",
        "claims": f"{run.claimed:,}",
        "throttled %": f"{100 * run.refused:.0f}",
    }


def assumptions(case: Case) -> list[str]:
    """Return the assumptions of the table, in sentences."""
    return [
        f"An order costs compensation {case.cpu * 1000:.2f} ms of CPU: measured without TLS, or --cpu-ms.",
        f"{WHOLE_CPU_MB} MB are one processor. A worker claims and sends {case.worker_rate:,.0f} orders a second.",
        f"A call to the table is {case.table_seconds * 1000:g} ms, one to the queue {case.queue_seconds * 1000:g} ms.",
        f"A batch of {BATCH} messages takes {case.batch_seconds * 1000:.0f} ms.",
        f"A message takes {case.distribute_cpu * 1000:g} ms of CPU in distribution, which was not measured.",
        f"Lambda begins with {POLLERS} batches at a time and adds {POLLERS_A_MINUTE} a minute.",
        f"The account runs {case.account:,} functions at a time, {case.draws:,} of them for draws.",
        "Reserved concurrency leaves one place to the run; a worker without one is started anew in a minute.",
        f"{len(LANES)} lanes fall on the index's partitions by chance; a win writes 1 unit, a claim 2, a grant 1.",
        "A throttled index refuses every writer, draws included: throttled % is the worst second.",
    ]


def _show(rows: Mapping[str, Case]) -> None:
    shown = {name: figures(case) for name, case in rows.items()}
    table = Table("", *next(iter(shown.values())), title="repair, from the moment at which the queue is back")
    for name, cells in shown.items():
        table.add_row(name, *cells.values())
    console = Console(width=160, highlight=False)
    console.print(table)
    for sentence in assumptions(next(iter(rows.values()))):
        console.print(f"- {sentence}")


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wins", type=int, default=1_000, help="a second, before and after")
    parser.add_argument("--cpu-ms", type=float, help="of an order in compensation; measured if left out")
    parser.add_argument("--concurrency", type=int, default=CONCURRENCY, help="DistributeConcurrency")
    parser.add_argument("--index-units", type=int, default=INDEX_UNITS, help="write units a second, warm")
    parser.add_argument("--workers", type=int, default=WORKERS, help="RepairWorkers")
    parser.add_argument("--memory", type=int, default=WHOLE_CPU_MB, help="of compensation, MB")
    parser.add_argument("--threads", type=int, default=4, help="of a worker: lanes at a time")
    parser.add_argument("--table-ms", type=float, default=5.0, help="a call to the table")
    parser.add_argument("--queue-ms", type=float, default=10.0, help="a call to the queue")
    parser.add_argument("--distribute-cpu-ms", type=float, default=1.5, help="of a message in distribution")
    parser.add_argument("--account", type=int, default=1_000, help="the account's concurrency")
    parser.add_argument("--draws", type=int, default=200, help="of it, what draws hold")
    parser.add_argument("--distribute-reserved", type=int, help="reserved concurrency; none if left out")
    parser.add_argument("--compensate-reserved", type=int, help="CompensateReserved; none if left out")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same figures")
    return parser.parse_args(arguments)


def main() -> None:
    asked = options()
    if asked.cpu_ms is None:
        asked.cpu_ms = repair_measure.cpu_seconds_per_order() * 1000
    _show(cases(asked))


if __name__ == "__main__":
    main()
