"""Servers for the tests that need one, started on first use and stopped by their process group at the end."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tombola_cli import install, local
from tombola_cli.errors import TombolaError
from tombola_cli.stack import LOCAL_REGION, Place, Stack

# Powertools reads these when a handler is first imported.
os.environ.update({"POWERTOOLS_SERVICE_NAME": "tombola", "POWERTOOLS_METRICS_NAMESPACE": "tests"})

STACK_NAME = "tests"
T = TypeVar("T")


@pytest.fixture(scope="session")
def emulator_environment() -> Path:
    """Name the environment MiniStack is in, installed first if it is missing."""
    return _or_one_line(lambda: install.emulator(local.ROOT, print))


@pytest.fixture(scope="session")
def emulator(emulator_environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Start MiniStack with nothing deployed; has endpoint_url and client(service)."""
    home = tmp_path_factory.mktemp("emulator")
    try:
        endpoint_url = _or_one_line(lambda: local.start(home, emulator_environment, local.free_port()))
        yield Place(endpoint_url=endpoint_url, region=LOCAL_REGION)
    finally:
        local.down(home)


@pytest.fixture(scope="session")
def stack(emulator: Place, emulator_environment: Path) -> Stack:
    """Deploy the real template on the session's emulator."""
    return _or_one_line(lambda: local.deployed(emulator, emulator_environment, print, STACK_NAME))


def _or_one_line(attempt: Callable[[], T]) -> T:
    try:
        return attempt()
    except TombolaError as error:
        pytest.fail(str(error), pytrace=False)
