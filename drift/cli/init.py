"""`drift init`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from drift.cli.options import Filled
from drift.reporters import REPORTERS


@click.command(name="init")
@click.option(
    "--models",
    cls=Filled,
    metavar="MODULE:ATTR",
    help="Declarative base, MetaData or registry of the models.",
)
@click.option(
    "--import",
    "imported",
    cls=Filled,
    multiple=True,
    metavar="MODULE",
    help="Module to import first, or package with all its modules. Repeatable.",
)
@click.option(
    "--schema",
    "schemas",
    cls=Filled,
    multiple=True,
    metavar="NAME",
    help="Schema to compare in addition to those of the models. Repeatable.",
)
@click.option(
    "--target",
    cls=Filled,
    metavar="NAME",
    help="Name of the target in the configuration.  [default: production]",
)
@click.option(
    "--database-variable",
    cls=Filled,
    metavar="NAME",
    help="Environment variable with the URL of the database.  [default: DATABASE_URL]",
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    type=click.Choice(list(REPORTERS)),
    help="Service that the workflow sends its report to. Repeatable.  [default: github on GitHub]",
)
@click.option(
    "--cron",
    cls=Filled,
    metavar="'M H * * *'",
    help="Schedule of the workflow, in UTC.  [default: every night]",
)
@click.option(
    "-c",
    "--config",
    cls=Filled,
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("config/drift.yaml"),
    show_default=True,
    help="Configuration file to write.",
)
@click.option(
    "--ci",
    type=click.Choice(["github", "gitlab", "none"]),
    help="Service that runs the checks; none writes the configuration only.  [default: by the "
    "files and the remote of the repository]",
)
@click.option("--workflow/--no-workflow", default=True, help="--no-workflow is --ci none.")
@click.option(
    "--gate/--no-gate",
    default=None,
    help="Also write the job that checks the migrations of each pull or merge request.  [default: "
    "if the project has Alembic migrations]",
)
@click.option("-y", "--yes", is_flag=True, help="Do not prompt; use the defaults.")
@click.option("--dry-run", is_flag=True, help="Print the files instead of writing them.")
def init(**options: Any) -> None:
    """Write a configuration, and jobs for GitHub or GitLab, for this project.

    Finds the models without importing anything, prompts on a terminal if there is a choice, and
    overwrites nothing.

    \b
    Examples:
      drift init
      drift init --models app.models:Base --report sentry --report github
      drift init --ci gitlab --report slack
      drift init --dry-run --no-workflow
    """
    from drift.init.run import init as run

    raise SystemExit(run(**options))
