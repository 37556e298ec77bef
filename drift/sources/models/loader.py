"""The declared side: SQLAlchemy metadata, whatever holds it."""

from __future__ import annotations

import threading
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from drift.errors import DriftError, ModelsError
from drift.kinds import KINDS
from drift.kinds.metadata.declaration import Declaration, truncate
from drift.model import Location, ObjectRef, Schema
from drift.process.isolation import process_restored
from drift.process.signals import Stopped
from drift.report.finding import Finding
from drift.sources.models.bases import held, with_tables
from drift.sources.models.binds import counted, select
from drift.sources.models.importer import import_all, import_sqlalchemy, is_theirs, resolve, running
from drift.sources.models.locations import Locator
from drift.sources.models.raised import raised, warning
from drift.sources.models.recorder import recording
from drift.sources.models.unimported import declarations

if TYPE_CHECKING:
    from sqlalchemy import MetaData

KEPT = 4
"""Declarations that are kept: for so many versions of servers, and default schemas."""


class Models:
    """The metadata that was found, and what can be told of it before a database is known."""

    def __init__(
        self,
        name: str,
        metadatas: Sequence[MetaData],
        roots: Iterable[str] = (),
        *,
        apps: Iterable[Any] = (),
        bind: str | None = None,
    ) -> None:
        """Take the name for reports, and the modules that the user named.

        `apps` are Flask applications, whose context is there while the models are read. Only the
        tables of one `bind` are declared; None is the default one.
        """
        self.name = name if bind is None else f"{name}, bind {bind}"
        self.metadatas = tuple(metadatas)
        self.binds = counted(self.metadatas)
        self.roots = tuple(roots)
        self._apps = tuple(apps)
        self._selection = select(self.metadatas, bind)
        self._lock = threading.Lock()
        self._declared: dict[tuple[str, int, frozenset[str]], Schema] = {}
        self._of: dict[str, Models] = {}

    def of(self, bind: str | None) -> Models:
        """Return the models of a bind. Raises ModelsError for one without tables."""
        keys = ", ".join(self.binds)
        if bind is None and self.binds and not self.tables:
            raise ModelsError(
                f"every table of {self.name} belongs to a bind ({keys}); choose one with --bind "
                "(in the configuration: bind)"
            )
        if bind is None:
            return self
        if bind not in self.binds:
            known = f"known are {keys}" if keys else "its models have no bind key"
            raise ModelsError(f"{self.name} has no table of the bind {bind}; {known}")
        with self._lock:
            if bind not in self._of:
                parts = (self.name, self.metadatas, self.roots)
                self._of[bind] = Models(*parts, apps=self._apps, bind=bind)
            return self._of[bind]

    def declared_elsewhere(self, default_schema: str, server_version: int) -> frozenset[ObjectRef]:
        """Return the tables and types of all binds: what is of another one is not extra."""
        if not self.binds:
            return frozenset()
        with warnings.catch_warnings(), self._reading():
            warnings.simplefilter("ignore")
            declaration = Declaration(self.metadatas, default_schema, server_version)
            return frozenset(
                kind.ref(item)
                for kind in KINDS
                if kind.name == "table" or not kind.needs_table
                for item in kind.declare(declaration)
            )

    @cached_property
    def tables(self) -> frozenset[tuple[str | None, str]]:
        """The (schema, name) of every table; schema is None where the models name none."""
        return frozenset(
            (truncate(table.schema) if table.schema else None, truncate(str(table.name)))
            for table in self._selection.tables
        )

    @cached_property
    def schemas(self) -> tuple[str | None, ...]:
        """The schemas that the models need; None stands for the default one."""
        with warnings.catch_warnings(), self._reading():
            warnings.simplefilter("ignore")
            named = self._declaration(default_schema="").schemas
        return tuple(schema or None for schema in sorted(named))

    def declare(
        self,
        default_schema: str,
        server_version: int,
        whole: Iterable[str] = (),
    ) -> Schema:
        """Return what the models would create on a server of that version.

        `managed_schemas` are schemas in which every table should be declared, beside the models'.
        A fleet's databases are mostly alike: what was last declared is kept for the next.
        """
        key = default_schema, server_version, frozenset(whole)
        with self._lock:
            if key not in self._declared:
                while len(self._declared) >= KEPT:
                    del self._declared[next(iter(self._declared))]
                with warnings.catch_warnings(), self._reading():
                    warnings.simplefilter("ignore")
                    self._declared[key] = self._declare(*key)
            return self._declared[key]

    def _declaration(self, default_schema: str, server_version: int = 180000) -> Declaration:
        chosen = self._selection
        return Declaration(chosen.metadatas, default_schema, server_version, chosen.tables)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Turn what types and defaults of the models raise into a ModelsError."""
        try:
            with ExitStack() as contexts:
                for app in self._apps:
                    contexts.enter_context(app.app_context())
                yield
        except (DriftError, Stopped):
            raise
        except BaseException as error:
            if isinstance(error, Exception) and not is_theirs(error):
                raise
            names = self.name.split(", ")
            raise raised(f"cannot read the models {self.name}", error, names) from error

    def _declare(
        self,
        default_schema: str,
        server_version: int,
        whole: frozenset[str],
    ) -> Schema:
        declaration = self._declaration(default_schema, server_version)
        places = Counter(tuple(declaration.place(t).values()) for t in declaration.tables)
        twice = {place for place, count in places.items() if count > 1}
        objects = {
            kind.name: _unique(kind.name, kind.declare(declaration), twice) for kind in KINDS
        }
        return Schema(
            source="models",
            name=self.name,
            default_schema=default_schema,
            managed_schemas=frozenset((*whole, *(table.schema for table in objects["table"]))),
            objects=objects,
            problems=tuple(declaration.unreadable.problems.values()),
            notes=declaration.unreadable.notes,
        )

    def locate(self, finding: Finding, default_schema: str) -> Location | None:
        """Return where the models declare a finding's object: its column's line, or its table's."""
        ref = finding.object
        name = ref.table or ref.name
        table = self._by_name.get((ref.schema, name))
        if table is None and ref.schema == default_schema:
            table = self._by_name.get((None, name))
        if table is None:
            return None
        columns = (finding.expected or {}).get("columns") or []
        if ref.kind == "column":
            columns = [ref.name]
        if len(columns) == 1:
            return self._locator.column(table, columns[0])
        return self._locator.table(table)

    def unimported(self, tables: Iterable[str]) -> dict[str, Location]:
        """Return where modules beside the models, never imported, declare some of these tables."""
        nearest = [(name, name.rpartition(".")[0], name.partition(".")[0]) for name in self.roots]
        packages = [name for level in zip(*nearest, strict=True) for name in sorted(set(level))]
        return declarations(tables, dict.fromkeys(filter(None, packages)))

    @cached_property
    def _by_name(self) -> dict[tuple[str | None, str], Any]:
        return {
            (truncate(table.schema) if table.schema else None, truncate(str(table.name))): table
            for table in self._selection.tables
        }

    @cached_property
    def _locator(self) -> Locator:
        return Locator(self._by_name.values())


def _order(item: Any) -> tuple[str, str, str, str]:
    """Sort by name; what has none, by what it says."""
    told = repr(item) if item.name is None else ""
    return item.schema, item.table or "", item.name or "", told


def _unique(kind: str, items: Iterable[Any], twice: Collection[tuple[str, str]]) -> tuple[Any, ...]:
    """Return the objects sorted, and once what two bases declare alike in the tables of both.

    A table's columns keep the models' order. Raises ModelsError where they declare a table or a
    column in two ways.
    """
    everything = list(items)
    doubled = [i for i in everything if (i.schema, i.table or i.name) in twice]
    once = [i for i in everything if (i.schema, i.table or i.name) not in twice]
    once += dict.fromkeys(doubled)
    found = tuple(sorted(once, key=_order))
    if kind in {"table", "column"}:
        for one, other in pairwise(found):
            if (one.schema, one.table, one.name) == (other.schema, other.table, other.name):
                path = ".".join(filter(None, (one.schema, one.table, one.name)))
                raise ModelsError(f"two bases declare the {kind} {path} in two ways")
    if kind == "column":
        return tuple(sorted(once, key=lambda column: (column.schema, column.table)))
    return found


def load(
    specs: Sequence[str],
    imports: Sequence[str] = (),
    note: Callable[[str], None] = lambda _: None,
    path: Sequence[str] = (),
) -> Models:
    """Import the models named by `package.module:attribute` and find their metadata.

    `note` takes the warnings of the models, `path` are folders to import from.

    Raises ModelsError where a module cannot be imported, an attribute does not exist or is no
    metadata, or where there are no tables.
    """
    import_sqlalchemy()
    roots = [*(spec.split(":")[0] for spec in specs), *imports]
    packages = {root.split(".")[0] for root in roots}
    metadatas: dict[int, MetaData] = {}
    apps: list[Any] = []
    # What models print and warn of is no part of a report.
    with process_restored(), warning(note), recording(packages):
        import_all(imports, path)
        for spec in specs:
            with running(f"models {spec}", [spec]):
                for metadata in held(resolve(spec, path), spec, apps):
                    metadatas[id(metadata)] = metadata
    models = Models(", ".join(specs), list(metadatas.values()), roots, apps=apps)
    if not models.tables and not models.binds:
        others = "".join(
            f"; {one.spec} has {len(one.metadata.tables)}" for one in with_tables(*specs)
        )
        raise ModelsError(
            f"{models.name} holds no tables{others}: the modules that define the models were never "
            "imported; name them, or the package that holds them, with --import "
            "(in the configuration: import)"
        )
    return models
