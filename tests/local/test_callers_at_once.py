"""Thirty callers at once wait for their turn on the local stack, as they would not even notice each other on AWS."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from pages import ask
from tombola_cli.files.repository import ROOT
from tombola_cli.local.launch import launch
from tombola_cli.operate.stack import Stack

CALLERS = 30


def test_thirty_callers_at_once_draw_and_nobody_is_sent_away(stack: Stack) -> None:
    launch(ROOT / "activities/100001.yaml", stack)
    draws = f"{stack.api_url}/activities/100001/draws"

    def drawn(user_id: str) -> int:
        return ask("POST", draws, {"Idempotency-Key": "key"}, {"user_id": user_id}).status

    with ThreadPoolExecutor(CALLERS) as callers:
        answers = Counter(callers.map(drawn, [f"user-{uuid.uuid4()}" for _ in range(CALLERS)]))

    assert answers == {201: CALLERS}
