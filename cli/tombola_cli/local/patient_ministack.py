"""MiniStack, whose HTTP API lets callers wait for their turn: beyond its bound of invocations it sends them away.

The emulator's own interpreter runs this file, with -P: beside it lies a module of the emulator's name.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

# Requests that functions work on at once: on two cores eight are no faster, and take several times as long to start.
CALLS_MAX = 4
WAIT_SECONDS_MAX = 25.0  # for a turn; a client that waits as long as API Gateway does, 30 seconds, hears of it

Call = Callable[..., Awaitable[Any]]


def in_turn(call: Call, calls_max: int, wait_seconds_max: float) -> Call:
    """Return call so that no more than so many are under way; the others wait, first come, first served."""
    turns = asyncio.Semaphore(calls_max)

    async def called(*given: object, **named: object) -> Any:  # noqa: ANN401 - as the emulator answers
        try:
            async with asyncio.timeout(wait_seconds_max):
                await turns.acquire()
        except TimeoutError:
            return busy()
        try:
            return await call(*given, **named)
        finally:
            turns.release()

    return called


def busy() -> tuple[int, dict[str, str], bytes]:
    """Return the answer that API Gateway gives; the emulator writes into the headers of each."""
    return 503, {"Content-Type": "application/json"}, b'{"message": "Service Unavailable"}'


def main() -> None:
    # Only the emulator's environment has them.
    from ministack import app  # type: ignore[import-not-found]  # noqa: PLC0415
    from ministack.services import apigateway  # type: ignore[import-not-found]  # noqa: PLC0415

    apigateway._invoke_lambda_proxy = in_turn(apigateway._invoke_lambda_proxy, CALLS_MAX, WAIT_SECONDS_MAX)  # noqa: SLF001
    app.main()


if __name__ == "__main__":
    main()
