"""The linters of workflows: what they have to say of a file, or of all in a folder."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import check_jsonschema
from click.testing import CliRunner


def zizmor(path: Path) -> str:
    """Return what zizmor finds in a workflow, an action or a folder of them; "" is nothing."""
    return _said(programs() / "zizmor", "--offline", "--no-progress", path)


def actionlint(path: Path) -> str:
    """Return what actionlint finds in a workflow or a folder of them; "" is nothing."""
    files = sorted(path.rglob("*.y*ml")) if path.is_dir() else [path]
    workflows = [file for file in files if file.stem != "action"]
    if not workflows:
        return f"{path}: no workflow is there"
    program = programs() / "shellcheck"
    return _said(programs() / "actionlint", "-no-color", "-shellcheck", program, *workflows)


def shellcheck(script: Path) -> str:
    """Return what shellcheck finds in a script for bash; "" is nothing."""
    return _said(programs() / "shellcheck", "--shell=bash", script)


def gitlab(path: Path) -> str:
    """Return what GitLab's own schema finds in a pipeline; "" is nothing."""
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as copy:
        # The schema does not look into jobs whose names begin with a dot.
        copy.write(re.sub(r"^\.(?=\w)", "shown-", path.read_text(), flags=re.MULTILINE))
        copy.flush()
        return schema("gitlab-ci", Path(copy.name), "--data-transform", "gitlab-ci")


def schema(name: str, path: Path, *options: str) -> str:
    """Return what the schema that an engine publishes finds in a file; "" is nothing.

    The program runs in this process: a new one would import its libraries for more than a second.
    """
    arguments = ["--builtin-schema", f"vendor.{name}", *options, str(path)]
    outcome = CliRunner().invoke(check_jsonschema.main, arguments, catch_exceptions=False)
    return "" if outcome.exit_code == 0 else outcome.output


def kubernetes(path: Path) -> str:
    """Return what Kubernetes' own schemas find in a manifest; "" is nothing."""
    return _said(programs() / "kubernetes-validate", "--strict", path)


def programs() -> Path:
    """Return the folder with the linters, and a Python that has pip."""
    return Path(sys.executable).parent


def _said(*command: object) -> str:
    outcome = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=120, check=False
    )
    if outcome.returncode == 0:
        return ""
    return f"{outcome.stdout}{outcome.stderr}" or f"{command[0]} ended with {outcome.returncode}"
