"""Opens the expected side of a target: its models, or the source that its configuration names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from drift.config import Target
from drift.scratch import Scratch
from drift.sources import Reference, open_source, parse
from drift.sources.interface import Context, Note

if TYPE_CHECKING:
    from drift.sources.interface import Expected


def reference_of(target: Target) -> Reference:
    """Return the name of the target's expected source."""
    return parse(target.expected or "models")


def is_of_models(target: Target) -> bool:
    """Return whether a target is compared with models, which are imported."""
    return reference_of(target).source == "models"


def open_expected(target: Target, note: Note, scratch: Scratch) -> Expected:
    """Return the expected side of a target. Raises DriftError if it cannot be read."""
    from drift.sources.sql_objects.collected import with_objects

    context = Context(target=target, environment=os.environ, note=note, scratch=scratch)
    expected = open_source(reference_of(target), context).expected()
    return with_objects(expected, target, scratch, note)
