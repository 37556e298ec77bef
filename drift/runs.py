"""What the commands do with their options: targets in, reports out, an exit code back."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

import msgspec

from drift import app, config, console, fleet
from drift.errors import UsageError
from drift.formats import Options, resolve
from drift.kinds import RULES
from drift.model import Severity
from drift.publishing import IN_SYNC, exit_code
from drift.sources.surroundings import folder


def settings_of(  # noqa: PLR0913 — what the options say
    path: Path | None,
    targets: Sequence[str],
    given: Collection[str],
    needed: Collection[str] = ("database", "models"),
    reports: Collection[str] = (),
    *,
    listed: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> config.Settings:
    """Load the configuration; without one, there is one target, for the options to fill.

    None is looked for where the command line says all that is needed, and names no target. With
    `listed`, the targets come from elsewhere, and what is common to all is all that is needed.
    """
    here = folder()
    if path is None and (targets or reports or listed or not set(needed) <= set(given)):
        path = config.find(Path(here))
    if path is not None:
        return config.load(
            path,
            environment=environment,
            known_rules=RULES,
            targets=targets,
            overridden=given,
            reports=reports,
            listed=listed,
        )
    if targets:
        raise UsageError(
            f"no drift.yaml found for the target {targets[0]!r}; name one with -c, or give "
            "--database and --models"
        )
    return config.Settings(targets=(config.Target(name="default"),))


def override(
    targets: Sequence[config.Target],
    database: str | None,
    schemas: Sequence[str],
    models: Sequence[str] = (),
    imports: Sequence[str] = (),
) -> list[config.Target]:
    """Let the command line win over the configuration."""
    if database is not None and len(targets) > 1:
        names = ", ".join(target.name for target in targets)
        raise UsageError(f"--database needs one target; name one of {names}")
    changes: dict[str, object] = {"database": database} if database is not None else {}
    for name, values in (("schemas", schemas), ("models", models), ("imports", imports)):
        if values:
            changes[name] = tuple(values)
    chosen = [msgspec.structs.replace(target, **changes) for target in targets]
    console.keep_secret(app.secrets(chosen))
    return chosen


def show(  # noqa: PLR0913 — one for each option
    *,
    tables: Sequence[str],
    target: str | None,
    config: Path | None,
    database: str | None,
    schemas: Sequence[str],
    verbose: bool,
) -> int:
    """Print the live schema."""
    from drift.formats.listing import render_schema

    given = {key for key, value in (("database", database), ("schemas", schemas)) if value}
    settings = settings_of(config, [target] if target else [], given, needed=["database"])
    chosen = override(settings.targets, database, schemas)
    if len(chosen) > 1:
        names = ", ".join(one.name for one in chosen)
        raise UsageError(f"several targets are configured; name one with --target: {names}")
    reflection = app.show(chosen[0])
    options = Options(width=console.width(), color=console.color(), verbose=verbose)
    console.write(console.published(render_schema(reflection.schema, tables, options)))
    return IN_SYNC


def rules(rule: str | None) -> int:
    """Print what one rule means, or all of them."""
    from drift.formats.listing import render_rules

    options = Options(width=console.width(), color=console.color())
    console.write(render_rules(RULES, rule, options))
    return IN_SYNC


def demo(*, keep: bool, verbose: bool) -> int:
    """Check the audited production database on a server that is made for it."""
    from drift.demo import production

    console.note("starting a PostgreSQL of its own in a temporary directory …")
    with production(keep=keep) as url:
        target = config.Target(name="production", database=url, models=("drift.demo.models:Base",))
        report = fleet.run([target], verbose=verbose)
        options = Options(width=console.width(), color=console.color(), verbose=verbose)
        console.write(resolve("text")(report, options))
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
