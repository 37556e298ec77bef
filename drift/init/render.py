"""The files that `drift init` writes, as text."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import msgspec

from drift.init.project import Installation, Migrations

_LISTS = {
    "import": (
        "Modules and packages to import first, so that every model is known.",
        "[app.models]",
    ),
    "path": (
        "Folders to import from, before the project's own, which is that of drift.yaml or the one\n"
        "# above config/drift.yaml.",
        "[src]",
    ),
    "schemas": ("Schemas to compare in addition to those of the models.", "[reporting, audit]"),
}


HISTORY = "drift-history.jsonl"
"""The file with the findings of earlier runs; the workflow keeps it in the cache."""


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """The values to write; `cron` in UTC, `variable` the name of an environment variable."""

    models: str
    imports: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    target: str = "production"
    variable: str = "DATABASE_URL"
    reports: tuple[str, ...] = ("github",)
    cron: str
    python: str = "3.12"
    path: tuple[str, ...] = ()


def configuration(answers: Answers) -> str:
    """Return the text of drift.yaml."""
    return _filled(
        "drift.yaml",
        {
            "MODELS": _quoted(answers.models),
            "IMPORT": _list("import", answers.imports),
            "PATH": _list("path", answers.path),
            "SCHEMAS": _list("schemas", answers.schemas),
            "TARGET": _quoted(answers.target),
            "VARIABLE": answers.variable,
        },
    )


def workflow(answers: Answers, installed: Installation, config: str, folder: str = "") -> str:
    """Return the text of the nightly workflow.

    `config` is "" if drift finds it by itself, `folder` if the project is at the top.
    """
    options = [f"-c {config}"] if config else []
    options += [f"--report {name}" for name in answers.reports]
    return _filled(
        "workflow.yml",
        {
            **_job(answers, installed, folder),
            "REPORT": json.dumps(f"{folder}/drift-report/") if folder else "drift-report/",
            "HISTORY": json.dumps(f"{folder}/{HISTORY}") if folder else HISTORY,
            "CRON": _quoted(answers.cron),
            "ISSUES": "\n      issues: write" if "github" in answers.reports else "",
            "OPTIONS": "".join(f" {option}" for option in options),
            "ENVIRONMENT": "\n".join(f"          {line}" for line in _environment(answers)),
        },
    )


def gate(
    answers: Answers,
    installed: Installation,
    migrations: Migrations,
    config: str,
    folder: str = "",
) -> str:
    """Return the text of the workflow that checks the migrations of pull requests."""
    return _filled(
        "gate.yml",
        {
            **_job(answers, installed, folder),
            "VARIABLES": "\n".join(
                f"      {name}: {migrations.scheme}://postgres:ci@127.0.0.1:5432/postgres"
                for name in dict.fromkeys((answers.variable, "DATABASE_URL"))
            ),
            "MIGRATE": "\n".join(f"          {line}" for line in _migrating(installed, migrations)),
            "OPTIONS": f" -c {config}" if config else "",
        },
    )


def _migrating(installed: Installation, migrations: Migrations) -> list[str]:
    """Return the shell's lines that apply the migrations to the database of the gate."""
    lines = [f"{installed.prefix}{migrations.command}"]
    if migrations.own_url:
        url = "s#^sqlalchemy.url *=.*#sqlalchemy.url = $DATABASE_URL#"
        lines.insert(0, f'sed -i "{url}" alembic.ini  # env.py takes the database from there')
    return lines


def _job(answers: Answers, installed: Installation, folder: str) -> dict[str, str]:
    """Return the values of both workflows that set up the project's environment."""
    defaults = f"    defaults:\n      run:\n        working-directory: {json.dumps(folder)}\n"
    return {
        "DEFAULTS": defaults if folder else "",
        "PYTHON": json.dumps(answers.python),
        "INSTALL": "\n".join(f"          {line}" for line in installed.lines),
        "PREFIX": installed.prefix,
    }


def _environment(answers: Answers) -> list[str]:
    """Return the lines of `env`; the names with DRIFT_ are kept from the models' code."""
    lines = [f"{answers.variable}: ${{{{ secrets.{answers.variable} }}}}"]
    if "sentry" in answers.reports:
        lines.append("DRIFT_SENTRY_DSN: ${{ secrets.SENTRY_DSN }}")
    if "github" in answers.reports:
        lines.append("DRIFT_GITHUB_TOKEN: ${{ github.token }}")
    return lines


def night(root: Path) -> str:
    """Return a time of the night for a project: always the same, but spread over projects."""
    number = int.from_bytes(hashlib.sha256(root.name.encode("utf-8", "replace")).digest()[:4])
    return f"{7 + number % 46} {2 + number // 46 % 4} * * *"


def _list(key: str, values: Sequence[str]) -> str:
    """Return a list with its comment; without values, an example as a comment."""
    comment, example = _LISTS[key]
    if not values:
        return f"\n# {comment}\n# {key}: {example}"
    return f"\n# {comment}\n{key}:\n" + "\n".join(f"  - {_quoted(value)}" for value in values)


def _quoted(text: str) -> str:
    """Return a YAML scalar: plain if it is harmless, else in double quotes."""
    plain = re.fullmatch(r"[A-Za-z_][\w.]*(:[A-Za-z_][\w.]*)?", text, re.ASCII)
    word = text.lower() in {"y", "n", "yes", "no", "true", "false", "on", "off", "null"}
    return text if plain and not word else json.dumps(text)


def _filled(template: str, values: Mapping[str, str]) -> str:
    text = files("drift.init").joinpath("templates", template).read_text(encoding="utf-8")
    return re.sub(r"@([A-Z]+)@", lambda match: values[match[1]], text)
