"""`drift sources`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from drift.cli.options import Filled
from drift.output import terminal

if TYPE_CHECKING:
    from drift.sources import Source


@click.command()
@click.option(
    "-c",
    "--config",
    cls=Filled,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Configuration file.  [default: drift.yaml or config/drift.yaml, in this folder or above]",
)
def sources(config: Path | None) -> None:
    """List the sources of a schema, and the targets of the configuration.

    `drift diff` compares any two of them, `drift check --expected SOURCE` compares a database with
    one, and `drift snapshot SOURCE` writes one to a file.

    \b
    Examples:
      drift sources
      drift diff staging production
      drift check production --expected snapshot:schema.json
      drift snapshot models:app.models:Base -o schema.json
    """
    from drift.check.selection import TargetOptions, load
    from drift.formats.listing import visible_lines
    from drift.sources import SOURCES

    asked = TargetOptions(config=config, unused=("database", "models", "import"))
    settings = load(asked, os.environ, each=True)
    names = [target.name for target in settings.targets] if settings.path else []
    lines = [line for each in SOURCES.values() for line in _lines(each)]
    lines += ["", f"Targets: {', '.join(names)}"] if names else []
    terminal.write(visible_lines("\n".join(lines)) + "\n")


def _lines(source: Source) -> Sequence[str]:
    """Return the spellings of a source, and its description below them."""
    return ", ".join(source.spellings), f"    {source.description}"
