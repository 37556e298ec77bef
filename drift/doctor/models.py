"""Probes the models of a target: the import, and the models that are left out."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from drift.check import notes
from drift.check.expected import is_of_models, open_expected
from drift.config import Settings, Target
from drift.doctor.result import Result, failed
from drift.errors import DriftError
from drift.formats.vocabulary import plural
from drift.output import terminal

if TYPE_CHECKING:
    from drift.scratch import Scratch
    from drift.sources.interface import Expected, Note
    from drift.sources.models.loader import Models


def import_path(settings: Settings) -> Result:
    """Return the folders that the models are imported from."""
    from drift.sources.models import import_path

    configured = settings.targets[0].path if settings.targets else ()
    folders = ", ".join(import_path.folders(configured))
    return Result("ok", "import path", f"{folders}, then PYTHONPATH and the installed packages")


def probe(target: Target, scratch: Scratch) -> Generator[Result, None, Expected | None]:
    """Open the expected side and return it; None if that fails."""
    if is_of_models(target):
        return (yield from _imported(target, scratch))
    try:
        expected = open_expected(target, _note(), scratch)
    except DriftError as problem:
        yield failed(target.name, problem, "expected")
        return None
    tables = plural(len(expected.tables), "table")
    yield Result("ok", target.name, f"expected: {expected.source} {expected.name} holds {tables}")
    return expected


def _note() -> Note:
    return terminal.note if terminal.is_verbose() else lambda _text: None


def _imported(target: Target, scratch: Scratch) -> Generator[Result, None, Models | None]:
    """Import the models and return them; None if that fails."""
    from drift.sources.models.overlooked import overlooked
    from drift.sources.models.source import import_models

    try:
        models = import_models(target, _note(), scratch).of(target.bind)
        tables = plural(len(models.tables), "table")
        yield Result("ok", target.name, f"models: {models.name} holds {tables}")
        yield from (Result("note", target.name, text) for text in notes.binds(target, models))
        yield from (Result("warn", target.name, f"models: {text}") for text in overlooked(models))
    except DriftError as problem:
        yield failed(target.name, problem, "models")
        return None
    return models
