"""web/verify/verify.html where it is served: it signs in with a token, and asks one API for all that it judges."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chromium import Heard
from public_campaign import Papers
from test_verify import revealed_papers
from verify_page import PAGE

ACTIVITY_ID = "100004"
TOKEN = "a.token.of.mine"  # noqa: S105 - no password


@dataclass
class Served:
    """A server of the page and of an API, which answers by path and notes who asks what."""

    address: str
    answers: dict[str, tuple[int, Any]]
    asked: list[tuple[str, str | None]] = field(default_factory=list)  # path, and the token that came with it


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(answers_of(revealed_papers())) as server:
        yield server


def answers_of(papers: Papers) -> dict[str, tuple[int, Any]]:
    """Return the answers by path; the log comes in two pages."""
    entries, log = papers["log"]["entries"], f"/activities/{ACTIVITY_ID}/log?limit=100"
    return {
        f"/activities/{ACTIVITY_ID}": (200, papers["activity"]),
        log: (200, {"entries": entries[:4], "unreadable": 0, "next": 4}),
        f"{log}&after=4": (200, {"entries": entries[4:], "unreadable": 0, "next": None}),
        "/users/me/draws?limit=100": (200, papers["draws"]),
    }


@contextmanager
def serving(answers: dict[str, tuple[int, Any]]) -> Iterator[Served]:
    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/verify.html":
                return self.answer(200, "text/html", PAGE.read_bytes())
            told.asked.append((self.path, self.headers["Authorization"]))
            status, answer = told.answers.get(self.path, (404, {"status": 404, "code": "NOT_FOUND", "title": "none"}))
            return self.answer(status, "application/json", json.dumps(answer).encode())

        def answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    told = Served(f"http://127.0.0.1:{server.server_port}", answers)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


def fetch(page: Page, served: Served, api: str, words: str) -> None:
    """Ask api for the activity as the user of the token, and wait for these words."""
    page.goto(f"{served.address}/verify.html")
    for name, value in (("api", api), ("named", ACTIVITY_ID), ("token", TOKEN)):
        page.fill(f"#{name}", value)
    page.get_by_text("Sign in and fetch").click()
    expect(page.locator("#fetched")).to_contain_text(words)


def test_it_fetches_every_page_and_judges_what_it_got(page: Page, served: Served) -> None:
    fetch(page, served, f"{served.address}/", "Fetched")

    assert page.locator("#log_told").inner_text() == "entries of the log: 6"
    expect(page.locator(".verdict")).to_contain_text("Right draws: 2 of 2")
    assert [path for path, _ in served.asked if "favicon" not in path] == list(served.answers)


def test_the_token_goes_with_the_question_for_draws_alone(page: Page, served: Served) -> None:
    fetch(page, served, served.address, "Fetched")

    tokens = {(path.split("/")[1], token) for path, token in served.asked if "favicon" not in path}
    assert tokens == {("activities", None), ("users", f"Bearer {TOKEN}")}
    assert TOKEN not in page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }]) + location.href")


def test_a_refusal_is_told_as_the_api_told_it(page: Page, served: Served, heard: Heard) -> None:
    heard.expected = ["401"]
    served.answers["/users/me/draws?limit=100"] = (401, {"message": "Unauthorized"})

    fetch(page, served, served.address, "The API refused this: 401 Unauthorized")


def test_an_api_that_forbids_the_page_or_is_gone_is_named(page: Page, served: Served, heard: Heard) -> None:
    heard.expected = ["CORS", "ERR_FAILED", "ERR_CONNECTION_REFUSED"]
    with serving(answers_of(revealed_papers())) as other:
        fetch(page, served, other.address, f"{other.address}/activities/{ACTIVITY_ID} gives no answer")
    fetch(page, served, other.address, "may this page ask it (parameter CorsOrigins)?")

    assert any("CORS" in fault for fault in heard.faults)
    assert any("REFUSED" in fault for fault in heard.faults)


def test_a_token_goes_over_no_open_network(page: Page, served: Served) -> None:
    fetch(page, served, "http://api.example", "The address has to begin with https://")

    assert served.asked == [] or {path for path, _ in served.asked} == {"/favicon.ico"}


def test_pages_without_an_end_end(page: Page, served: Served) -> None:
    log = f"/activities/{ACTIVITY_ID}/log?limit=100"
    for path in (log, f"{log}&after=4"):
        served.answers[path] = (200, {"entries": [], "unreadable": 0, "next": 4})

    fetch(page, served, served.address, "The API has more than 100 pages of this")
