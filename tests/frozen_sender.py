"""A process that sends as a function does: an invoice for each number it reads, and a line that tells what came of it.

Between two invoices Lambda stops all threads of a function, those of the client of Kafka with them, and so may a test.
"""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from builders import an_order
from secure_kafka import token_for
from tombola.aws.kafka_outbox import SEND_SECONDS, KafkaOutbox
from tombola.aws.kafka_security import Settings, security_of
from tombola_cli.local.broker import TOPIC

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

SLACK_SECONDS = 3.0  # of a busy machine
START_SECONDS_MAX = 30.0
TOKEN_SECONDS = 2.0
ROLE = "role"  # in whose name it signs in
Answer = tuple[list[int], list[str]]  # what was taken, and each reason why something was not


@dataclass(frozen=True)
class SenderProcess:
    """The process and how to talk to it."""

    process: subprocess.Popen[str]

    def sends(self, order_id: int) -> Answer:
        """Let it send; fail if it takes longer than a draw allows."""
        assert self.process.stdin is not None
        print(order_id, file=self.process.stdin, flush=True)
        return self.answers(SEND_SECONDS + SLACK_SECONDS)

    def answers(self, seconds: float) -> Answer:
        assert self.process.stdout is not None
        readable, _, _ = select.select([self.process.stdout], [], [], seconds)
        assert readable, f"no answer within {seconds} s"
        taken, told = json.loads(self.process.stdout.readline())
        return taken, told


@contextmanager
def running_sender(servers: str, kind: str, authority: str = "") -> Iterator[SenderProcess]:
    """Yield a process that has asked for its topic, as a function does in INIT."""
    command = [sys.executable, __file__, servers, kind, authority]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            sender = SenderProcess(process)
            sender.answers(START_SECONDS_MAX)
            yield sender
        finally:
            process.kill()


def _serve(servers: str, kind: str, authority: str) -> None:
    told: list[str] = []
    signs_in = security_of({"KAFKA_SECURITY": kind, "AWS_REGION": "eu-central-1"}, _no_secret)

    def security() -> Settings:
        return {**signs_in(), **({"ssl.ca.location": authority} if authority else {})}

    outbox = KafkaOutbox(servers, TOPIC, security, lambda because, _: told.append(because), time.monotonic)
    outbox.ask_for_topic()
    _answer([], told)
    for line in sys.stdin:
        sent = outbox.publish([an_order(int(line))])
        _answer(sorted(sent.taken), told)


def _answer(taken: list[int], told: list[str]) -> None:
    sys.stdout.write(f"{json.dumps((taken, told))}\n")
    sys.stdout.flush()
    told.clear()


def _no_secret() -> "SecretsManagerClient":
    raise AssertionError("no kind that is used here has a secret")


if __name__ == "__main__":
    from aws_msk_iam_sasl_signer import MSKAuthTokenProvider

    MSKAuthTokenProvider.generate_auth_token = lambda _region: token_for(ROLE, TOKEN_SECONDS)
    _serve(*sys.argv[1:])
