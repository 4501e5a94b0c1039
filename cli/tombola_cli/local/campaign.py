"""A campaign against a local stack: many clients, an outage of the transport, duplicates of all."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from tombola.aws.workers import ALIAS
from tombola_cli.audit.auditor import Answer, Audit, Books, audit
from tombola_cli.audit.snapshot import read_books
from tombola_cli.errors import TombolaError
from tombola_cli.local.channel import Channel
from tombola_cli.operate.api import Api, Reply
from tombola_cli.operate.order_lists import read_orders
from tombola_cli.operate.stack import Stack

CLIENTS = 8
USERS = 50
DRAWS_EACH = 10
REPEAT_EVERY = 10  # draws; each such draw is sent twice
MESSAGES_DOUBLED = 25

# After so many answers …
STOP_RECEIVING_AT = 60  # … messages pile up, …
TAKE_AWAY_AT = 120  # … vanish with a queue, and flow again when its outage is over.

QUIET_SECONDS_MAX = 600.0
QUIET_PAUSE_SECONDS = 0.4


def done(*_: object) -> None:
    """Leave an answer as it is."""


@dataclass
class Campaign:
    """The requests, the answers, and the books about them; then is what a client does with each of its answers."""

    stack: Stack
    channel: Channel
    activity_id: str
    then: Callable[[Api, str, Reply], None] = done
    answers: list[Answer] = field(default_factory=list)
    refused: list[Reply] = field(default_factory=list)
    sent_failed: int = 0
    busy: list[str] = field(default_factory=list)  # the answer to each request that was asked again

    def requests(self) -> list[tuple[str, str]]:
        """Return user and key of every request, repeats included."""
        draws = [(f"user-{user:02d}", f"draw-{number:02d}") for number in range(DRAWS_EACH) for user in range(USERS)]
        return [request for n, draw in enumerate(draws) for request in [draw] * (2 if n % REPEAT_EVERY == 0 else 1)]

    def draw_all(self) -> Iterator[str]:
        """Send every request, with the outage in between; yield the progress after each answer."""
        api, channel = Api(self.stack, connections_max=CLIENTS, tell=self.busy.append), self.channel
        steps: dict[int, tuple[str, Callable[[], None]]] = {
            STOP_RECEIVING_AT: ("messages pile up", partial(channel.receive, enabled=False)),
            TAKE_AWAY_AT: (channel.gone, channel.take_away),
            TAKE_AWAY_AT + channel.outage: (channel.back, self._recover),
        }
        doing = "drawing"
        with ThreadPoolExecutor(CLIENTS) as clients:
            asked = clients.map(partial(self._ask, api), self.requests())
            for number, ((user_id, key), reply) in enumerate(asked):
                self._note(user_id, key, reply)
                if number in steps:
                    doing, step = steps[number]
                    step()
                yield doing

    def until_quiet(self) -> Iterator[Books]:
        """Run compensation until nothing waits; yield the books after each run."""
        deadline = time.monotonic() + QUIET_SECONDS_MAX
        while time.monotonic() < deadline:
            self._compensate()
            books = self.books()
            yield books
            if self.audit(books).waiting == 0 and self.channel.is_empty():
                return
            time.sleep(QUIET_PAUSE_SECONDS)

    def books(self) -> Books:
        return read_books(self.stack.client("dynamodb"), self.stack.table_name)

    def audit(self, books: Books) -> Audit:
        return audit(books, {self.activity_id: self._seed(books)}, self.answers)

    def _ask(self, api: Api, request: tuple[str, str]) -> tuple[tuple[str, str], Reply]:
        reply = api.draw(self.activity_id, *request)
        self.then(api, request[0], reply)
        return request, reply

    def _note(self, user_id: str, key: str, reply: Reply) -> None:
        if reply.status not in (200, 201):
            self.refused.append(reply)
            return
        self.sent_failed += reply.status == 201 and reply.body["mq_state"] == 2  # noqa: PLR2004 - Lottery's number
        answer = Answer(activity_id=self.activity_id, user_id=user_id, idempotency_key=key, order=reply.body)
        self.answers.append(answer)

    def _recover(self) -> None:
        """Bring the transport back, and with it messages of orders that may be granted already."""
        self.channel.bring_back()
        self.channel.receive(enabled=True)
        orders = read_orders(self.stack.client("dynamodb"), self.stack.table_name)
        won = [order for order in orders if order.award is not None]
        self.channel.send_again(won[:MESSAGES_DOUBLED])

    def _compensate(self) -> None:
        functions, name = self.stack.client("lambda"), self.stack.compensate_function
        answer = functions.invoke(FunctionName=name, Qualifier=ALIAS, Payload=b"{}")
        if answer.get("FunctionError"):
            said = json.loads(answer["Payload"].read())
            raise TombolaError(f"{self.stack.compensate_function} failed: {said.get('errorMessage', said)}")

    def _seed(self, books: Books) -> bytes:
        sealed = books.activities[self.activity_id]["sealed_seed"]
        context = {"activity_id": self.activity_id}
        opened = self.stack.client("kms").decrypt(CiphertextBlob=sealed, EncryptionContext=context)
        return bytes(opened["Plaintext"])
