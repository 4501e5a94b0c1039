"""Record a book of the code as it is: python tests/books/record.py tests/books/VERSION.

VERSION is the version in pyproject.toml and the commit of the code, such as 0.1.0+cadda66: each folder says what wrote
it, and none is ever written again.
"""

import contextlib
import io
import os
import sys
import tomllib
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).parents[2]
ARGUMENTS = 2  # this script, and the folder

console = Console(highlight=False)


def main(arguments: list[str]) -> int:
    """Play the campaign, and write what came of it into a folder that is not there yet."""
    if len(arguments) != ARGUMENTS or Path(arguments[1]).exists():
        console.print(__doc__, soft_wrap=True)
        console.print("The folder must not be there yet: a book is recorded once.")
        return 2
    options = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]["ini_options"]
    sys.path += [str(ROOT / folder) for folder in options["pythonpath"]]
    # Powertools reads these when a handler is first imported.
    os.environ.update({"POWERTOOLS_SERVICE_NAME": "tombola", "POWERTOOLS_METRICS_NAMESPACE": "tests"})
    import pytest  # noqa: PLC0415 - the paths come first

    from books.played_book import play  # noqa: PLC0415

    with contextlib.redirect_stdout(io.StringIO()), pytest.MonkeyPatch.context() as monkeypatch:
        book = play(monkeypatch)
    book.save(Path(arguments[1]))
    console.print(
        f"{len(book.items)} items, {len(book.messages)} messages, {len(book.answers)} answers, {len(book.shown)} shown"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
