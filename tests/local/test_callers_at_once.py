"""Thirty callers at once wait for their turn on the local stack, as they would not even notice each other on AWS."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from pages import ask
from tombola_cli.files.repository import ROOT
from tombola_cli.local.launch import launch
from tombola_cli.local.patient_ministack import CALLS_MAX
from tombola_cli.operate.api import Api
from tombola_cli.operate.stack import Stack

CALLERS = 30


def users(count: int) -> list[str]:
    return [f"user-{uuid.uuid4()}" for _ in range(count)]


def test_thirty_callers_at_once_draw_and_nobody_is_sent_away(stack: Stack) -> None:
    launch(ROOT / "activities/100001.yaml", stack)
    draws = f"{stack.api_url}/activities/100001/draws"

    def drawn(user_id: str) -> int:
        return ask("POST", draws, {"Idempotency-Key": "key"}, {"user_id": user_id}).status

    api = Api(
        stack, connections_max=CALLS_MAX
    )  # it asks again while the workers start, which takes long where CPU is short
    with ThreadPoolExecutor(CALLS_MAX) as first:
        assert {reply.status for reply in first.map(partial(api.draw, "100001", key="key"), users(CALLS_MAX))} <= {
            200,
            201,
        }

    with ThreadPoolExecutor(CALLERS) as callers:
        answers = Counter(callers.map(drawn, users(CALLERS)))

    assert answers == {201: CALLERS}
