"""The files that `drift init` writes, as text."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import msgspec

from drift.init import credentials
from drift.init.project import Installation, Migrations, installation, migrations

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
    "env_file": (
        "Files with environment variables. A variable that is set is never replaced, and a file\n"
        "# that does not exist is skipped.",
        "[.env]",
    ),
    "schemas": ("Schemas to compare in addition to those of the models.", "[reporting, audit]"),
}


HISTORY = "drift-history.jsonl"
"""The file with the findings of earlier runs; the workflow keeps it in the cache."""


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """The values to write; `cron` in UTC, `variable` the name of an environment variable.

    `migrated` is whether the project has migrations. `suffix` tells the jobs of a service from
    those of another service of the repository, which has them without one. `stored` is the name
    of the host's secret for `variable`.
    """

    models: str
    imports: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    target: str = "production"
    variable: str = "DATABASE_URL"
    stored: str = "DATABASE_URL"
    reports: tuple[str, ...] = ("github",)
    cron: str
    python: str = "3.12"
    path: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()
    migrated: bool = False
    suffix: str = ""


def configuration(answers: Answers) -> str:
    """Return the text of drift.yaml."""
    return filled(
        "drift.yaml",
        {
            "MODELS": _quoted(answers.models),
            "IMPORT": _list("import", answers.imports),
            "PATH": _list("path", answers.path),
            "SCHEMAS": _list("schemas", answers.schemas),
            "FILES": _list("env_file", answers.env_files),
            "MIGRATIONS": _migrations(answers),
            "TARGET": _quoted(answers.target),
            "VARIABLE": answers.variable,
        },
    )


def _migrations(answers: Answers) -> str:
    """Return the key for an env.py that reads the URL from another variable than DATABASE_URL."""
    if not answers.migrated or answers.variable == "DATABASE_URL":
        return ""
    comment = "# The variables from which the migrations take the URL of their database."
    return f"\n{comment}\nmigrations:\n  variables: [{answers.variable}, DATABASE_URL]\n"


def workflow(answers: Answers, project: Path, config: str, folder: str = "") -> str:
    """Return the text of the nightly workflow.

    `config` is "" if drift finds it by itself, `folder` if the project is at the top.
    """
    options = [f"-c {config}"] if config else []
    options += [f"--report {name}" for name in answers.reports]
    return filled(
        "workflow.yml",
        {
            **_job(answers, installation(project), folder),
            "REPORT": json.dumps(f"{folder}/drift-report/") if folder else "drift-report/",
            "HISTORY": json.dumps(f"{folder}/{HISTORY}") if folder else HISTORY,
            "CRON": _quoted(answers.cron),
            "ISSUES": "\n      issues: write" if "github" in answers.reports else "",
            "OPTIONS": "".join(f" {option}" for option in options),
            "ENVIRONMENT": "\n".join(f"          {line}" for line in _environment(answers)),
        },
    )


def gate(answers: Answers, project: Path, config: str, folder: str = "") -> str:
    """Return the text of the workflow that checks the migrations of pull requests."""
    existing = migrations(project)
    assert existing is not None
    return filled(
        "gate.yml",
        {
            **_job(answers, installation(project, extra="demo"), folder),
            "VARIABLES": "\n".join(
                f"      {name}: {url}" for name, url in unused(answers, existing).items()
            ),
            "OPTIONS": f" -c {config}" if config else "",
        },
    )


def unused(answers: Answers, existing: Migrations) -> dict[str, str]:
    """Return an address without a server, for settings that need one on import."""
    url = f"{existing.scheme}://unused:unused@localhost/unused"
    return dict.fromkeys(dict.fromkeys((answers.variable, "DATABASE_URL")), url)


def _job(answers: Answers, installed: Installation, folder: str) -> dict[str, str]:
    """Return the values of both workflows that set up the project's environment."""
    defaults = f"    defaults:\n      run:\n        working-directory: {json.dumps(folder)}\n"
    return {
        "DEFAULTS": defaults if folder else "",
        "SUFFIX": answers.suffix,
        "SERVICE": f" ({folder or 'top'})" if answers.suffix else "",
        "PYTHON": json.dumps(answers.python),
        "INSTALL": "\n".join(f"          {line}" for line in installed.lines),
        "PREFIX": installed.prefix,
    }


def _environment(answers: Answers) -> list[str]:
    """Return the lines of `env`."""
    lines = [f"{answers.variable}: ${{{{ secrets.{answers.stored} }}}}"]
    for each in credentials.of(answers.reports):
        source = "secrets" if each.secret else "vars"
        stored = "github.token" if each.stored == "GITHUB_TOKEN" else f"{source}.{each.stored}"
        lines.append(f"{each.variable}: ${{{{ {stored} }}}}")
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


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return a template with its values."""
    text = files("drift.init").joinpath("templates", template).read_text(encoding="utf-8")
    return re.sub(r"@([A-Z]+)@", lambda match: values[match[1]], text)
