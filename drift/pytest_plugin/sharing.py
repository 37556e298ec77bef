"""Makes a check once for all workers of pytest-xdist.

Any worker may run any test of a table. The first that needs the report makes it and keeps it in a
file; the others wait for that. The system opens the lock if a worker dies.
"""

from __future__ import annotations

import pickle
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from drift.api.report import Report

T = TypeVar("T")
_KEY = "drift_folder"
_FOLDER = pytest.StashKey[str]()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The report of a check, or the reason why there is none."""

    report: Report | None = None
    problem: str = ""


class Sharing:
    """The controller's part: a folder for the report, which only its own workers know."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker the folder; with `--dist each`, every worker makes the check itself."""
        config: pytest.Config = node.config
        if config.getoption("dist", "no") != "each":
            node.workerinput[_KEY] = _folder(config)


def _folder(config: pytest.Config) -> str:
    if _FOLDER not in config.stash:
        folder = tempfile.mkdtemp(prefix="drift-")
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        config.stash[_FOLDER] = folder
    return config.stash[_FOLDER]


def once(config: pytest.Config, make: Callable[[], Outcome]) -> Outcome:
    """Return the result of `make` in this worker, or that of another worker."""
    folder = Path(getattr(config, "workerinput", {}).get(_KEY, ""))
    try:
        import fcntl  # Windows has none: every worker makes the check itself
    except ImportError:
        return make()
    if not folder.is_absolute() or not folder.is_dir():  # a worker on another machine
        return make()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _read_or_made(folder / "report", make)


def _read_or_made(file: Path, make: Callable[[], Outcome]) -> Outcome:
    if file.exists():
        outcome: Outcome = pickle.loads(file.read_bytes())  # noqa: S301 — in a folder of our own
        return outcome
    outcome = make()
    # A worker that is killed while it writes must not be read by the others.
    part = file.with_suffix(".part")
    part.write_bytes(pickle.dumps(outcome))
    part.replace(file)
    return outcome
