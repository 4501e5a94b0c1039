"""The stream of the table: nobody reads it, it is read too slowly, or what it brings cannot be worked on."""

import distribute_handler
from builders import an_order
from operations.functions_down import crash
from operations.scene import Scene
from table_stream import TableStream
from tombola.aws.items import order_item

SILENT = 21  # minutes in which the first order is woken three times
TRIES = 6  # the first, and as many as the mapping may repeat (template.yaml)


def nobody_reads(scene: Scene) -> None:
    """Disable the mapping: one win waits, is woken and woken again, and nothing else happens."""
    for minute in scene.minutes(SILENT):
        if minute == 0:
            assert scene.draws() == [201]
        scene.compensates()
    scene.hands_over(TableStream(scene.cloud).records())


def read_too_slowly(scene: Scene) -> None:
    for _ in scene.minutes(1):
        scene.aws("distribute IteratorAge", 301_000)
        scene.rests()


def distribute_crashes(scene: Scene) -> None:
    """Give a batch up after its tries, which leaves a letter; a claim wakes its order once the function is mended."""
    stream = TableStream(scene.cloud)
    for _ in scene.minutes(1):
        assert scene.draws() == [201]
        records = stream.records()
        with scene.monkeypatch.context() as patch:
            patch.setattr(distribute_handler, "distribute_batch", crash)
            for _ in range(TRIES):
                assert scene.hands_over(records) == [record["dynamodb"]["SequenceNumber"] for record in records]
        scene.rests()
    for _ in scene.minutes(1):
        scene.aws("dead letters Visible")
        scene.compensates()
        assert scene.hands_over(stream.records()) == []


def poison(scene: Scene) -> None:
    """Let a record name an order that is not there."""
    record = TableStream(scene.cloud).record(order_item(an_order(404, wake=True)))
    for _ in scene.minutes(1):
        for _ in range(TRIES):
            assert scene.hands_over([record]) == [record["dynamodb"]["SequenceNumber"]]
        scene.rests()
    for _ in scene.minutes(1):
        scene.aws("dead letters Visible")
        scene.rests()
