"""squawk, a linter of migrations, as a second opinion on the SQL of plans."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from drift.formats.plan.sql import render_sql
from drift.plan.step import Plan


def complaints(plan: Plan, folder: Path) -> list[str]:
    """Return what squawk says of a plan, with and without the blocks that guard statements."""
    paths = []
    for guards in (True, False):
        path = folder / f"guards-{guards}.sql"
        path.write_text(render_sql(plan, guards=guards), encoding="utf-8")
        paths.append(str(path))
    version = str(plan.server_version // 10000)
    program = Path(sys.executable).with_name("squawk")
    command = [str(program), "--pg-version", version, "--reporter", "Gcc", *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    levels = (": warning: ", ": error: ")
    return [line for line in done.stdout.splitlines() if any(word in line for word in levels)]
