"""What the drills in tests/kinds share: an activity as a file, and modules that are made anew once a kind is added."""

import re
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from tombola.rules.activity import Activity
from tombola_cli.files import activity_file
from tombola_cli.files.repository import ROOT

GUIDE = ROOT / "docs/activity.md"
FILE = """
activity_id: 100001
activity_name: drill
activity_desc: a kind that nobody had thought of
time_zone: UTC
begin: 2026-11-01
end: 2026-12-31
strategy: single
awards:
  - { award_id: 3, award_type: 1, award_name: ipad, award_content: Code, rate: 1 }
"""


def anew(module: ModuleType) -> Any:
    """Return module once more, made by the kinds that there are now; the one that everybody imports stays."""
    assert module.__spec__ is not None
    assert module.__spec__.loader is not None
    made = module_from_spec(module.__spec__)
    module.__spec__.loader.exec_module(made)
    return made


def guide_row(field: str) -> str:
    """Return what docs/activity.md says of a field of the file."""
    (told,) = re.findall(rf"^\| (?:`\w+`, )*`{field}`.*? \| (.*) \|$", GUIDE.read_text("utf-8"), re.MULTILINE)
    return str(told)


def read(text: str, folder: Path) -> Activity:
    """Return the activity that a file with this text holds, as it is drawn."""
    path = folder / "activity.yaml"
    path.write_text(text, "utf-8")
    activity: Activity = anew(activity_file).read_activity(path)
    return activity
