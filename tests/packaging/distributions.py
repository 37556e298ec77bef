"""Builds the sdist and the wheel, and virtual environments that hold the wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
TESTED = "3.11"
"""The oldest Python that drift supports, on which its oldest requirements install."""


class Built(NamedTuple):
    """The two files that a release publishes."""

    sdist: Path
    wheel: Path


def build(folder: Path, *, isolated: bool = True) -> Built:
    """Build the sdist, and the wheel out of it, as a release does."""
    options = [] if isolated else ["--no-isolation"]
    command = [sys.executable, "-m", "build", *options, "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=300)
    [sdist], [wheel] = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return Built(sdist, wheel)


def unpack_tests(sdist: Path, folder: Path) -> Path:
    """Unpack the sdist without the package, so that the tests import the installed one."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    [unpacked] = folder.iterdir()
    shutil.rmtree(unpacked / "drift")
    return unpacked


def environment(folder: Path, wheel: Path, *, extra: str = "") -> Path:
    """Make a virtual environment with nothing but the wheel; return its Python."""
    uv("venv", "--python", sys.executable, "--seed", str(folder))
    python = folder / "bin" / "python"
    uv("pip", "install", "--python", str(python), f"sqlalchemy-drift{extra} @ {wheel.as_uri()}")
    return python


def oldest() -> list[str]:
    """Return the oldest versions of all that drift requires, as `name==version`."""
    options = ["--resolution=lowest-direct", f"--python-version={TESTED}", "--extra=demo"]
    text = uv(
        "pip", "compile", *options, "--no-annotate", "--no-header", str(ROOT / "pyproject.toml")
    )
    return [line for line in text.splitlines() if "==" in line]


def replace(python: Path, versions: Iterable[str]) -> None:
    """Install exactly these versions, whatever the tools of the tests would like."""
    uv("pip", "install", "--python", str(python), "--no-deps", *versions)


def uv(*arguments: str) -> str:
    """Run uv, and return what it prints."""
    command = [sys.executable, "-m", "uv", *arguments, "--quiet"]
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, timeout=1200
    ).stdout
