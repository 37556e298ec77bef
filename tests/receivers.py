"""Programs that receive what is sent: installed on demand, each once on a machine."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

STRICT = "DRIFT_TEST_STRICT"
"""Set where nothing may be skipped: what a machine lacks is a failure there."""


def lacking(reason: str) -> NoReturn:
    """Skip the test for what this machine lacks, loudly; fail where nothing may be skipped."""
    if os.environ.get(STRICT):
        pytest.fail(f"not to be skipped here: {reason}")
    pytest.skip(reason)


def cache() -> Path:
    """Return the folder that outlives a test session."""
    chosen = os.environ.get("DRIFT_TEST_CACHE")
    root = Path(chosen) if chosen else Path.home() / ".cache" / "sqlalchemy-drift-tests"
    root.mkdir(parents=True, exist_ok=True)
    return root


def once(name: str, make: Callable[[Path], None]) -> Path:
    """Return the cached folder `name`, filled by `make` on first use; safe among processes."""
    folder, done = cache() / name, cache() / f"{name}.done"
    with _locked(cache() / f"{name}.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


def python_environment(name: str, *requirements: str) -> Path:
    """Return the `bin` folder of a virtual environment with these packages of PyPI."""

    def make(folder: Path) -> None:
        _run(sys.executable, "-m", "venv", str(folder))
        _run(str(folder / "bin" / "pip"), "install", "--quiet", *requirements)

    return once(name, make) / "bin"


def npm_packages(name: str, *packages: str) -> Path:
    """Return the `node_modules` folder with these packages of the npm registry."""
    if not (shutil.which("npm") and shutil.which("node")):
        lacking(f"{', '.join(packages)}: Node.js and npm are not installed")

    def make(folder: Path) -> None:
        command = ("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts")
        _run(*command, "--prefix", str(folder), *packages)

    return once(name, make) / "node_modules"


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(*command: str) -> None:
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    if outcome.returncode:
        last = (outcome.stderr or outcome.stdout).strip().splitlines()[-1:]
        lacking(f"{' '.join(command)}: {''.join(last)}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
