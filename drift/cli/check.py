"""`drift check`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from drift.cli import completing
from drift.cli.epilog import EPILOG
from drift.cli.options import Filled, declared, published, shared, take
from drift.output import guard, terminal

if TYPE_CHECKING:
    from drift.config import Settings, Target
    from drift.report.shard import Shard


@click.command(epilog=EPILOG)
@click.argument("targets", nargs=-1, metavar="[TARGET]...", shell_complete=completing.targets)
@shared
@declared
@click.option(
    "--targets-from",
    cls=Filled,
    shell_complete=completing.files,
    metavar="FILE",
    help="File with the databases to check, one URL or JSON object per line; - is standard input.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    help="Number of targets to check in parallel.",
)
@click.option(
    "--connections-per-host",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Most connections to one host at a time, regardless of --jobs.  [default: the "
    "configuration's, or 8]",
)
@click.option(
    "--connect-timeout",
    cls=Filled,
    metavar="TIME",
    help="Time limit for connecting, including retries: 10s, 500ms, 2m.  [default: the "
    "configuration's, or 10s]",
)
@click.option(
    "--shard",
    cls=Filled,
    metavar="K/N",
    help="Check only the K-th of N parts of the targets.",
)
@click.option(
    "--causes",
    is_flag=True,
    help="Find the cause of each difference: run the project's Alembic migrations on a scratch "
    "server, and compare. --cause implies it.",
)
@click.option(
    "--advice",
    is_flag=True,
    help="Also report risks although nothing differs, such as a foreign key without "
    "an index. It never changes the exit code by itself.",
)
@published
def check(**options: Any) -> None:
    """Compare the models with the live database.

    Without TARGET, every target of the configuration is checked. drift sends one read-only
    statement to each database. It locks nothing and writes nothing.

    \b
    Examples:
      drift check
      drift check production --format json
      drift check --models app.models:Base    # the database of DATABASE_URL
      drift check --output html=drift.html --output json=drift.json --fail-on error
      drift check production --causes --cause changed-by-hand
      drift check production --advice
      drift check production --report sentry --report github
      drift check --targets-from databases.txt --jobs 8 --shard 1/4
    """
    guard.finished(lambda: _run(**options))


def _run(
    *,
    jobs: int,
    connections_per_host: int | None,
    shard: str | None,
    causes: bool,
    **options: Any,
) -> int:
    """Select the targets, check them, publish the report; return the exit code."""
    from drift.check import targets
    from drift.check.selection import TargetOptions, select
    from drift.output.progress import progress
    from drift.output.publisher import Publisher, PublishOptions
    from drift.report.shard import parse
    from drift.reporters import credentials
    from drift.scratch import Scratch

    publishing = take(PublishOptions, options)
    options["causes"] = causes or bool(publishing.cause)
    environment = credentials.known(os.environ)
    settings = select(take(TargetOptions, options), environment, reports=publishing.reports)
    known = credentials.known(os.environ)  # with the variables of env files
    publisher = Publisher(publishing, settings, known)
    _require_configured(settings, options)
    credentials.withhold(os.environ, settings, publishing.reports)
    part = None if shard is None else parse(shard)
    publisher.start()
    chosen = settings.targets if part is None else _part(settings.targets, part)
    name = None if part is None else str(part)
    with Scratch(settings.scratch) as scratch, progress(len(chosen)) as observer:
        report = targets.run(
            chosen,
            observer,
            jobs=jobs,
            per_host=connections_per_host or settings.connections_per_host,
            shard=name,
            scratch=scratch,
        )
    return publisher.publish(report)


def _require_configured(settings: Settings, options: Mapping[str, Any]) -> None:
    """Raise UsageError with the command to run next, if nothing says which models to compare."""
    has_models = any(target.models or target.expected for target in settings.targets)
    if settings.path is None and not options["targets_from"] and not has_models:
        from drift.init.unconfigured import require_configured

        require_configured(os.environ, options["env_files"])


def _part(targets: Sequence[Target], part: Shard) -> Sequence[Target]:
    """Return the targets of a shard; print a note if there are none."""
    from drift.formats.vocabulary import plural

    chosen = [target for target in targets if part.holds(target.name)]
    if not chosen:
        total = plural(len(targets), "target")
        terminal.note(f"shard {part} has none of the {total}: nothing to check")
    return chosen
