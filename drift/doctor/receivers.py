"""Probes the receivers of reports: whether they would accept a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from drift import redaction
from drift.config import Settings
from drift.doctor.result import Result, failed
from drift.errors import DriftError
from drift.process.exit_codes import NOT_DELIVERED
from drift.reporters import REPORTERS, credentials, delivery
from drift.reporters.interface import Context


def configured(settings: Settings, variables: Mapping[str, str]) -> list[str]:
    """Return the reporters that the configuration or the environment has credentials for."""
    return [name for name in REPORTERS if credentials.configured(name, settings, variables)]


def probe(
    names: Sequence[str], settings: Settings, variables: Mapping[str, str], *, send_test: bool
) -> Iterator[Result]:
    """Ask the named receivers; the others are skipped."""
    context = Context(settings=settings, environment=variables)
    redaction.remember(filter(None, credentials.secrets(settings, variables)))
    for name in REPORTERS:
        if name not in names:
            setup = REPORTERS[name].setup
            yield Result("note", name, f"skipped; set {setup}, or pass --report {name}")
            continue
        try:
            reporters = delivery.make([name], context)
        except DriftError as problem:
            yield failed(name, problem)
            continue
        for _, answer in delivery.probe(reporters, send_test=send_test):
            yield from (Result("ok", name, text) for text in answer.notes)
            yield from (Result("FAIL", name, text, NOT_DELIVERED) for text in answer.problems)
