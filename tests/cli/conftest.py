"""The command, run as a user would."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import command


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that runs `drift` in a folder of its own, as a user would."""
    packages = str(Path(__file__).parents[2])
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PG") and k != "DATABASE_URL"}

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(filter(None, [packages, os.environ.get("PYTHONPATH")]))
        return command.drift(
            *arguments, cwd=tmp_path, env=clean | {"PYTHONPATH": path} | environment
        )

    return run
