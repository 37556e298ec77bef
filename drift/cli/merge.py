"""`drift merge`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from drift.cli.epilog import EPILOG
from drift.cli.options import Filled, published, take, verbose
from drift.output import terminal


@click.command(epilog=EPILOG)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "-c",
    "--config",
    cls=Filled,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Configuration file.",
)
@verbose("Show every changed attribute.")
@published
@click.option(
    "--partial",
    is_flag=True,
    help="Merge even if shards are missing; otherwise they are an error.",
)
def merge(**options: Any) -> None:
    """Merge JSON reports from several shards.

    The merged report is printed, written and sent like that of one check. Each report names its
    shard (K/N): if one of the N is missing, the exit code is 2.

    \b
    Examples:
      drift merge shard-*.json
      drift merge shard-*.json --report github --output html=drift.html
    """
    raise SystemExit(_run(**options))


def _run(files: Sequence[Path], config: Path | None, *, partial: bool, **options: Any) -> int:
    """Read the reports, publish them as one; return the exit code."""
    from drift.check import merging
    from drift.check.selection import TargetOptions, load
    from drift.output.publisher import Publisher, PublishOptions
    from drift.report.reader import read
    from drift.reporters import credentials

    publishing = take(PublishOptions, options)
    asked, environment = TargetOptions(config=config), credentials.known(os.environ)
    settings = load(asked, environment, reports=publishing.reports, listed=True)
    known = credentials.known(os.environ)  # with the variables of env files
    publisher = Publisher(publishing, settings, known, own=False)
    parts = {str(path): read(path) for path in files}
    return publisher.publish(merging.merge(parts, terminal.note, partial=partial))
