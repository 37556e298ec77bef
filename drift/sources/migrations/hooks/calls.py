"""Calls the hooks of env.py with the arguments of Alembic's autogenerate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from drift.sources.migrations.hooks.messages import Excluded, Item, Part, Question
from drift.sources.migrations.hooks.metadata import tables_of
from drift.sources.migrations.hooks.objects import declared_part, part_of, short, table_of

_TYPES = {"index": "index", "unique": "unique_constraint", "foreign-key": "foreign_key_constraint"}
"""The kinds of parts that Alembic knows, and its names for them."""


class Calls:
    """The hooks of one `context.configure`; `context` is Alembic's MigrationContext."""

    def __init__(self, context: Any, options: Mapping[str, Any]) -> None:
        self._context, self._options = context, options
        self._tables = {
            (short(table.schema), short(str(table.name))): table
            for table in tables_of(options.get("target_metadata"))
        }

    def excluded(self, questions: Iterable[Question]) -> Iterator[Excluded]:
        """Yield the differences that a hook excludes."""
        for question in questions:
            outer = self._of_table(question)
            if outer:
                yield from (Excluded(number=item.number, hook=outer) for item in question.items)
            elif question.name:
                yield from self._within(question)

    def _of_table(self, question: Question) -> str:
        """Return the hook that excludes everything that a question is about; "" if none does.

        Alembic asks only for names of existing objects, and never for a version table.
        """
        schema, name, live = question.schema, question.name, question.live
        if not name:
            return "" if self._wants_schema(schema) else "include_name"
        if live and (name, schema) == self._version_table():
            return "version_table"
        if live and not self._wants_schema(schema):
            return "include_name"
        if live and not self._wants_name(name, "table", {"schema_name": schema}):
            return "include_name"
        declared, reflected = self._sides(question)
        if declared is None and reflected is None:
            return ""
        return self._by_object(declared, reflected, name, "table")

    def _version_table(self) -> tuple[Any, Any]:
        """Return the name and the schema of the version table."""
        name, schema = map(self._options.get, ("version_table", "version_table_schema"))
        return name or "alembic_version", schema

    def _sides(self, question: Question) -> tuple[Any, Any]:
        """Return the table of the models, and that of the database as it is reflected."""
        schema, name = question.schema, question.name
        declared: Any = None
        if question.declared is not None:
            declared = self._tables.get((schema, name))
            if declared is None and schema is None:
                declared = self._tables.get((question.default, name))
            if declared is None:
                declared = table_of(question.declared, schema, name)
        live = question.live
        return declared, table_of(live, schema, name) if live and live.reflected else None

    def _within(self, question: Question) -> Iterator[Excluded]:
        declared, live = self._sides(question)
        for item in question.items:
            if item.kind == "column":
                hook = self._of_column(question, item, declared, live)
            elif item.kind in _TYPES:
                hook = self._of_part(question, item, declared, live)
            else:
                continue
            if hook:
                yield Excluded(number=item.number, hook=hook)

    def _of_column(self, question: Question, item: Item, declared: Any, live: Any) -> str:
        column = _column(declared, item.declared)
        reflected = _column(live, item.live)
        if column is None and reflected is None:
            return ""
        parents = {"table_name": question.name, "schema_name": question.schema}
        if reflected is not None and not self._wants_name(item.live, "column", parents):
            return "include_name"
        name = (reflected if column is None else column).name
        return self._by_object(column, reflected, name, "column") or self._by_comparison(
            item, column, reflected
        )

    def _of_part(self, question: Question, item: Item, declared: Any, live: Any) -> str:
        type_ = _TYPES[item.kind]
        own = None if declared is None else _declared(declared, item.declared_part)
        reflected: Any = None
        if live is not None and item.live_part is not None:
            reflected = part_of(live, item.live_part)
        if own is None and reflected is None:
            return ""
        parents = {"table_name": question.name, "schema_name": question.schema}
        if reflected is not None and not self._wants_name(reflected.name, type_, parents):
            return "include_name"
        if type_ == "foreign_key_constraint" and own is not None and reflected is not None:
            return self._of_foreign_keys(own, reflected, type_)
        return self._by_object(own, reflected, _name(reflected if own is None else own), type_)

    def _of_foreign_keys(self, own: Any, live: Any, type_: str) -> str:
        """Ask about both: autogenerate drops the one and adds the other, unless a hook refuses."""
        hook = self._options.get("include_object")
        if hook is None:
            return ""
        removed = hook(live, _name(live), type_, True, own if _name(own) == _name(live) else None)
        added = hook(own, _name(own), type_, False, live if _name(own) == _name(live) else None)
        return "" if removed or added else "include_object"

    def _by_object(self, declared: Any, live: Any, name: Any, type_: str) -> str:
        """Ask include_object about an object of the models, or one that only the database has."""
        hook = self._options.get("include_object")
        if hook is None:
            return ""
        extra = declared is None
        wanted = hook(live if extra else declared, name, type_, extra, None if extra else live)
        return "" if wanted else "include_object"

    def _wants_schema(self, name: str | None) -> bool:
        """Ask include_name about a schema: the default one alone without `include_schemas`."""
        is_asked = name is None or self._options.get("include_schemas")
        return not is_asked or self._wants_name(name, "schema", {})

    def _wants_name(self, name: Any, type_: str, parents: Mapping[str, Any]) -> bool:
        """Ask include_name about the name of an object of the database."""
        hook = self._options.get("include_name")
        if hook is None:
            return True
        names = dict(parents)
        if table := name if type_ == "table" else names.get("table_name"):
            qualified = ".".join(filter(None, (names["schema_name"], table)))
            names["schema_qualified_table_name"] = qualified
        return bool(hook(name, type_, names))

    def _by_comparison(self, item: Item, declared: Any, live: Any) -> str:
        """Ask a function of compare_type or compare_server_default if a column differs."""
        if declared is None or live is None:
            return ""
        if set(item.changed) == {"type"}:
            hook = self._options.get("compare_type")
            arguments: tuple[Any, ...] = (live.type, declared.type)
            name = "compare_type"
        elif set(item.changed) == {"default"}:
            hook, name = self._options.get("compare_server_default"), "compare_server_default"
            rendered = getattr(live.server_default, "arg", None)
            arguments = (
                None if rendered is None else str(rendered.text),
                declared.server_default,
                self._rendered(declared),
            )
        else:
            return ""
        answer = hook(self._context, live, declared, *arguments) if callable(hook) else None
        return name if answer is not None and not answer else ""

    def _rendered(self, column: Any) -> str | None:
        """Return a default of the models as Alembic writes it for the hook."""
        default = getattr(column.server_default, "arg", None)
        if default is None or isinstance(default, str):
            return default
        dialect = self._context.dialect
        return str(default.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _column(table: Any, name: str | None) -> Any:
    if table is None or name is None:
        return None
    return next((column for column in table.columns if short(str(column.name)) == name), None)


def _name(part: Any) -> str | None:
    return part.name if isinstance(part.name, str) else None


def _declared(table: sa.Table, part: Part | None) -> Any:
    if part is None:
        return None
    own = declared_part(table, part)
    if own is not None:
        return own
    # an index of the models that another table's constraint stands for
    return part_of(table.to_metadata(sa.MetaData()), part)
