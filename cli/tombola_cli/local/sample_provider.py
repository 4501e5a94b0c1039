"""A sample provider of coupons, as docs/coupons.md asks for one: it knows a key again, and fails as it is told to."""

import hmac
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Lock, Timer
from typing import Any

from tombola_cli.errors import TombolaError

REQUEST_MAX = 64 * 1024  # bytes of a body that are read
AGE_SECONDS_MAX = 300  # of a signature
HUGE = 200_000  # bytes of an answer that nobody should read
COUPONS, FAULTS = "/coupons", "/faults"


@dataclass(frozen=True, kw_only=True)
class Faults:
    """The chance, 0 to 1, that a request meets each fault; together 1 at the most."""

    slow: float = 0.0  # it answers after slow_seconds, with effect
    failing: float = 0.0  # 503, half of them with effect
    lying: float = 0.0  # 200 without a coupon, a huge answer, or a redirect
    refusing: float = 0.0  # 401, as with a key that has expired
    down: float = 0.0  # no answer at all

    def __post_init__(self) -> None:
        chances = asdict(self)
        if not all(isinstance(each, int | float) and 0 <= each <= 1 for each in chances.values()):
            raise TombolaError(f"each of {', '.join(chances)} is a chance from 0 to 1")
        if sum(chances.values()) > 1:
            raise TombolaError(f"the chances of {', '.join(chances)} are more than 1 together")

    def drawn(self, number: float) -> str | None:
        """Return the fault that number, from 0 to 1, falls on."""
        for each in fields(self):
            number -= getattr(self, each.name)
            if number < 0:
                return each.name
        return None


@dataclass
class Desk:
    """What the provider knows: the coupon of each key, and who is served just now."""

    key: str
    chance: Random
    faults: Faults = field(default_factory=Faults)
    slow_seconds: float = 2.0
    given: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    under_way: set[str] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    def enter(self, key: str) -> tuple[str | None, float, bool]:
        """Return the fault that a request meets, a number from 0 to 1, and whether its key is under way already."""
        with self.lock:
            self.asked += 1
            busy = key in self.under_way
            self.under_way.add(key)
            return self.faults.drawn(self.chance.random()), self.chance.random(), busy

    def leave(self, key: str) -> None:
        with self.lock:
            self.under_way.discard(key)

    def coupon_of(self, key: str) -> str:
        """Return the coupon of key: the same one, however often it is asked for."""
        with self.lock:
            return self.given.setdefault(key, f"{self.chance.getrandbits(64):016X}")

    def is_signed(self, headers: Mapping[str, str], body: bytes, now: float) -> bool:
        """Return whether the request was signed with this provider's key a moment ago (docs/coupons.md)."""
        timestamp, key = headers.get("Tombola-Timestamp") or "", headers.get("Idempotency-Key") or ""
        if not (timestamp.isascii() and timestamp.isdigit()) or abs(int(timestamp[:12]) - now) > AGE_SECONDS_MAX:
            return False
        signed = hmac.digest(self.key.encode(), f"{timestamp}.{key}.".encode() + body, "sha256").hex()
        return hmac.compare_digest(f"v1={signed}".encode(), (headers.get("Tombola-Signature") or "").encode())


class SampleProvider(ThreadingHTTPServer):
    """Serves a desk at an address, each request on a thread of its own."""

    daemon_threads = True

    def __init__(
        self,
        port: int,
        desk: Desk,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        try:
            super().__init__(("127.0.0.1", port), _Request)
        except OSError as error:
            words = f"port {port} of 127.0.0.1 cannot be served: {error.strerror}"
            raise TombolaError(f"{words}; take another --port") from None
        self.desk, self.clock, self.sleep = desk, clock, sleep

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of callers that have given up, as they do where an answer is slow; tell every other error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # of no use there

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{COUPONS}"


def serve(
    port: int,
    key: str,
    faults: Faults,
    slow_seconds: float,
    seed: int,
    seconds: float | None,
    ready: Callable[[str], None],
) -> None:
    """Serve a sample provider, whose address ready is told, until it is interrupted or so many seconds are over."""
    chance = Random(seed)  # noqa: S311 - coupons of a sample, and its faults  # nosec B311
    desk = Desk(key, chance, faults, slow_seconds)
    with SampleProvider(port, desk) as server:
        ready(server.url)
        if seconds is not None:
            end = Timer(seconds, server.shutdown)
            end.daemon = True
            end.start()
        server.serve_forever()


class _Request(BaseHTTPRequestHandler):
    server: SampleProvider
    timeout = 10
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Tell how much was asked and given, and no coupon."""
        desk = self.server.desk
        self._answer(200, {"asked": desk.asked, "given": len(desk.given), "faults": asdict(desk.faults)})

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), REQUEST_MAX))
        if self.path == FAULTS:
            self._set_faults(body)
        elif self.path == COUPONS:
            self._give(body)
        else:
            self._answer(404, {"error": "there is nothing here"})

    def _set_faults(self, body: bytes) -> None:
        try:
            self.server.desk.faults = Faults(**json.loads(body))
        except (TypeError, ValueError, TombolaError) as error:
            self._answer(400, {"error": str(error)})
        else:
            self.do_GET()

    def _give(self, body: bytes) -> None:
        desk, key = self.server.desk, self.headers.get("Idempotency-Key") or ""
        if not key:
            self._answer(400, {"error": "Idempotency-Key is missing"})
            return
        if not desk.is_signed(self.headers, body, self.server.clock()):  # type: ignore[arg-type]  # a mapping by name
            self._answer(401, {"error": "the signature does not fit"})
            return
        fault, number, busy = desk.enter(key)
        if busy:
            self._answer(409, {"error": "this key is under way"})
            return
        try:
            self._meet(fault, number, key)
        finally:
            desk.leave(key)

    def _meet(self, fault: str | None, number: float, key: str) -> None:
        desk = self.server.desk
        if fault == "down":
            self.close_connection = True
        elif fault == "refusing":
            self._answer(401, {"error": "who are you?"})
        elif fault == "failing":
            if number < 0.5:  # noqa: PLR2004 - half of them
                desk.coupon_of(key)
            self._answer(503, {"error": "not now"}, {"Retry-After": "1"})
        elif fault == "lying":
            self._lie(number)
        else:
            coupon = desk.coupon_of(key)
            if fault == "slow":
                self.server.sleep(desk.slow_seconds)
            self._answer(200, {"coupon": coupon})

    def _lie(self, number: float) -> None:
        lies: list[tuple[int, dict[str, Any], dict[str, str]]] = [
            (200, {"coupon": None}, {}),
            (200, {"coupon": "x" * HUGE}, {}),
            (302, {}, {"Location": self.server.url}),
        ]
        self._answer(*lies[int(number * len(lies))])

    def _answer(self, status: int, content: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(body), **(headers or {})}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in http.server
        """Say nothing: a line of the standard log would be one a request, and the counts are at GET /."""
