"""The options that several commands have in common, and the structs that take their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import click
import msgspec

from drift.errors import UsageError
from drift.formats import FORMATS
from drift.output import terminal
from drift.reporters import REPORTERS

LEVELS = click.Choice(["error", "warning", "info"])
EPILOG = """\b
Exit codes:
  0  in sync, or only differences below --fail-on
  1  drift at or above --fail-on
  2  could not check: usage, configuration, import, connection, rights, timeout
  3  checked, but a report could not be delivered
"""
S = TypeVar("S", bound=msgspec.Struct)


def take(struct: type[S], options: Mapping[str, Any]) -> S:
    """Return the struct that holds those of a command's options that it has a field for."""
    names = struct.__struct_fields__
    return struct(**{name: value for name, value in options.items() if name in names})


class Filled(click.Option):
    """An option with a value; an empty one would silently fall back to something else."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """Return the value, or values, in the option's type. Raises UsageError for an empty one."""
        values = value if isinstance(value, list | tuple) else (value,)
        if any(isinstance(one, str) and not one.strip() for one in values):
            name = max(self.opts, key=len)
            raise UsageError(
                f"{name} is empty; give it a value, or leave {name} out (a variable or a secret "
                "that is not set leaves it empty)"
            )
        return super().type_cast_value(ctx, value)


def _be_verbose(_ctx: click.Context, _option: click.Parameter, value: bool) -> bool:
    terminal.set_verbose(value)
    return value


Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]


def verbose(words: str) -> Decorator:
    """Return -v, which `words` describe; it counts from the moment that it is read."""
    return click.option(
        "-v", "--verbose", is_flag=True, is_eager=True, callback=_be_verbose, help=words
    )


def shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where the configuration and the database are."""
    options: tuple[Decorator, ...] = (
        click.option(
            "-c",
            "--config",
            cls=Filled,
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Configuration; otherwise drift.yaml or config/drift.yaml, from "
            "the working directory upward.",
        ),
        click.option(
            "--database",
            cls=Filled,
            metavar="URL",
            help="Database, in any SQLAlchemy or libpq spelling; otherwise the "
            "configuration's, DATABASE_URL, or libpq's PG* variables. Everybody on the machine "
            "can read a command line: put a password into DATABASE_URL.",
        ),
        click.option(
            "--schema",
            "schemas",
            cls=Filled,
            multiple=True,
            metavar="NAME",
            help="Also look in this schema. Repeatable.",
        ),
        verbose("Show progress, every changed attribute, and tracebacks."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def declared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where the models are."""
    models = click.option(
        "--models",
        cls=Filled,
        multiple=True,
        metavar="MODULE:ATTR",
        help="A declarative base, MetaData, registry, or function returning one. Repeatable.",
    )
    imports = click.option(
        "--import",
        "imports",
        cls=Filled,
        multiple=True,
        metavar="MODULE",
        help="Module or package (with all below it) to import first. Repeatable.",
    )
    bind = click.option(
        "--bind",
        cls=Filled,
        metavar="KEY",
        help="Compare the models of this bind (`__bind_key__`), in place of those of the default "
        "database.",
    )
    return models(imports(bind(command)))


reported = click.option(
    "--report",
    "reports",
    multiple=True,
    type=click.Choice(list(REPORTERS)),
    help="Also send the report there. Repeatable.",
)


def published(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where a report goes, and what it does to the exit code."""
    options = (
        click.option(
            "--format",
            type=click.Choice(list(FORMATS)),
            default="text",
            show_default=True,
            help="What is printed to standard output.",
        ),
        click.option(
            "--output",
            "outputs",
            cls=Filled,
            multiple=True,
            metavar="FORMAT=PATH",
            help="Also write the report to a file; the path - is standard output. Repeatable.",
        ),
        click.option(
            "--summary",
            is_flag=True,
            help="Print one line per target and rule, in place of all differences.",
        ),
        click.option(
            "--table",
            "tables",
            cls=Filled,
            multiple=True,
            metavar="NAME",
            help="Print only the differences of this table: NAME, SCHEMA.NAME or a pattern such as "
            "'user*'. Files, receivers and the exit code are not filtered. Repeatable.",
        ),
        click.option(
            "--rule",
            "rules",
            cls=Filled,
            multiple=True,
            metavar="RULE",
            help="Print only the differences of this rule, or of a pattern such as 'extra-*'; "
            "otherwise like --table. Repeatable.",
        ),
        reported,
        click.option(
            "--fail-on", type=LEVELS, help="Least severity that exits with 1.  [default: warning]"
        ),
        click.option("--exit-zero", is_flag=True, help="Exit with 0 in place of 1."),
        click.option(
            "--require-complete",
            is_flag=True,
            help="Exit with 2 if not everything could be read or compared, such as a locked table.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command
