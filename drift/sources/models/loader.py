"""Loads the models: imports them, and declares their SQLAlchemy metadata as a `Schema`."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from drift.errors import DriftError, ModelsError
from drift.kinds import KINDS
from drift.kinds.advice.mappings import Mappings
from drift.kinds.metadata.declaration import Declaration, truncate
from drift.model import Location, ObjectRef, Schema
from drift.process.isolation import process_restored
from drift.process.signals import Stopped
from drift.report.finding import Finding
from drift.sources.bind_choice import require
from drift.sources.located import declaring
from drift.sources.models.binds import select, table_counts
from drift.sources.models.holders import metadata_of, with_tables
from drift.sources.models.importer import import_all, import_sqlalchemy, resolve
from drift.sources.models.model_errors import (
    is_of_models,
    models_error,
    models_errors,
    noted_warnings,
)
from drift.sources.models.own_code import top_level
from drift.sources.models.quiet import without_warnings
from drift.sources.models.recorder import recording
from drift.sources.models.unique import unique

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from drift.sources.interface import TableName
    from drift.sources.models.locations import Locator

KEPT = 4
"""Declared schemas in the cache: one per version of a server and default schema."""


class Models:
    """The metadata that was imported, which any number of databases can be compared with."""

    source = "models"

    def __init__(
        self,
        name: str,
        metadatas: Sequence[MetaData],
        roots: Iterable[str] = (),
        *,
        apps: Iterable[Any] = (),
        bind: str | None = None,
    ) -> None:
        """Take the name for reports, and the modules that the user named (`roots`).

        `apps` are Flask applications, whose context is entered while the models are read. Only the
        tables of one `bind` are declared; None is the default one.
        """
        self.name = name if bind is None else f"{name}, bind {bind}"
        self.metadatas = tuple(metadatas)
        self.binds = table_counts(self.metadatas)
        self.roots = tuple(roots)
        self._apps = tuple(apps)
        self._selection = select(self.metadatas, bind)
        self._lock = threading.Lock()
        self._cache: dict[tuple[str, int, frozenset[str]], Schema] = {}
        self._by_bind: dict[str, Models] = {}

    def of(self, bind: str | None) -> Models:
        """Return the models of a bind. Raises ModelsError for one without tables."""
        require(self.name, bind, self.binds, has_tables=bool(self.tables))
        if bind is None:
            return self
        with self._lock:
            if bind not in self._by_bind:
                self._by_bind[bind] = Models(
                    self.name, self.metadatas, self.roots, apps=self._apps, bind=bind
                )
            return self._by_bind[bind]

    def declared_elsewhere(self, default_schema: str, server_version: int) -> frozenset[ObjectRef]:
        """Return the tables and types of all binds: those of another bind are not extra."""
        if not self.binds:
            return frozenset()
        with self._reading():
            declaration = Declaration(self.metadatas, default_schema, server_version)
            return frozenset(
                kind.ref(item)
                for kind in KINDS
                if kind.lives_in != "table"
                for item in kind.declare(declaration)
            )

    def mappings(self, default_schema: str, server_version: int) -> Mappings:
        """Return the relationships and the defaults that the rules of advice need."""
        from drift.sources.models.mappings import read_mappings  # only with advice

        with self._lock:
            return read_mappings(self._declaration(default_schema, server_version), self._reading)

    @cached_property
    def tables(self) -> frozenset[tuple[str | None, str]]:
        """The (schema, name) of every table; schema is None if the models name none."""
        return frozenset(self._by_name)

    @cached_property
    def schemas(self) -> tuple[str | None, ...]:
        """The schemas that the models need; None stands for the default one."""
        with self._reading():
            schemas = self._declaration("", 180000).schemas
        return tuple(schema or None for schema in sorted(schemas))

    def declare(
        self,
        default_schema: str,
        server_version: int,
        whole: Iterable[str] = (),
    ) -> Schema:
        """Return the objects that the models would create on a server of that version.

        `whole` are schemas, in addition to the models', in which every table should be declared.
        The last results are cached, since most databases of a fleet are equal.
        """
        key = default_schema, server_version, frozenset(whole)
        with self._lock:
            if key not in self._cache:
                while len(self._cache) >= KEPT:
                    del self._cache[next(iter(self._cache))]
                with self._reading():
                    self._cache[key] = self._declare(*key)
            return self._cache[key]

    def _declaration(self, default_schema: str, server_version: int) -> Declaration:
        selection = self._selection
        return Declaration(selection.metadatas, default_schema, server_version, selection.tables)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Enter the applications' contexts; turn errors of types and defaults into a ModelsError.

        SQLAlchemy's warnings are about its own use of the types, and would be noise.
        """
        try:
            with ExitStack() as contexts, without_warnings():
                for app in self._apps:
                    contexts.enter_context(app.app_context())
                yield
        except (DriftError, Stopped):
            raise
        except BaseException as error:
            if isinstance(error, Exception) and not is_of_models(error):
                raise
            names = self.name.split(", ")
            raise models_error(f"cannot read the models {self.name}", error, names) from error

    def _declare(
        self,
        default_schema: str,
        server_version: int,
        whole: frozenset[str],
    ) -> Schema:
        declaration = self._declaration(default_schema, server_version)
        counts = Counter(
            tuple(declaration.schema_and_table(t).values()) for t in declaration.tables
        )
        declared_twice = {table for table, count in counts.items() if count > 1}
        objects = {
            kind.name: unique(kind.name, kind.declare(declaration), declared_twice)
            for kind in KINDS
        }
        return Schema(
            source="models",
            name=self.name,
            default_schema=default_schema,
            managed_schemas=frozenset((*whole, *(table.schema for table in objects["table"]))),
            objects=objects,
            problems=tuple(declaration.unwritable.problems.values()),
            notes=declaration.unwritable.notes,
        )

    def locate(self, finding: Finding, default_schema: str) -> Location | None:
        """Return the line that declares a finding's object: that of its column or of its table."""
        declared = declaring(finding, default_schema, self._by_name)
        if declared is None:
            return None
        table, column = declared
        if finding.object.kind == "relationship":
            return self._locator.attribute(table, finding.object.name)
        if column is None:
            return self._locator.table(table)
        return self._locator.column(table, column)

    def locations(self) -> Iterator[tuple[TableName, Location, dict[str, Location]]]:
        """Yield the lines of every table that has one, and those of its columns."""
        for name, table in self._by_name.items():
            if (location := self._locator.table(table)) is not None:
                names = (truncate(str(column.name)) for column in table.columns)
                lines = {each: self._locator.column(table, each) for each in names}
                yield name, location, {each: line for each, line in lines.items() if line}

    def unimported(self, tables: Iterable[str] | None) -> dict[str, Location]:
        """Return the lines that declare some tables, or any, in modules that were never imported.

        The modules named are looked at first, then the packages around them, then the top-level
        ones: of two declarations, the nearer one is likelier to be meant.
        """
        from drift.sources.models.unimported import declarations  # only for extra tables

        levels = [(name, name.rpartition(".")[0], top_level(name)) for name in self.roots]
        packages = [name for level in zip(*levels, strict=True) for name in sorted(set(level))]
        return declarations(tables, dict.fromkeys(filter(None, packages)))

    @cached_property
    def _by_name(self) -> dict[tuple[str | None, str], Any]:
        return {
            (truncate(table.schema) if table.schema else None, truncate(str(table.name))): table
            for table in self._selection.tables
        }

    @cached_property
    def _locator(self) -> Locator:
        from drift.sources.models.locations import Locator  # only for findings

        return Locator(self._by_name.values())


def load(
    specs: Sequence[str],
    imports: Sequence[str] = (),
    note: Callable[[str], None] = lambda _: None,
    path: Sequence[str] = (),
) -> Models:
    """Import the models named by `package.module:attribute` and return their metadata.

    `imports` are modules and packages to import first, `note` takes the warnings of the models,
    `path` are folders to import from.

    Raises ModelsError if a module cannot be imported, an attribute does not exist or is no
    metadata, or if there are no tables.
    """
    import_sqlalchemy()
    roots = [*(spec.split(":")[0] for spec in specs), *imports]
    metadatas: dict[int, MetaData] = {}
    apps: list[Any] = []
    with process_restored(), noted_warnings(note), recording(set(map(top_level, roots))):
        import_all(imports, path)
        for spec in specs:
            with models_errors(f"models {spec}", [spec]):
                for metadata in metadata_of(resolve(spec, path), spec, apps):
                    metadatas[id(metadata)] = metadata
    models = Models(", ".join(specs), list(metadatas.values()), roots, apps=apps)
    if not models.tables and not models.binds:
        others = "".join(
            f"; {holder.spec} has {len(holder.metadata.tables)}" for holder in with_tables(*specs)
        )
        raise ModelsError(
            f"{models.name} holds no tables{others}: the modules that define the models were not "
            "imported; name them, or the package that holds them, with --import "
            "(in the configuration: import)"
        )
    return models
