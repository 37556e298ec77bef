"""Whether a project has Alembic migrations, and how they are applied to a fresh database."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec

_DRIVER = re.compile(r"postgresql\+(asyncpg|psycopg2|psycopg|pg8000)\b")
_CHOOSES = re.compile(r"environ|getenv|set_main_option|settings|create_engine|decouple|dotenv")
"""What an env.py says that gets its database from elsewhere."""
_MOST_BYTES = 200_000


class Migrations(msgspec.Struct, frozen=True, kw_only=True):
    """The command that applies them, and the URL's scheme that the project's driver needs."""

    command: str
    scheme: str = "postgresql"
    own_url: bool = False
    """Whether alembic.ini alone says which database is migrated."""


def migrations(folder: Path, models: str) -> Migrations | None:
    """Return how the migrations of the project in a folder are applied; None if it has none."""
    scheme = _scheme(folder)
    if _uses_alembic(folder):
        return Migrations(
            command="alembic upgrade head", scheme=scheme, own_url=_names_its_database(folder)
        )
    if "current_app" in _text(folder / "migrations" / "env.py"):  # Flask-Migrate
        application = models.partition(":")[0].partition(".")[0]
        return Migrations(command=f"flask --app {application} db upgrade", scheme=scheme)
    return None


def _uses_alembic(folder: Path) -> bool:
    if "script_location" in _text(folder / "alembic.ini"):
        return True
    try:
        tool = tomllib.loads(_text(folder / "pyproject.toml")).get("tool", {})
    except tomllib.TOMLDecodeError:
        return False
    return "alembic" in tool


def _names_its_database(folder: Path) -> bool:
    """Tell whether env.py takes the URL of alembic.ini, as `alembic init` writes it."""
    ini = _text(folder / "alembic.ini")
    location = re.search(r"^script_location *= *(?:%\(here\)s/)?(\S+)", ini, re.MULTILINE)
    env = _text(folder / location[1] / "env.py") if location else ""
    return bool(re.search(r"^sqlalchemy\.url *=", ini, re.MULTILINE)) and not _CHOOSES.search(env)


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


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8", errors="replace")
    except OSError:
        return ""
