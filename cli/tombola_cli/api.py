"""The HTTP API as a client meets it: one key a draw, kept over its retries, and signed where AWS asks for it."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import urllib3

from tombola_cli.errors import TombolaError
from tombola_cli.stack import Stack

TIMEOUT_SECONDS = 30.0
TRIES_MAX = 6  # with the same key: asking again is always safe
PAUSE_SECONDS = 0.2  # after the first try; doubled after each
TRY_AGAIN = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Reply:
    """A status and the JSON document that came with it."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True)
class Api:
    """The API of one stack; threads may share it, connections_max of them at once."""

    stack: Stack
    connections_max: int = 1
    _pool: urllib3.PoolManager = field(init=False)

    def __post_init__(self) -> None:
        pool = urllib3.PoolManager(maxsize=self.connections_max, timeout=TIMEOUT_SECONDS, retries=False)
        object.__setattr__(self, "_pool", pool)

    def draw(
        self,
        name: str,
        user_id: str,
        key: str,
        facts: Mapping[str, str | list[str]] | None = None,
        kind: str = "activities",
    ) -> Reply:
        """Draw an activity, or through a tree where kind is trees."""
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        body: dict[str, Any] = {"user_id": user_id, **({"facts": facts} if facts else {})}
        return self._ask("POST", f"/{kind}/{quote(name, safe='')}/draws", headers, body)

    def orders(self, user_id: str, query: str = "") -> Reply:
        return self._ask("GET", f"/users/{quote(user_id, safe='')}/draws{query}", {}, None)

    def log(self, activity_id: str, query: str = "") -> Reply:
        return self._ask("GET", f"/activities/{quote(activity_id, safe='')}/log{query}", {}, None)

    def order(self, user_id: str, order_id: str) -> Reply:
        return self._ask("GET", f"/users/{quote(user_id, safe='')}/draws/{order_id}", {}, None)

    def activity(self, activity_id: str) -> Reply:
        return self._ask("GET", f"/activities/{quote(activity_id, safe='')}", {}, None)

    def _ask(self, method: str, path: str, headers: dict[str, str], body: dict[str, Any] | None) -> Reply:
        data = None if body is None else json.dumps(body).encode()
        reply = Reply(503, {"detail": "no answer"})
        for tries in range(TRIES_MAX):
            try:
                reply = self._ask_once(method, self.stack.api_url + path, headers, data)
            except urllib3.exceptions.HTTPError as error:
                reply = Reply(503, {"detail": f"{self.stack.api_url} does not answer: {type(error).__name__}"})
            if reply.status not in TRY_AGAIN:
                break
            time.sleep(PAUSE_SECONDS * 2**tries)
        return reply

    def _ask_once(self, method: str, url: str, headers: dict[str, str], data: bytes | None) -> Reply:
        if self.stack.endpoint_url is None:
            headers = _signed(self.stack, method, url, headers, data)
        answer = self._pool.request(method, url, headers=headers, body=data)
        try:
            return Reply(answer.status, answer.json())
        except ValueError:
            return Reply(answer.status, {"detail": answer.data.decode(errors="replace")})


def accepted(reply: Reply) -> dict[str, Any]:
    """Return what reply says; raise TombolaError with the problem that it tells."""
    if reply.status >= 400:  # noqa: PLR2004 - HTTP's own number
        words = reply.body.get("detail") or reply.body.get("message") or reply.body
        raise TombolaError(f"{reply.status} {reply.body.get('code', '')}: {words}")
    return reply.body


def _signed(stack: Stack, method: str, url: str, headers: dict[str, str], data: bytes | None) -> dict[str, str]:
    """Return headers signed with the profile's credentials, as authorization `iam` asks."""
    import boto3  # noqa: PLC0415  only a stack on AWS needs it here
    from botocore.auth import SigV4Auth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415

    session = boto3.session.Session(profile_name=stack.profile, region_name=stack.region)
    credentials = session.get_credentials()
    if credentials is None:
        raise TombolaError("no AWS credentials: name a --profile, or set AWS_PROFILE")
    request = AWSRequest(method, url, headers, data)
    SigV4Auth(credentials, "execute-api", session.region_name).add_auth(request)
    return dict(request.headers.items())
