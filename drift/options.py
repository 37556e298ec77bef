"""The options that several commands have in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from drift.filled import Filled
from drift.formats import FORMATS
from drift.reporters import REPORTERS

LEVELS = click.Choice(["error", "warning", "info"])


def shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where the configuration and the database are."""
    for option in reversed(
        [
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
            click.option(
                "-v",
                "--verbose",
                is_flag=True,
                help="Show progress, every changed attribute, and tracebacks.",
            ),
        ]
    ):
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
            "format_",
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
