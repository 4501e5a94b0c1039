"""The desk of an operator: the stack that its pages show, and who acts there."""

import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from threading import Lock
from typing import Any

from tombola_cli.operate.stack import Stack

NO_MORE_OPTIONS = "--"
CONNECTIONS_MAX = 32  # of one client, which all pages share
MAKING = Lock()


@dataclass(frozen=True, kw_only=True)
class KeptStack(Stack):
    """A stack whose clients are made once, one a service, of one session.

    Making one takes a tenth of a second, and each session of its own some megabytes.
    """

    def client(self, service: str, connections_max: int = 10) -> Any:  # noqa: ANN401, ARG002 - as of the base class
        with MAKING:  # no two threads may make clients of one session at once
            return _client(self, service)

    def session(self) -> Any:  # noqa: ANN401 - as client
        return _session(self)


@cache
def _client(stack: KeptStack, service: str) -> Any:  # noqa: ANN401 - as client
    return Stack.client(stack, service, CONNECTIONS_MAX)


@cache
def _session(stack: KeptStack) -> Any:  # noqa: ANN401 - as client
    return Stack.session(stack)


def kept(stack: Stack) -> KeptStack:
    return KeptStack(**asdict(stack))


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
