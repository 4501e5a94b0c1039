"""A client of the API asks again with the same key, waits as it is told, and says so when it gives up."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from builders import an_order
from tombola.rules.answer import order_answer
from tombola_cli.commands import main
from tombola_cli.errors import TombolaError
from tombola_cli.local import local_stack
from tombola_cli.operate.api import Api, accepted
from tombola_cli.operate.patience import PATIENCE_SECONDS, PAUSE_SECONDS, PAUSE_SECONDS_MAX, Patience
from tombola_cli.operate.stack import Stack

ORDER = dict(order_answer(an_order()))
POLL_SECONDS = 0.01
SLEPT_SECONDS_MAX = 10 * PATIENCE_SECONDS  # a client that still asks then never gives up


@dataclass
class Server:
    """Answers as it is told, one answer a request, the last one again and again; and keeps what it was sent."""

    url: str = ""
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    puts: list[str] = field(default_factory=list)  # paths
    bodies: list[Any] = field(default_factory=list)

    def next(self) -> tuple[int, dict[str, str]]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def stack(self) -> Stack:
        names = dict.fromkeys(set(Stack.__dataclass_fields__) - {"region", "endpoint_url", "profile", "api_url"}, "x")
        return Stack(region="us-east-1", endpoint_url=self.url, api_url=self.url, **names)


@pytest.fixture
def server() -> Iterator[Server]:
    with _serving(Server()) as server:
        yield server


@contextmanager
def _serving(server: Server) -> Iterator[Server]:
    class Answers(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            server.puts.append(self.path)
            self.do_POST()

        def do_POST(self) -> None:
            server.keys.append(self.headers["Idempotency-Key"])
            server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status, headers = server.next()
            body = json.dumps(ORDER if status < 400 else {"message": "Too Many Requests"}).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=listening.serve_forever, args=(POLL_SECONDS,), daemon=True).start()
    server.url = f"http://127.0.0.1:{listening.server_port}"
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()


@dataclass
class Time:
    """Passes while a client sleeps, and only then."""

    slept: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        assert sum(self.slept) < SLEPT_SECONDS_MAX, "it never gives up"

    def client(self, server: Server, chance: float = 1.0) -> Api:
        patience = Patience(clock=lambda: sum(self.slept), sleep=self.sleep, chance=lambda: chance)
        return Api(server.stack, patience=patience, tell=self.told.append)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_stack_is_asked_again_with_the_same_key_and_that_is_said_once(server: Server, status: int) -> None:
    server.answers, time = [(status, {}), (status, {}), (201, {})], Time()

    reply = time.client(server).draw("100001", "xiaofuge", "key")

    assert (reply.status, reply.body) == (201, ORDER)
    assert server.keys == ["key"] * 3
    assert time.slept == [PAUSE_SECONDS, 2 * PAUSE_SECONDS]
    assert [words.partition(" (")[0] for words in time.told] == ["busy, trying again for up to 120 s"]
    assert str(status) in time.told[0]


@pytest.mark.parametrize("status", [200, 201, 400, 403, 404, 409, 422])
def test_what_is_an_answer_is_not_asked_again(server: Server, status: int) -> None:
    server.answers, time = [(status, {})], Time()

    assert time.client(server).draw("100001", "xiaofuge", "key").status == status
    assert (server.keys, time.slept, time.told) == (["key"], [], [])


def test_nobody_comes_back_before_the_time_that_they_were_told(server: Server) -> None:
    server.answers, time = [(503, {"Retry-After": "7"}), (429, {"Retry-After": "60"}), (201, {})], Time()

    assert time.client(server, chance=0.0).draw("100001", "xiaofuge", "key").status == 201
    assert time.slept == [7, 60]


@pytest.mark.parametrize("said", ["0", "", "soon", "-1", "Wed, 21 Oct 2015 07:28:00 GMT", "9" * 500])
def test_a_time_that_says_nothing_leaves_the_client_its_own_pause(server: Server, said: str) -> None:
    server.answers, time = [(503, {"Retry-After": said}), (201, {})], Time()

    assert time.client(server).draw("100001", "xiaofuge", "key").status == 201
    assert time.slept == [PAUSE_SECONDS]


def test_pauses_are_doubled_up_to_a_bound_and_jittered(server: Server) -> None:
    server.answers, time, other = [*[(429, {})] * 8, (201, {})], Time(), Time()
    time.client(server).draw("100001", "xiaofuge", "key")
    server.answers = [(429, {}), (201, {})]
    other.client(server, chance=0.5).draw("100001", "xiaofuge", "key")

    assert time.slept == [0.2, 0.4, 0.8, 1.6, 3.2, PAUSE_SECONDS_MAX, PAUSE_SECONDS_MAX, PAUSE_SECONDS_MAX]
    assert other.slept == [PAUSE_SECONDS / 2]


def test_a_stack_that_stays_busy_is_given_up_in_time_and_the_last_answer_is_told(server: Server) -> None:
    server.answers, time = [(503, {}), (429, {})], Time()

    with pytest.raises(TombolaError) as given_up:
        time.client(server).draw("100001", "xiaofuge", "key")

    assert PATIENCE_SECONDS - PAUSE_SECONDS_MAX < sum(time.slept) <= PATIENCE_SECONDS
    words = str(given_up.value)
    assert words.startswith("POST /activities/100001/draws was not answered in 11")
    assert f"and {len(server.keys)} tries" in words
    assert words.endswith("the last answer: 429: Too Many Requests")
    assert len(time.told) == 1


def test_who_is_told_to_come_back_too_late_gives_up_at_once(server: Server) -> None:
    server.answers, time = [(503, {"Retry-After": "3600"})], Time()

    with pytest.raises(TombolaError, match="in 0 s and 1 tries, the next after 3600 s; the last answer: 503"):
        time.client(server).draw("100001", "xiaofuge", "key")

    assert time.slept == []


def test_a_stack_that_does_not_answer_is_asked_again_too(server: Server) -> None:
    with _serving(Server(answers=[(201, {})])) as gone:
        pass
    time = Time()

    with pytest.raises(TombolaError, match=f"the last answer: 503: {gone.url} does not answer: NewConnectionError"):
        time.client(gone).draw("100001", "xiaofuge", "key")

    assert sum(time.slept) > PATIENCE_SECONDS - PAUSE_SECONDS_MAX


def test_a_refusal_is_told_with_its_code(server: Server) -> None:
    server.answers = [(409, {})]

    with pytest.raises(TombolaError, match="409: Too Many Requests"):
        accepted(Time().client(server).draw("100001", "xiaofuge", "key"))


@pytest.fixture
def tombola(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    """Return the command, on a stack that answers as the server does."""
    server.stack.save(local_stack.stack_file(tmp_path))
    monkeypatch.setattr(local_stack, "HOME", tmp_path)
    return lambda *words: CliRunner().invoke(main.app, words, catch_exceptions=False)


def test_who_draws_at_a_terminal_is_told_why_it_takes_longer(server: Server, tombola: Callable[..., Any]) -> None:
    server.answers = [(429, {}), (503, {"Retry-After": "0"}), (201, {})]

    done = tombola("draw", "100001", "xiaofuge")

    assert done.exit_code == 0
    assert done.stderr == "busy, trying again for up to 120 s (429: Too Many Requests)\n"
    assert done.stdout.startswith("won ipad")
    assert len(set(server.keys)) == 1


def test_an_address_is_put_at_its_order(server: Server) -> None:
    server.answers = [(200, {})]

    reply = Api(server.stack).give_address("a@b", "7", {"name": "somebody"})

    assert (reply.status, server.puts, server.bodies) == (
        200,
        ["/users/a%40b/draws/7/shipping-address"],
        [{"name": "somebody"}],
    )
