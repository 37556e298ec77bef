"""Compares models with a live database: a report comes out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Unpack

from msgspec.structs import replace

from drift import texts
from drift.api.database import access
from drift.api.frames import cleared
from drift.api.models import load_models
from drift.api.options import Options, target_of
from drift.api.report import Report
from drift.check import clock, notes
from drift.check.session import compare_with_database
from drift.check.target import differences, judged
from drift.redaction import Redactor
from drift.sources.database.retry import persist

if TYPE_CHECKING:
    from drift.config import Target
    from drift.report.report import Check
    from drift.sources.database.session import Access


@cleared
def check(models: Any, database: Any, **options: Unpack[Options]) -> Report:
    """Compare models with a live database. Raises DriftError if that cannot be done.

    `database` is a URL in any spelling, an Engine, AsyncEngine, Connection or Session of
    SQLAlchemy, or a Connection of psycopg 3. Connections are read inside of their transaction, with
    its changes, and left as they were.

    >>> report = drift.check(metadata, engine, severity={"extra-index": "off"})
    >>> [(finding.rule, finding.object.path) for finding in report.findings]
    [('extra-column', 'public.users.name')]
    """
    return checked(models, database, target_of(options, "check"))


def checked(models: Any, database: Any, target: Target) -> Report:
    """Do as `check`, with options that were read."""
    with access(database) as live:
        return compared(models, live, target)


def compared(models: Any, database: Access, target: Target) -> Report:
    """Compare models with a database that can be read."""
    began = clock.start()
    expected = load_models(models).of(target.bind)
    result = persist(
        lambda left: compare_with_database(target, expected, database, left),
        target.connect_timeout,
        lambda _: None,
    )
    own_notes = (*notes.binds(target, expected), *notes.dropped(database.dropped))
    made = judged(target, expected, result, differences(target, expected, result), own_notes)
    # an application's own role may write to its tables
    unneeded = notes.privileges(result.reflection.server)
    kept = tuple(text for text in made.notes if text not in unneeded)
    made = replace(made, notes=kept, configured=False, plan_options=())
    return reported(made, began, database.secrets)


def reported(made: Check, began: clock.Start, secrets: Iterable[str]) -> Report:
    """Return the report of one check, without secrets."""
    made = replace(made, started_at=began.at, duration=began.seconds())
    report = Report(checks=(made,), started_at=began.at, duration=began.seconds())
    return texts.safe(report, Redactor(secrets).text)
