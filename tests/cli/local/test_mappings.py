"""The mappings of distribution, all of them at once."""

from typing import Any

from conflicts import Clock, PlayedStack
from tombola_cli.local.mappings import enable_mappings


class Functions:
    """The Lambda service: two mappings, and what is done to them."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    def list_event_source_mappings(self, FunctionName: str) -> Any:  # noqa: N803 - AWS's name
        return {"EventSourceMappings": [{"UUID": f"{FunctionName}-{number}"} for number in (1, 2)]}

    def update_event_source_mapping(self, **asked: Any) -> None:
        self.done.append((asked["UUID"], asked["Enabled"]))


def test_every_mapping_is_switched_off_and_on() -> None:
    functions = Functions()
    stack = PlayedStack.of(Clock(), {"lambda": functions}, distribute_function="f")

    enable_mappings(stack, enabled=False)
    enable_mappings(stack, enabled=True)

    assert functions.done == [("f-1", False), ("f-2", False), ("f-1", True), ("f-2", True)]
