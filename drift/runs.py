"""What the commands do with their options: targets in, reports out, an exit code back."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec

from drift import app, config, console, fleet, showing
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
    each: bool = False,
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
            each=each,
        )
    if targets:
        raise UsageError(
            f"no drift.yaml found for the target {targets[0]!r}; name one with -c, or give "
            "--database and --models"
        )
    return config.Settings(targets=(config.Target(name="default"),))


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says of the targets; it wins over the configuration."""

    database: str | None = None
    schemas: Sequence[str] = ()
    models: Sequence[str] = ()
    imports: Sequence[str] = ()
    bind: str | None = None

    @property
    def keys(self) -> set[str]:
        """The configuration's keys that are given."""
        values = {
            "database": self.database,
            "schemas": self.schemas,
            "models": self.models,
            "import": self.imports,
        }
        return {key for key, value in values.items() if value}


def override(targets: Sequence[config.Target], given: Given) -> list[config.Target]:
    """Let the command line win over the configuration."""
    if given.bind is not None:
        targets = _of_bind(targets, given.bind)
    if given.database is not None and len(targets) > 1:
        names = ", ".join(target.name for target in targets)
        raise UsageError(f"--database needs one target; name one of {names}")
    changes: dict[str, Any] = {
        name: tuple(values)
        for name in ("schemas", "models", "imports")
        if (values := getattr(given, name))
    }
    if given.database is not None:
        changes["database"] = given.database
    chosen = [msgspec.structs.replace(target, **changes) for target in targets]
    console.keep_secret(app.secrets(chosen))
    return chosen


def _of_bind(targets: Sequence[config.Target], bind: str) -> list[config.Target]:
    """Return the targets of a bind; where the configuration has none, all of them for the bind."""
    configured = [target for target in targets if target.bind == bind]
    return configured or [msgspec.structs.replace(target, bind=bind) for target in targets]


def show(  # noqa: PLR0913 — one for each option
    *,
    names: Sequence[str],
    target: str | None,
    config: Path | None,
    database: str | None,
    schemas: Sequence[str],
    verbose: bool,
) -> int:
    """Print the live schema."""
    from drift.formats.listing import render_schema

    given = Given(database=database, schemas=schemas)
    settings = settings_of(config, [target] if target else [], given.keys, needed=["database"])
    chosen = override(settings.targets, given)
    if len(chosen) > 1:
        known = ", ".join(one.name for one in chosen)
        raise UsageError(f"several targets are configured; name one with --target: {known}")
    live, named = showing.show(chosen[0], names)
    for text in named.notes:
        console.note(text)
    console.write(console.published(render_schema(live, named.objects)))
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
