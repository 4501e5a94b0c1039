"""Whatever an operator can mend, in one sentence: the page shows it, and goes on."""

import asyncio
import logging
import re
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from tombola.rules.problem import BusyError
from tombola_cli.console import texts
from tombola_cli.errors import TombolaError

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
# Of IAM's own sentence: User: arn:… is not authorized to perform: dynamodb:PutItem on resource: arn:… because …
RIGHT = re.compile(r"not authorized to perform: (?P<right>[\w:*-]+)")
ANY_RIGHT = "a right"


class Trouble(Exception):  # noqa: N818 - it is what the page tells, not a fault of ours
    """A sentence for the operator; right is the one that is missing, if that is the trouble."""

    def __init__(self, words: str, right: str | None = None) -> None:
        super().__init__(words)
        self.right = right


async def in_thread(call: Callable[P, T], *args: P.args, **names: P.kwargs) -> T:
    """Return what call returns, run beside the pages; raise Trouble for whatever it ends with."""
    try:
        return await asyncio.to_thread(call, *args, **names)
    except Exception as error:
        trouble = trouble_of(error)
        if trouble is None:  # else the page would say for ever that it is looking
            log.exception("%s was not foreseen", type(error).__name__)
            trouble = unforeseen(error)
        raise trouble from error


def unforeseen(error: Exception) -> Trouble:
    """Return what an operator is told of a fault of ours."""
    return Trouble(texts.UNFORESEEN.format(kind=type(error).__name__))


def trouble_of(error: Exception) -> Trouble | None:
    """Return what an operator is told of error; None for one that nobody foresaw."""
    if isinstance(error, ClientError) and error.response["Error"].get("Code") in DENIED:
        found = RIGHT.search(str(error))
        right = found["right"] if found else ANY_RIGHT
        return Trouble(texts.NOT_ALLOWED.format(right=right), right)
    if isinstance(error, TombolaError | BusyError | ClientError):
        return Trouble(" ".join(str(error).split()))
    if isinstance(error, BotoCoreError | OSError):
        return Trouble(texts.GONE.format(words=" ".join(str(error).split())))
    return None
