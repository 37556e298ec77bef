"""Reads a snapshot from its file, which is not trusted."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from drift.errors import UsageError
from drift.kinds.sequence.options import Options
from drift.report.document import (
    InvalidDocumentError,
    Wording,
    content,
    decoded,
    require_few_values,
)
from drift.sources.snapshot.shape_v1 import VERSION, Snapshot, SnapshotHead

_WORDING = Wording(
    noun="drift snapshot",
    directory="name the file in it",
    empty="the command that should have written it did not finish",
    utf16="save it as UTF-8, or write it with drift snapshot --output FILE",
)
_HEAD = msgspec.json.Decoder(SnapshotHead)
_SNAPSHOT = msgspec.json.Decoder(Snapshot)


def read(path: Path, shown: str) -> Snapshot:
    """Return the snapshot that a file holds; `shown` is its name in messages.

    Raises UsageError, which names the file and the field, if it holds anything else.
    """
    try:
        return _decoded(content(path, _WORDING))
    except InvalidDocumentError as problem:
        raise UsageError(f"{shown}: {problem}") from None


def _decoded(data: bytes) -> Snapshot:
    _require_known(data)
    require_few_values(data, _WORDING.noun)
    with _no_collection():
        snapshot = decoded(data, _SNAPSHOT)
    for part in (snapshot.main, *snapshot.binds.values()):
        _require_small_numbers(part.objects)
        for variant in part.variants:
            _require_small_numbers(variant.objects)
    return snapshot


def _require_known(data: bytes) -> None:
    """Raise InvalidDocumentError for another document, and for another version."""
    head = decoded(data, _HEAD, "was not written by `drift snapshot`: ")
    if bytes(head.checks) and head.format != "snapshot":
        raise InvalidDocumentError(
            "is a report of `drift check`; a snapshot is written by `drift snapshot`"
        )
    if head.format != "snapshot":
        raise InvalidDocumentError("was not written by `drift snapshot`: format: is not `snapshot`")
    if head.version > VERSION:
        raise InvalidDocumentError(
            f"was written by a newer drift (version {head.version} of the snapshot, known is "
            f"{VERSION}); upgrade drift"
        )


def _require_small_numbers(objects: Any) -> None:
    """Raise InvalidDocumentError for an option of a sequence that no report could hold."""
    options = [
        *(sequence.options for sequence in objects.sequence),
        *(column.identity for column in objects.column if column.identity),
        *(column.sequence.options for column in objects.column if column.sequence),
    ]
    for each in options:
        for name in Options.__struct_fields__:
            if not -(2**63) <= (getattr(each, name) or 0) < 2**63:
                raise InvalidDocumentError(f"{name}: holds a number that is too large")


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pause the garbage collector, which would walk through objects that all stay."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
