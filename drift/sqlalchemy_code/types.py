"""Types, from the text that PostgreSQL's `format_type` writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from drift.kinds.domain import Domain
from drift.kinds.enum import Enum
from drift.kinds.sql import types
from drift.kinds.sql.text import plain
from drift.model import Schema
from drift.sqlalchemy_code.code import Code, call, literal
from drift.sqlalchemy_code.style import Style

T = TypeVar("T", Enum, Domain)

_CORE = {
    "bigint": "BigInteger",
    "boolean": "Boolean",
    "bytea": "LargeBinary",
    "date": "Date",
    "integer": "Integer",
    "interval": "Interval",
    "json": "JSON",
    "real": "REAL",
    "smallint": "SmallInteger",
}
_DIALECT = {
    name: name.upper()
    for name in "cidr daterange inet int4range int8range jsonb macaddr money numrange oid regclass "
    "tsrange tstzrange tsvector".split()
}
_SINCE: dict[str, tuple[str, tuple[int, ...]]] = {
    **{
        f"{name}multirange": (f"{name.upper()}MULTIRANGE", (2, 0))
        for name in ("int4", "int8", "num", "ts", "tstz", "date")
    },
    "macaddr8": ("MACADDR8", (2, 0)),
    "regconfig": ("REGCONFIG", (2, 0)),
    "tsquery": ("TSQUERY", (2, 0)),
}
"""Types of the dialect, and the version of SQLAlchemy that brought them."""
_OF_EXTENSIONS: dict[str, tuple[str, tuple[int, ...]]] = {
    "citext": ("CITEXT", (2, 0, 7)),
    "hstore": ("HSTORE", (1, 4)),
}
_CHARACTERS = {"character": "CHAR", "character varying": "String", "text": "Text"}
_SHAPE = re.compile(
    r"(?P<name>[a-z0-9 ]+?)(?:\((?P<numbers>-?\d+(?:,-?\d+)?)\))?(?P<zone> with(?:out)? time zone)?"
)
_INTERVAL = re.compile(
    r"interval(?P<fields> (?:year|month|day|hour|minute|second)(?: to \w+)?)?"
    r"(?:\((?P<digits>\d)\))?"
)


class _Shape(msgspec.Struct, frozen=True):
    """A built-in type's name, its numbers, and whether it has a time zone."""

    name: str
    numbers: tuple[int, ...]
    zone: bool


def type_code(
    text: str,
    schema: Schema | None = None,
    style: Style | None = None,
    *,
    collation: str | None = None,
    collation_schema: str | None = None,
) -> Code | None:
    """Return the code of a type; None for one that SQLAlchemy does not know.

    `schema` is the side that has the type's enums and domains.

    >>> type_code("character varying(20)[]").text
    'postgresql.ARRAY(sa.String(20))'
    """
    style = style or Style()
    if collation_schema:  # SQLAlchemy would quote both names as a single one
        return None
    if text.endswith("[]"):
        inner = type_code(text.removesuffix("[]"), schema, style, collation=collation)
        return inner and call(style.of_dialect("ARRAY"), (inner,))
    if collation is None:
        return _built_in(text, style) or _named(text, schema, style)
    return _collated(text, collation, style)


def _collated(text: str, collation: str, style: Style) -> Code | None:
    match = _SHAPE.fullmatch(text)
    if match is None or match["name"] not in _CHARACTERS:
        return None
    return _characters(_shape(match), style, {"collation": style.string(collation)})


def _shape(match: re.Match[str]) -> _Shape:
    numbers = tuple(int(number) for number in (match["numbers"] or "").split(",") if number)
    return _Shape(match["name"], numbers, match["zone"] == " with time zone")


def _built_in(text: str, style: Style) -> Code | None:
    if text.startswith("interval") and (match := _INTERVAL.fullmatch(text)):
        return _interval(match, style)
    match = _SHAPE.fullmatch(text)
    if match is None:
        return None
    shape = _shape(match)
    for reader in (_plain, _characters, _numbers, _times, _bits):
        if (code := reader(shape, style)) is not None:
            return code
    return None


def _plain(shape: _Shape, style: Style) -> Code | None:
    """Return a type without arguments."""
    name = shape.name
    if shape.numbers:
        return None
    if name in _CORE:
        return call(style.of_core(_CORE[name]))
    if name == "uuid":
        return _uuid(style)
    if name == "double precision":
        newer = style.version >= (2,)
        return call(style.of_core("Double") if newer else style.of_dialect("DOUBLE_PRECISION"))
    known, since = _SINCE.get(name, (_DIALECT.get(name), (1, 4)))
    return call(style.of_dialect(known)) if known and style.version >= since else None


def _uuid(style: Style) -> Code:
    if style.version >= (2,):
        return call(style.of_core("Uuid"))
    return call(style.of_dialect("UUID"), (), {"as_uuid": literal(True)})


def _characters(shape: _Shape, style: Style, options: dict[str, Code] | None = None) -> Code | None:
    name = _CHARACTERS.get(shape.name)
    if name is None or (name == "CHAR" and not shape.numbers):
        return None
    return call(style.of_core(name), map(literal, shape.numbers), options)


def _numbers(shape: _Shape, style: Style) -> Code | None:
    if shape.name != "numeric":
        return None
    return call(style.of_core("Numeric"), map(literal, shape.numbers))


def _times(shape: _Shape, style: Style) -> Code | None:
    general = {"timestamp": "DateTime", "time": "Time"}.get(shape.name)
    if general is None:
        return None
    options = {"timezone": literal(True)} if shape.zone else {}
    if not shape.numbers:
        return call(style.of_core(general), (), options)
    options["precision"] = literal(shape.numbers[0])
    return call(style.of_dialect(shape.name.upper()), (), options)


def _bits(shape: _Shape, style: Style) -> Code | None:
    varying = shape.name == "bit varying"
    if not varying and (shape.name != "bit" or not shape.numbers):
        return None
    options = {"varying": literal(True)} if varying else {}
    return call(style.of_dialect("BIT"), map(literal, shape.numbers), options)


def _interval(match: re.Match[str], style: Style) -> Code:
    options = {}
    if match["fields"]:
        options["fields"] = style.string(match["fields"].strip().upper())
    if match["digits"]:
        options["precision"] = literal(int(match["digits"]))
    if not options:
        return call(style.of_core("Interval"))
    return call(style.of_dialect("INTERVAL"), (), options)


def _named(text: str, schema: Schema | None, style: Style) -> Code | None:
    """Return a type of the models, or of an extension that SQLAlchemy knows."""
    names = types.split(text)
    if schema is not None:
        owner = names[-2] if len(names) > 1 else schema.default_schema
        path = owner, names[-1]
        if enum := _of(schema.objects.get("enum", ()), path):
            return enum_code(enum, schema.default_schema, style)
        if domain := _of(schema.objects.get("domain", ()), path):
            return domain_code(domain, schema, style)
    known, since = _OF_EXTENSIONS.get(names[-1], ("", ()))
    return call(style.of_dialect(known)) if known and style.version >= since else None


def _of(objects: Iterable[T], path: tuple[str, str]) -> T | None:
    return next((item for item in objects if (item.schema, item.name) == path), None)


def enum_code(enum: Enum, default_schema: str, style: Style) -> Code:
    """Return an enum; its schema is named if it is not the default one."""
    labels = map(style.string, enum.labels)
    options = _name_options(enum, default_schema, style)
    if style.creates_parts:
        return call(style.of_core("Enum"), labels, options)
    return call(style.of_dialect("ENUM"), labels, options | {"create_type": literal(False)})


def domain_code(domain: Domain, schema: Schema, style: Style) -> Code | None:
    """Return a domain with all that it says; None before SQLAlchemy 2.0."""
    inner = type_code(domain.type, schema, style)
    if style.version < (2,) or inner is None:
        return None
    options = _name_options(domain, schema.default_schema, style)
    name = options.pop("name")
    texts: tuple[tuple[str, str | None, Callable[[str], Code]], ...] = (
        ("collation", domain.collation, style.string),
        ("default", domain.default, style.sql),
        ("check", " AND ".join(f"({plain(check)})" for check in domain.checks), style.sql),
    )
    for key, text, writer in texts:
        if text:
            options[key] = writer(text)
    if not domain.nullable:
        options["not_null"] = literal(True)
    if not style.creates_parts:
        options["create_type"] = literal(False)
    return call(style.of_dialect("DOMAIN"), (name, inner), options)


def _name_options(item: Any, default_schema: str, style: Style) -> dict[str, Code]:
    options = {"name": style.string(item.name or "")}
    if item.schema != default_schema:
        options["schema"] = style.string(item.schema)
    return options
