"""A forecast with its picture, made by a process of its own: numpy and matplotlib take more memory than the console."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tombola.aws.activity_items import activity_item, decode_activity
from tombola.rules.activity import Activity
from tombola_cli.console import texts
from tombola_cli.errors import TombolaError
from tombola_cli.operate.legible import legible
from tombola_cli.screens.blocks import Block

SEED = 1
DRAWS_MAX = 1_000_000
USERS_MAX = 1_000_000
SECONDS_MAX = 60.0


@dataclass(frozen=True, slots=True)
class Shown:
    """What a forecast shows: its blocks, and its picture as PNG."""

    blocks: Sequence[Block]
    picture: bytes


def forecast_aside(activity: Activity, draws: int, users: int) -> Shown:
    """Return the forecast of so many draws; raise TombolaError if it takes too long, or ends without a word."""
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_forecast, args=(theirs, activity_item(activity), draws, users), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(SECONDS_MAX):
            raise TombolaError(texts.FORECAST_LATE.format(seconds=f"{SECONDS_MAX:g}"))
        shown: Shown = ours.recv()
    except EOFError:
        raise TombolaError(texts.FORECAST_ENDED) from None
    finally:
        process.kill()
        process.join()
        ours.close()
    return shown


def _forecast(told: Connection, item: Mapping[str, Any], draws: int, users: int) -> None:
    # Here, and not above: the console's own process is to be without them.
    from tombola_cli.screens import simulation_sheets  # noqa: PLC0415
    from tombola_cli.simulate import picture  # noqa: PLC0415
    from tombola_cli.simulate.forecast import forecast  # noqa: PLC0415

    activity = legible(decode_activity(item))  # an activity itself cannot be sent to another process
    found = forecast(activity, draws, users, SEED)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "forecast.png"
        picture.write(file, activity, found.result)
        told.send(Shown(simulation_sheets.forecast(found), file.read_bytes()))
