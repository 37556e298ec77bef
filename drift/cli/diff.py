"""`drift diff`."""

from __future__ import annotations

import os
from typing import Any

import click
import msgspec

from drift.cli import completing
from drift.cli.epilog import EPILOG
from drift.cli.options import Filled, take, two_sides, written
from drift.errors import UsageError
from drift.output import guard


@click.command(epilog=EPILOG)
@click.argument("left", metavar="LEFT", shell_complete=completing.sources)
@click.argument("right", metavar="RIGHT", shell_complete=completing.sources)
@two_sides
@click.option(
    "--connect-timeout",
    cls=Filled,
    metavar="TIME",
    help="Time limit for connecting to each side, including retries: 10s, 500ms, 2m.  [default: "
    "the configuration's, or 10s]",
)
@written
def diff(**options: Any) -> None:
    """Compare any two sources of a schema.

    LEFT and RIGHT are targets of the configuration, URLs of databases, or other sources (`drift
    sources` lists them). Severities rate the effect on code that expects LEFT and runs on RIGHT;
    if only LEFT is in a database, on code that expects RIGHT and runs on LEFT.
    Without --schema, two databases are compared in all schemas.

    \b
    Examples:
      drift diff staging production
      drift diff models migrations    # is a migration missing? needs no database
      drift diff migrations production
      drift diff snapshot:v1.json snapshot:v2.json
      drift diff models postgresql://localhost/shop --format json
    """
    guard.finished(lambda: _run(**options))


def _run(*, left: str, right: str, **options: Any) -> int:
    """Find the two sides, compare them, publish the report; return the exit code."""
    from drift.check.diff import diff as compare
    from drift.check.pair import PairOptions, find
    from drift.output.progress import progress
    from drift.output.publisher import Publisher, PublishOptions
    from drift.process.child import stage
    from drift.report.report import Report
    from drift.reporters import credentials
    from drift.scratch import Scratch

    publishing = take(PublishOptions, options)
    if publishing.reports:
        raise UsageError(
            "--report sends the outcome of a check of one target; for a diff, write a file with "
            "--output"
        )
    pair = find(left, right, take(PairOptions, options), credentials.known(os.environ))
    known = credentials.known(os.environ)  # with the variables of env files
    # The history of the configuration is that of the checks, and its ignore entries are for them.
    settings = msgspec.structs.replace(pair.settings, history=None, strict_ignores=False)
    publisher = Publisher(publishing, settings, known)
    credentials.withhold(os.environ, pair.settings, ())
    stage(f"comparing {pair.name}")
    with Scratch(pair.settings.scratch) as scratch, progress(1) as observer:
        check = compare(pair, note=observer.note, scratch=scratch)
    report = Report(checks=(check,), started_at=check.started_at, duration=check.duration)
    return publisher.publish(report)
