"""`Mapped[…]`: the type of Python for a column's type, and whether it may be None."""

from __future__ import annotations

import ast

from drift.adopt.declarations import ColumnNode, called_annotation
from drift.adopt.source import Edit, Source
from drift.kinds.sql import types
from drift.sqlalchemy_code.code import Code
from drift.sqlalchemy_code.style import Style

_BUILT_IN = {
    "int": ("smallint", "integer", "bigint", "oid"),
    "str": ("text", "character varying", "character", "bit", "bit varying", "inet", "cidr"),
    "bool": ("boolean",),
    "float": ("real", "double precision"),
    "bytes": ("bytea",),
}
_NAMES = {name: python for python, names in _BUILT_IN.items() for name in names}
_MODULES = {
    "date": ("datetime", "date"),
    "timestamp with time zone": ("datetime", "datetime"),
    "timestamp without time zone": ("datetime", "datetime"),
    "time with time zone": ("datetime", "time"),
    "time without time zone": ("datetime", "time"),
    "interval": ("datetime", "timedelta"),
    "numeric": ("decimal", "Decimal"),
    "uuid": ("uuid", "UUID"),
}


def python_type(type_: str, style: Style) -> Code:
    """Return the type of Python for a type of PostgreSQL; `Any` for one without.

    >>> python_type("character varying(20)[]", Style()).text
    'list[str]'
    """
    if type_.endswith("[]"):
        inner = python_type(type_.removesuffix("[]"), style)
        return Code(f"list[{inner.text}]", inner.imports)
    name = types.family(type_)
    if name in _NAMES:
        return Code(_NAMES[name])
    module, python = _MODULES.get(name, ("typing", "Any"))
    if prefix := style.known.get(module):
        return Code(f"{prefix}.{python}")
    return style.imported(module, python)


def annotation_code(type_: str, nullable: bool, style: Style, *, optional: bool) -> Code:
    """Return `Mapped[…]`."""
    inner = python_type(type_, style)
    if nullable:
        inner = _optional(inner, style) if optional else Code(f"{inner.text} | None", inner.imports)
    mapped = style.imported("sqlalchemy.orm", "Mapped")
    return Code(f"{mapped.text}[{inner.text}]", mapped.imports | inner.imports)


def _optional(inner: Code, style: Style) -> Code:
    name = style.imported("typing", "Optional")
    return Code(f"{name.text}[{inner.text}]", name.imports | inner.imports)


def uses_optional(source: Source) -> bool:
    """Return whether a file writes `Optional[int]` and not `int | None`."""
    return "Optional[" in source.text and "| None" not in source.text


def is_mapped(column: ColumnNode) -> bool:
    """Return whether a column has an annotation that says if it may be NULL."""
    return called_annotation(column.annotation) == "Mapped"


def inner_node(column: ColumnNode) -> ast.expr | None:
    """Return the expression in the brackets of `Mapped[…]`."""
    annotation = column.annotation
    return annotation.slice if isinstance(annotation, ast.Subscript) else None


def may_be_none(node: ast.expr | None) -> bool | None:
    """Return whether an annotation takes None; None for one that is a text, or unknown."""
    if node is None or isinstance(node, ast.Constant):
        return None
    return without_none(node) is not node


def without_none(node: ast.expr) -> ast.expr:
    """Return `int` of `int | None` and of `Optional[int]`; anything else as it is."""
    if called_annotation(node) == "Optional" and isinstance(node, ast.Subscript):
        return node.slice
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        if isinstance(node.right, ast.Constant) and node.right.value is None:
            return node.left
        if isinstance(node.left, ast.Constant) and node.left.value is None:
            return node.right
    return node


def nullability_edits(
    source: Source, column: ColumnNode, nullable: bool, style: Style
) -> tuple[list[Edit], Code] | None:
    """Return the edits that let an annotation say so; None if it cannot be changed."""
    node = inner_node(column)
    if node is None or may_be_none(node) is None:
        return None
    start, end = source.span(node)
    bare = Code(source.segment(without_none(node)))
    code = bare
    if nullable:
        optional = uses_optional(source)
        code = _optional(bare, style) if optional else Code(f"{bare.text} | None")
    return [Edit(start, end, code.text)], code


def type_edits(
    source: Source, column: ColumnNode, type_: str, style: Style
) -> tuple[list[Edit], Code] | None:
    """Return the edits that give an annotation the type of Python; None if it is no plain name."""
    node = inner_node(column)
    if node is None or may_be_none(node) is None:
        return None
    inner = without_none(node)
    code = python_type(type_, style)
    if source.segment(inner).rpartition(".")[2] == code.text.rpartition(".")[2]:
        return [], code
    return [Edit(*source.span(inner), code.text)], code
