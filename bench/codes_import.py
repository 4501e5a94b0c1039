"""Importing codes: its time against that of writing the same items bare, in one run on one emulator, and its memory.

The floor is a loop of batch_write_item over the items, which are made before; least of 3, interleaved. The import reads
the file, finds codes that stand twice, keeps its record, and in a pool that has codes looks for each one first.
Memory is the peak of a process that imports and ends. Read the ratios: the seconds are this machine's.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tombola.aws.code_items import free_item
from tombola_cli.files.repository import ROOT
from tombola_cli.local import install, local_stack
from tombola_cli.local.loopback import free_port
from tombola_cli.operate.batch_writes import WRITES_MAX, parts_of
from tombola_cli.operate.code_import import import_codes
from tombola_cli.operate.stack import LOCAL_REGION, Place, Stack

CODES = 20_000
ROUNDS = 3
FEW, MANY = 10_000, 200_000
RATIO_MAX = 1.5  # of an import into a new pool
GROWTH_MAX = 1.25  # of the peak of MANY against that of FEW
NOW = datetime(2027, 1, 1, tzinfo=UTC)
POOL = "vouchers"


def codes(count: int, name: str = "C") -> list[str]:
    return [f"{name}-{number:09d}-REDEEM" for number in range(count)]


def file_of(folder: Path, those: list[str]) -> Path:
    file = folder / f"{those[0]}-{len(those)}.csv"
    file.write_text("\n".join(those) + "\n")
    return file


def stack_at(place: Place, table: str) -> Stack:
    """Return the stack that has only this table."""
    names = {each.name: "" for each in fields(Stack)} | asdict(place)
    return Stack(**{**names, "table_name": table})


def make_table(dynamodb: Any, name: str) -> str:  # noqa: ANN401 - a client, whose types are only there in tests
    keys = {"pk": "HASH", "sk": "RANGE"}
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in keys],
        KeySchema=[{"AttributeName": each, "KeyType": kind} for each, kind in keys.items()],
    )
    return name


def write_bare(dynamodb: Any, table: str, those: list[str]) -> float:  # noqa: ANN401 - as above
    """Return the seconds of writing the items of codes with nothing around it."""
    batches = list(parts_of(({"PutRequest": {"Item": free_item(POOL, code, None)}} for code in those), WRITES_MAX))
    started = time.perf_counter()
    for batch in batches:
        dynamodb.batch_write_item(RequestItems={table: batch})
    return time.perf_counter() - started


def imported(file: Path, stack: Stack) -> float:
    """Return the seconds of an import."""
    started = time.perf_counter()
    import_codes(file, POOL, stack, NOW)
    return time.perf_counter() - started


def seconds(place: Place, folder: Path, count: int, rounds: int = ROUNDS) -> dict[str, float]:
    """Return the least seconds of writing codes bare, of importing them, and of importing as many others after them."""
    dynamodb, runs = place.client("dynamodb"), []
    first, others = (file_of(folder, codes(count, name)) for name in ("C", "D"))
    for number in range(rounds):
        bare, table = (make_table(dynamodb, f"{kind}-{number}") for kind in ("bare", "imported"))
        stack = stack_at(place, table)
        runs.append((write_bare(dynamodb, bare, codes(count)), imported(first, stack), imported(others, stack)))
    names = ("batch_write_item alone", "codes import, new pool", "codes import, pool with codes")
    return dict(zip(names, map(min, zip(*runs, strict=True)), strict=True))


def peak_mb(place: Place, folder: Path, count: int) -> float:
    """Return the peak memory of a process that imports so many codes."""
    make_table(place.client("dynamodb"), f"memory-{count}")
    words = [sys.executable, __file__, "--import", str(file_of(folder, codes(count))), f"memory-{count}"]
    done = subprocess.run([*words, str(place.endpoint_url)], check=True, capture_output=True, text=True)
    return float(re.findall(r"^[\d.]+$", done.stdout, re.MULTILINE)[0])


def _import_and_tell_memory(file: str, table: str, url: str) -> None:
    import_codes(Path(file), POOL, stack_at(Place(endpoint_url=url, region=LOCAL_REGION), table), NOW)
    # Not ru_maxrss: that begins with the peak of the process that started this one.
    peak_kb = re.findall(r"^VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(), re.MULTILINE)[0]
    print(int(peak_kb) / 1024)


@contextmanager
def _emulator() -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as home:
        try:
            url = local_stack.start(Path(home), install.emulator(ROOT, print), free_port())
            yield Place(endpoint_url=url, region=LOCAL_REGION)
        finally:
            local_stack.down(Path(home))


def main() -> None:
    if not Path("/proc/self/status").exists():
        raise SystemExit("bench/codes_import.py reads /proc, which only Linux has")
    with tempfile.TemporaryDirectory() as name, _emulator() as place:
        folder = Path(name)
        took = seconds(place, folder, CODES)
        peaks = {count: peak_mb(place, folder, count) for count in (FEW, MANY)}
    floor, new, _ = took.values()
    table = Table(f"{CODES:,} codes", "seconds", "codes a second", "ratio")
    for what, least in took.items():
        table.add_row(what, f"{least:.2f}", f"{CODES / least:,.0f}", f"{least / floor:.2f}")
    memory = Table("import", "peak MB", "ratio")
    for count, peak in peaks.items():
        memory.add_row(f"{count:,} codes", f"{peak:.0f}", f"{peak / peaks[FEW]:.2f}")
    Console().print(table, memory)
    print(f"{'within' if new <= RATIO_MAX * floor else 'ABOVE'} {RATIO_MAX} times the floor in a new pool")
    print(
        f"{'within' if peaks[MANY] <= GROWTH_MAX * peaks[FEW] else 'ABOVE'} {GROWTH_MAX} times the memory of few codes"
    )


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--import", dest="told", nargs=3, metavar=("FILE", "TABLE", "URL"))
    told = options.parse_args().told
    if told:
        _import_and_tell_memory(*told)
    else:
        main()
