"""The desk of an operator: the stack that its pages show, and who acts there."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from tombola_cli.operate.stack import Stack

NO_MORE_OPTIONS = "--"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A stack and an operator's name; options are those of the command that name the same stack."""

    stack: Stack
    who: str
    options: tuple[str, ...] = ()

    def command(self, *words: str, ids: Sequence[str] = ()) -> str:
        """Return the command line that does the same as a page, for any shell that POSIX knows.

        ids are arguments that players or files have named: one may begin as an option does.
        """
        end = [NO_MORE_OPTIONS] if any(each.startswith("-") for each in ids) else []
        return shlex.join(["tombola", *words, *self.options, *end, *ids])
