"""Time zones as the draw function knows them, not as this machine does."""

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo


@cache
def zone_names() -> frozenset[str]:
    """Return the zones that the draw function knows: this machine may know others."""
    return frozenset((files("tzdata") / "zones").read_text("utf-8").split())


@cache
def zone_of(name: str) -> ZoneInfo:
    """Return the zone as the draw function knows it: this machine's own may be years older."""
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, name)
