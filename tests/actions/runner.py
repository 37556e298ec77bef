"""The part of GitHub's runner that a composite action's shell steps need."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

import drift

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
ACTION = ROOT / "action.yml"
PACKAGE = Path(drift.__file__).parent
GUIDE = PACKAGE / "guide" / "github-actions.md"


class Outcome(NamedTuple):
    """What a step left behind; `code` is the shell's."""

    code: int
    log: str
    summary: str
    outputs: Mapping[str, str]


def document(path: Path) -> Any:
    """Return what a workflow or an action says."""
    return yaml.safe_load(path.read_text())


def action() -> Any:
    """Return the action."""
    return document(ACTION)


def step(name: str) -> Any:
    """Return the action's step with that id."""
    return next(one for one in action()["runs"]["steps"] if one.get("id") == name)


def with_inputs(given: Mapping[str, str]) -> dict[str, str]:
    """Return all inputs, with their defaults; keys are written with underscores."""
    named = {key.replace("_", "-"): value for key, value in given.items()}
    inputs = action()["inputs"]
    assert named.keys() <= inputs.keys()
    defaults = {"github-token": "ghs_given_by_the_workflow"}
    return {key: named.get(key, defaults.get(key, one["default"])) for key, one in inputs.items()}


def expressions(given: Mapping[str, str]) -> dict[str, str]:
    """Return what the action's expressions are, for these inputs."""
    inputs = with_inputs(given)
    asked = "github" in inputs["report"].lower()
    return {f"inputs.{key}": value for key, value in inputs.items()} | {
        "contains(inputs.report, 'github') && inputs.github-token || ''": (
            inputs["github-token"] if asked else ""
        )
    }


def run(
    step: Mapping[str, Any], values: Mapping[str, str], folder: Path, **environment: str
) -> Outcome:
    """Run a step as a runner does: expressions only in `env`, a script file, files for answers."""
    assert "${{" not in step["run"]
    files = {name: folder / name for name in ("output", "step_summary", "env", "path")}
    for file in files.values():
        file.touch()
    script = folder / "step.sh"
    script.write_text(step["run"])
    outcome = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=folder,
        env={
            **_clean_environment(),
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_WORKSPACE": str(folder),
            **{f"GITHUB_{name.upper()}": str(file) for name, file in files.items()},
            **environment,
            **{name: _filled(text, values) for name, text in step.get("env", {}).items()},
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return Outcome(
        outcome.returncode,
        outcome.stdout,
        files["step_summary"].read_text(),
        _outputs(files["output"].read_text()),
    )


def _clean_environment() -> dict[str, str]:
    """Return the environment without what would change the outcome; `python` is this one."""
    dropped = re.compile(r"GITHUB_|PG|DATABASE_URL|SENTRY_DSN|GH_TOKEN|DRIFT_")
    kept = {key: value for key, value in os.environ.items() if not dropped.match(key)}
    return kept | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Replace `${{ … }}` by the value that stands for the expression."""
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda match: values[match[1].strip()], text)


def _outputs(text: str) -> dict[str, str]:
    """Return the last value of each name, as the runner keeps it."""
    return dict(line.split("=", 1) for line in text.splitlines())
