"""Tables: the comment and the options of one, and the model of one that only the database has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from drift.adopt import mapped as annotation
from drift.adopt import table_args
from drift.adopt.constraints import written
from drift.adopt.declarations import COLUMN_CALLS, called_annotation, targets
from drift.adopt.draft import Context, Draft, Project, Sides
from drift.adopt.items import called
from drift.adopt.names import Names
from drift.adopt.new_columns import attribute_name, laid_out_line
from drift.adopt.source import Edit
from drift.adopt.subject import NotAdoptedError
from drift.kinds.column.column import Column
from drift.kinds.primary_key import PrimaryKey
from drift.kinds.table.table import Table
from drift.sqlalchemy_code.code import Code, call, joined, literal, mapping
from drift.sqlalchemy_code.columns import column_arguments
from drift.sqlalchemy_code.style import Style
from drift.sqlalchemy_code.tables import of_table, table_options, table_parts

_OPTION_OF = {
    "comment": "comment",
    "unlogged": "prefixes",
    "partition_key": "postgresql_partition_by",
    "inherits": "postgresql_inherits",
    "storage": "postgresql_with",
}


def change(context: Context, live: Table, changes: frozenset[str]) -> None:
    """Let the model's table have the live comment and options."""
    if not live.stores_rows:
        raise NotAdoptedError(f"the database has a {live.relation} in its place")
    options = table_options(live, live.schema, context.style)
    if options is None:
        raise NotAdoptedError("SQLAlchemy has no words for an option that it has in the database")
    wanted = {_OPTION_OF[name] for name in changes if name in _OPTION_OF}
    if "relation" in changes:
        wanted.add("postgresql_partition_by")
    for name in sorted(wanted):
        table_args.set_table_option(context, name, options.get(name))


class Manner(NamedTuple):
    """The style in which a file declares its tables: `class T(Base)`, or `Table("t", metadata)`."""

    base: str
    metadata: str
    mapped: bool
    function: str
    optional: bool


def add(draft: Draft, live: Table, sides: Sides, project: Project) -> None:
    """Add the model of a table that only the database has, at the end of a file."""
    if not any(True for _ in of_table(sides.live, "column", live)):
        raise NotAdoptedError("the columns of the table were not read")
    manner = _manner(draft)
    style = Names(draft.source).style(sides.version)
    if project.has_conventions:
        style = msgspec.structs.replace(style, conventions="conv")
    key = any(True for _ in of_table(sides.live, "primary-key", live))
    text, codes = (
        _class(draft, live, sides, style, manner)
        if manner.base and key
        else _call(draft, live, sides, style, manner)
    )
    source = draft.source
    end = len(source.text)
    gap = "" if source.text.endswith("\n") or not source.text else "\n"
    draft.apply([Edit(end, end, f"{gap}\n\n{text}\n")], *codes)


def _manner(draft: Draft) -> Manner:
    """Return how the last table of a file is declared."""
    base = metadata = function = ""
    mapped = False
    for node in ast.walk(draft.source.tree):
        if isinstance(node, ast.ClassDef) and any("__tablename__" in targets(s) for s in node.body):
            base = draft.source.segment(node.bases[0]) if node.bases else base
            mapped = mapped or any(
                called_annotation(getattr(s, "annotation", None)) == "Mapped" for s in node.body
            )
        elif isinstance(node, ast.Call) and called(node) == "Table" and len(node.args) > 1:
            metadata = draft.source.segment(node.args[1])
        elif isinstance(node, ast.Call) and called(node) in COLUMN_CALLS:
            function = draft.source.segment(node.func)
    if not base and not metadata:
        raise NotAdoptedError("the file declares no table by which drift could write another")
    return Manner(
        base,
        metadata or f"{base}.metadata",
        mapped,
        function,
        annotation.uses_optional(draft.source),
    )


def _call(
    draft: Draft, live: Table, sides: Sides, style: Style, manner: Manner
) -> tuple[str, list[Code]]:
    parts = table_parts(live, sides.live, style)
    if parts is None or parts.unsayable:
        raise NotAdoptedError("SQLAlchemy has no words for a part of the table")
    indexes = _codes(live, sides, style, ("index",))
    head = (style.string(live.name or ""), Code(manner.metadata))
    code = call(style.of_core("Table"), (*head, *parts.items, *indexes), parts.options)
    name = attribute_name(live.name or "", Names(draft.source).bound)
    return laid_out_line((Code(name), code), 0, draft.source.width), [code]


def _class(
    draft: Draft, live: Table, sides: Sides, style: Style, manner: Manner
) -> tuple[str, list[Code]]:
    names = Names(draft.source)
    options = table_options(live, sides.live.default_schema, style)
    if options is None:
        raise NotAdoptedError("SQLAlchemy has no words for a part of the table")
    by_marks = _marked(live, sides)
    others = ("unique", "check", "exclusion", "foreign-key", "index")
    kinds = others if by_marks else ("primary-key", *others)
    arguments = _codes(live, sides, style, kinds)
    title = class_name(live.name or "", names.bound | set(names.imported))
    lines = [f"class {title}({manner.base}):"]
    tablename = style.string(live.name or "").text
    lines.append(f"    __tablename__ = {tablename}")
    codes = [*arguments, *options.values()]
    if value := _table_args(arguments, options, style):
        lines.append("    " + laid_out_line((Code("__table_args__"), value), 4, draft.source.width))
    lines.append("")
    taken: set[str] = {"__tablename__", "__table_args__"}
    for column in of_table(sides.live, "column", live):
        line = _line(column, sides, style, manner, taken)
        taken.add(line[0].text.partition(":")[0])
        codes += line
        lines.append("    " + laid_out_line(line, 4, draft.source.width))
    return "\n".join(lines), codes


def _table_args(arguments: list[Code], options: dict[str, Code], style: Style) -> Code | None:
    dict_ = mapping(options, style.quote)
    if not arguments:
        return dict_ if options else None
    items = (*arguments, dict_) if options else tuple(arguments)
    return joined("(", items, ")", tail="," if len(items) == 1 else "")


def _line(
    column: Column, sides: Sides, style: Style, manner: Manner, taken: set[str]
) -> tuple[Code, Code]:
    keys = [*_keys(column, sides)]
    is_key = any(column.name in key.columns for key in keys)
    arguments = column_arguments(column, sides.live, style, key=is_key)
    if arguments is None:
        raise NotAdoptedError(f"SQLAlchemy has no words for the column {column.name}")
    attribute = attribute_name(column.name or "", taken)
    options = dict(arguments.options)
    if is_key and _marked_key(keys[0], sides):
        options = {"primary_key": literal(value=True)} | options
    if is_key or column.nullable:
        options.pop("nullable")
    if (
        is_key
        and len(keys[0].columns) == 1
        and options.get("autoincrement", Code("")).text == "True"
    ):
        options.pop("autoincrement")
    left, function = Code(attribute), Code(manner.function or style.of_core("Column").text)
    if manner.mapped:
        left = _annotated(attribute, column, style, options, optional=manner.optional)
    name = () if attribute == column.name else (style.string(column.name or ""),)
    return left, call(function, (*name, *arguments.values), options)


def _annotated(
    attribute: str, column: Column, style: Style, options: dict[str, Code], *, optional: bool
) -> Code:
    any_ = annotation.python_type(column.type, style).text.endswith("Any")
    code = annotation.annotation_code(
        column.type, column.nullable and not any_, style,
        optional=optional,
    )  # fmt: skip
    if not any_:
        options.pop("nullable", None)
    elif column.nullable:
        options["nullable"] = literal(value=True)
    return Code(f"{attribute}: {code.text}", code.imports)


def _keys(column: Column, sides: Sides) -> Iterator[PrimaryKey]:
    for key in sides.live.objects.get("primary-key", ()):
        if (key.schema, key.table) == (column.schema, column.table):
            yield key


def _marked(live: Table, sides: Sides) -> bool:
    """Return whether `primary_key=True` on the columns says the key of a table."""
    return all(_marked_key(key, sides) for key in of_table(sides.live, "primary-key", live))


def _marked_key(key: PrimaryKey, sides: Sides) -> bool:
    order = [
        column.name
        for column in sides.live.objects["column"]
        if (column.schema, column.table) == (key.schema, key.table) and column.name in key.columns
    ]
    return tuple(order) == key.columns and not (key.include or key.deferrable)


def _codes(live: Table, sides: Sides, style: Style, kinds: tuple[str, ...]) -> list[Code]:
    return [
        written(item, style, sides.live.default_schema)
        for kind in kinds
        for item in of_table(sides.live, kind, live)
    ]


def class_name(table: str, taken: set[str]) -> str:
    """Return the name of a class for a table.

    >>> class_name("order_items", set())
    'OrderItems'
    """
    words = re.findall(r"[A-Za-z0-9]+", table)
    name = "".join(word[0].upper() + word[1:] for word in words) or "Model"
    name = name if name[0].isalpha() else f"Table{name}"
    while name in taken:
        name += "_"
    return name
