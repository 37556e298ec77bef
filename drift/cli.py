"""The `drift` command: parses, calls the application, maps the outcome to an exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from drift import __version__, console
from drift.filled import Filled
from drift.init.command import init
from drift.options import declared, published, reported, shared

EPILOG = """\b
Exit codes:
  0  in sync, or only differences below --fail-on
  1  drift at or above --fail-on
  2  could not check: usage, configuration, import, connection, rights, timeout
  3  checked, but a report could not be delivered
"""


class Guarded(click.Group):
    """Commands that end in one line and an exit code, never in a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command; whatever goes wrong is told and becomes an exit code."""
        with console.guarded():
            return super().main(*args, **kwargs)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the options, and print the help where they ask for it."""
        with console.unread():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        with console.unread():
            return super().invoke(ctx)


@click.group(
    cls=Guarded,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EPILOG,
)
@click.version_option(__version__, prog_name="drift")
def cli() -> None:
    """Say exactly how a live PostgreSQL database differs from its SQLAlchemy models.

    \b
    Examples:
      drift demo
      export DATABASE_URL=postgresql://localhost/shop
      drift check --models shop.models:Base
      drift show users
    """


@cli.command(epilog=EPILOG)
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@shared
@declared
@click.option(
    "--targets-from",
    cls=Filled,
    metavar="FILE",
    help="Check the databases listed there, a URL or JSON object on each line; - is standard "
    "input.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    help="Targets to check at a time.",
)
@click.option(
    "--connect-timeout",
    cls=Filled,
    metavar="TIME",
    help="How long to try to reach a database: 10s, 500ms, 2m; otherwise the configuration's.",
)
@click.option(
    "--shard",
    "shard_",
    cls=Filled,
    metavar="K/N",
    help="Check the K-th of N parts of the targets only.",
)
@published
def check(**options: Any) -> None:
    """Compare the models with the live database.

    Without TARGET, every target of the configuration is checked. One read-only statement is
    sent to each database; nothing is locked and nothing is written.

    \b
    Examples:
      drift check
      drift check production --format json
      drift check --models app.models:Base    # the database of DATABASE_URL
      drift check --output html=drift.html --output json=drift.json --fail-on error
      drift check production --report sentry --report github
      drift check --targets-from databases.txt --jobs 8 --shard 1/4
    """
    from drift import checking

    console.finished(lambda: checking.check(**options))


@cli.command(epilog=EPILOG)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "-c", "--config", cls=Filled, type=click.Path(path_type=Path), help="Configuration to use."
)
@click.option("-v", "--verbose", is_flag=True, help="Show every changed attribute.")
@published
@click.option(
    "--partial",
    is_flag=True,
    help="Merge although shards are missing; otherwise each is a target that could not be checked.",
)
def merge(**options: Any) -> None:
    """Merge JSON reports from several shards: one report, and one set of notifications.

    A report tells which shard it is of (K/N). If one of the N is missing, the exit code is 2.

    \b
    Examples:
      drift merge shard-*.json
      drift merge shard-*.json --report github --output html=drift.html
    """
    from drift import checking

    raise SystemExit(checking.merge(**options))


@cli.command(epilog=EPILOG)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--target", cls=Filled, metavar="TARGET", help="Which target of the configuration.")
@shared
def show(**options: Any) -> None:
    """Print the live schema, as the comparison sees it.

    NAME is that of a table, view, enum, domain or sequence, or schema.name; without one,
    everything in the default schema (or that of --schema) is printed.

    \b
    Examples:
      drift show users    # the database of DATABASE_URL
      drift show audit.events user_role
      drift show --target production public.users public.orders
    """
    from drift import runs

    raise SystemExit(runs.show(**options))


@cli.command(epilog=EPILOG)
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
    from drift.doctor import doctor as look

    console.finished(lambda: look(**options))


@cli.command()
@click.argument("rule", required=False, metavar="[RULE]")
def rules(rule: str | None) -> None:
    """Print what each rule means, its impact and its fix.

    \b
    Examples:
      drift rules
      drift rules missing-column
      drift rules "extra-*"
    """
    from drift import runs

    raise SystemExit(runs.rules(rule))


@cli.command()
@click.option("--keep", is_flag=True, help="Leave the server running, and say how to go on.")
@click.option("-v", "--verbose", is_flag=True, help="Show progress and every changed attribute.")
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
    from drift import runs

    raise SystemExit(runs.demo(**options))


cli.add_command(init)


def main() -> None:
    """Run the command."""
    cli(prog_name="drift")
