"""`drift doctor`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from drift.cli.options import EPILOG, declared, reported, shared, take
from drift.output import guard


@click.command(epilog=EPILOG)
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@shared
@declared
@reported
@click.option("--send-test", is_flag=True, help="Send one harmless test event, one draft issue.")
def doctor(**options: Any) -> None:
    """Look at everything that a check needs, one line each, with what to do where it fails.

    Configuration, models, connection, the role's rights and blind spots, the server's version,
    and the receivers of reports: those of --report, or those that the environment has a key for.

    \b
    Examples:
      drift doctor
      drift doctor production --report sentry --report github --send-test
    """
    guard.finished(lambda: _run(options))


def _run(options: Mapping[str, Any]) -> int:
    from drift.check.selection import TargetOptions
    from drift.doctor.doctor import doctor as examine

    reports, send_test = options["reports"], options["send_test"]
    return examine(take(TargetOptions, options), reports=reports, send_test=send_test)
