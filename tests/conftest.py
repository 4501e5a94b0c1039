"""Servers for the tests that need one, started on first use and stopped by their process group at the end."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import hypothesis
import pytest
import typer.main
import typer.testing
from playwright.sync_api import Browser, Page

import dynoxide
from chromium import Heard, running_chromium, watched_page
from emulated_aws import dynamodb_at
from issuer import AUDIENCE, Issuer, running_issuer
from kafka_cluster import Kafka, running_kafka, stand_ins
from lotterys_json import or_say_what_is_missing
from pages import PARAMETERS
from played import Local
from secure_kafka import SecureKafka, running_secure_kafka
from served_console import Console, served
from tombola.rules.order import LANES
from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT
from tombola_cli.local import install, local_stack
from tombola_cli.local.channel import channel_of
from tombola_cli.local.loopback import free_port
from tombola_cli.operate.stack import LOCAL_REGION, Place, Stack
from tombola_cli.operate.transport_name import TransportName

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Powertools reads these when a handler is first imported.
os.environ.update({"POWERTOOLS_SERVICE_NAME": "tombola", "POWERTOOLS_METRICS_NAMESPACE": "tests"})

STACK_NAME = "tests"
# Some runners set it, and a console that is made while it is set keeps its width for ever.
os.environ.pop("COLUMNS", None)
# No time limit for an example or for making them: on a busy machine it fails what is only slow. Hypothesis has another
# profile where CI is set, which would try the same examples each time.
USUAL = hypothesis.settings.get_profile("default")
SLOW = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("tombola", USUAL, deadline=None, suppress_health_check=SLOW)
hypothesis.settings.load_profile("tombola")
# Typer makes all commands of a program anew whenever this process runs one of them, which takes longer than most.
typer.main.get_command = typer.testing._get_command = cache(typer.main.get_command)  # type: ignore[attr-defined]
T = TypeVar("T")
FEW_LANES = LANES[:4]
# Tests that share a deployed stack, or start servers that want a core to themselves: `make test` runs them side by side
# with all others.
TESTS = Path(__file__).parent
LOCAL = TESTS / "local"
OFF_ANY_STACK = {
    TESTS / name for name in ("aws", "bench", "flows", "kinds", "mutants", "rules", "cli/audit", "cli/files")
}
ON_A_STACK = frozenset({"stack", "streams_stack", "jwt_stack", "kafka", "guarded", "build", "home", "browser"})


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out folders without a test on a stack where those alone are run: they hold three quarters of all tests."""
    is_worth_it = not config.getoption("markexpr").startswith("stack") or collection_path not in OFF_ANY_STACK
    return None if is_worth_it else True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is on a stack, and let modules with a browser come last.

    While Playwright runs, its event loop is the thread's own, and other tests could start none.
    """
    with_browser = {item.path for item in items if "browser" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: item.path in with_browser)
    for item in items:
        if ON_A_STACK & set(getattr(item, "fixturenames", ())) or item.path.parent == LOCAL:
            item.add_marker("stack")
            if OFF_ANY_STACK & set(item.path.parents):
                raise pytest.UsageError(f"{item.nodeid} is on a stack, and OFF_ANY_STACK of {__file__} has its folder")


@pytest.fixture(scope="session")
def emulator_environment() -> Path:
    """Name the environment MiniStack is in, installed first if it is missing."""
    return _or_one_line(lambda: install.emulator(ROOT, print))


@pytest.fixture(scope="session")
def emulator(emulator_environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Start MiniStack with nothing deployed; has endpoint_url and client(service)."""
    with _running_emulator(tmp_path_factory.mktemp("emulator"), emulator_environment) as place:
        yield place


@pytest.fixture(scope="session")
def ministack_dynamodb(emulator: Place) -> "DynamoDBClient":
    """Return a client of the DynamoDB that the local stack has, too."""
    assert emulator.endpoint_url
    return dynamodb_at(emulator.endpoint_url)


@pytest.fixture(scope="session")
def dynoxide_dynamodb() -> "DynamoDBClient":
    """Return a client of Dynoxide; without it, skip what asks for it by name."""
    if not dynoxide.is_there():
        pytest.skip(dynoxide.why_missing() or "")
    return dynamodb_at(dynoxide.endpoint_url())


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    with running_chromium() as chromium:
        yield chromium


@pytest.fixture
def heard() -> Heard:
    """Return what the test's pages told; a test adds to heard.expected the errors that it provokes."""
    return Heard()


@pytest.fixture
def page(browser: Browser, heard: Heard) -> Iterator[Page]:
    """Open a page; an error in its console, or a request that leaves this machine, fails the test."""
    with watched_page(browser, heard) as opened:
        yield opened
    assert heard.unexpected() == []


@pytest.fixture(scope="session")
def stack(emulator_environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Deploy the real template, on an emulator that no other stack disturbs; pages of ORIGINS may call its API."""
    with _running_emulator(tmp_path_factory.mktemp("stack"), emulator_environment) as place:
        yield _or_one_line(lambda: local_stack.deployed(place, emulator_environment, print, STACK_NAME, PARAMETERS))


@pytest.fixture(scope="session")
def console(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Serve the console of the stack that most tests share, for an operator named olga."""
    with served(stack, tmp_path_factory.mktemp("console"), "olga") as console:
        yield console


@pytest.fixture
def console_page(page: Page, console: Console) -> Page:
    """Return a page that the console lets in; a test opens the one that it is about."""
    name, value = console.cookie
    page.context.add_cookies([{"name": name, "value": value, "url": console.url, "sameSite": "Strict"}])
    return page


@pytest.fixture(scope="session")
def streams_stack(emulator_environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Deploy the template with the table's stream as its transport: a stack of its own on an emulator of its own."""
    parameters = {**local_stack.PARAMETERS, "Transport": "streams"}
    with _running_emulator(tmp_path_factory.mktemp("streams"), emulator_environment) as place:
        yield _or_one_line(lambda: local_stack.deployed(place, emulator_environment, print, "streams", parameters))


@pytest.fixture(scope="session")
def sqs_local(stack: Stack) -> Local:
    """Return the stack that most tests share, with its queue."""
    return Local(stack, channel_of(stack, Path()))


@pytest.fixture(scope="session")
def streams_local(streams_stack: Stack) -> Local:
    """Return the stack with the table's stream, and that stream."""
    return Local(streams_stack, channel_of(streams_stack, Path()))


@pytest.fixture(scope="session")
def kafka_local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    """Deploy the template beside a broker of its own, as tombola up does."""
    home = tmp_path_factory.mktemp("kafka-stack")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_ENDPOINT_URL", raising=False)  # another module's, which would be deployed on
        try:
            stack = or_say_what_is_missing(lambda: local_stack.up(home, None, print, transport=TransportName.KAFKA))
            yield Local(stack, channel_of(stack, home))
        finally:
            local_stack.down(home)


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    """Serve the keys of an issuer of tokens; has url and token(sub, **claims)."""
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture(scope="session")
def jwt_stack(emulator_environment: Path, tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Stack]:
    """Deploy the template with authorization jwt: a stack of its own on an emulator of its own."""
    parameters = {
        "Authorization": "jwt",
        "JwtIssuer": issuer.url,
        "JwtAudience": AUDIENCE,
        "JwtFactClaims": "gender,age,nickname,groups[]",
    }
    with _running_emulator(tmp_path_factory.mktemp("jwt"), emulator_environment) as place:
        yield _or_one_line(
            lambda: local_stack.deployed(
                place, emulator_environment, print, "jwt", {**local_stack.PARAMETERS, **parameters}
            )
        )


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """Start a broker with Lottery's topic; has addresses, and own_broker for tests that end and start it."""
    with running_kafka(tmp_path_factory.mktemp("kafka")) as kafka:
        yield kafka


@pytest.fixture(scope="session")
def secure_kafka(kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureKafka]:
    """Start a second broker, which encrypts and asks who comes; skip the test where the first one is not ours."""
    assert kafka.own_broker.process.is_alive()
    with running_secure_kafka(tmp_path_factory.mktemp("secure-kafka")) as secure:
        yield secure


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    without = dynoxide.why_missing()
    told = [f"{without}; MiniStack's DynamoDB took its place, and answered the contract alone"] if without else []
    for words in [*stand_ins, *told]:
        terminalreporter.write_line(words)


@contextmanager
def _running_emulator(home: Path, environment: Path) -> Iterator[Place]:
    try:
        endpoint_url = _or_one_line(lambda: local_stack.start(home, environment, free_port()))
        yield Place(endpoint_url=endpoint_url, region=LOCAL_REGION)
    finally:
        local_stack.down(home)


def _or_one_line(attempt: Callable[[], T]) -> T:
    try:
        return attempt()
    except TombolaError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def few_lanes(monkeypatch: pytest.MonkeyPatch) -> Sequence[str]:
    """Let compensation look at a few lanes, and return them: a lane that holds nothing is as good as a hundred."""
    for module in ("rules.order", "aws.items", "flows.compensate"):
        monkeypatch.setattr(f"tombola.{module}.LANES", FEW_LANES)
    return FEW_LANES
