"""The commands that install a project and migrate its database, as far as its files tell."""

from __future__ import annotations

import importlib.metadata
import json
import re
import tomllib
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

_DRIVER = re.compile(r"postgresql\+(asyncpg|psycopg2|psycopg|pg8000)\b")
_MOST_BYTES = 200_000


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """Shell lines that install the project and drift, and the prefix of commands.

    Without `known`, no file lists the requirements of the project.
    """

    lines: tuple[str, ...]
    prefix: str = ""
    known: bool = True

    @property
    def conda(self) -> bool:
        """Whether it is an environment of conda."""
        return "conda run" in self.prefix


def installation(folder: Path, *, extra: str = "") -> Installation:
    """Return the commands that install the project in a folder, and drift, on a fresh machine.

    `extra` is that of drift, such as demo, which brings a PostgreSQL.
    """
    tool = _tool(folder)
    own = drift_requirement(extra)
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
            # Its newest dependencies may break it: the extra pins those it was released with.
            f"python -m pip install 'pdm[locked]' && {sync}",
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
    missing = "# No file lists the requirements of the models: install them here as well."
    return Installation(lines=(missing, f"python -m pip install {own}"), known=False)


def drift_requirement(extra: str = "") -> str:
    """Return the requirement of this version of drift: from an index, or from its repository."""
    try:
        text = importlib.metadata.distribution(PACKAGE).read_text("direct_url.json")
        origin: Any = json.loads(text or "{}")
    except (importlib.metadata.PackageNotFoundError, ValueError):
        origin = {}
    commit = origin.get("vcs_info", {}).get("commit_id", "")
    if _ADDRESS.fullmatch(origin.get("url", "")) and re.fullmatch(r"[0-9a-f]{40}", commit):
        return f'"{_named(extra)} @ git+{origin["url"]}@{commit}"'
    requirement = f"{_named(extra)}=={__version__}"
    # The shell would look for files that the brackets match.
    return f'"{requirement}"' if extra else requirement


def _named(extra: str) -> str:
    return f"{PACKAGE}[{extra}]" if extra else PACKAGE


def python_version(folder: Path) -> str:
    """Return the version of Python that the project names; 3.11, drift's oldest, or later."""
    named = _text(folder / ".python-version").strip() or _text(folder / "runtime.txt").strip()
    wanted = r"(?:requires-)?python\s*=\s*[\"'][^\"'0-9]*3\.(\d+)"
    minor = re.search(r"3\.(\d+)", named) or re.search(wanted, _text(folder / "pyproject.toml"))
    return f"3.{max(int(minor[1]), 11)}" if minor else "3.12"


class Migrations(msgspec.Struct, frozen=True, kw_only=True):
    """Migrations, and the URL's scheme that the project's driver needs."""

    scheme: str = "postgresql"


def migrations(folder: Path) -> Migrations | None:
    """Return the migrations of a project; None if it has none."""
    scheme = _scheme(folder)
    if _uses_alembic(folder):
        return Migrations(scheme=scheme)
    if "current_app" in _text(folder / "migrations" / "env.py"):  # Flask-Migrate
        return Migrations(scheme=scheme)
    return None


def _uses_alembic(folder: Path) -> bool:
    return "script_location" in _text(folder / "alembic.ini") or "alembic" in _tool(folder)


def _scheme(folder: Path) -> str:
    """Return the scheme of a URL with the driver that the project names, or else installs."""
    names = ["alembic.ini", ".env.example", ".env.sample", "docker-compose.yml", "compose.yaml"]
    files = [folder / name for name in names]
    files += [file for file in sorted(folder.glob("*/**/*.py"))[:2000] if _is_settings(file)]
    for path in files:
        if match := _DRIVER.search(_text(path)):
            return match[0]
    manifests = "".join(
        _text(folder / name) for name in ("requirements.txt", "pyproject.toml", "Pipfile")
    )
    for driver in ("psycopg2", "psycopg", "asyncpg", "pg8000"):
        if re.search(rf"\b{driver}\b", manifests):
            return "postgresql" if driver == "psycopg2" else f"postgresql+{driver}"
    return "postgresql"


def _is_settings(path: Path) -> bool:
    names = r"(settings|config|database|db|session|engine|env|base|main|app|__init__)\.py"
    return re.fullmatch(names, path.name) is not None


def _tool(folder: Path) -> Any:
    try:
        return tomllib.loads(_text(folder / "pyproject.toml")).get("tool", {})
    except tomllib.TOMLDecodeError:
        return {}


def _has(folder: Path, name: str) -> bool:
    return (folder / name).is_file()


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8", errors="replace")
    except OSError:
        return ""
