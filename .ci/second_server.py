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
sys.path.insert(0, str(ROOT))

from tests.folders import use_memory  # noqa: E402 — found in the line above
from tests.servers import HUGE_PAGES  # noqa: E402

_FOLDERS = (
    "check compare kinds mutations plan property security sources/database spellings system"
).split()
"""Tests whose outcome may depend on the server's version."""
_ALIKE = (
    "check/test_binds check/test_cause_claims check/test_causes check/test_early_start "
    "check/test_env_files check/test_env_hooks check/test_hint check/test_import_folders "
    "check/test_migration_reports check/test_policy check/test_severities check/test_shards "
    "check/test_strict_ignores check/test_target_lists check/test_targets "
    "system/test_audit_causes system/test_fresh_commands system/test_imports system/test_readme "
    "system/test_redaction system/test_startup"
).split()
"""Those in between that are alike on each: they test options, files, processes, and what is done
with two schemas that have been read. How each kind of object is read is tested by the others."""
_SETTINGS = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off"
"""A server that is thrown away may lose data in a crash."""


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
    if unknown := [name for name in _ALIKE if not (ROOT / "tests" / f"{name}.py").is_file()]:
        print(f"no such tests: {', '.join(unknown)}; correct the list in {__file__}")
        return 1
    folder = programs()
    if folder is None:
        print("no second PostgreSQL is installed: nothing was tested on one")
        return 0
    forget_memory = use_memory()
    home = Path(tempfile.mkdtemp(prefix="drift-second-"))
    data, user = home / "data", unprivileged()
    try:
        if user:
            shutil.chown(home, "postgres", "postgres")
        run = [*user, str(folder / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"]
        run += ["-E", "UTF8", "--no-sync", "--wal-segsize=1"]
        subprocess.run(run, check=True, stdout=subprocess.DEVNULL, cwd=home)
        control = [*user, str(folder / "pg_ctl"), "-D", str(data), "-w", "-l", str(home / "log")]
        options = f"-c listen_addresses='' -k {home} {_SETTINGS}"
        environment = os.environ | HUGE_PAGES
        subprocess.run([*control, "-o", options, "start"], check=True, cwd=home, env=environment)
        try:
            url = f"postgresql://postgres@/postgres?host={home}"
            tests = [f"tests/{name}" for name in _FOLDERS]
            left_out = [f"--ignore=tests/{name}.py" for name in _ALIKE]
            command = [sys.executable, "-m", "pytest", *tests, *left_out, "-k", "not demonstration"]
            environment = os.environ | {"DRIFT_TEST_DSN": url}
            return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=False, cwd=home)
    finally:
        shutil.rmtree(home, ignore_errors=True)
        forget_memory()


if __name__ == "__main__":
    sys.exit(main())
