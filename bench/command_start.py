"""The cost of tombola --help, against a process that only imports typer and rich, in one run.

Whole processes, interleaved, in CPU time (user and system); median of 15. Read the ratio: the milliseconds are this
machine's.
"""

import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

ROUNDS = 15
BUDGET = 2.0
BARE = "import typer, rich"
TOMBOLA = str(Path(sys.executable).with_name("tombola"))
COMPLETING = {"_TOMBOLA_COMPLETE": "complete_bash", "COMP_WORDS": "tombola wait", "COMP_CWORD": "1"}
CASES = {
    BARE: ([sys.executable, "-c", BARE], {}),
    "tombola --help": ([TOMBOLA, "--help"], {}),
    "tombola activity --help": ([TOMBOLA, "activity", "--help"], {}),
    "shell completion": ([TOMBOLA], COMPLETING),
}


def main() -> None:
    for command, variables in CASES.values():
        _milliseconds(command, variables)  # files in the page cache, and bytecode
    times: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in track(range(ROUNDS), "starts of the command"):
        for name, (command, variables) in CASES.items():
            times[name].append(_milliseconds(command, variables))
    medians = {name: statistics.median(each) for name, each in times.items()}
    table = Table("start of the command", "CPU ms", "ratio")
    for name, median in medians.items():
        table.add_row(name, f"{median:.0f}", f"{median / medians[BARE]:.2f}")
    Console().print(table)
    if medians["tombola --help"] > BUDGET * medians[BARE]:
        sys.exit(f"tombola --help takes more than {BUDGET} times the CPU of {BARE}")


def _milliseconds(command: list[str], variables: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **variables})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


if __name__ == "__main__":
    main()
