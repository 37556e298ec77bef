"""`drift demo`."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import unquote

import click

from drift.cli.options import verbose
from drift.output import terminal


@click.command()
@click.option("--causes", is_flag=True, help="Find the cause of each difference.")
@click.option("--keep", is_flag=True, help="Keep the server running, and print how to use it.")
@verbose("Show progress and every changed attribute.")
def demo(**options: Any) -> None:
    """Check an example database with a bundled PostgreSQL.

    Starts a temporary server, creates a copy of a real production database, compares it with its
    models, and deletes everything. Exits with 1, like every check that finds drift.

    \b
    Examples:
      drift demo
      drift demo --causes
      drift demo --keep
    """
    raise SystemExit(_run(**options))


def _run(*, causes: bool, keep: bool, verbose: bool) -> int:
    """Check the example database on a temporary server; return the exit code."""
    from drift.check import targets
    from drift.config import Migrations, Target
    from drift.demo import MIGRATIONS, production
    from drift.formats.options import Options
    from drift.formats.text.report import render
    from drift.model import Severity
    from drift.output.exit_code import exit_code
    from drift.output.progress import progress
    from drift.scratch import Scratch

    terminal.note("starting the bundled PostgreSQL in a temporary folder")
    with production(keep=keep) as url, progress(1) as observer, Scratch() as scratch:
        target = Target(
            name="production",
            database=url,
            models=("drift.demo.models:Base",),
            migrations=Migrations(config=MIGRATIONS),
            causes=causes,
        )
        report = targets.run([target], observer, scratch=scratch)
        options = Options(width=terminal.width(), color=terminal.color(), verbose=verbose)
        terminal.write(render(report, options))
        if keep:
            _print_next_steps(url)
    return exit_code(report, Severity.WARNING)


def _print_next_steps(url: str) -> None:
    home = unquote(url.partition("host=")[2].partition("&")[0])
    sys.stderr.write(f"""
The server is still running. Try next:
  drift show users --database '{url}'
  drift check --database '{url}' --models drift.demo.models:Base --format json
  psql '{url}'

Stop and delete it with:
  kill -QUIT $(head -1 {home}/data/postmaster.pid); rm -r {home}
""")
