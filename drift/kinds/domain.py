"""Domains that the models make."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec

from drift.kinds.base import Ask, Effect, Kind, LiveProblem, presence_rules
from drift.kinds.constraint import NOT_VALIDATED
from drift.kinds.facts import Collation, Facts, SqlText, Strings, means
from drift.kinds.metadata.declaration import Declaration
from drift.kinds.metadata.unwritable import errors
from drift.kinds.sql import types
from drift.kinds.sql.catalog import rows_of
from drift.kinds.sql.text import is_null, plain, string_literal, with_value
from drift.kinds.type_impact import impact_of_type
from drift.model import DatabaseObject, Expression, ObjectRef


class Domain(DatabaseObject, frozen=True, kw_only=True):
    """A domain over a type, with its checks as SQL over `VALUE`.

    `unvalidated` are the names of the checks that are NOT VALID.
    """

    type: str
    nullable: bool = True
    default: str | None = None
    collation: str | None = None
    checks: tuple[str, ...] = ()
    unvalidated: tuple[str, ...] = ()
    managed: bool = False


class DomainFacts(Facts, frozen=True, kw_only=True):
    """A domain."""

    type: Annotated[str, means("The type that it is made of.")]
    nullable: bool
    default: SqlText
    collation: Collation
    checks: Annotated[Strings, means("The conditions of its checks, as SQL over VALUE.")]
    validated: Annotated[bool, means("False: a check is NOT VALID, old values were not checked.")]


RULES = (
    *presence_rules(
        "domain",
        missing=(
            "Every statement that names the type fails: type does not exist.",
            "CREATE DOMAIN as declared, in a migration.",
        ),
        extra=(
            "No effect today; no model uses it.",
            "Drop the domain, or add an ignore entry that says whose it is.",
        ),
        mismatch=(
            "Another condition than the models' decides which values get in.",
            "ALTER DOMAIN, or change the model's DOMAIN().",
        ),
    ),
    NOT_VALIDATED,
)

SQL = f"""
SELECT d.schema, d.name,
       pg_catalog.format_type(t.typbasetype, t.typtypmod) AS type,
       NOT t.typnotnull AS nullable, t.typdefault AS "default",
       CASE WHEN t.typcollation <> b.typcollation THEN (
         SELECT l.collname FROM pg_catalog.pg_collation l WHERE l.oid = t.typcollation)
       END AS collation,
       (SELECT coalesce(
          pg_catalog.json_agg(pg_catalog.pg_get_expr(k.conbin, 0) ORDER BY k.conname), '[]')
        FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c') AS checks,
       (SELECT coalesce(pg_catalog.json_agg(k.conname ORDER BY k.conname), '[]')
        FROM pg_catalog.pg_constraint k
        WHERE k.contypid = t.oid AND k.contype = 'c' AND NOT k.convalidated) AS unvalidated,
       t.oid IN (SELECT object FROM members
                 WHERE class = 'pg_catalog.pg_type'::regclass) AS managed
FROM types d
{
    rows_of(
        "pg_type",
        "t",
        "t.oid = d.oid",
        "t.oid, t.typbasetype, t.typtypmod, t.typnotnull, t.typdefault, t.typcollation",
    )
}
{rows_of("pg_type", "b", "b.oid = t.typbasetype", "b.typcollation")}
WHERE d.typtype = 'd'
"""

_NOT_NULL = "Writes of NULL fail, which the models allow."
_IMPACTS = {
    "collation": "Text of the domain sorts and compares in another order than the models declare.",
    "default": "Columns of the domain without a default of their own get another value.",
}
VALUE = "value"
"""The column that stands for VALUE when the server is asked about a domain's check."""


class DomainKind(Kind[Domain]):
    """Domains are paired by schema and name."""

    name = "domain"
    struct = Domain
    sql = SQL
    rules = RULES
    facts = DomainFacts
    lives_in = "schema"

    def declare(self, declaration: Declaration) -> Iterable[Domain]:
        for (schema, name), type_ in sorted(declaration.named_types.items()):
            if hasattr(type_, "data_type"):
                try:
                    declared = _declared(schema, name, type_, declaration)
                except errors() as error:
                    ref = ObjectRef("domain", schema, None, name)
                    declaration.unwritable.refused(ref, type_, error)
                else:
                    yield declared

    def comparable(self, item: Domain, ask: Ask) -> dict[str, Any]:
        def printed(text: str, column: str | None = None) -> str:
            return ask(Expression(item.schema, item.name or "", text, column))

        default = item.default
        return {
            "type": ask(
                Expression(
                    item.schema,
                    item.name or "",
                    types.without_full_precision(item.type),
                    is_type=True,
                )
            ),
            "nullable": item.nullable,
            "collation": None if item.collation == "default" else item.collation,
            "default": None if default is None or is_null(default) else printed(default, VALUE),
            "checks": tuple(sorted(printed(check) for check in item.checks)),
        }

    def live_problems(self, declared: Domain, live: Domain) -> Iterable[LiveProblem]:
        for name in live.unvalidated:
            text = f"has the check {name}, which is NOT VALID: existing values were never checked"
            yield LiveProblem(NOT_VALIDATED.id, "validated", text)

    def equality_key(self, item: Domain) -> Domain:
        return msgspec.structs.replace(item, name=None, unvalidated=())

    def derived_facts(self, item: Domain) -> dict[str, Any]:
        return {"validated": not item.unvalidated}

    def reported_extra(self, item: Domain) -> bool:
        return not item.managed

    def effect_of_change(self, change: str, declared: Domain, live: Domain) -> Effect:
        impact = _IMPACTS.get(change, "")
        if change == "type":
            impact = impact_of_type(declared.type, live.type)
        elif change == "nullable":
            impact = "NULLs get in, which the models rule out." if live.nullable else _NOT_NULL
        elif change == "checks" and not declared.checks:
            impact = "Values that the models allow can be refused."
        elif change == "checks" and not live.checks:
            impact = "Values that the models rule out get in."
        return Effect(None, impact)

    def describe(self, item: Domain) -> str:
        default = "" if item.default is None else f" DEFAULT {item.default}"
        checks = "".join(f" CHECK ({plain(check)})" for check in item.checks)
        collation = f' COLLATE "{item.collation}"' if item.collation else ""
        return (
            f"DOMAIN {item.type}{collation}{default}{'' if item.nullable else ' NOT NULL'}{checks}"
        )


def _declared(schema: str, name: str, type_: Any, declaration: Declaration) -> Domain:
    default, check = type_.default, type_.check
    if default is not None:
        default = (
            declaration.sql(default)
            if hasattr(default, "compile")
            else string_literal(str(default))
        )
    if check is not None:
        check = declaration.sql(check) if hasattr(check, "compile") else str(check)
    type_text, _, collation_text = declaration.type_text(type_.data_type).partition(" COLLATE ")
    collation = type_.collation or (collation_text and types.split(collation_text)[-1]) or None
    return Domain(
        schema=schema,
        name=name,
        type=declaration.type_name(type_text),
        collation=collation,
        nullable=not type_.not_null,
        default=default,
        checks=() if check is None else (with_value(check, VALUE),),
    )
