"""The options of the plugin: each is `--drift-NAME` on the command line and `drift_NAME` in ini."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest


class Option(NamedTuple):
    """An option; its type in ini files, its placeholder, and its description."""

    name: str
    type: Literal["bool", "string", "args", "linelist"]
    metavar: str
    help: str

    @property
    def flag(self) -> str:
        """Its spelling on the command line."""
        return f"--{self.name.replace('_', '-')}"


OPTIONS = (
    Option("drift", "bool", "", "Compare the models with a PostgreSQL database: a test per table."),
    Option("drift_models", "args", "MODULE:ATTR", "Base or MetaData of the models. Repeatable."),
    Option("drift_import", "args", "MODULE", "Module or package to import first. Repeatable."),
    Option("drift_database", "string", "URL", "Database to check; ini files take ${VARIABLES}."),
    Option("drift_migrate", "bool", "", "Check an empty database after `alembic upgrade heads`."),
    Option("drift_alembic", "string", "FILE", "alembic.ini, if Alembic would not find it."),
    Option("drift_scratch", "string", "URL", "Server for databases to migrate: not the bundled."),
    Option("drift_config", "string", "FILE", "drift.yaml, if it is not found from rootdir upward."),
    Option("drift_target", "string", "NAME", "Target of drift.yaml."),
    Option("drift_bind", "string", "KEY", "Compare the models with this __bind_key__."),
    Option("drift_schemas", "args", "NAME", "Schema besides those of the models. Repeatable."),
    Option("drift_tables", "args", "PATTERN", "Compare only these tables. Repeatable."),
    Option("drift_ignore", "linelist", "RULE:OBJECT", "Difference to accept. Repeatable."),
    Option(
        "drift_fail_on",
        "string",
        "LEVEL",
        "Least severity that fails: error, warning, info.",
    ),
    Option("drift_hint", "string", "TEXT", "Sentence at the end of a failure, such as a fix."),
    Option("drift_require_complete", "bool", "", "Fail if something could not be compared."),
)
_LISTS = {"args", "linelist"}
_FLAGS = {option.name for option in OPTIONS if option.type == "bool"}


def add(parser: pytest.Parser) -> None:
    """Declare the options. Their values are read when they are needed."""
    group = parser.getgroup("drift", "drift of the database schema")
    for option in OPTIONS:
        if option.type == "bool":
            keywords: dict[str, Any] = {"action": "store_true", "default": None}
        else:
            action = "append" if option.type in _LISTS else "store"
            keywords = {"action": action, "metavar": option.metavar}
        group.addoption(option.flag, dest=option.name, help=option.help, **keywords)
        parser.addini(option.name, f"{option.help} As {option.flag}.", type=option.type)


def flag(config: pytest.Config, name: str) -> bool:
    """Return whether a flag is set on the command line or in the ini file."""
    return bool(config.getoption(name) or config.getini(name))


def text(config: pytest.Config, name: str) -> str | None:
    """Return a text of the command line, or else of the ini file. Raises UsageError."""
    value = config.getoption(name)
    if value is not None and not value.strip():
        raise _empty(name)
    return value or config.getini(name) or None


def texts(config: pytest.Config, name: str) -> Sequence[str]:
    """Return the texts of the command line, or else those of the ini file. Raises UsageError."""
    values = config.getoption(name)
    if values and not all(value.strip() for value in values):
        raise _empty(name)
    return tuple(values or config.getini(name))


def database(config: pytest.Config, name: str) -> str | None:
    """Return the URL of a database or a server; in an ini file, it may name variables."""
    from drift.config.problems import InvalidValueError
    from drift.config.variables import substitute
    from drift.errors import UsageError

    value = text(config, name)
    if not value or config.getoption(name):
        return value
    try:
        return substitute(value, os.environ, default=False)
    except InvalidValueError as problem:
        raise UsageError(f"{name}: {problem}") from None


def path(config: pytest.Config, name: str) -> Path | None:
    """Return a path, relative to the current folder or to that of the ini file."""
    value = text(config, name)
    if value is None:
        return None
    base = config.invocation_params.dir if config.getoption(name) else folder(config)
    return base / value


def folder(config: pytest.Config) -> Path:
    """Return the folder of the ini file, or pytest's root."""
    return config.inipath.parent if config.inipath else config.rootpath


def _empty(name: str) -> Exception:
    from drift.errors import UsageError

    option = f"--{name.replace('_', '-')}"
    return UsageError(
        f"{option} is empty; give it a value, or leave {option} out (a variable or a secret that "
        "is not set leaves it empty)"
    )
