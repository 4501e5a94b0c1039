"""The HTTP API as a client meets it: one key a draw, kept over its retries, and signed where AWS asks for it."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import quote

import urllib3

from tombola_cli.errors import TombolaError
from tombola_cli.operate.patience import Patience
from tombola_cli.operate.stack import Stack

TIMEOUT_SECONDS = 30.0
TRY_AGAIN = frozenset({429, 500, 502, 503, 504})
SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Reply:
    """A status and the JSON document that came with it; retry_after is for how many seconds not to ask again."""

    status: int
    body: dict[str, Any]
    retry_after: float = 0.0

    def __str__(self) -> str:
        words = self.body.get("detail") or self.body.get("message") or self.body
        return f"{self.status} {self.body.get('code') or ''}".strip() + f": {words}"


@dataclass(frozen=True)
class Api:
    """The API of one stack; threads may share it, connections_max of them at once.

    A question that meets a busy stack, or no answer, is asked again with the same key until patience ends: that is
    always safe. tell hears of it once a question.
    """

    stack: Stack
    connections_max: int = 1
    patience: Patience = field(default_factory=Patience)
    tell: Callable[[str], None] = lambda _: None
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
        return self.ask("POST", f"/{kind}/{quote(name, safe='')}/draws", headers, body)

    def give_address(self, user_id: str, order_id: str, address: Mapping[str, str]) -> Reply:
        """Give the address that a prize is sent to, or another one until its parcel leaves."""
        path = f"/users/{quote(user_id, safe='')}/draws/{order_id}/shipping-address"
        return self.ask("PUT", path, {"Content-Type": "application/json"}, address)

    def orders(self, user_id: str, query: str = "") -> Reply:
        return self.ask("GET", f"/users/{quote(user_id, safe='')}/draws{query}", {}, None)

    def log(self, activity_id: str, query: str = "") -> Reply:
        return self.ask("GET", f"/activities/{quote(activity_id, safe='')}/log{query}", {}, None)

    def order(self, user_id: str, order_id: str) -> Reply:
        return self.ask("GET", f"/users/{quote(user_id, safe='')}/draws/{order_id}", {}, None)

    def activity(self, activity_id: str) -> Reply:
        return self.ask("GET", f"/activities/{quote(activity_id, safe='')}", {}, None)

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: Mapping[str, Any] | None) -> Reply:
        """Return the final answer of the API; raise TombolaError with its last answer when patience ends before."""
        data = None if body is None else json.dumps(body).encode()
        began = self.patience.clock()
        for tries in count():
            reply = self._ask_once(method, self.stack.api_url + path, dict(headers), data)
            if reply.status not in TRY_AGAIN:
                return reply
            pause, spent = self.patience.pause(tries, reply.retry_after), self.patience.clock() - began
            if spent + pause > self.patience.seconds:
                raise TombolaError(
                    f"{method} {path} was not answered in {spent:.0f} s and {tries + 1} tries, "
                    f"the next after {pause:.0f} s; the last answer: {reply}"
                )
            if tries == 0:
                self.tell(f"busy, trying again for up to {self.patience.seconds:.0f} s ({reply})")
            self.patience.sleep(pause)
        raise AssertionError("count has no end")

    def _ask_once(self, method: str, url: str, headers: dict[str, str], data: bytes | None) -> Reply:
        try:
            return self._answer(method, url, headers, data)
        except urllib3.exceptions.HTTPError as error:
            return Reply(503, {"detail": f"{self.stack.api_url} does not answer: {type(error).__name__}"})

    def _answer(self, method: str, url: str, headers: dict[str, str], data: bytes | None) -> Reply:
        if self.stack.endpoint_url is None:
            headers = _signed(self.stack, method, url, headers, data)
        answer = self._pool.request(method, url, headers=headers, body=data)
        said = answer.headers.get("Retry-After", "")
        retry_after = float(said) if SECONDS.fullmatch(said) else 0.0  # a date is taken for none: nobody here sends one
        try:
            return Reply(answer.status, answer.json(), retry_after)
        except ValueError:
            return Reply(answer.status, {"detail": answer.data.decode(errors="replace")}, retry_after)


def accepted(reply: Reply) -> dict[str, Any]:
    """Return the body of reply; raise TombolaError with the problem that it tells."""
    if reply.status >= 400:  # noqa: PLR2004 - HTTP's own number
        raise TombolaError(str(reply))
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
