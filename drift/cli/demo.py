"""`drift demo`."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import unquote

import click

from drift.cli.options import verbose
from drift.output import terminal


@click.command()
@click.option("--keep", is_flag=True, help="Leave the server running, and say how to go on.")
@verbose("Show progress and every changed attribute.")
def demo(**options: Any) -> None:
    """Check a database that has drifted, on a PostgreSQL of its own.

    Starts an embedded server in a temporary directory, builds a production database that an
    audit found adrift, checks it against its models, and leaves nothing behind. Exits with 1,
    as a check of that database does.

    \b
    Examples:
      drift demo
      drift demo --keep
    """
    raise SystemExit(_run(**options))


def _run(*, keep: bool, verbose: bool) -> int:
    """Check the audited production database on a server that is made for it."""
    from drift.check import targets
    from drift.config import Target
    from drift.demo import production
    from drift.formats.options import Options
    from drift.formats.text.report import render
    from drift.model import Severity
    from drift.output.exit_code import exit_code
    from drift.output.progress import progress

    terminal.note("starting a PostgreSQL of its own in a temporary directory …")
    with production(keep=keep) as url, progress(1) as observer:
        target = Target(name="production", database=url, models=("drift.demo.models:Base",))
        report = targets.run([target], observer)
        options = Options(width=terminal.width(), color=terminal.color(), verbose=verbose)
        terminal.write(render(report, options))
        if keep:
            _go_on(url)
    return exit_code(report, Severity.WARNING)


def _go_on(url: str) -> None:
    home = unquote(url.partition("host=")[2].partition("&")[0])
    sys.stderr.write(f"""
The server goes on running. Try next:
  drift show users --database '{url}'
  drift check --database '{url}' --models drift.demo.models:Base --format json
  psql '{url}'

Stop it, and delete all of it, with:
  kill -QUIT $(head -1 {home}/data/postmaster.pid); rm -r {home}
""")
