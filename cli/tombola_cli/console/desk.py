"""The desk of an operator: the stack that its pages show, and who acts there."""

import shlex
from dataclasses import dataclass

from tombola_cli.operate.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A stack and an operator's name; options are those of the command that name the same stack."""

    stack: Stack
    who: str
    options: tuple[str, ...] = ()

    def command(self, *words: str) -> str:
        """Return the command line that does the same as a page, for any shell that POSIX knows."""
        return shlex.join(["tombola", *words, *self.options])
