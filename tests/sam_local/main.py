"""Every event of events/ through `sam local invoke`, and the API through `sam local start-api`.

Exit status: 0, every answer is as events/answers.yaml tells; 1, one is not, or something failed; 77, nothing ran, since
something that it needs is missing, which is said (as test suites elsewhere tell that they were skipped). make ends with
2 wherever a program does not end with 0.
"""

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import NoReturn

from sam_local import base_image, engine, ledger, needs
from sam_local.answers import Expected, Said, faults, table
from sam_local.serverless import Sam, joined
from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT
from tombola_cli.local import install
from tombola_cli.sam import sam_tools

HOME = ROOT / ".local/sam-local"
FAILED = 1
NOT_RUN = 77
TERMINATED = 128 + signal.SIGTERM


def main() -> int:
    """Return the exit status."""
    if lacking := needs.missing():
        _tell("sam local was not run. It needs", *lacking)
        return NOT_RUN
    signal.signal(signal.SIGTERM, _end)
    try:
        found = _all_faults()
    except TombolaError as error:
        found = [str(error)]
    _tell(*found or ["every answer is as events/answers.yaml tells"])
    return FAILED if found else 0


def _end(*_: object) -> NoReturn:
    """End as after an error, so that everything is stopped; once is enough."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(TERMINATED)


def _all_faults() -> list[str]:
    with ExitStack() as started:
        HOME.mkdir(parents=True, exist_ok=True)
        install.sam(ROOT, _tell)
        build = sam_tools.built(_tell)
        stack = started.enter_context(ledger.running(HOME, _tell))
        _tell("starting a container engine")
        runs = started.enter_context(engine.running(HOME))
        _tell("making the image, if it is not there")
        image = base_image.made(runs)
        started.enter_context(joined(runs, stack, HOME))
        sam = Sam(runs, image, build, stack, HOME)
        invoked = list(_invoked(sam))
        ledger.begin_anew(stack)
        return invoked + list(_served(sam))


def _invoked(sam: Sam) -> Iterator[str]:
    for row in table():
        yield from _faults("sam local invoke", row, sam, partial(sam.invoke, row.function, row.event, row.variables))


def _served(sam: Sam) -> Iterator[str]:
    _tell("starting sam local start-api")
    with sam.api() as api:
        for row in table():
            if row.status and not row.only:
                event = json.loads((ROOT / f"events/{row.event}.json").read_text("utf-8"))
                yield from _faults("sam local start-api", row, sam, partial(api.send, event))


def _faults(way: str, row: Expected, sam: Sam, send: Callable[[], Said]) -> Iterator[str]:
    """Give the event what it needs, send it, and tell the answer; yield what is wrong with it."""
    ledger.put_what_it_has(row, sam.stack)
    begun = time.monotonic()
    try:
        said = send()
        found = faults(row, said) + ledger.faults_in(row, sam.stack)
        words = said.status or json.dumps(said.body)
    except TombolaError as error:
        found, words = [str(error)], "no answer"
    _tell(f"{way:19} {row.event:28} {time.monotonic() - begun:5.1f} s  {words}{'  WRONG' if found else ''}")
    yield from (f"{way} {row.event}: {fault}" for fault in found)


def _tell(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)  # noqa: T201 - this is a program


if __name__ == "__main__":
    sys.exit(main())
