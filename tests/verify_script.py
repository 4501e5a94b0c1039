"""docs/verify.py, run in this process."""

import contextlib
import importlib.util
import io
import json
from functools import cache
from pathlib import Path
from typing import Any

from tombola_cli.files.repository import ROOT


def said_by_script(papers: dict[str, Any], folder: Path) -> tuple[int, list[str]]:
    """Return how docs/verify.py ends, and its lines."""
    files = [folder / f"{name}.json" for name in papers]
    for file, answer in zip(files, papers.values(), strict=True):
        file.write_text(json.dumps(answer))
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        status = verify().main([str(file) for file in files])
    return status, said.getvalue().splitlines()


@cache
def verify() -> Any:
    spec = importlib.util.spec_from_file_location("verify", ROOT / "docs/verify.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
