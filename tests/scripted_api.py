"""An API on this machine that answers as a test has written, with the built wheel page beside it.

It keeps one promise of the real one: the same key is the same draw.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]
AWARDS = ("IMac", "iphone", "<b>Book</b>")
QUOTA = 10


@dataclass(frozen=True)
class Turn:
    """What becomes of one request for a draw: a wait, then a problem, no answer at all, or its order."""

    seconds: float = 0
    problem: Json | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut_before: bool = False  # the connection breaks before the draw is recorded
    cut_after: bool = False  # and here it is on record


def refused(status: int, code: str | None = None, title: str = "", seconds: int | None = None) -> Turn:
    """Return a refusal; seconds is its Retry-After."""
    problem = {"status": status, "title": title, "detail": "", **({} if code is None else {"code": code})}
    return Turn(problem=problem, headers={} if seconds is None else {"Retry-After": str(seconds)})


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    key: str | None
    body: Json
    token: str | None
    at: float  # seconds of the monotonic clock


class ScriptedApi:
    """Answers with what is in wins, in this order; turns say what becomes of the requests for draws, one each."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.activity = an_activity()
        self.wins: list[str | None] = []
        self.turns: list[Turn] = []
        self.token: str | None = None  # the one that is taken, where one is asked for
        self.asked: list[Asked] = []
        self.orders: dict[str, Json] = {}
        self.quota: int | None = QUOTA
        self.renews_at: str | None = None
        self.more: Json = {}  # of each new order
        self.address_problem: Json | None = None
        self._one_at_a_time = threading.Lock()

    @property
    def draws(self) -> list[Asked]:
        return [each for each in self.asked if each.path.endswith("/draws") and each.method == "POST"]

    @property
    def keys(self) -> set[str | None]:
        return {each.key for each in self.draws}

    def record(self, key: str) -> tuple[int, Json]:
        """Record a draw, or find it."""
        with self._one_at_a_time:
            if key in self.orders:
                return 200, self.orders[key]
            award_id = self.wins.pop(0) if self.wins else None
            self.orders[key] = an_order(len(self.orders), award_id, self.activity) | self.more
            return 201, self.orders[key]

    def quotas(self) -> Json:
        if self.quota is None:
            return {"quotas": [], "left": None, "renews_at": None}
        left = max(0, self.quota - len(self.orders))
        each = {
            "period": "day",
            "draws": self.quota,
            "taken": len(self.orders),
            "left": left,
            "renews_at": self.renews_at,
        }
        return {"quotas": [each], "left": left, "renews_at": None if left else self.renews_at}


def an_activity(**more: Any) -> Json:
    awards = [
        {
            "award_id": str(number),
            "award_type": 1,
            "award_name": name,
            "rate": "0.25",
            "stock": 10,
            "stock_left": 10,
            "unlock_after": 0,
            "grant_type": 1,
            "claim_seconds": None,
            "unclaimed": None,
        }
        for number, name in enumerate(AWARDS, start=1)
    ]
    return {
        "activity_id": "100001",
        "activity_name": "Spring <i>draw</i>",
        "activity_desc": "Three prizes, and sometimes none.",
        "state": 5,
        "begin": "2026-01-01T00:00:00+08:00",
        "end": "2035-12-31T23:59:59+08:00",
        "cap": None,
        "awards": awards,
        "through": [],
        "fallback": None,
        **more,
    }


def an_order(number: int, award_id: str | None, activity: Json) -> Json:
    names = {each["award_id"]: each["award_name"] for each in activity["awards"]}
    award = (
        None if award_id is None else {"award_id": award_id, "award_type": 1, "award_name": names.get(award_id, "?")}
    )
    return {
        "order_id": str(7801955541831006121 + number),
        "activity_id": activity["activity_id"],
        "outcome": "lost" if award is None else "won",
        "award": None if award is None else {**award, "award_content": "C-0DE"},
        "grant_type": 1,
        "grant_at": None,
        "grant_state": 1,
        "claim_by": None,
        "claimed_at": None,
        "shipment": None,
        "drawn_at": f"2026-11-23T12:00:{number % 60:02}+08:00",
    }


@contextmanager
def running_api(page_folder: Path) -> Iterator[ScriptedApi]:
    """Serve the page at / and the API at /api."""
    server = _Server(("127.0.0.1", 0), lambda *args: _Answers(*args, directory=str(page_folder)))
    api = ScriptedApi(f"http://127.0.0.1:{server.server_address[1]}")
    server.api = api  # type: ignore[attr-defined]  # each of its requests looks there
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield api
    server.shutdown()
    server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64  # a page opens many connections at once


class _Answers(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/api/"):
            self._answer()
        else:
            super().do_GET()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self) -> None:
        api: ScriptedApi = self.server.api  # type: ignore[attr-defined]
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        path = urlsplit(self.path).path.removeprefix("/api")
        key, token = self.headers.get("Idempotency-Key"), self.headers.get("Authorization")
        asked = Asked(self.command, path, key, body, token, time.monotonic())
        api.asked.append(asked)
        is_open = self.command == "GET" and path.startswith("/activities/")
        if api.token is not None and not is_open and asked.token != f"Bearer {api.token}":
            self._send(401, {"message": "Unauthorized"})
        elif self.command == "POST" and path.endswith("/draws"):
            self._draw(api, asked.key or "")
        else:
            self._send(*_looked(api, asked))

    def _draw(self, api: ScriptedApi, key: str) -> None:
        turn = api.turns.pop(0) if api.turns else Turn()
        time.sleep(turn.seconds)
        if turn.problem is not None:
            return self._send(turn.problem["status"], turn.problem, turn.headers)
        status, order = (0, {}) if turn.cut_before else api.record(key)
        if turn.cut_before or turn.cut_after:
            self.close_connection = True
            return None
        return self._send(status, order)

    def _send(self, status: int, body: Json, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _looked(api: ScriptedApi, asked: Asked) -> tuple[int, Json]:
    """Return the answer to anything but a draw."""
    match asked.path.strip("/").split("/"):
        case ["activities", _]:
            return 200, api.activity
        case ["users", _, "quotas", _]:
            return 200, api.quotas()
        case ["users", _, *draws]:
            return _looked_at_draws(api, asked, draws)
    return 404, {"status": 404, "code": "0002", "title": "unknown"}


def _looked_at_draws(api: ScriptedApi, asked: Asked, path: list[str]) -> tuple[int, Json]:
    by_id = {order["order_id"]: order for order in api.orders.values()}
    match path:
        case ["draws"]:
            return 200, {"draws": list(api.orders.values())[::-1], "unreadable": 0, "next": None}
        case ["draws", order_id]:
            return 200, by_id[order_id]
        case ["draws", order_id, "claim"]:
            return 200, _granted(by_id[order_id], asked)
        case ["draws", order_id, "shipping-address"]:
            problem = api.address_problem
            return (200, _granted(by_id[order_id], asked)) if problem is None else (problem["status"], problem)
    return 404, {"status": 404, "code": "0002", "title": "unknown"}


def _granted(order: Json, asked: Asked) -> Json:
    """Grant a prize that its user claims, or gives an address for."""
    order |= {"grant_state": 1, "claimed_at": order["drawn_at"]}
    if asked.method == "PUT":
        order |= {"shipment": {"left": False, "carrier": None, "tracking": None, "shipped_at": None}}
    order["award"] |= {"award_content": "C-0DE"}
    return order
