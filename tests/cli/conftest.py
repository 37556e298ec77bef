"""The command, run as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that runs `drift` in a folder of its own, as a user would."""
    packages = str(Path(__file__).parents[2])
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PG") and k != "DATABASE_URL"}

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(filter(None, [packages, os.environ.get("PYTHONPATH")]))
        return subprocess.run(
            [sys.executable, "-m", "drift", *arguments], cwd=tmp_path, text=True,
            capture_output=True, timeout=60,
            check=False, env=clean | {"PYTHONPATH": path} | environment,
        )  # fmt: skip

    return run
