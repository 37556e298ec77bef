"""`drift init`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from drift.cli.options import Filled
from drift.reporters import REPORTERS


@click.command(name="init")
@click.option(
    "--models", cls=Filled, metavar="MODULE:ATTR", help="What the models are declared on."
)
@click.option(
    "--import",
    "imported",
    cls=Filled,
    multiple=True,
    metavar="MODULE",
    help="Module or package to import first. Repeatable.",
)
@click.option(
    "--schema",
    "schemas",
    cls=Filled,
    multiple=True,
    help="Schema beside those of the models. Repeatable.",
)
@click.option(
    "--target",
    cls=Filled,
    default="production",
    show_default=True,
    help="What the database is called.",
)
@click.option(
    "--database-variable",
    cls=Filled,
    metavar="NAME",
    help="Environment variable that holds the database's URL.  [default: DATABASE_URL]",
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    type=click.Choice(list(REPORTERS)),
    help="Where the workflow sends what it finds. Repeatable.  [default: github]",
)
@click.option("--cron", cls=Filled, metavar="'M H * * *'", help="When the workflow runs, in UTC.")
@click.option(
    "-c",
    "--config",
    cls=Filled,
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("config/drift.yaml"),
    show_default=True,
    help="Configuration to write.",
)
@click.option("--workflow/--no-workflow", default=True, help="Write a nightly GitHub workflow.")
@click.option(
    "--gate/--no-gate",
    default=None,
    help="Also write a workflow that checks the migrations of pull requests.  [default: if the "
    "project has Alembic's]",
)
@click.option("-y", "--yes", is_flag=True, help="Ask nothing.")
@click.option("--dry-run", is_flag=True, help="Print the files and write none.")
def init(**options: Any) -> None:
    """Write a configuration, a nightly workflow and a gate for the project in this folder.

    Looks for what the models are declared on, without importing anything; asks on a terminal
    where there is a choice; overwrites nothing.

    \b
    Examples:
      drift init
      drift init --models app.models:Base --report sentry --report github
      drift init --dry-run --no-workflow
    """
    from drift.init.run import init as run

    raise SystemExit(run(**options))
