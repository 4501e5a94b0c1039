"""The books that each test reads: those in the repository, and one that is recorded now."""

import copy
import subprocess
import sys
from collections.abc import Iterator

import pytest

from books.recording import HERE, Recording, a_cloud_of_books, recorded_folders
from cloud import Cloud

AS_IT_IS = "recorded now"
BOOKS = {folder.name: folder for folder in recorded_folders()}


@pytest.fixture(scope="session", params=[*BOOKS, AS_IT_IS])
def book(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Return each book; what the code as it is records is read, too, so that the recorder stays fit for use."""
    if request.param != AS_IT_IS:
        return Recording.load(BOOKS[request.param])
    folder = tmp_path_factory.mktemp("book") / "now"
    subprocess.run([sys.executable, HERE / "record.py", folder], check=True)
    return Recording.load(folder)


@pytest.fixture
def cloud(book: Recording, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Yield a cloud with the table of the book, at the moment when it was recorded."""
    with a_cloud_of_books(monkeypatch) as cloud:
        for item in book.items:
            cloud.ledger.put_item(copy.deepcopy(item))
        cloud.now = book.moment
        yield cloud
