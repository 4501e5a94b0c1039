"""A function that crashes, is throttled, is slow or is not invoked."""

from typing import Any, NoReturn

import compensate_handler
import distribute_handler
import draw_handler
from builders import an_order
from operations.scene import Scene
from tombola.rules.invoice import invoice_json

THREE = 3  # minutes that a fault which mends itself may last
SILENT = 6  # minutes without data, after which compensation has stopped
DRAWS = 3  # a minute
THROTTLED = 503  # what the gateway answers for a function that is not there or is throttled
INVOICE = invoice_json(an_order(7))


def crash(*_: Any, **__: Any) -> NoReturn:
    raise MemoryError


def gateway_without_function(scene: Scene) -> None:
    """Take the permission away, or the alias: no function ever hears of the request."""
    for _ in scene.minutes(1):
        scene.answered(THROTTLED)
        scene.rests()


def draw_crashes(scene: Scene) -> None:
    with scene.monkeypatch.context() as patch:
        patch.setattr(draw_handler, "check_http_event", crash)
        for _ in scene.minutes(1):
            assert scene.draws() == [500]
            scene.rests()


def draw_unforeseen(scene: Scene) -> None:
    with scene.monkeypatch.context() as patch:
        patch.setattr(draw_handler, "draw", crash)
        for _ in scene.minutes(1):
            assert scene.draws() == [500]
            scene.rests()


def draw_throttled(scene: Scene) -> None:
    for _ in scene.minutes(1):
        scene.aws("draw Throttles")
        scene.answered(THROTTLED)
        scene.rests()


def draw_slow(scene: Scene) -> None:
    for _ in scene.minutes(THREE):
        assert scene.draws(DRAWS) == [201] * DRAWS
        scene.aws("draw Duration", 9_000)
        scene.rests()


def distribute_crashes(scene: Scene) -> None:
    with scene.monkeypatch.context() as patch:
        patch.setattr(distribute_handler, "distribute_batch", crash)
        scene.lies_until_dead(INVOICE)


def distribute_throttled(scene: Scene) -> None:
    for _ in scene.minutes(THREE):
        scene.aws("distribute Throttles")
        scene.rests()


def distribute_slow(scene: Scene) -> None:
    for _ in scene.minutes(THREE):
        scene.aws("distribute Duration", 27_000)
        scene.rests()


def distribute_not_invoked(scene: Scene) -> None:
    """Disable the mapping: nothing receives, and nothing fails."""
    for minute in scene.minutes(SILENT):
        scene.lies(minute)
        scene.rests()


def compensate_crashes(scene: Scene) -> None:
    with scene.monkeypatch.context() as patch:
        patch.setattr(compensate_handler, "compensate", crash)
        for _ in scene.minutes(SILENT):
            scene.compensates()


def compensate_throttled(scene: Scene) -> None:
    for _ in scene.minutes(SILENT):
        scene.aws("compensate Throttles")


def compensate_slow(scene: Scene) -> None:
    for _ in scene.minutes(THREE):
        scene.aws("compensate Duration", 58_000)
        scene.rests()


def compensation_stopped(scene: Scene) -> None:
    """Disable the schedule: nothing runs, nothing fails, nothing is said."""
    for _ in scene.minutes(SILENT):
        pass


def schedule_fails(scene: Scene) -> None:
    for _ in scene.minutes(SILENT):
        scene.aws("schedule FailedInvocations")
