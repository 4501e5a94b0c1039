"""Playing a campaign on the deployed stack: clients, compensation, and waiting for what must come."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from tombola.aws.workers import ALIAS
from tombola_cli.audit.auditor import Answer, Audit, audit
from tombola_cli.audit.snapshot import read_books
from tombola_cli.local.channel import Channel
from tombola_cli.operate.api import Api, Reply
from tombola_cli.operate.stack import Stack

CLIENTS = 8
WAIT_SECONDS_MAX = 600.0
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Local:
    """A deployed stack, and its transport."""

    stack: Stack
    channel: Channel


@dataclass(frozen=True)
class Drawn:
    """What a client asked, and what it was told."""

    activity_id: str
    user_id: str
    key: str
    reply: Reply

    @property
    def answer(self) -> Answer:
        return Answer(
            activity_id=self.activity_id, user_id=self.user_id, idempotency_key=self.key, order=self.reply.body
        )


def draw_all(api: Api, activity_id: str, draws: Sequence[tuple[str, str]]) -> list[Drawn]:
    """Draw for each user and key, CLIENTS at a time."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        replies = clients.map(lambda draw: api.draw(activity_id, *draw), draws)
        return [Drawn(activity_id, *draw, reply) for draw, reply in zip(draws, replies, strict=True)]


def status_of(reply: Reply) -> int:
    """Return 201 for a recorded draw: a client whose first answer was lost asks again, and is answered 200."""
    return 201 if reply.status == 200 else reply.status


def compensate(stack: Stack) -> dict[str, int]:
    answer = stack.client("lambda").invoke(FunctionName=stack.compensate_function, Qualifier=ALIAS, Payload=b"{}")
    said: dict[str, int] = json.loads(answer["Payload"].read())
    return said


def audited(stack: Stack) -> Audit:
    """Return the verdict on the stack's books, every seed being known."""
    books = read_books(stack.client("dynamodb"), stack.table_name)
    return audit(books, {name: _seed(stack, name, activity) for name, activity in books.activities.items()})


def _seed(stack: Stack, activity_id: str, activity: Mapping[str, Any]) -> bytes:
    context = {"activity_id": activity_id}
    opened = stack.client("kms").decrypt(CiphertextBlob=activity["sealed_seed"], EncryptionContext=context)
    return bytes(opened["Plaintext"])


def until(what: Callable[[], Any]) -> Any:
    """Return what what says as soon as it says something; fail in bounded time."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while time.monotonic() < deadline:
        if said := what():
            return said
        time.sleep(POLL_SECONDS)
    pytest.fail(f"nothing came of it in {WAIT_SECONDS_MAX} s")
