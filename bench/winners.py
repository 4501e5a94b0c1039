"""Exporting winners: rows a second against recorded answers, and memory, for few winners and for very many.

The answers are DynamoDB's own JSON, replayed in place of the network: the rest is the work of the SDK and the export,
in seconds of CPU of this machine. Memory is the peak of a process that exports and ends.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from rich.console import Console
from rich.table import Table

from tombola.aws.batch import KEYS_MAX
from tombola.aws.items import milliseconds
from tombola.rules.award_type import AwardType
from tombola_cli.files.activity_file import read_activity
from tombola_cli.files.repository import ROOT
from tombola_cli.operate.stack import LOCAL_REGION, Place, Stack
from tombola_cli.operate.wins_export import WinExport
from tombola_cli.operate.wins_list import PAGE, Listing

FEW, MANY = 10_000, 1_000_000
ROUNDS = 3
ROWS_A_SECOND = 5_000
GROWTH_MAX = 1.25  # of the peak of MANY against that of FEW
BEGIN = datetime(2027, 1, 1, tzinfo=UTC)
UNTIL = BEGIN + timedelta(days=30)
ORDER_IDS = 2**62  # as long as they are

Item = dict[str, Any]


class Recorded:
    """The answers of a table with so many winners: a page of the index and its orders, replayed again and again."""

    def __init__(self, winners: int) -> None:
        self._left = winners
        entries = [_entry(number) for number in range(PAGE)]
        self._entries = [json.dumps(entry) for entry in entries]
        self._next = json.dumps(entries[-1])
        self._orders = {
            entries[first]["sk"]["S"].encode(): _batch(entries[first : first + KEYS_MAX])
            for first in range(0, PAGE, KEYS_MAX)
        }

    def answer(self, request: AWSPreparedRequest, **_: object) -> Any:  # noqa: ANN401 - an AWSResponse
        """Return the answer to a query of the index, or to a batch read of orders."""
        target = request.headers["X-Amz-Target"]
        body = self._page() if b"Query" in target else self._of_batch(request.body)
        made: Any = AWSResponse(request.url, 200, HTTPHeaders(), None)
        made._content = body  # noqa: SLF001 - botocore's own way to answer without a network
        return made

    def _page(self) -> bytes:
        taken, self._left = min(self._left, PAGE), max(0, self._left - PAGE)
        more = f', "LastEvaluatedKey": {self._next}' if self._left else ""
        return f'{{"Items": [{", ".join(self._entries[:taken])}]{more}}}'.encode()

    def _of_batch(self, body: Any) -> bytes:  # noqa: ANN401 - bytes, as the SDK sends them
        first = re.search(rb"ORDER#\d+", body)
        return self._orders[first[0]] if first else b"{}"


def _entry(number: int) -> Item:
    at = milliseconds(BEGIN) + number
    key = {"pk": {"S": f"USER#{number:036d}"}, "sk": {"S": f"ORDER#{ORDER_IDS + number:019d}"}}
    return {**key, "win": {"S": "100001#00"}, "drawn_at": {"N": str(at)}}


def _batch(entries: list[Item]) -> bytes:
    award = {"award_id": {"S": "3"}, "award_type": {"N": str(AwardType.TEXT.number)}, "award_name": {"S": "平板电脑"}}
    orders = [
        {
            **{name: value for name, value in entry.items() if name != "win"},
            "outcome": {"S": "won"},
            "grant_state": {"N": "1"},
            "granted_at": entry["drawn_at"],
            "award": {"M": award},
        }
        for entry in reversed(entries)  # DynamoDB keeps no order
    ]
    return json.dumps({"Responses": {"table": orders}, "UnprocessedKeys": {}}).encode()


def export(winners: int, folder: Path) -> float:
    """Return the seconds of CPU that an export of so many winners takes."""
    client = boto3.client("dynamodb", LOCAL_REGION, aws_access_key_id="test", aws_secret_access_key="test")  # noqa: S106
    client.meta.events.register("before-send.dynamodb.*", Recorded(winners).answer)
    listing = Listing(activity=read_activity(ROOT / "activities/100001.yaml"), until=UNTIL)
    path = folder / f"{winners}.csv"
    started = time.process_time()
    done = WinExport(listing, path, _stack_of(client)).run()
    seconds = time.process_time() - started
    if done.rows != winners:
        raise SystemExit(f"{done.rows} rows were written, and there are {winners} winners")
    path.unlink()
    return seconds


def _stack_of(client: Any) -> Stack:  # noqa: ANN401 - a client, whose types are only there in tests
    class Replayed(Stack):
        """A stack whose only client replays."""

        def client(self, service: str) -> Any:  # noqa: ANN401, ARG002 - as above
            return client

    names = {each.name: "" for each in fields(Stack)} | asdict(Place(region=LOCAL_REGION))
    return Replayed(**{**names, "table_name": "table"})


def peak_mb(winners: int) -> float:
    """Return the peak memory of a process that exports so many winners."""
    words = [sys.executable, __file__, "--export", str(winners)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return float(done.stdout)


def _export_and_tell_memory(winners: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        export(winners, Path(folder))
    # Not ru_maxrss: that begins with the peak of the process that started this one.
    peak_kb = re.findall(r"^VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(), re.MULTILINE)[0]
    print(int(peak_kb) / 1024)


def main(many: int) -> None:
    if not Path("/proc/self/status").exists():
        raise SystemExit("bench/winners.py reads /proc, which only Linux has")
    with tempfile.TemporaryDirectory() as folder:
        least = min(export(FEW, Path(folder)) for _ in range(ROUNDS))
    peaks = {winners: peak_mb(winners) for winners in (FEW, many)}
    table = Table("winners, exported", "rows a second", "peak MB", "ratio")
    for winners, peak in peaks.items():
        pace = f"{FEW / least:,.0f}" if winners == FEW else ""
        table.add_row(f"{winners:,}", pace, f"{peak:.0f}", f"{peak / peaks[FEW]:.2f}")
    Console().print(table)
    print(f"{'at least' if FEW / least >= ROWS_A_SECOND else 'BELOW'} {ROWS_A_SECOND:,} rows a second")
    print(f"{'within' if peaks[many] <= GROWTH_MAX * peaks[FEW] else 'ABOVE'} {GROWTH_MAX} times the memory of {FEW:,}")


if __name__ == "__main__":
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--many", type=int, default=MANY, help="winners of the longer list")
    parser.add_argument("--export", type=int, metavar="WINNERS", help="export so many, and print the peak memory")
    asked = parser.parse_args()
    if asked.export:
        _export_and_tell_memory(asked.export)
    else:
        main(asked.many)
