"""The progress of long work, on stderr, so that it never stands in the output."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

Tell = Callable[[str], None]


@contextmanager
def working(words: str) -> Iterator[Tell]:
    """Show the progress while work goes on, and nothing of it afterwards."""
    with _stderr().status(escape(words)) as spinner:
        yield lambda step: spinner.update(escape(step))


@contextmanager
def steps(words: str) -> Iterator[Tell]:
    """Show each step on a line that stays."""
    console = _stderr()
    with console.status(escape(words)) as spinner:

        def tell(step: str) -> None:
            console.print(f"- {step}", style="dim", markup=False)
            spinner.update(escape(step))

        yield tell


@contextmanager
def bar(words: str, total: int | None, *, hidden: bool = False) -> Iterator[Callable[[int, int | None, str], None]]:
    """Show how far work has come: call the yielded function with done, total and words."""
    console = _stderr()
    with Progress(console=console, transient=True, disable=hidden or not console.is_terminal) as progress:
        task = progress.add_task(words, total=total)
        yield lambda done, of, doing: progress.update(task, completed=done, total=of, description=escape(doing))


def note(words: str) -> None:
    """Tell one line at once."""
    _stderr().print(words, style="dim", markup=False)


def _stderr() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)
