"""A recorded book: five files that say what one version wrote, and what it answered.

`items.json` is the table at one moment, `messages.json` what was ever sent to the queue, `answers.json` what those who
drew were told, `log.json` the public log of each activity, and `shown.json` what the API answered at that moment.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import draw_handler
from cloud import Cloud, Context, an_empty_cloud, event
from tombola.aws import clients

HERE = Path(__file__).parent
DRAW, DRAW_BY_TREE = "POST /activities/{activity_id}/draws", "POST /trees/{tree_id}/draws"
ORDERS, ORDER = "GET /users/{user_id}/draws", "GET /users/{user_id}/draws/{order_id}"
ACTIVITY, LOG = "GET /activities/{activity_id}", "GET /activities/{activity_id}/log"
OK, CREATED = 200, 201
Item = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A request as a client sends it, when that was, and what came back."""

    at: str
    route: str
    names: dict[str, str]  # in the path
    status: int
    answer: Any
    query: dict[str, str] | None = None
    key: str | None = None
    body: dict[str, Any] | None = None

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True)
class Recording:
    items: list[Item]
    messages: list[str]
    answers: list[Exchange]
    log: dict[str, Any]  # the whole log as the API shows it, by activity
    shown: list[Exchange]

    @property
    def moment(self) -> datetime:
        """When the table was recorded, and everything asked that is shown."""
        return self.shown[0].moment

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "items.json", [_with_text(item) for item in self.items])
        _write(folder / "messages.json", self.messages)
        _write(folder / "answers.json", [_told(each) for each in self.answers])
        _write(folder / "log.json", [{"activity_id": name, **log} for name, log in self.log.items()])
        _write(folder / "shown.json", [_told(each) for each in self.shown])

    @classmethod
    def load(cls, folder: Path) -> "Recording":
        items, messages, answers, log, shown = (
            json.loads((folder / f"{name}.json").read_text("utf-8"))
            for name in ("items", "messages", "answers", "log", "shown")
        )
        return cls(
            [_with_bytes(item) for item in items],
            messages,
            [Exchange(**each) for each in answers],
            {entries.pop("activity_id"): entries for entries in log},
            [Exchange(**each) for each in shown],
        )


class OpenSafe:
    """In place of KMS, whose keys end with its process: a seed is kept beside the name of its activity."""

    def encrypt(self, *, KeyId: str, Plaintext: bytes, EncryptionContext: Mapping[str, str]) -> Item:  # noqa: N803 - boto3's
        return {"CiphertextBlob": f"seed of {EncryptionContext['activity_id']}: ".encode() + Plaintext}

    def decrypt(self, *, CiphertextBlob: bytes, EncryptionContext: Mapping[str, str]) -> Item:  # noqa: N803 - boto3's
        sealed_for, _, seed = CiphertextBlob.partition(b": ")
        if sealed_for.decode() != f"seed of {EncryptionContext['activity_id']}":
            raise ValueError("this seed is another activity's")
        return {"Plaintext": seed}


SAFE = OpenSafe()


@contextmanager
def a_cloud_of_books(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Yield an empty cloud where seeds are sealed in the open safe."""
    with an_empty_cloud(monkeypatch) as cloud, monkeypatch.context() as patch:
        patch.setattr(clients, "kms_client", lambda: SAFE)
        yield cloud


def recorded_folders() -> list[Path]:
    return sorted(folder.parent for folder in HERE.glob("*/items.json"))


@dataclass
class Client:
    """Asks the draw function as a client of the API does."""

    cloud: Cloud
    exchanges: list[Exchange] = field(default_factory=list)

    def ask(
        self,
        route: str,
        names: dict[str, str],
        body: dict[str, Any] | None = None,
        *,
        key: str | None = None,
        query: dict[str, str] | None = None,
        context: Context | None = None,
    ) -> Exchange:
        like = event("draw")
        like["requestContext"]["http"]["method"] = route.partition(" ")[0]
        asked = {
            "routeKey": route,
            "pathParameters": names,
            "queryStringParameters": query,
            "headers": {} if key is None else {"idempotency-key": key},
            "body": None if body is None else json.dumps(body),
        }
        answer = draw_handler.handler({**like, **asked}, context or Context())  # type: ignore[arg-type]
        told = Exchange(
            at=self.cloud.now.isoformat(),
            route=route,
            names=names,
            query=query,
            key=key,
            body=body,
            status=answer["statusCode"],
            answer=json.loads(answer["body"]),
        )
        self.exchanges.append(told)
        return told

    def again(self, exchange: Exchange) -> Exchange:
        """Ask the same once more."""
        return self.ask(exchange.route, exchange.names, exchange.body, key=exchange.key, query=exchange.query)


def _told(exchange: Exchange) -> Item:
    return {name: value for name, value in asdict(exchange).items() if value is not None}


def _write(file: Path, entries: list[Any]) -> None:
    """Write one entry a line, so that a difference shows which entry it is."""
    lines = (json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries)
    file.write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf-8")


def _with_text(item: Item) -> Item:
    """Return item with its bytes as DynamoDB's own JSON spells them; they stand in no map or list."""
    return {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
        for name, value in sorted(item.items())
    }


def _with_bytes(item: Item) -> Item:
    return {name: {"B": base64.b64decode(value["B"])} if "B" in value else value for name, value in item.items()}
