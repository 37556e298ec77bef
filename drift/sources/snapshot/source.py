"""A snapshot as a source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from drift.config.yaml_source import display_path
from drift.errors import UsageError
from drift.model import Schema
from drift.sources.interface import Context
from drift.sources.reflected import Reflected
from drift.sources.snapshot.expected import NEWEST, Frozen
from drift.sources.snapshot.reader import read
from drift.sources.snapshot.shape_v1 import Server, Snapshot

if TYPE_CHECKING:
    from drift.sources.interface import Expected


class SnapshotSide:
    """A snapshot that was read; `snapshot` is its document."""

    def __init__(self, snapshot: Snapshot, name: str) -> None:
        self.snapshot, self._name = snapshot, name

    @property
    def server(self) -> Server | None:
        """The server that the objects were read from; None if they were declared."""
        return self.snapshot.postgresql

    @property
    def revisions(self) -> tuple[str, ...]:
        """The revisions of Alembic's that the source had."""
        return self.snapshot.revisions

    def expected(self) -> Expected:
        """Return the frozen objects: as models declare them, or as a server had them."""
        if self.snapshot.source.source == "models":
            return Frozen(self.snapshot, self._name)
        return Reflected(self._frozen(), "snapshot", self._name)

    def database(self) -> None:
        """Return None: no server holds it."""
        return

    def schema(self) -> Schema:
        """Return the frozen schema; models in their own default schema, on the newest server."""
        return self._frozen()

    def _frozen(self) -> Schema:
        frozen = Frozen(self.snapshot, self._name)
        schema = frozen.declare(self.snapshot.default_schema, NEWEST * 10000)
        return msgspec.structs.replace(schema, search_path=self.snapshot.search_path)


def open_snapshot(value: str, context: Context) -> SnapshotSide:
    """Read a snapshot from a file; its path is relative to the project's folder, if there is one.

    The command line's paths are absolute by now: `drift.sources.anchored` begins them at the
    current folder.
    """
    if not value.strip():
        raise UsageError(
            "snapshot names no file; write snapshot:FILE, such as snapshot:schema.json"
        )
    path = Path(*context.target.path[-1:], value)
    name = display_path(path)
    return SnapshotSide(read(path, name), name)
