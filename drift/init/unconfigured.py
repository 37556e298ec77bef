"""The contents of a folder without a configuration, and the command to run next."""

from __future__ import annotations

import os
import shlex
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import msgspec

from drift.check.reasons import safe
from drift.config import env_file
from drift.errors import ConfigurationError, UsageError
from drift.formats.vocabulary import plural
from drift.init.search import Candidate, candidates, imports
from drift.process import isolation

SECONDS = 0.5
"""Time for the search: the message must come at once, however large the folder is."""
_FILES = ("alembic.ini", "pyproject.toml")
_LIBPQ = ("PGHOST", "PGSERVICE", "PGDATABASE", "PGHOSTADDR", "PGUSER")


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """The bases of models (None: the search took too long), other files, and the env file's URL.

    `variable` is the name of the variable in `.env` that holds the URL of a database.
    """

    bases: Sequence[Candidate] | None
    files: Sequence[str]
    variable: str = ""


def require_configured(environment: Mapping[str, str], env_files: Sequence[str]) -> NoReturn:
    """Raise UsageError with the next command; nothing says which models to compare."""
    root = Path(isolation.folder())
    raise UsageError(message(root, contents(root), environment, env_files))


def contents(root: Path) -> Contents:
    """Return the bases and the known files of a folder; nothing is imported."""
    return Contents(
        bases=_bases(root),
        files=[name for name in _FILES if (root / name).is_file()],
        variable=url_variable(root),
    )


def _bases(root: Path) -> Sequence[Candidate] | None:
    """Return the bases of models; None if the search is not over in time."""
    answers: list[Sequence[Candidate]] = []
    thread = threading.Thread(target=lambda: answers.append(candidates(root)), daemon=True)
    thread.start()
    thread.join(SECONDS)
    return answers[0] if answers else None


def url_variable(root: Path) -> str:
    """Return the variable in `.env` that holds a database's URL; "" if there is none."""
    try:
        variables = env_file.read([root / ".env"], required=False)
    except (ConfigurationError, OSError):
        return ""
    urls = [name for name, value in variables.items() if value.startswith("postgres")]
    return "DATABASE_URL" if variables.get("DATABASE_URL") else next(iter(urls), "")


def message(
    root: Path, has: Contents, environment: Mapping[str, str], env_files: Sequence[str]
) -> str:
    """Return the sentences: the missing and the existing parts, and the command to run."""
    parts = [f"models {safe(base.spec)} ({_models(base)})" for base in (has.bases or ())[:3]]
    parts += has.files
    parts += [f".env with {safe(has.variable)}"] if has.variable else []
    there = f"this folder has: {', '.join(parts)}" if parts else "no models found in this folder"
    if has.bases is None:
        there += " (the search for models took too long)"
    return f"no models given, and no drift.yaml found in this folder or above; {there}. " + (
        _next(root, has, environment, env_files)
    )


def _models(base: Candidate) -> str:
    return plural(base.count, "model")


def _next(
    root: Path, has: Contents, environment: Mapping[str, str], env_files: Sequence[str]
) -> str:
    """Return the command that checks the models, and the one that writes a configuration."""
    variable = has.variable if has.variable not in {"", "DATABASE_URL"} else ""
    init = f"drift init --database-variable {variable}" if variable else "drift init"
    if has.bases is not None and not has.bases:
        return f"Run: {init} --models package.module:Base"
    if not has.bases or (variable and not _has_database(environment)):
        return f"Run: {init}"
    command = shlex.join(_check(root, has, environment, env_files))
    home = os.path.relpath(has.bases[0].home, root)
    folder = "" if home == "." else f"PYTHONPATH={shlex.quote(home)} "
    known = _has_database(environment) or has.variable
    first = "" if known else "set DATABASE_URL to the database's URL, and then "
    text = f"{first}run: {folder}{command}, or {init}, which writes a configuration"
    return text[0].upper() + text[1:]


def _has_database(environment: Mapping[str, str]) -> bool:
    return any(environment.get(name) for name in ("DATABASE_URL", *_LIBPQ))


def _check(
    root: Path, has: Contents, environment: Mapping[str, str], env_files: Sequence[str]
) -> list[str]:
    """Return the words of the command."""
    assert has.bases
    best = has.bases[0]
    files = env_files or ([".env"] if has.variable and not _has_database(environment) else [])
    return [
        *("drift", "check", "--models", best.spec),
        *(word for module in imports(best) for word in ("--import", module)),
        *(word for name in files for word in ("--env-file", name)),
    ]
