"""A page of another origin: what a browser sends for it, and what it lets the page see."""

import json
from typing import Any

import urllib3

from tombola_cli.local import local_stack
from tombola_cli.operate.api import TIMEOUT_SECONDS

ORIGINS = ("https://shop.example", "http://127.0.0.1:5173")  # the second is where Vite serves a page
PARAMETERS = {**local_stack.PARAMETERS, "CorsOrigins": ",".join(ORIGINS)}  # of the stack that most tests share


def ask(method: str, url: str, headers: dict[str, str], body: Any = None) -> urllib3.BaseHTTPResponse:
    sent = None if body is None else json.dumps(body)
    return urllib3.request(method, url, headers=headers, body=sent, timeout=TIMEOUT_SECONDS)


def preflight(url: str, origin: str) -> urllib3.BaseHTTPResponse:
    """Ask whether a page of origin may draw."""
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,idempotency-key"}
    return ask("OPTIONS", url, {"Origin": origin, **asked})


def listed(answer: urllib3.BaseHTTPResponse, header: str) -> set[str]:
    return set(answer.headers[header].replace(" ", "").lower().split(","))
