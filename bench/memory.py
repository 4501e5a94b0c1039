"""Memory: the local stack with every worker warm, against a process that only makes a DynamoDB client."""

import shutil
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tombola_cli.files.repository import ROOT
from tombola_cli.local import local_stack, overview
from tombola_cli.local.launch import launch
from tombola_cli.operate.api import Api

HOME = local_stack.HOME / "bench-memory"
CLIENTS = 8
DRAWS = 200
BUDGET_MB = 1024
BARE = """
import boto3, re; boto3.client("dynamodb")
print(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""


def main() -> None:
    if not Path("/proc/self/smaps_rollup").exists():
        raise SystemExit("bench/memory.py reads /proc, which only Linux has")
    try:
        used = _warm_stack()
    finally:
        local_stack.down(HOME)
        shutil.rmtree(HOME, ignore_errors=True)
    bare = int(subprocess.run([sys.executable, "-c", BARE], env=_ENVIRONMENT, capture_output=True, check=True).stdout)
    total_mb = int(used.rpartition(",")[2].removesuffix("MB"))
    table = Table("memory", "MB", "ratio")
    table.add_row('boto3.client("dynamodb")', f"{bare / 1024:.0f}", "1.0")
    table.add_row(f"local stack, {used.partition(',')[0]}", str(total_mb), f"{total_mb * 1024 / bare:.1f}")
    Console().print(table)
    print(f"{'within' if total_mb <= BUDGET_MB else 'ABOVE'} the budget of {BUDGET_MB} MB")


_ENVIRONMENT = {"AWS_DEFAULT_REGION": "us-east-1"}


def _warm_stack() -> str:
    """Draw with as many clients as the stack is made for, and return what its processes use."""
    stack = local_stack.up(HOME, None, print, stack_name="bench-memory")
    launch(ROOT / "activities/100002.yaml", stack)
    api = Api(stack, connections_max=CLIENTS)
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda _: api.draw("100002", str(uuid.uuid4()), "key"), range(DRAWS)))
    pid = local_stack.emulator_of(HOME).pid
    if pid is None:
        raise SystemExit(f"the emulator ended: see {local_stack.emulator_of(HOME).log}")
    return overview.memory(pid)


if __name__ == "__main__":
    main()
