"""Cold start: what SAM builds, imported and wired, against a process that only makes a DynamoDB client, in one run.

Whole processes until they could serve, interleaved, median of 15. Functions and layer are read-only, as on Lambda: what
SAM leaves uncompiled is compiled at every start. Read the ratios: the milliseconds are this machine's.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

ROOT = Path(__file__).parents[1]
ROUNDS = 15
BUDGETS = {"draw": 1.35, "distribute": 1.5}
FUNCTIONS = ("DrawFunction", "DistributeFunction", "CompensateFunction")
BUILD_SECONDS_MAX = 600
CASES = {
    'boto3.client("dynamodb")': "import boto3; boto3.client('dynamodb')",
    "draw": "import draw_handler",
    "draw, streams": "import os; os.environ['TRANSPORT'] = 'streams'; import draw_handler",
    "distribute": "import distribute_handler",
    "compensate": "import compensate_handler",
}
FORBIDDEN = ("aws_xray_sdk", "pydantic")  # 200 ms and 100 ms


def main() -> None:
    if sys.version_info[:2] != (3, 13):
        sys.exit(f"the layer's bytecode is python3.13's, and {sys.executable} is another: make clean, with python3.13")
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(Path(folder))
        for code in CASES.values():
            _seconds(code, environment)  # files in the page cache
        times: dict[str, list[float]] = {name: [] for name in CASES}
        for _ in track(range(ROUNDS), "cold starts"):
            for name, code in CASES.items():
                times[name].append(_seconds(code, environment))
        loaded = _loaded("import draw_handler", environment)
    _report({name: statistics.median(each) for name, each in times.items()}, loaded)


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment of a function that starts on Lambda, after sam build."""
    _build(folder)
    functions = (str(folder / "build" / name) for name in FUNCTIONS)
    settings = ("FIRST_CHECK_SECONDS", "RESEND_AFTER_SECONDS", "BACKOFF_SECONDS", "BACKOFF_MAX_SECONDS", "FAILURES_MAX")
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([*functions, str(folder / "build/SharedLayer/python")]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_LAMBDA_FUNCTION_NAME": "function",  # so that wiring happens at import
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AUTHORIZATION": "iam",
        "TABLE_NAME": "table",
        "TRANSPORT": "sqs",
        "QUEUE_URL": "https://queue.example",
        "POWERTOOLS_SERVICE_NAME": "tombola",
        "POWERTOOLS_METRICS_NAMESPACE": "tombola",
        "REPAIR_WORKERS": "1",
        "STAGE": "prod",
        "CALLS_TABLE": "calls",
        "PROVIDER_SECRETS": "tombola/provider/",
        **dict.fromkeys(settings, "60"),
    }


def _build(folder: Path) -> None:
    probe = ["/bin/bash", str(ROOT / "requirements/find_python.sh")]
    python = Path(subprocess.run(probe, check=True, capture_output=True, text=True).stdout.strip())
    places = ["--build-dir", str(folder / "build"), "--cache-dir", str(folder / "cache")]
    done = subprocess.run(
        [str(ROOT / ".local/sam/bin/sam"), "build", *places],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}", "SAM_CLI_TELEMETRY": "0"},
        check=False,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS_MAX,
    )
    if done.returncode:
        sys.exit(f"sam build failed:\n{done.stdout}{done.stderr}")


def _seconds(code: str, environment: dict[str, str]) -> float:
    """Return the seconds of CPU that code takes: others on this machine lengthen every other clock."""
    no_farewell = f"{code}; import os; os._exit(0)"  # the work of a process at its end is no part of a start
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", no_farewell], env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _loaded(code: str, environment: dict[str, str]) -> list[str]:
    """Return the costly modules that code imports although it should not."""
    asked = f"{code}; import sys; print(*[name for name in {FORBIDDEN!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], env=environment, check=True, capture_output=True, text=True)
    return done.stdout.split()


def _report(medians: dict[str, float], loaded: list[str]) -> None:
    base, *_ = medians.values()
    table = Table("cold start", "CPU ms", "ratio", title=f"median of {ROUNDS}, until it could serve")
    for name, seconds in medians.items():
        table.add_row(name, f"{seconds * 1000:.0f}", f"{seconds / base:.2f}")
    Console().print(table)
    if loaded:
        print(f"the draw function loads {', '.join(loaded)}")
    for name, budget in BUDGETS.items():
        within = medians[name] / base <= budget
        print(f"{name}: {'within' if within else 'ABOVE'} the budget of {budget}")


if __name__ == "__main__":
    main()
