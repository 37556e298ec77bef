"""How a project is installed, as far as its files tell."""

from __future__ import annotations

import importlib.metadata
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from drift import __version__

PACKAGE = "sqlalchemy-drift"
_ADDRESS = re.compile(r"(?:https|ssh)://(?:git@)?[\w.-]+(?::\d+)?/[\w./-]+", re.ASCII)
_REQUIREMENTS = (
    "requirements.txt",
    "requirements/base.txt",
    "requirements/production.txt",
    "requirements/prod.txt",
    "requirements/requirements.txt",
)


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """Shell lines that install the project and drift, and what stands before a command then.

    Without `known`, nothing says what the project needs.
    """

    lines: tuple[str, ...]
    prefix: str = ""
    known: bool = True


def installation(folder: Path) -> Installation:
    """Return how the project in a folder, and drift beside it, are installed on a fresh machine."""
    tool = _tool(folder)
    own = drift_requirement()
    if _has(folder, "uv.lock"):
        lines = ("python -m pip install uv", "uv sync --frozen", f"uv pip install {own}")
        return Installation(lines=lines, prefix="uv run --no-sync ")
    if _has(folder, "poetry.lock") or "poetry" in tool:
        lines = (
            "python -m pip install poetry",
            "poetry install",
            f"poetry run python -m pip install {own}",
        )
        return Installation(lines=lines, prefix="poetry run ")
    if _has(folder, "pdm.lock") or "pdm" in tool:
        sync = "pdm sync" if _has(folder, "pdm.lock") else "pdm install"
        pip = "pdm run python -m ensurepip  # the environments of PDM have no pip"
        lines = (
            f"python -m pip install pdm && {sync}",
            pip,
            f"pdm run python -m pip install {own}",
        )
        return Installation(lines=lines, prefix="pdm run ")
    if _has(folder, "Pipfile") or _has(folder, "Pipfile.lock"):
        sync = "pipenv sync" if _has(folder, "Pipfile.lock") else "pipenv install"
        lines = ("python -m pip install pipenv", sync, f"pipenv run pip install {own}")
        return Installation(lines=lines, prefix="pipenv run ")
    return _by_pip(folder, own)


def _by_pip(folder: Path, own: str) -> Installation:
    project = _text(folder / "pyproject.toml")
    requirements = next((name for name in _REQUIREMENTS if _has(folder, name)), "")
    if requirements:
        return Installation(lines=(f"python -m pip install -r {requirements} {own}",))
    if _has(folder, "setup.py") or "[build-system]" in project:
        return Installation(lines=(f"python -m pip install -e . {own}",))
    if re.search(r"^\[(project|tool\.uv)\]", project, re.MULTILINE):  # pip may refuse to build it
        lines = ("python -m pip install uv", "uv sync", f"uv pip install {own}")
        return Installation(lines=lines, prefix="uv run --no-sync ")
    for name in ("environment.yml", "environment.yaml"):
        if _has(folder, name):
            conda = '"$CONDA/bin/conda"'
            run = f"{conda} run --no-capture-output --name drift "
            create = f"{conda} env create --quiet --name drift --file {name}"
            return Installation(lines=(create, f"{run}python -m pip install {own}"), prefix=run)
    missing = "# No file says what the models import: install that here as well."
    return Installation(lines=(missing, f"python -m pip install {own}"), known=False)


def drift_requirement() -> str:
    """Return what installs this very version of drift: from an index, or from its repository."""
    try:
        text = importlib.metadata.distribution(PACKAGE).read_text("direct_url.json")
        origin: Any = json.loads(text or "{}")
    except (importlib.metadata.PackageNotFoundError, ValueError):
        origin = {}
    commit = origin.get("vcs_info", {}).get("commit_id", "")
    if _ADDRESS.fullmatch(origin.get("url", "")) and re.fullmatch(r"[0-9a-f]{40}", commit):
        return f'"{PACKAGE} @ git+{origin["url"]}@{commit}"'
    return f"{PACKAGE}=={__version__}"


def project_folder(home: Path, root: Path) -> Path:
    """Return the folder with what says how to install the models: theirs, or one above it."""
    folders = [home, *home.parents]
    inside = folders[: folders.index(root) + 1] if root in folders else [root]
    return next((one for one in inside if installation(one).known), root)


def python_version(folder: Path) -> str:
    """Return the version of Python that the project names; 3.11, drift's oldest, or later."""
    named = _text(folder / ".python-version").strip() or _text(folder / "runtime.txt").strip()
    wanted = r"(?:requires-)?python\s*=\s*[\"'][^\"'0-9]*3\.(\d+)"
    found = re.search(r"3\.(\d+)", named) or re.search(wanted, _text(folder / "pyproject.toml"))
    return f"3.{max(int(found[1]), 11)}" if found else "3.12"


def repository(root: Path) -> Path:
    """Return the top of the Git repository, where workflows have to be; without one, the root."""
    return next((one for one in (root, *root.parents) if (one / ".git").exists()), root)


def home_of(module: str, root: Path) -> Path:
    """Return the folder that a module is imported from: the project's, or one within it."""
    top = module.partition(".")[0]
    for folder in (root, root / "src", *_inner(root)):
        if (folder / f"{top}.py").is_file() or any((folder / top).glob("*.py")):
            return folder
    return root


def _inner(root: Path) -> Iterator[Path]:
    for pattern in ("*", "*/*"):
        yield from sorted(
            path for path in root.glob(pattern) if path.is_dir() and not path.name.startswith(".")
        )


def _tool(folder: Path) -> Any:
    try:
        return tomllib.loads(_text(folder / "pyproject.toml")).get("tool", {})
    except tomllib.TOMLDecodeError:
        return {}


def _has(folder: Path, name: str) -> bool:
    return (folder / name).is_file()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
