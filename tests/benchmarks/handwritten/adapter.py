"""The adapter of a hand-written check: how to call it, and which lines drift would replace.

A check is a folder outside the repository. Its `adapter.py` has

- `REPOSITORY`, `PATH`, `RUNS`, `ADAPTED`: texts for the table
- `FILES`: the files of the check; `AFTER`: the files that replace them, in the folder `after`
- `check(live, metadata, reference)`: the messages of the check for the database `live`. `reference`
  is a database of the same metadata that no mutation touches, for checks that need two
- `OURS`: keyword arguments of `assert_no_drift` that the replacement has
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.handwritten.lines import count


class Adapter(NamedTuple):
    """A hand-written check, and its replacement."""

    folder: Path
    repository: str
    path: str
    runs: str
    adapted: str
    before: int
    after: int
    check: Callable[[str, Any, str], list[str]]
    ours: dict[str, Any]


def load_all(folder: Path, only: str) -> list[Adapter]:
    """Return the adapters below a folder whose name contains `only`."""
    sys.path.insert(0, str(folder))
    paths = sorted(folder.glob("*/adapter.py"))
    return [_load(path) for path in paths if only in path.parent.name]


def _load(path: Path) -> Adapter:
    name = f"handwritten_{path.parent.name}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Adapter(
        folder=path.parent,
        repository=module.REPOSITORY,
        path=module.PATH,
        runs=module.RUNS,
        adapted=module.ADAPTED,
        before=sum(count(path.parent / name) for name in module.FILES),
        after=sum(count(file) for file in (path.parent / "after").rglob("*") if file.is_file()),
        check=module.check,
        ours=getattr(module, "OURS", {}),
    )
