"""The event source mappings of distribution, switched on and off."""

from tombola_cli.operate.stack import Stack


def enable_mappings(stack: Stack, *, enabled: bool) -> None:
    """Let Lambda read for distribution, or not."""
    functions = stack.client("lambda")
    mappings = functions.list_event_source_mappings(FunctionName=stack.distribute_function)
    for mapping in mappings["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)
