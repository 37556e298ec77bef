"""`drift check` and `drift merge`: a report made or put together, printed, written and sent."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from drift import config as configuration
from drift import console, credentials, fleet, merging, runs, shard
from drift.config import Settings, Target
from drift.config.values import seconds
from drift.errors import UsageError
from drift.model import Severity
from drift.publishing import Publisher
from drift.shard import Shard

LONGEST = 3600.0
LARGEST_LIST = 16 << 20
"""Bytes of a list of targets."""


def check(  # noqa: PLR0913 — one for each option
    *,
    targets: Sequence[str],
    config: Path | None,
    database: str | None,
    schemas: Sequence[str],
    verbose: bool,
    models: Sequence[str],
    imports: Sequence[str],
    bind: str | None,
    targets_from: str | None,
    jobs: int,
    connect_timeout: str | None,
    shard_: str | None,
    format_: str,
    outputs: Sequence[str],
    reports: Sequence[str],
    fail_on: str | None,
    exit_zero: bool,
    require_complete: bool,
) -> int:
    """Check every target, print, write and send the report, and return the exit code."""
    given = runs.Given(
        database=database, schemas=schemas, models=models, imports=imports, bind=bind
    )
    named = given.keys
    if targets_from is not None and (targets or database):
        raise UsageError("--targets-from names the targets: leave out TARGET and --database")
    if targets_from is not None:
        named.add("database")
    known = credentials.known(os.environ)
    settings = runs.settings_of(
        config,
        targets,
        named,
        reports=reports,
        listed=targets_from is not None,
        environment=known,
    )
    if targets_from is not None:
        settings = _listed(settings, targets_from)
    chosen = runs.override(settings.targets, given)
    if connect_timeout is not None:
        changes = {"connect_timeout": _time(connect_timeout)}
        chosen = [msgspec.structs.replace(target, **changes) for target in chosen]
    publisher = Publisher(
        format_=format_,
        outputs=outputs,
        reports=reports,
        settings=settings,
        environment=known,
        verbose=verbose,
    )
    credentials.withhold(os.environ, settings, reports)
    part = shard.parse(shard_) if shard_ is not None else None
    publisher.start()
    name = None if part is None else str(part)
    report = fleet.run(_part(chosen, part), jobs=jobs, verbose=verbose, shard=name)
    return publisher.publish(
        report,
        _level(fail_on, settings),
        exit_zero=exit_zero,
        require_complete=require_complete,
    )


def merge(  # noqa: PLR0913 — one for each option
    *,
    files: Sequence[Path],
    config: Path | None,
    verbose: bool,
    format_: str,
    outputs: Sequence[str],
    reports: Sequence[str],
    fail_on: str | None,
    exit_zero: bool,
    partial: bool,
    require_complete: bool,
) -> int:
    """Put reports together, print, write and send them as one, and return the exit code."""
    from drift.sources.report_reader import read

    known = credentials.known(os.environ)
    settings = runs.settings_of(
        config, (), {"database", "models"}, reports=reports, listed=True, environment=known
    )
    publisher = Publisher(
        format_=format_,
        outputs=outputs,
        reports=reports,
        settings=settings,
        environment=known,
        verbose=verbose,
        own=False,
    )
    report = merging.merge({str(path): read(path) for path in files}, partial=partial)
    return publisher.publish(
        report,
        _level(fail_on, settings),
        exit_zero=exit_zero,
        require_complete=require_complete,
    )


def _time(text: str) -> float:
    found = seconds(text.strip())
    if not found or not 0.001 <= found <= LONGEST:
        raise UsageError(f"--connect-timeout {text}: expected a time such as 10s, 500ms or 2m")
    return found


def _level(fail_on: str | None, settings: Settings) -> Severity:
    return Severity(fail_on) if fail_on else settings.fail_on or Severity.WARNING


def _listed(settings: Settings, source: str) -> Settings:
    """Return the settings with the targets of a list, on the base of the configuration's."""
    place = "standard input" if source == "-" else source
    try:
        if source == "-":
            text = sys.stdin.read(LARGEST_LIST + 1)
        else:
            with Path(source).open(encoding="utf-8-sig") as file:
                text = file.read(LARGEST_LIST + 1)
    except OSError as problem:
        raise UsageError(f"--targets-from {source}: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--targets-from {source}: not UTF-8") from None
    if len(text) > LARGEST_LIST:
        raise UsageError(f"--targets-from {source}: larger than {LARGEST_LIST >> 20} MiB")
    found = configuration.read_targets(text, place, settings.base, os.environ)
    return msgspec.structs.replace(settings, targets=tuple(found))


def _part(targets: Sequence[Target], part: Shard | None) -> Sequence[Target]:
    """Return the targets of this shard."""
    if part is None:
        return targets
    chosen = part.of(targets)
    if not chosen:
        console.note(f"shard {part} holds none of the {len(targets)} targets")
    return chosen
