"""The hooks for pre-commit, run by pre-commit itself in a project that names them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.actions.linting import programs
from tests.actions.migrated import migrated
from tests.actions.runner import ROOT
from tests.servers import Database

HOOKS = ROOT / ".pre-commit-hooks.yaml"
IDENTITY = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, and return what it prints."""
    return subprocess.run(
        ["git", *IDENTITY, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def committed(folder: Path) -> str:
    """Make a repository of a folder; return its commit."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "all")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> tuple[Path, str]:
    """Return a repository that holds the hooks, and its commit."""
    folder = tmp_path / "hooks"
    folder.mkdir()
    shutil.copy(HOOKS, folder)
    return folder, committed(folder)


def run(
    folder: Path, repository: tuple[Path, str], hook: str, *options: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a hook as pre-commit does for a user who has it in the configuration."""
    source, revision = repository
    used = [{"repo": str(source), "rev": revision, "hooks": [{"id": hook}]}]
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": used}))
    committed(folder)
    path = f"{programs()}{os.pathsep}{os.environ['PATH']}"
    home = {"PRE_COMMIT_HOME": str(folder.parent / "cache"), "PATH": path}
    return subprocess.run(
        ["pre-commit", "run", hook, "--all-files", "--verbose", *options],
        cwd=folder, env=os.environ | home | environment, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


def test_pre_commit_takes_the_hooks() -> None:
    command = [str(programs() / "pre-commit"), "validate-manifest", str(HOOKS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout
    assert [one["id"] for one in yaml.safe_load(HOOKS.read_text())] == ["drift-gate", "drift-check"]


@pytest.mark.parametrize("forgetful", [False, True])
def test_the_gate_runs_before_a_commit(
    tmp_path: Path, repository: tuple[Path, str], forgetful: bool
) -> None:
    (tmp_path / "shop").mkdir()
    done = run(migrated(tmp_path / "shop", forgetful=forgetful), repository, "drift-gate")
    assert (done.returncode != 0) == forgetful, done.stdout
    assert ("missing-column" in done.stdout) == forgetful
    assert ("Failed" if forgetful else "Passed") in done.stdout


def test_the_check_runs_before_a_push(
    tmp_path: Path, repository: tuple[Path, str], adrift: Database
) -> None:
    (tmp_path / "shop").mkdir()
    folder = migrated(tmp_path / "shop")
    reached = {"PRODUCTION_DATABASE_URL": adrift.url}
    done = run(folder, repository, "drift-check", "--hook-stage", "pre-push", **reached)
    assert done.returncode == 1, done.stdout
    assert "missing-column" in done.stdout
    unused = run(folder, repository, "drift-check", "--hook-stage", "pre-commit", **reached)
    assert "missing-column" not in unused.stdout
