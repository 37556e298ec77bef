"""The interface of every source of a schema: the expected side, and a database to compare with.

A source is opened by its name, such as `snapshot:schema.json`. The comparison does not
see the source: it knows an `Expected` and a live database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias

import msgspec

from drift.config import Target
from drift.kinds.advice.mappings import Mappings
from drift.model import Location, ObjectRef, Schema
from drift.report.finding import Finding

if TYPE_CHECKING:
    from drift.scratch import Scratch

Note: TypeAlias = Callable[[str], None]
TableName: TypeAlias = "tuple[str | None, str]"
"""A schema and the name of a table in it; None stands for the default schema."""


class Expected(Protocol):
    """The expected side of a comparison: it declares its objects for any server."""

    @property
    def source(self) -> str:
        """The kind of source, such as `models`."""

    @property
    def name(self) -> str:
        """Its name in reports, such as `app.models:Base`."""

    @property
    def binds(self) -> Mapping[str, int]:
        """The number of tables per bind key of the models."""

    @property
    def tables(self) -> frozenset[TableName]:
        """The names of all tables."""

    @property
    def schemas(self) -> tuple[str | None, ...]:
        """The schemas that the objects are in; None stands for the default one."""

    def of(self, bind: str | None) -> Expected:
        """Return the part that belongs to a bind. Raises ModelsError for an unknown one."""

    def declare(
        self, default_schema: str, server_version: int, whole: Iterable[str] = ()
    ) -> Schema:
        """Return the objects as a server of that version has them.

        `whole` are schemas, in addition to its own, in which every table should be declared.
        """

    def declared_elsewhere(self, default_schema: str, server_version: int) -> frozenset[ObjectRef]:
        """Return the tables and types of all binds: those of another bind are not extra."""

    def mappings(self, default_schema: str, server_version: int) -> Mappings:
        """Return the facts of the ORM for the rules of advice; empty if no models were imported."""

    def locate(self, finding: Finding, default_schema: str) -> Location | None:
        """Return the line of code that declares a finding's object."""

    def unimported(self, tables: Iterable[str]) -> Mapping[str, Location]:
        """Return the lines that declare some of these tables in code that was not imported."""


class Side(Protocol):
    """A source that was opened."""

    def expected(self) -> Expected:
        """Return it as the expected side."""

    def database(self) -> str | None:
        """Return the URL of a database that holds it; None if no server does."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """The settings and the services for a source that is opened.

    `target` has the settings that apply, `environment` the variables of the process, `scratch` the
    server for sources that must be run, such as migrations.
    """

    target: Target
    environment: Mapping[str, str]
    note: Note
    scratch: Scratch
