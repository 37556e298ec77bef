"""The two sides of a comparison: models, a live database, a schema that was read, or a snapshot."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import msgspec

from drift import database_url, sources
from drift.api.database import access, kind_of
from drift.api.models import load_models
from drift.check.pair import NamedSide
from drift.errors import UsageError
from drift.model import Schema
from drift.scratch import Scratch
from drift.sources.interface import Context
from drift.sources.reflected import Reflected
from drift.sources.snapshot.source import open_snapshot

if TYPE_CHECKING:
    from drift.config import Target
    from drift.sources.database.session import Access
    from drift.sources.interface import Expected


class ReadSide:
    """A schema that `reflect` returned."""

    def __init__(self, schema: Schema, name: str) -> None:
        self._schema, self._name = schema, name

    def expected(self) -> Expected:
        """Return it as the expected side."""
        return Reflected(self._schema, "database", self._name)

    def schema(self) -> Schema:
        """Return it as the actual side."""
        return self._schema

    def database(self) -> None:
        """Return None: it is not read again."""
        return


class ModelsSide:
    """Models that are imported."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected

    def expected(self) -> Expected:
        """Return the models."""
        return self._expected

    def database(self) -> None:
        """Return None: no server holds them."""
        return


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A side: the access to it if it is a live database, else its content."""

    label: str
    source: str
    access: Any = None
    side: Any = None

    @property
    def live(self) -> Access:
        """The access to the database."""
        live: Access = self.access
        return live

    def named(self, label: str, target: Target) -> NamedSide:
        """Return the side as the comparison knows it."""
        reference = sources.Reference(source=self.source, value=label, text=label)
        return NamedSide(reference=reference, label=label, target=target)


def opened(value: Any, target: Target, stack: ExitStack) -> Opened:
    """Open a side; connections are returned at the end of the stack. Raises DriftError."""
    if isinstance(value, Schema):
        side = ReadSide(value, value.name)
        return Opened(label=f"{value.name} (read before)", source="database", side=side)
    if isinstance(value, str) and not _is_database(value):
        return _of_name(value, target)
    if isinstance(value, str) or kind_of(value):
        live = stack.enter_context(access(value))
        return Opened(label=_label(live), source="database", access=live)
    return Opened(label="models", source="models", side=ModelsSide(load_models(value)))


def _ignore(_: str) -> None:
    """Take a sentence about the progress."""


def _is_database(text: str) -> bool:
    return database_url.is_url(text) or "=" in text


def _of_name(text: str, target: Target) -> Opened:
    """Open a snapshot, or import models. Raises UsageError for a source that needs a server."""
    reference = sources.parse(text)
    if reference.source == "snapshot":
        context = Context(target=target, environment=os.environ, note=_ignore, scratch=Scratch())
        return Opened(label=text, source="snapshot", side=open_snapshot(reference.value, context))
    if reference.source in {"migrations", "sql"}:
        raise UsageError(f"{text}: a server must run it: use `drift diff`, or `drift snapshot`")
    name = reference.value if reference.source == "models" else text
    return Opened(label="models", source="models", side=ModelsSide(load_models(name)))


def _label(live: Any) -> str:
    """Return the name of a live database for messages: its own, if that is known."""
    parameters = getattr(live, "parameters", {})
    host, name = parameters.get("host", ""), parameters.get("dbname", "database")
    return name if not host or host.startswith("/") else f"{host}/{name}"
