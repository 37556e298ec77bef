"""`drift accept`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from drift.cli.options import Filled, declared, shared, take
from drift.output import guard

_EPILOG = """\b
Exit codes:
  0  the entries were written, or everything is accepted already
  2  could not accept: usage, configuration, or an error that prevents a check
"""


@click.command(epilog=_EPILOG)
@click.argument("fingerprints", nargs=-1, metavar="[FINGERPRINT]...")
@click.option("--all", "everything", is_flag=True, help="Accept every difference.")
@click.option(
    "--rule",
    "rules",
    cls=Filled,
    multiple=True,
    metavar="RULE",
    help="Accept the differences of this rule, or of a pattern such as 'extra-*'. Repeatable.",
)
@click.option(
    "--table",
    "tables",
    cls=Filled,
    multiple=True,
    metavar="NAME",
    help="Accept the differences of this table: NAME, SCHEMA.NAME or a pattern such as 'user*'. "
    "Repeatable.",
)
@click.option(
    "--attribute",
    cls=Filled,
    metavar="NAME",
    help="Accept only this changed attribute, such as comment; other changes of a difference "
    "remain.",
)
@click.option(
    "--reason",
    cls=Filled,
    required=True,
    metavar="TEXT",
    help="Reason, for the readers of the file.",
)
@click.option("--until", cls=Filled, metavar="DATE", help="Last day of the entries: 2030-12-31.")
@click.option(
    "--target",
    "targets",
    cls=Filled,
    multiple=True,
    metavar="NAME",
    help="Target to accept differences of. Repeatable.  [default: all]",
)
@click.option(
    "--from",
    "source",
    cls=Filled,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="JSON report to take the differences from, instead of checking the database.",
)
@click.option("--dry-run", is_flag=True, help="Print the change to the file instead of writing it.")
@shared
@declared
@click.option(
    "--connect-timeout",
    cls=Filled,
    metavar="TIME",
    help="Time limit for connecting, including retries: 10s, 500ms, 2m.  [default: the "
    "configuration's, or 10s]",
)
def accept(**options: Any) -> None:
    """Accept differences: write ignore entries into the configuration.

    An entry is about one rule and one object, so that new differences are still reported. It is
    written to the shared ignore list if all targets have the difference, else to the target's. All
    other lines of the file stay as they are.

    \b
    Examples:
      drift accept 5b1c44e7a8d9f012 --reason "dropped in release 12" --until 2030-12-31
      drift accept --all --reason "known when the check was introduced"
      drift accept --rule 'extra-*' --table 'celery_*' --reason "Celery creates it" --dry-run
      drift accept 5b1c44e7a8d9f012 --from report.json --reason "built on Sunday"
    """
    guard.finished(lambda: _run(**options))


def _run(**options: Any) -> int:
    from drift.accept.choice import Choice
    from drift.accept.run import AcceptOptions, run
    from drift.check.selection import TargetOptions
    from drift.reporters import credentials

    known = credentials.known(os.environ)
    selected = take(TargetOptions, options)
    return run(take(Choice, options), take(AcceptOptions, options), selected, known)
