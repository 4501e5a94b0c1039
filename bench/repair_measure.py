"""The cost of an order to compensation: the CPU of a whole run, the SDK's and that of its connections included.

The run is the real handler. Table and queue are a server in another process that answers at once, over connections that
are kept alive; TLS, which AWS adds, is not in it.
"""

import contextlib
import hashlib
import io
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, ClassVar

import urllib3
from rich.console import Console
from rich.table import Table

import warm_draw

ROOT = Path(__file__).parents[1]
ORDERS = 4_000
ROUNDS = 5
BUDGET_MS = 0.8
LANE = "7"

DUE = datetime(2026, 1, 1, tzinfo=UTC)
Answer = dict[str, Any]


class Cloud:
    """A lane full of orders that were never sent, and a queue that takes everything; counts its calls."""

    def __init__(self, orders: int) -> None:
        from tombola.aws.items import moment, order_item  # noqa: PLC0415 - wants the environment

        self.due_at = moment(DUE)
        items = [order_item(_an_order(number)) for number in range(orders)]
        self.items = {(item["pk"]["S"], item["sk"]["S"]): item for item in items}
        self.entries = [
            {"pk": item["pk"], "sk": item["sk"], "lane": {"S": LANE}, "due_at": self.due_at} for item in items
        ]
        self.calls: Counter[str] = Counter()

    def answer(self, operation: str, asked: Mapping[str, Any]) -> bytes:
        self.calls[operation] += 1
        said: Answer = getattr(self, f"_{operation}")(asked)
        return json.dumps(said).encode()

    def _Query(self, asked: Mapping[str, Any]) -> Answer:  # noqa: N802 - as the services name their operations
        if asked["ExpressionAttributeValues"][":lane"]["S"] != LANE or ":last" in asked["ExpressionAttributeValues"]:
            return {"Items": [], "Count": 0}
        start = int(asked.get("ExclusiveStartKey", {}).get("due_at", {"N": "0"})["N"])
        shown = self.entries[start : start + asked["Limit"]]
        end = start + len(shown)
        more = {"LastEvaluatedKey": {"due_at": {"N": str(end)}}} if end < len(self.entries) else {}
        return {"Items": shown, "Count": len(shown), **more}

    def _BatchGetItem(self, asked: Mapping[str, Any]) -> Answer:  # noqa: N802
        keys = asked["RequestItems"]["table"]["Keys"]
        return {"Responses": {"table": [self.items[key["pk"]["S"], key["sk"]["S"]] for key in keys]}}

    def _UpdateItem(self, asked: Mapping[str, Any]) -> Answer:  # noqa: N802
        item = self.items[asked["Key"]["pk"]["S"], asked["Key"]["sk"]["S"]]
        return {"Attributes": item} if asked.get("ReturnValues") == "ALL_NEW" else {}

    def _TransactWriteItems(self, _: Mapping[str, Any]) -> Answer:  # noqa: N802
        return {}

    def _SendMessageBatch(self, asked: Mapping[str, Any]) -> Answer:  # noqa: N802
        return {
            "Successful": [
                {
                    "Id": entry["Id"],
                    "MessageId": entry["Id"],
                    "MD5OfMessageBody": hashlib.md5(entry["MessageBody"].encode(), usedforsecurity=False).hexdigest(),
                }
                for entry in asked["Entries"]
            ]
        }


def _an_order(number: int) -> Any:  # noqa: ANN401 - its type wants the environment
    from tombola.rules.activity import Award, GrantType  # noqa: PLC0415
    from tombola.rules.award_type import AwardType  # noqa: PLC0415
    from tombola.rules.odds import StrategyMode  # noqa: PLC0415
    from tombola.rules.order import Order, Outcome, Proof  # noqa: PLC0415

    return Order(
        order_id=7 + 128 * (10**15 + number),
        user_id=f"user-{number}",
        activity_id="100001",
        idempotency_key=f"6f1c{number:028d}",
        request_hash=hashlib.sha256(str(number).encode()).hexdigest(),
        outcome=Outcome.WON,
        award=Award(award_id="3", award_type=AwardType.TEXT, award_name="ipad", award_content="Code"),
        shard=0,
        strategy_mode=StrategyMode.SINGLE,
        grant_type=GrantType.AT_ONCE,
        proof=Proof(attempt=0, excluded=(), version=1),
        drawn_at=DUE,
        due_at=DUE,
    )


class Context(warm_draw.Context):
    """Lambda's context, with all the time of a run."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


class Server(BaseHTTPRequestHandler):
    """Answers as AWS does, for as many orders as PUT tells it to have; GET tells the requests since then."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    clouds: ClassVar[dict[str, Cloud]] = {}

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        self._say(self.clouds["now"].answer(operation, json.loads(body)))

    def do_PUT(self) -> None:
        self.clouds["now"] = Cloud(int(self.path.removeprefix("/") or 0))
        self._say(b"")

    def do_GET(self) -> None:
        self._say(json.dumps(self.clouds["now"].calls).encode())

    def _say(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


def _serve(pipe: Connection) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    pipe.send(server.server_port)
    server.serve_forever()


def measure() -> tuple[float, float, int]:
    """Return the CPU milliseconds of an order and of a run with nothing due, and how many calls that run makes."""
    ours, theirs = Pipe()
    server = get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    server.start()
    try:
        return _measured(f"http://127.0.0.1:{ours.recv()}")
    finally:
        server.terminate()


def _measured(url: str) -> tuple[float, float, int]:
    os.environ.update({**warm_draw.ENVIRONMENT, "AWS_ENDPOINT_URL": url})
    sys.path.insert(0, str(ROOT / "functions/compensate"))
    import compensate_handler  # noqa: PLC0415
    from tombola.aws import telemetry  # noqa: PLC0415 - wants the environment
    from tombola.aws.events import WORKER  # noqa: PLC0415

    log: Any = telemetry.log.handlers[0]
    log.setStream(io.StringIO())
    handler, pool = compensate_handler.handler, urllib3.PoolManager()
    idle_ms, calls, _ = _least(handler, {"id": "run"}, pool, url)
    worker_ms, _, sent = _least(handler, {WORKER: [LANE]}, pool, f"{url}/{ORDERS}")
    return worker_ms / sent, idle_ms, calls


def _least(handler: Any, event: Answer, pool: urllib3.PoolManager, url: str) -> tuple[float, int, int]:  # noqa: ANN401
    """Return the least CPU milliseconds of some runs, and the calls and the orders sent in the last one."""
    runs = []
    for _ in range(ROUNDS):
        pool.request("PUT", url)
        with contextlib.redirect_stdout(io.StringIO()):
            started = time.process_time()
            said = handler(event, Context())
            runs.append((time.process_time() - started) * 1000)
    calls: dict[str, int] = pool.request("GET", url).json()
    return min(runs), sum(calls.values()), said["resent"]


def cpu_seconds_per_order() -> float:
    return measure()[0] / 1000


def _run_ms(handler: Any) -> float:  # noqa: ANN401 - as Lambda calls it
    with contextlib.redirect_stdout(io.StringIO()):
        started = time.process_time()
        handler({"id": "run"}, Context())
        return (time.process_time() - started) * 1000


def main() -> None:
    order_ms, idle_ms, calls = measure()
    table = Table("compensation, CPU", "ms", title=f"least of {ROUNDS} runs, {ORDERS:,} orders due")
    table.add_row("an order that is sent again, SDK included", f"{order_ms:.2f}")
    table.add_row(f"a run with nothing due, {calls} calls", f"{idle_ms:.0f}")
    Console().print(table)
    print(f"{'within' if order_ms <= BUDGET_MS else 'ABOVE'} the budget of {BUDGET_MS} ms an order")


if __name__ == "__main__":
    main()
