"""SQLAlchemy metadata as PostgreSQL would get it: names, types and SQL.

The kinds read it when they declare their objects.

Only metadata and the PostgreSQL dialect's compiler are used, never an engine, so that
SQLAlchemy 1.4 to 2.1 are read alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from drift.kinds.metadata import sqlalchemy_adapter
from drift.kinds.metadata.created import is_created, is_written_as_create_table
from drift.kinds.metadata.default_texts import DefaultTexts
from drift.kinds.metadata.members import Members
from drift.kinds.metadata.type_parts import is_named, may_be_named, parts, types_of_metadata
from drift.kinds.metadata.type_texts import TypeTexts
from drift.kinds.metadata.unwritable import (
    LEFT_OPEN,
    Unwritable,
    errors,
    kind_of,
    refusal,
    table_of,
)
from drift.kinds.sql import types
from drift.model import ObjectRef

if TYPE_CHECKING:
    from sqlalchemy import MetaData

NAME_BYTES = 63
T = TypeVar("T")


def truncate(name: str) -> str:
    """Cut a name at 63 bytes, and never inside a character, as PostgreSQL does.

    SQLAlchemy's quoted_name becomes a plain str, which every encoder takes.
    """
    name = str(name)
    if len(name) <= NAME_BYTES // 4:
        return name
    return name.encode()[:NAME_BYTES].decode(errors="ignore")


class ColumnType(NamedTuple):
    """A column's type in PostgreSQL's spelling.

    `other_type` is the type that psycopg 3's own dialect writes, if that is another; `collation` is
    the name after COLLATE in DDL.
    """

    type: str
    other_type: str | None = None
    collation: str = ""


class Declaration:
    """The metadata of one or several bases, as it would be created on one server."""

    def __init__(
        self,
        metadatas: Sequence[MetaData],
        default_schema: str,
        server_version: int = 180000,
        tables: Sequence[Any] | None = None,
    ) -> None:
        """Take the schema of tables that name none, and the version as `server_version_num`.

        `tables` are those of the metadata that count; None: all of them.
        """
        self.metadatas = metadatas
        self._given = tables
        self.default_schema = default_schema
        self.server_version = server_version
        self.dialect = _dialect(server_version)
        self.compiler = self.dialect.ddl_compiler(self.dialect, None)
        self.preparer = self.dialect.identifier_preparer
        self._type_texts = TypeTexts(self.dialect)
        self.type_text, self.other_type_text = self._type_texts.of, self._type_texts.other
        self._fields: dict[int, dict[str, Any]] = {}
        self._members: dict[int, Members] = {}
        self._type_names: dict[str, str] = {}
        self._defaults: dict[int, str | None] = {}
        self._default_texts = DefaultTexts(self.compiler)
        self._column_types_by_text: dict[tuple[str, str | None], ColumnType] = {}
        self.unwritable = Unwritable()

    @cached_property
    def tables(self) -> tuple[Any, ...]:
        """All tables of all metadata, each once, sorted by schema and name; no temporary ones."""
        return tuple(table for table in self._tables if not self._temporary(table))

    @cached_property
    def _tables(self) -> tuple[Any, ...]:
        given = self._given
        if given is None:
            given = [table for meta in self.metadatas for table in meta.tables.values()]
        distinct = {id(table): table for table in given}.values()
        created = (
            table
            for table in distinct
            if self.is_created(table) and is_written_as_create_table(table, self.dialect)
        )
        return tuple(sorted(created, key=lambda t: (t.schema or "", str(t.name))))

    def _temporary(self, table: Any) -> bool:
        """Return whether a table lives only in the session that creates it."""
        prefixes = set(" ".join(sqlalchemy_adapter.prefixes(table)).split())
        select = self.selected(table)
        return (
            not prefixes.isdisjoint({"TEMP", "TEMPORARY"})
            or table.schema == "pg_temp"
            or bool(select is not None and select.temporary)
        )

    def selected(self, table: Any) -> Any:
        """Return the CreateView or CreateTableAs that makes a table; None if none does."""
        return sqlalchemy_adapter.creating_select(table)

    @cached_property
    def schemas(self) -> frozenset[str]:
        """The schemas that tables, types and sequences are in."""
        owners = (*self.tables, *self.sequences)
        of_types = (schema for schema, _ in self.named_types)
        return frozenset((*map(self.schema_of, owners), *of_types))

    @property
    def sequences(self) -> tuple[Any, ...]:
        """The sequences that are created on PostgreSQL under a name of their own."""
        declared = (s for meta in self.metadatas for s in sqlalchemy_adapter.sequences(meta))
        return tuple(sequence for sequence in declared if not sequence.optional)

    @cached_property
    def named_types(self) -> dict[tuple[str, str], Any]:
        """Enum and domain types that the models would create: (schema, name) → type."""
        named: dict[tuple[str, str], Any] = {}
        for type_ in self._column_types():
            name = getattr(type_, "name", None)
            if name and is_named(type_):
                named.setdefault((self.schema_of(type_), truncate(name)), type_)
        return named

    def _column_types(self) -> Iterator[Any]:
        for table in self._tables:  # of a temporary one as well: its types are permanent
            for column in self.members(table).columns:
                try:
                    if may_be_named(column.type):
                        yield from parts(column.type, self.dialect)
                except errors() as error:  # its column says so
                    refusal(error)
        for metadata in self.metadatas:
            yield from types_of_metadata(metadata, self.dialect)

    def schema_of(self, item: Any) -> str:
        """Return the schema of a table, a sequence or a type."""
        return truncate(str(item.schema)) if item.schema else self.default_schema

    def name_of(self, item: Any) -> str | None:
        """Return a constraint's or an index's name; None if the models leave it open."""
        if item.name is None:
            return None
        try:
            name = self.preparer.format_constraint(item, _alembic_quote=False)
        except errors() as error:
            refusal(error)
            reason = f"SQLAlchemy refuses its name of {len(str(item.name))} characters"
            self.unwritable.add(self.ref(kind_of(item), item), item, reason)
            name = item.name if isinstance(item.name, str) else None
        return None if name is None else truncate(str(name))

    def ref(self, kind: str, item: Any) -> ObjectRef:
        """Return how findings call a column, a constraint or an index; "" without a name."""
        name = truncate(item.name) if isinstance(item.name, str) else ""
        return ObjectRef(kind, **self.schema_and_table(table_of(item)), name=name)

    def each(
        self, kind: str, items: Iterable[Any], read: Callable[[Any, Declaration], T]
    ) -> Iterator[T]:
        """Yield the object that `read` makes of each item; none of one that cannot be written."""
        for item in items:
            try:
                made = read(item, self)
            except errors() as error:
                self.unwritable.refused(self.ref(kind, item), item, error)
            else:
                yield made

    def members(self, table: Any) -> Members:
        """Return the columns and constraints of a table."""
        if (members := self._members.get(id(table))) is None:
            members = self._members[id(table)] = Members(table)
        return members

    def schema_and_table(self, table: Any) -> dict[str, Any]:
        """Return the fields `schema` and `table` of an object that belongs to a table."""
        if (fields := self._fields.get(id(table))) is None:
            fields = {"schema": self.schema_of(table), "table": truncate(str(table.name))}
            self._fields[id(table)] = fields
        return fields

    def is_created(self, item: Any) -> bool:
        """Return whether an item is created on PostgreSQL: its `ddl_if` or type may forbid it."""
        return is_created(
            item, self.dialect, self.compiler, on_unknown=partial(self._condition_unknown, item)
        )

    def _condition_unknown(self, item: Any) -> None:
        reason = "its ddl_if could not be evaluated without a connection; not reported if missing"
        self.unwritable.add(self.ref(kind_of(item), item), item, reason, optional=True)

    def sql(self, element: Any) -> str:
        """Return an SQL element as DDL has it: values written out, columns without their table."""
        process = self.compiler.sql_compiler.process
        return str(process(element, include_table=False, literal_binds=True))

    def literal(self, value: Any, type_: Any) -> str:
        """Return a Python value of a type as SQL has it."""
        from sqlalchemy import literal

        return self.sql(literal(value, type_))

    def default(self, column: Any) -> str | None:
        """Return the SQL after DEFAULT, None if there is none."""
        if column.server_default is None:
            return None
        if id(column) not in self._defaults:
            self._defaults[id(column)] = self._default(column)
        return self._defaults[id(column)]

    def _default(self, column: Any) -> str | None:
        try:
            return self._default_texts.of(column)
        except errors() as error:
            reason = f"SQLAlchemy cannot write its default for PostgreSQL{refusal(error)}"
            self.unwritable.add(self.ref("column", column), column, reason)
            return LEFT_OPEN

    def column_type(self, column: Any) -> ColumnType:
        """Return a column's type; LEFT_OPEN if SQLAlchemy cannot write it."""
        try:
            text, other = self.type_text(column.type, column), self.other_type_text(column.type)
        except errors() as error:
            self.unwritable.type_(self.ref("column", column), column, refusal(error))
            return ColumnType(LEFT_OPEN)
        if (type_ := self._column_types_by_text.get((text, other))) is None:
            type_ = self._column_types_by_text[text, other] = self._column_type(text, other)
        return type_

    def _column_type(self, text: str, other: str | None) -> ColumnType:
        name, _, collation = text.partition(" COLLATE ")
        other = other and self.type_name(other.partition(" COLLATE ")[0])
        return ColumnType(self.type_name(name), other, collation)

    def type_name(self, text: str) -> str:
        """Return a type's text in PostgreSQL's spelling, the models' own with its schema."""
        if (name := self._type_names.get(text)) is None:
            name = self._type_names[text] = self._spelt(text)
        return name

    def _spelt(self, text: str) -> str:
        name = types.spelling(text)
        base = types.family(name)
        own = types.split(base)
        if len(own) == 1 and (self.default_schema, own[0]) in self.named_types:
            return f"{types.quote(self.default_schema)}.{name}"
        return name


def _dialect(server_version: int) -> Any:
    """Return a dialect that writes SQL as the server gets it, without a driver's escapes."""
    from sqlalchemy.dialects.postgresql.base import PGDialect

    dialect = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call]
    sqlalchemy_adapter.write_backslashes_as_they_are(dialect)
    dialect.server_version_info = (server_version // 10000, server_version % 10000)
    dialect.supports_virtual_generated_columns = server_version >= 180000
    return dialect
