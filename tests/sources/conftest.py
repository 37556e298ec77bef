"""A second PostgreSQL, of another version, if the system has one."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from drift.scratch.server import _identity
from tests.folders import short

INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@pytest.fixture(scope="module")
def second_server() -> Iterator[str]:
    """A superuser's URL of a server that the system has installed."""
    if not INSTALLED:
        pytest.skip("no second PostgreSQL is installed")
    identity = _identity()
    programs = INSTALLED[-1].parent
    home = Path(tempfile.mkdtemp(prefix="d-", dir=short()))
    if identity:
        shutil.chown(home, identity["user"], identity["group"])

    def run(program: str, *arguments: str) -> None:
        with (home / "output").open("ab") as output:
            subprocess.run(
                [programs / program, "-D", home / "data", *arguments], check=True, cwd=home,
                stdout=output, stderr=output, **identity,
            )  # fmt: skip

    (home / "output").touch()
    try:
        run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-c listen_addresses='' -c fsync=off -k {home}"
        run("pg_ctl", "-w", "-l", str(home / "log"), "-o", options, "start")
        yield f"postgresql://postgres@/postgres?host={home}"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(home)
