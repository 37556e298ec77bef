"""`drift show`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import click

from drift.cli import completing
from drift.cli.epilog import EPILOG
from drift.cli.options import Filled, shared
from drift.errors import UsageError
from drift.output import terminal
from drift.process.exit_codes import IN_SYNC


@click.command(epilog=EPILOG)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--target",
    cls=Filled,
    shell_complete=completing.targets,
    metavar="TARGET",
    help="Target of the configuration to read.",
)
@shared
def show(**options: Any) -> None:
    """Print the live schema as drift reads it.

    NAME is a table, view, enum, domain or sequence, with or without its schema. Without NAME,
    everything in the default schema, or in those of --schema, is printed.

    \b
    Examples:
      drift show users    # the database of DATABASE_URL
      drift show audit.events user_role
      drift show --target production public.users public.orders
    """
    raise SystemExit(_run(**options))


def _run(names: Sequence[str], target: str | None, **options: Any) -> int:
    """Read the live schema and print it."""
    from drift import redaction
    from drift.check.selection import TargetOptions, select
    from drift.check.show import show as read
    from drift.formats.listing import render_schema

    asked = TargetOptions(
        targets=(target,) if target else (),
        config=options["config"],
        database=options["database"],
        schemas=options["schemas"],
        env_files=options["env_files"],
    )
    targets = select(asked, os.environ, needed=["database"]).targets
    if len(targets) > 1:
        names = ", ".join(target.name for target in targets)
        raise UsageError(f"several targets are configured; select one with --target: {names}")
    live, chosen = read(targets[0], names)
    for text in chosen.notes:
        terminal.note(text)
    terminal.write(redaction.known().text(render_schema(live, chosen.objects)))
    return IN_SYNC
