"""`drift check`: every target compared, the report printed, written and sent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from drift import runs
from drift.model import Severity
from drift.publishing import Publisher


def check(  # noqa: PLR0913 — one for each option
    *,
    targets: Sequence[str],
    config: Path | None,
    database: str | None,
    schemas: Sequence[str],
    verbose: bool,
    models: Sequence[str],
    imports: Sequence[str],
    format_: str,
    outputs: Sequence[str],
    reports: Sequence[str],
    fail_on: str | None,
    exit_zero: bool,
) -> int:
    """Check every target, print, write and send the report, and return the exit code."""
    given = {"database": database, "models": models, "import": imports, "schemas": schemas}
    named = {key for key, value in given.items() if value}
    settings = runs.settings_of(config, targets, named, reports=reports)
    chosen = runs.override(settings.targets, database, schemas, models, imports)
    level = Severity(fail_on) if fail_on else settings.fail_on or Severity.WARNING
    publisher = Publisher(
        format_=format_, outputs=outputs, reports=reports, settings=settings, verbose=verbose
    )
    publisher.start()
    report = runs.run(chosen, verbose=verbose)
    return publisher.publish(report, level, exit_zero=exit_zero)
