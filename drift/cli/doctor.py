"""`drift doctor`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from drift.cli import completing
from drift.cli.epilog import EPILOG
from drift.cli.options import declared, reported, shared, take
from drift.output import guard


@click.command(epilog=EPILOG)
@click.argument("targets", nargs=-1, metavar="[TARGET]...", shell_complete=completing.targets)
@shared
@declared
@reported
@click.option(
    "--send-test",
    is_flag=True,
    help="Also send a test: an event, an issue that is closed at once, a message, a post.",
)
def doctor(**options: Any) -> None:
    """Verify the setup and explain how to fix what fails.

    Prints one line per part that a check needs: configuration, models, connection, the
    role's privileges, the server's version, the workflow or pipeline that runs drift, and the
    services that receive reports: those of --report, or those whose credentials are in the
    environment.

    \b
    Examples:
      drift doctor
      drift doctor production --report sentry --report github --send-test
    """
    guard.finished(lambda: _run(**options))


def _run(*, reports: Sequence[str], send_test: bool, **options: Any) -> int:
    """Probe the setup; return the exit code."""
    from drift.check.selection import TargetOptions
    from drift.doctor.doctor import doctor as examine

    return examine(take(TargetOptions, options), reports=reports, send_test=send_test)
