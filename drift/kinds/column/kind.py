"""Columns: type, nullability, default, identity and generation."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, ClassVar

import msgspec

from drift.kinds.base import Ask, Effect, Kind
from drift.kinds.column import effect, wording
from drift.kinds.column.column import Column, ColumnFacts, Identity
from drift.kinds.column.rules import RULES
from drift.kinds.column.server_defaults import ANYTHING, LATE, assumed_type, assumed_value, shares
from drift.kinds.column.wording import OWN_SEQUENCE
from drift.kinds.comment import COMMENT_MISMATCH
from drift.kinds.metadata.declaration import ColumnType, Declaration, truncate
from drift.kinds.metadata.sqlalchemy_adapter import autoincrement_column
from drift.kinds.metadata.unwritable import LEFT_OPEN, errors, refusal
from drift.kinds.not_null import UNVALIDATED_SQL
from drift.kinds.sequence.options import OPTIONS_SQL, complete, declared_options
from drift.kinds.sequence.serial import COUNTER_SQL, NEXTVAL
from drift.kinds.sql import types
from drift.kinds.sql.text import is_null, string_literal
from drift.model import Expression

_COMMENTS = """
  -- once per table: most columns have no comment, and would be looked up for nothing
  SELECT pg_catalog.array_agg(d.objsubid) AS numbers, pg_catalog.array_agg(d.description) AS texts
  FROM pg_catalog.pg_description d
  WHERE d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = r.oid AND d.objsubid > 0
"""
_DEFAULT = f"""
  -- printed once, for the default and for the question if it is nextval()
  SELECT d.*, CASE WHEN a.attidentity = '' AND d.text {NEXTVAL} THEN ({COUNTER_SQL}) END
         AS sequence
  FROM (SELECT d.oid, d.adbin, d.adrelid,
               CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, 0) END AS text
        FROM pg_catalog.pg_attrdef d
        WHERE a.atthasdef AND d.adrelid = r.oid AND d.adnum = a.attnum OFFSET 0) d OFFSET 0
"""
_OTHER_COLLATION = """
  a.attcollation <> 0
  -- text, varchar and char with the database's collation are common, and need no look at types
  AND NOT (a.attcollation = 100 AND a.atttypid IN (25, 1042, 1043))
  AND a.attcollation <> (SELECT t.typcollation FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid)
"""
SQL = f"""
SELECT r.schema, r.name AS "table", a.attname AS name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       NOT a.attnotnull AS nullable,
       a.attinhcount > 0 AS inherited,
       d.text AS "default",
       CASE WHEN a.attgenerated <> '' AND NOT r.locked
            THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS generated,
       CASE WHEN a.attgenerated <> '' THEN a.attgenerated = 's' END AS stored,
       a.attgenerated <> '' AND r.locked AS hidden,
       r.relkind IN ('v', 'm', 'f') AS view,
       u.names[pg_catalog.array_position(u.numbers, a.attnum)] AS unvalidated,
       CASE WHEN {_OTHER_COLLATION} THEN (
         SELECT l.collname FROM pg_catalog.pg_collation l WHERE l.oid = a.attcollation)
       END AS collation,
       CASE WHEN {_OTHER_COLLATION} THEN (
         SELECT n.nspname FROM pg_catalog.pg_collation l, pg_catalog.pg_namespace n
         WHERE l.oid = a.attcollation AND n.oid = l.collnamespace AND n.nspname <> 'pg_catalog')
       END AS collation_schema,
       o.texts[pg_catalog.array_position(o.numbers, a.attnum::int4)] AS comment,
       d.sequence IS NOT NULL AS serial, d.sequence,
       CASE WHEN a.attidentity <> '' THEN (
         SELECT pg_catalog.jsonb_build_object('always', a.attidentity = 'a')
                || {OPTIONS_SQL}::jsonb
         FROM pg_catalog.pg_depend i, pg_catalog.pg_sequence s
         WHERE s.seqrelid = i.objid
           AND i.refclassid = 'pg_catalog.pg_class'::regclass AND i.refobjid = r.oid
           AND i.refobjsubid = a.attnum AND i.classid = 'pg_catalog.pg_class'::regclass
           AND i.deptype = 'i') END AS identity
FROM wanted r,
LATERAL ({UNVALIDATED_SQL}) u,
LATERAL ({_COMMENTS}) o,
LATERAL (
  SELECT a.attname, a.attnum, a.atttypid, a.atttypmod, a.attnotnull, a.attinhcount, a.attgenerated,
         a.attidentity, a.atthasdef, a.attcollation FROM pg_catalog.pg_attribute a
  WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY a.attnum) a
LEFT JOIN LATERAL ({_DEFAULT}) d ON true
"""


class ColumnKind(Kind[Column]):
    """Columns are paired by name; the order in the table means nothing."""

    name = "column"
    struct = Column
    sql = SQL
    rules = RULES
    facts = ColumnFacts
    in_views = True
    rule_of: ClassVar = {
        "type": "column-type-mismatch",
        "nullable": "column-nullability-mismatch",
        "default": "column-default-mismatch",
        "identity": "column-identity-mismatch",
        "generated": "column-generated-mismatch",
        "stored": "column-generated-mismatch",
        "collation": "column-collation-mismatch",
        "collation_schema": "column-collation-mismatch",
        "comment": COMMENT_MISMATCH.id,
    }

    def declare(self, declaration: Declaration) -> Iterable[Column]:
        for table in declaration.tables:
            columns = (each for each in declaration.members(table).columns if not each.system)
            yield from declaration.each("column", columns, _declared)

    def comparable(self, item: Column, ask: Ask) -> dict[str, Any]:
        type_ = types.without_full_precision(item.type)
        return {
            "nullable": item.nullable,
            "type": ask(Expression(item.schema, item.table or "", type_, is_type=True)),
            "default": _default(item, ask),
            "identity": item.identity and _comparable_identity(item.identity, item.type),
            "stored": item.stored,
            "collation": item.collation,
            "collation_schema": item.collation_schema,
            "comment": item.comment or None,
            "generated": item.generated and ask(_expression(item, item.generated)),
        }

    def equality_key(self, item: Column) -> Column:
        default = None if item.serial else item.default
        sequence = item.sequence if shares(item) else None
        return msgspec.structs.replace(
            item,
            name=None,
            default=default,
            sequence=sequence,
            client_default=False,
            client_value=None,
            unvalidated=None,
            other_type=None,
        )

    def with_server_defaults(self, declared: Column, live: Column) -> Column:
        if declared.view:
            return live
        if live.view:
            known = declared.type != LEFT_OPEN
            return msgspec.structs.replace(live, type=declared.type) if known else live
        changes = assumed_type(declared, live) | assumed_value(declared, live)
        if all(getattr(declared, name) == value for name, value in changes.items()):
            return declared
        return msgspec.structs.replace(declared, **changes)

    def reported_extra(self, item: Column) -> bool:
        return not item.inherited

    def effect_of_extra(self, item: Column) -> Effect:
        return effect.of_extra(item)

    def effect_of_change(self, change: str, declared: Column, live: Column) -> Effect:
        return effect.of_change(change, declared, live)

    def derived_facts(self, item: Column) -> dict[str, Any]:
        return {"default": wording.default(item)}

    def shown_change(self, item: Column, attribute: str) -> Any:
        if attribute == "identity" and item.identity is None and item.serial:
            return wording.default(item)
        return super().shown_change(item, attribute)

    def describe(self, item: Column) -> str:
        return wording.describe(item)

    def cells(self, item: Column) -> dict[str, str]:
        return wording.cells(item)

    def cell(self, change: str) -> str:
        return wording.cell(change)


def _declared(column: Any, declaration: Declaration) -> Column:
    serial = _serial(column, declaration)
    type_ = ColumnType(serial) if serial else declaration.column_type(column)
    default = column.server_default
    computed = getattr(column, "computed", None)
    identity = getattr(column, "identity", None)
    if default is None or computed is not None or identity is not None:
        default_text = None
    elif not getattr(default, "has_argument", hasattr(default, "arg")):
        default_text = ANYTHING
    else:
        default_text = declaration.default(column)
    return Column(
        **declaration.schema_and_table(column.table),
        name=truncate(str(column.name)),
        type=type_.type,
        other_type=type_.other_type,
        nullable=bool(column.nullable) and not column.primary_key,
        default=default_text,
        serial=serial is not None,
        client_default=column.default is not None,
        client_value=_client_value(column, declaration),
        identity=identity and _identity(identity),
        generated=computed and declaration.sql(computed.sqltext),
        stored=computed and computed.persisted,
        collation=types.split(type_.collation)[-1] if type_.collation else None,
        collation_schema=_schema_of(type_.collation),
        comment=column.comment and str(column.comment),
        view=declaration.selected(column.table) is not None,
    )


def _client_value(column: Any, declaration: Declaration) -> str | None:
    """Return the value that SQLAlchemy sends for rows without one, if it is always the same."""
    default = column.default
    if not getattr(default, "is_scalar", False):
        return None
    value = default.arg
    if isinstance(value, bool):
        return str(value).lower()
    if type(value) in {int, float, Decimal}:
        return str(value)
    if type(value) is str:
        return string_literal(value)
    with contextlib.suppress(*errors()):
        return str(declaration.literal(value, column.type))
    return None


def _schema_of(collation: str) -> str | None:
    """Return the schema that a collation is written with, unless it is `pg_catalog`."""
    parts = types.split(collation) if collation else ()
    return parts[-2] if len(parts) > 1 and parts[-2] != "pg_catalog" else None


def _serial(column: Any, declaration: Declaration) -> str | None:
    """Return the integer type of a column that DDL makes SERIAL."""
    if not column.primary_key or column is not autoincrement_column(column.table):
        return None
    try:
        text = declaration.compiler.get_column_specification(column)
    except errors() as error:
        refusal(error)
        return None
    specification = text.removeprefix(declaration.preparer.format_column(column)).split()
    serials = {"SERIAL": "integer", "BIGSERIAL": "bigint", "SMALLSERIAL": "smallint"}
    return serials.get(specification[0]) if specification else None


def _comparable_identity(identity: Identity, type_: str) -> dict[str, Any]:
    options = msgspec.structs.asdict(complete(identity, type_))
    return {"always": identity.always, **options}


def _identity(identity: Any) -> Identity:
    options = msgspec.structs.asdict(declared_options(identity))
    return Identity(always=bool(identity.always), **options)


def _expression(item: Column, text: str, column: str | None = None) -> Expression:
    return Expression(schema=item.schema, table=item.table or "", text=text, column=column)


def _default(item: Column, ask: Ask) -> str | None:
    if item.serial and item.default is None:
        return "nextval(…)"
    if item.default in {None, ANYTHING, OWN_SEQUENCE}:
        return item.default
    text = str(item.default)
    if is_null(text):  # PostgreSQL keeps one that a length was applied to
        return None
    if "::regclass" in text:
        text = LATE.sub(r"nextval(\1::regclass)", text)
    return ask(_expression(item, text, item.name))
