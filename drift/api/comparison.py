"""Compares models with a database, or any two sides: reports come out."""

from __future__ import annotations

from typing import Any, Unpack

from msgspec.structs import replace

from drift import redaction, texts
from drift.api.database import address_of
from drift.api.models import load_models
from drift.api.options import Options, target_of
from drift.api.report import Report
from drift.check import clock, notes
from drift.check.session import compare_with_database
from drift.check.target import differences, judged
from drift.sources.database.retry import persist


def check(models: Any, database: Any, **options: Unpack[Options]) -> Report:
    """Compare models with a live database. Raises DriftError if that cannot be done."""
    began = clock.start()
    target = target_of(options, "check")
    address = address_of(database)
    expected = load_models(models).of(target.bind)
    result = persist(
        lambda left: compare_with_database(target, expected, address, left),
        target.connect_timeout,
        lambda _: None,
    )
    own_notes = (*notes.binds(target, expected), *notes.dropped(address.dropped))
    made = judged(target, expected, result, differences(target, expected, result), own_notes)
    made = replace(made, started_at=began.at, duration=began.seconds())
    report = Report(checks=(made,), started_at=began.at, duration=began.seconds())
    return texts.kept(texts.changed(report, redaction.Redactor(address.secrets).text))


def compare(left: Any, right: Any, **options: Unpack[Options]) -> Report:
    """Compare two sides. Raises DriftError if that cannot be done."""
    return check(left, right, **options)


def reflect(database: Any, **options: Unpack[Options]) -> Any:
    """Return the live schema of a database."""
    raise NotImplementedError
