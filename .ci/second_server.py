"""Runs the tests that touch SQL on a PostgreSQL other than the default one.

`DRIFT_SECOND_SERVER` names a folder with PostgreSQL's programs; without it, one that the system
has installed is looked for. Where there is none, nothing is tested, and that is said.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_FOLDERS = (
    "check compare kinds mutations plan property security sources/database spellings system"
).split()
"""Tests whose outcome may depend on the server's version."""


def programs() -> Path | None:
    """Return the folder with `initdb` and `pg_ctl` of a second PostgreSQL."""
    if named := os.environ.get("DRIFT_SECOND_SERVER"):
        return Path(named)
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return installed[-1].parent if installed else None


def unprivileged() -> list[str]:
    """Return the prefix that runs a command as a user whom PostgreSQL accepts."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] * (
        os.geteuid() == 0
    )


def main() -> int:
    folder = programs()
    if folder is None:
        print("no second PostgreSQL is installed: nothing was tested on one")
        return 0
    home = Path(tempfile.mkdtemp(prefix="drift-second-"))
    data, user = home / "data", unprivileged()
    try:
        if user:
            shutil.chown(home, "postgres", "postgres")
        run = [*user, str(folder / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"]
        subprocess.run([*run, "-E", "UTF8"], check=True, stdout=subprocess.DEVNULL, cwd=home)
        control = [*user, str(folder / "pg_ctl"), "-D", str(data), "-w", "-l", str(home / "log")]
        options = f"-c listen_addresses='' -k {home} -c fsync=off"
        subprocess.run([*control, "-o", options, "start"], check=True, cwd=home)
        try:
            url = f"postgresql://postgres@/postgres?host={home}"
            tests = [f"tests/{name}" for name in _FOLDERS]
            command = [sys.executable, "-m", "pytest", *tests, "-k", "not demonstration"]
            environment = os.environ | {"DRIFT_TEST_DSN": url}
            return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=False, cwd=home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
