"""A stack for the console alone: its tests put orders there that no draw has made, and others audit theirs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tombola_cli.local import local_stack
from tombola_cli.local.loopback import free_port
from tombola_cli.operate.stack import LOCAL_REGION, Place, Stack

STACK_NAME = "tests"


@pytest.fixture(scope="session")
def stack(emulator_environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Deploy the template on an emulator of its own."""
    home = tmp_path_factory.mktemp("console-stack")
    try:
        endpoint_url = local_stack.start(home, emulator_environment, free_port())
        place = Place(endpoint_url=endpoint_url, region=LOCAL_REGION)
        yield local_stack.deployed(place, emulator_environment, print, STACK_NAME)
    finally:
        local_stack.down(home)
