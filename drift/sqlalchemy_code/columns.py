"""Columns: the type, and the value that the database gives."""

from __future__ import annotations

import msgspec

from drift.kinds.column.column import Column, Identity
from drift.kinds.metadata.unwritable import LEFT_OPEN
from drift.kinds.sequence.options import BITS, Options, complete
from drift.kinds.sequence.serial import Counter
from drift.kinds.sql.text import plain
from drift.model import Schema
from drift.sqlalchemy_code.code import Code, call, literal
from drift.sqlalchemy_code.style import Style
from drift.sqlalchemy_code.types import type_code

_OPTIONS = {
    "start": "start",
    "increment": "increment",
    "minimum": "minvalue",
    "maximum": "maxvalue",
    "cycle": "cycle",
    "cache": "cache",
}


def column_code(
    column: Column, schema: Schema | None = None, style: Style | None = None, *, key: bool = False
) -> Code | None:
    """Return `Column('name', …)`; None if SQLAlchemy cannot say the type or the value.

    With `key`, the code is part of the table's own, and the column belongs to the primary key.
    """
    style = style or Style()
    arguments = column_arguments(column, schema, style, key=key)
    if arguments is None:
        return None
    name = style.string(column.name or "")
    return call(style.of_core("Column"), (name, *arguments.values), arguments.options)


class Arguments(msgspec.Struct, frozen=True):
    """The arguments after the name of a column: type, identity, expression, then options."""

    type: Code
    value: Code | None
    options: dict[str, Code]

    @property
    def values(self) -> tuple[Code, ...]:
        """The positional ones."""
        return (self.type,) if self.value is None else (self.type, self.value)


def column_arguments(
    column: Column, schema: Schema | None, style: Style, *, key: bool = False
) -> Arguments | None:
    """Return the arguments after the name; None if SQLAlchemy cannot say them."""
    type_ = type_code(
        column.type,
        schema,
        style,
        collation=column.collation,
        collation_schema=column.collation_schema,
    )
    if type_ is None or not _sayable(column, style, key=key):
        return None
    options = _options(column, style, key=key)
    default_schema = schema.default_schema if schema else ""
    if not is_serial(column) or key:
        return Arguments(type_, value_code(column, style), default_option(column, style) | options)
    counter = counter_code(column.sequence, default_schema, style)
    default = {"server_default": style.sql(column.default or "")}
    return None if counter is None else Arguments(type_, counter, default | options)


def _sayable(column: Column, style: Style, *, key: bool) -> bool:
    """Return whether SQLAlchemy has words for the value that the database gives.

    Only a column of the primary key becomes SERIAL; another one needs a sequence that is created
    before it. VIRTUAL is known since SQLAlchemy 2.1.
    """
    if column.hidden or (column.generated and column.stored is False and style.version < (2, 1)):
        return False
    return key or not is_serial(column) or (style.creates_parts and column.sequence is not None)


def is_serial(column: Column) -> bool:
    """Return whether a column has a sequence of its own, which SERIAL makes with it."""
    owned = column.sequence is None or column.sequence.owner is None
    return column.serial and owned


def value_code(column: Column, style: Style) -> Code | None:
    """Return `Identity(…)` or `Computed(…)`; None without either."""
    if column.identity:
        return identity_code(column.identity, column.type, style)
    if not column.generated:
        return None
    options = {} if column.stored is None else {"persisted": literal(column.stored)}
    return call(style.of_core("Computed"), (style.sql_string(plain(column.generated)),), options)


def identity_code(identity: Identity, type_: str, style: Style) -> Code:
    """Return `Identity(…)` with the options that PostgreSQL would not choose by itself."""
    options = {"always": literal(True)} if identity.always else {}
    return call(style.of_core("Identity"), (), options | option_codes(identity, type_))


def counter_code(counter: Counter | None, default_schema: str, style: Style) -> Code | None:
    """Return `Sequence(…)` for the sequence that the default of a column takes its numbers from."""
    if counter is None:
        return None
    return named_sequence(
        (counter.schema, counter.name), counter.type, counter.options, default_schema, style
    )


def named_sequence(
    path: tuple[str, str], type_: str, options: Options, default_schema: str, style: Style
) -> Code | None:
    """Return `Sequence('name', …)` with the options that PostgreSQL would not choose by itself."""
    codes = option_codes(options, type_)
    if path[0] != default_schema:
        codes["schema"] = style.string(path[0])
    if type_ != "bigint":
        data_type = type_code(type_, None, style)
        if data_type is None:
            return None
        codes["data_type"] = data_type
    return call(style.of_core("Sequence"), (style.string(path[1]),), codes)


def option_codes(options: Options, type_: str) -> dict[str, Code]:
    """Return the options of a sequence that differ from PostgreSQL's for its type."""
    given = {name: getattr(options, name) for name in _OPTIONS}
    filled = complete(Options(**given), type_)
    return {
        _OPTIONS[name]: literal(value)
        for name, value in given.items()
        if value is not None and complete(Options(**(given | {name: None})), type_) != filled
    }


def _options(column: Column, style: Style, *, key: bool) -> dict[str, Code]:
    options = {}
    if key and (number := autoincrement(column)) is not None:
        options["autoincrement"] = literal(number)
    options["nullable"] = literal(column.nullable)
    if column.comment:
        options["comment"] = style.string(column.comment)
    return options


def default_option(column: Column, style: Style) -> dict[str, Code]:
    """Return `server_default`, if there is a default that the code has to name."""
    if column.default is None or column.default == LEFT_OPEN or is_serial(column):
        return {}
    return {"server_default": style.sql(column.default)}


def autoincrement(column: Column) -> bool | None:
    """Return the option for a column of the primary key; None if it makes no difference.

    SQLAlchemy makes SERIAL of an integer that is the whole key, unless an option forbids that.
    """
    if is_serial(column):
        return True
    if column.type not in BITS or column.identity or column.default or column.generated:
        return None
    return False
