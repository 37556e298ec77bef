"""`drift sources`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from drift.cli.options import Filled
from drift.output import terminal


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

    `drift check --expected SOURCE` compares a database with any of them, and `drift snapshot
    SOURCE` writes one to a file.

    \b
    Examples:
      drift sources
      drift check production --expected snapshot:schema.json
      drift snapshot models:app.models:Base -o schema.json
    """
    from drift.check.selection import TargetOptions, load
    from drift.formats.listing import visible_lines
    from drift.sources import SOURCES

    asked = TargetOptions(config=config, unused=("database", "models", "import"))
    settings = load(asked, os.environ, each=True)
    names = [target.name for target in settings.targets] if settings.path else []
    rows = [(", ".join(each.spellings), each.description) for each in SOURCES.values()]
    lines = [*_aligned(rows), *(["", f"Targets: {', '.join(names)}"] if names else [])]
    terminal.write(visible_lines("\n".join(lines)) + "\n")


def _aligned(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    width = max(len(spelling) for spelling, _ in rows)
    for spelling, description in rows:
        yield f"{spelling:<{width}}  {description}"
