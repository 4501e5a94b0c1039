"""Which parameters of template.yaml may a command line set on the local stack?"""

import re
from collections.abc import Iterable
from pathlib import Path

import yaml

from tombola_cli.errors import TombolaError

SECTION = re.compile(r"^Parameters:\n(?:[ #].*\n|\n)+", re.MULTILINE)
# The stack is local and runs on this machine's processor; --transport decides the others.
NOT_TO_BE_SET = frozenset({"Stage", "Architecture", "Transport", "KafkaBootstrapServers", "KafkaSecurity"})


def chosen(root: Path, settings: Iterable[str]) -> dict[str, str]:
    """Return what settings, each written Name=Value, give the parameters of root's template; values are not checked."""
    names = [name for name in _names(root) if name not in NOT_TO_BE_SET]
    given: dict[str, str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise TombolaError(f"--set {setting}: write Name=Value, such as CorsOrigins=https://shop.example")
        if name in NOT_TO_BE_SET:
            raise TombolaError(f"--set {name}: tombola up sets it; --transport names the transport")
        if name not in names:
            raise TombolaError(f"--set {name}: template.yaml has no such parameter; it has {', '.join(names)}")
        if name in given:
            raise TombolaError(f"--set {name}: it is set twice")
        given[name] = value
    return given


def _names(root: Path) -> list[str]:
    """Return the parameters in the order of the template, whose other sections no plain reader of YAML takes."""
    found = SECTION.search((root / "template.yaml").read_text("utf-8"))
    return list(yaml.safe_load(found[0])["Parameters"]) if found else []
