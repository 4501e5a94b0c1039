"""The wheel page and an API that answers as a test has written."""

from collections.abc import Iterator

import pytest

from scripted_api import ScriptedApi, running_api
from wheel_page import FOLDER, folder_or_say_what_is_missing


@pytest.fixture
def api() -> Iterator[ScriptedApi]:
    """Serve page and API; asked for before the page, so that it ends after the page's last request."""
    folder_or_say_what_is_missing()
    with running_api(FOLDER) as api:
        yield api
