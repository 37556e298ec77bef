"""How a project is installed, as far as its files tell."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

PACKAGE = "sqlalchemy-drift"


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """Shell lines that install the project and drift, and what stands before a command then."""

    lines: tuple[str, ...]
    prefix: str = ""


def installation(root: Path) -> Installation:
    """Return how the project, and drift beside it, are installed on a fresh machine."""
    if (root / "uv.lock").is_file():
        lines = ("python -m pip install uv", "uv sync --frozen", f"uv pip install {PACKAGE}")
        return Installation(lines=lines, prefix="uv run --no-sync ")
    if (root / "poetry.lock").is_file():
        lines = (
            "python -m pip install poetry",
            "poetry install",
            f"poetry run python -m pip install {PACKAGE}",
        )
        return Installation(lines=lines, prefix="poetry run ")
    if (root / "Pipfile.lock").is_file():
        lines = ("python -m pip install pipenv", "pipenv sync", f"pipenv run pip install {PACKAGE}")
        return Installation(lines=lines, prefix="pipenv run ")
    return Installation(lines=(f"python -m pip install {_requirements(root)}{PACKAGE}",))


def _requirements(root: Path) -> str:
    for name in ("requirements.txt", "requirements/base.txt", "requirements/production.txt"):
        if (root / name).is_file():
            return f"-r {name} "
    packaged = (root / "setup.py").is_file() or "[build-system]" in _text(root / "pyproject.toml")
    return "-e . " if packaged else ""


def python_version(root: Path) -> str:
    """Return the version of Python that the project names; 3.11, drift's oldest, or later."""
    named = _text(root / ".python-version").strip() or _text(root / "runtime.txt").strip()
    wanted = r"(?:requires-)?python\s*=\s*[\"'][^\"'0-9]*3\.(\d+)"
    found = re.search(r"3\.(\d+)", named) or re.search(wanted, _text(root / "pyproject.toml"))
    return f"3.{max(int(found[1]), 11)}" if found else "3.12"


def repository(root: Path) -> Path:
    """Return the top of the Git repository, where workflows have to be; without one, the root."""
    return next((one for one in (root, *root.parents) if (one / ".git").exists()), root)


def source_folder(root: Path, models: str) -> str:
    """Return the folder that has to be on Python's path for the models: `src`, or ""."""
    package = models.partition(":")[0].partition(".")[0]
    inside = (root / "src" / package).is_dir() or (root / "src" / f"{package}.py").is_file()
    return "src" if inside else ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
