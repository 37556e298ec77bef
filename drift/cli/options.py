"""The options that several commands have in common, and the structs that take their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import click
import msgspec

from drift.cli import completing
from drift.errors import UsageError
from drift.formats import FORMATS
from drift.output import terminal
from drift.report.causes import CAUSES
from drift.reporters import REPORTERS

LEVELS = click.Choice(["error", "warning", "info"])
Command: TypeAlias = Callable[..., Any]
Decorator: TypeAlias = Callable[[Command], Command]
S = TypeVar("S", bound=msgspec.Struct)


def take(struct: type[S], options: Mapping[str, Any]) -> S:
    """Return the struct, filled with the options of a command that have a field in it."""
    names = struct.__struct_fields__
    return struct(**{name: value for name, value in options.items() if name in names})


class Filled(click.Option):
    """An option that must not be empty: an unset variable would silently select a default."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """Return the value in the option's type. Raises UsageError for an empty one."""
        values = value if isinstance(value, list | tuple) else (value,)
        if any(isinstance(text, str) and not text.strip() for text in values):
            name = max(self.opts, key=len)
            raise UsageError(
                f"{name} is empty; give it a value, or leave {name} out (a variable or a secret "
                "that is not set leaves it empty)"
            )
        return super().type_cast_value(ctx, value)


def verbose(help_text: str) -> Decorator:
    """Return -v. It is read before all other options, so that their errors are verbose too."""

    def set_verbose(_ctx: click.Context, _option: click.Parameter, value: bool) -> bool:
        terminal.set_verbose(value)
        return value

    return click.option(
        "-v", "--verbose", is_flag=True, is_eager=True, callback=set_verbose, help=help_text
    )


def _together(*options: Decorator) -> Decorator:
    """Return a decorator that adds options, which the help lists in this order."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def _text(*names: str, **attributes: Any) -> Decorator:
    """Return an option with a text that must not be empty."""
    return click.option(*names, cls=Filled, **attributes)


_config = click.option(
    "-c",
    "--config",
    cls=Filled,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Configuration file.  [default: drift.yaml or config/drift.yaml, in this folder or above]",
)
_env_files = _text(
    "--env-file",
    "env_files",
    metavar="FILE",
    shell_complete=completing.files,
    help="File with environment variables, such as .env; it replaces none that is set. Repeatable.",
    multiple=True,
)
_schemas = _text(
    "--schema",
    "schemas",
    metavar="NAME",
    help="Schema to read, besides those of the models. Repeatable.",
    multiple=True,
)
_verbose = verbose("Show progress, every changed attribute, and tracebacks.")
_models = _text(
    "--models",
    metavar="MODULE:ATTR",
    help="Declarative base, MetaData, registry, or a function that returns one. Repeatable.",
    multiple=True,
)
_imports = _text(
    "--import",
    "imports",
    metavar="MODULE",
    help="Module to import first, or package with all its modules. Repeatable.",
    multiple=True,
)
_bind = _text(
    "--bind",
    metavar="KEY",
    help="Compare the models of this bind (`__bind_key__`) instead of those of the default "
    "database.",
)

shared = _together(
    _config,
    _text(
        "--database",
        metavar="URL",
        help="Database, as a URL of SQLAlchemy or libpq. Other users of the machine can read "
        "command lines: put a password into DATABASE_URL.  [default: the configuration's, "
        "DATABASE_URL, or libpq's PG* variables]",
    ),
    _schemas,
    _env_files,
    _verbose,
)
"""The options that name the configuration and the database."""

declared = _together(
    _models,
    _text(
        "--expected",
        metavar="SOURCE",
        shell_complete=completing.sources,
        help="Source of the expected schema instead of the models, such as snapshot:schema.json; "
        "`drift sources` lists them.",
    ),
    _imports,
    _bind,
)
"""The options that name the models."""

two_sides = _together(_config, _models, _imports, _bind, _schemas, _env_files, _verbose)
"""The options of a comparison whose sides are arguments."""

imported = _together(_models, _imports, _bind)
"""The options that name the models."""


reported = click.option(
    "--report",
    "reports",
    multiple=True,
    type=click.Choice(list(REPORTERS)),
    help="Service to send the report to. Repeatable.",
)

_shown = (
    click.option(
        "--format",
        type=click.Choice(list(FORMATS)),
        default="text",
        show_default=True,
        help="Format of the report on standard output.",
    ),
    _text(
        "--output",
        "outputs",
        metavar="FORMAT=PATH",
        help="File to write the report to; - is standard output. Repeatable.",
        multiple=True,
    ),
    click.option(
        "--summary",
        is_flag=True,
        help="Print one line per target and rule instead of all differences.",
    ),
    _text(
        "--table",
        "tables",
        metavar="NAME",
        help="Print only the differences of this table: NAME, SCHEMA.NAME or a pattern such as "
        "'user*'. Does not filter files, services or the exit code. Repeatable.",
        multiple=True,
    ),
    _text(
        "--rule",
        "rules",
        metavar="RULE",
        shell_complete=completing.rules,
        help="Print only the differences of this rule, or of a pattern such as 'extra-*'; like "
        "--table. Repeatable.",
        multiple=True,
    ),
)
_cause = click.option(
    "--cause",
    type=click.Choice(list(CAUSES)),
    multiple=True,
    help="Print only the differences of this cause, like --table. Repeatable.",
)
_judged = (
    click.option(
        "--history",
        cls=Filled,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="File that keeps the findings of earlier runs, to tell new ones from old ones; it is "
        "created if it does not exist.",
    ),
    click.option(
        "--fail-on",
        type=LEVELS,
        help="Lowest severity that exits with 1.  [default: the configuration's, or warning]",
    ),
    click.option("--exit-zero", is_flag=True, help="Exit with 0 instead of 1 if there is drift."),
    click.option(
        "--require-complete",
        is_flag=True,
        help="Exit with 2 if something could not be read or compared, such as a locked table.",
    ),
    click.option(
        "--strict-ignores",
        is_flag=True,
        help="Exit with 1 if an ignore entry is expired, or matches nothing in every target that "
        "it is for.",
    ),
)
published = _together(*_shown, _cause, reported, *_judged)
"""The options for the destinations of a report, and for the exit code."""

written = _together(
    *_shown, click.option("--report", "reports", multiple=True, hidden=True), *_judged
)
"""The same for a report that no service receives: --report is an error that says so."""
