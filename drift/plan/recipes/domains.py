"""Domains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from drift.kinds.domain import Domain
from drift.kinds.sql import types
from drift.kinds.sql.text import is_null, string_literal, with_value
from drift.plan import ddl, excuses
from drift.plan.context import Context
from drift.plan.names import shortened
from drift.plan.operation import Lock, Operation, TableName, Work
from drift.plan.operations import relations
from drift.plan.recipe import Change, Outcome, Refused, step
from drift.plan.step import Hazard, Phase, Precheck
from drift.plan.surroundings import DomainCheck, TypeUse


def _path(item: Domain) -> str:
    return ddl.path(item.schema, str(item.name))


def missing(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield the domain."""
    del context
    title = f"create the domain {_path(change.wanted)}"
    yield step(title, Phase.TYPES, relations.create_domain(change.wanted))


def changed(change: Change, context: Context) -> Iterator[Outcome]:
    """Yield ALTER DOMAIN per difference; checks of old values stop writes to their tables."""
    wanted, present = change.wanted, change.present
    attributes = {name.partition(".")[0] for name in change.attributes}
    uses = list(context.uses(present.schema, str(present.name)))
    if attributes & {"type", "collation"}:
        yield from _replaced_domain(wanted, present, uses, context)
        return
    if "default" in attributes:
        default = None if wanted.default is None or is_null(wanted.default) else wanted.default
        clause = "DROP DEFAULT" if default is None else f"SET DEFAULT {default}"
        yield _altered(wanted, relations.alter_domain(wanted, clause))
    if "nullable" in attributes:
        yield from _domain_null(wanted, uses, context)
    if "checks" in attributes:
        yield from _changed_checks(wanted, uses, context)
    if "validated" in attributes:
        for name in present.unvalidated:
            yield from _validated(wanted, name, uses, context)


def _altered(item: Domain, *operations: Operation, **options: Any) -> Outcome:
    return step(f"change the domain {_path(item)}", Phase.TYPES, operations, **options)


def _tables(uses: list[TypeUse]) -> list[TableName]:
    return sorted({(use.schema, use.table) for use in uses})


def _hazards(uses: list[TypeUse], context: Context) -> list[Hazard]:
    return [] if context.short_way(*_tables(uses)) else [Hazard.WINDOW]


def _domain_null(item: Domain, uses: list[TypeUse], context: Context) -> Iterator[Outcome]:
    if item.nullable:
        yield _altered(item, relations.alter_domain(item, "DROP NOT NULL"))
        return
    operation = relations.alter_domain(item, "SET NOT NULL", _tables(uses), work=Work.SCAN)
    checks = [_violations(use, "VALUE IS NULL", f"have no value for {_path(item)}") for use in uses]
    yield _altered(item, operation, hazards=_hazards(uses, context), prechecks=checks)


def _violations(use: TypeUse, condition: str, problem: str) -> Precheck | None:
    if use.array:
        return None
    path, name = ddl.path(use.schema, use.table), types.quote(use.column)
    where = with_value(condition, name)
    return Precheck(
        problem=f"rows of {path} {problem}",
        query=f"SELECT {name}::text AS value FROM {path} WHERE {where}",
    )


def checks_of(item: Domain, live: list[DomainCheck]) -> tuple[list[DomainCheck], list[DomainCheck]]:
    """Return the live checks that stay, and the new ones with the names that a plan gives them."""
    wanted = {ddl.domain_check(check) for check in item.checks}
    kept = [check for check in live if ddl.domain_check(check.expression) in wanted]
    taken = {check.name for check in live}
    new = []
    for check in sorted(wanted - {ddl.domain_check(each.expression) for each in kept}):
        name = f"{item.name}_check"
        while name in taken:
            name += "_new"
        taken.add(name)
        new.append(
            DomainCheck(schema=item.schema, domain=str(item.name), name=name, expression=check)
        )
    return kept, new


def _changed_checks(item: Domain, uses: list[TypeUse], context: Context) -> Iterator[Outcome]:
    """Yield the new checks, then the drop of the old ones: values are checked all the time."""
    live = list(context.domain_checks(item.schema, str(item.name)))
    kept, new = checks_of(item, live)
    for each in new:
        name, check = each.name, each.expression
        exists = (
            f"EXISTS (SELECT FROM pg_constraint WHERE contypid = to_regtype("
            f"{string_literal(_path(item))}) AND conname = {string_literal(name)})"
        )
        clause = f"ADD CONSTRAINT {types.quote(name)} CHECK ({check}) NOT VALID"
        yield _altered(item, relations.alter_domain(item, clause, done=exists))
        yield from _validated(item, name, uses, context, check)
    drops = [
        relations.alter_domain(item, f"DROP CONSTRAINT IF EXISTS {types.quote(each.name)}")
        for each in live
        if each not in kept
    ]
    if drops:
        yield _altered(item, *drops)


def _validated(
    item: Domain, name: str, uses: list[TypeUse], context: Context, check: str = ""
) -> Iterator[Outcome]:
    clause = f"VALIDATE CONSTRAINT {types.quote(name)}"
    operation = relations.alter_domain(item, clause, _tables(uses), work=Work.SCAN)
    condition = check and f"NOT ({check})"
    checks = [_violations(use, condition, f"violate {name}") for use in uses if condition]
    yield _altered(item, operation, hazards=_hazards(uses, context), prechecks=checks)


def _replaced_domain(
    wanted: Domain, present: Domain, uses: list[TypeUse], context: Context
) -> Iterator[Outcome]:
    """Yield the swap of the domain under all of its columns, in one transaction."""
    if any(use.array for use in uses):
        yield Refused("an array has the domain as the type of its items; convert it by hand")
        return
    if users := context.users_of_type(uses):
        yield Refused(f"columns of the type are used by {', '.join(users)}; drop that first")
        return
    old = shortened(str(present.name), "_drift_old")
    done = _is_as_wanted(wanted)
    rename = f"RENAME TO {types.quote(old)}"
    operations = [
        relations.alter_domain(present, rename, done=done),
        msgspec.structs.replace(relations.create_domain(wanted), done=done),
    ]
    for use in uses:
        column = types.quote(use.column)
        operations.append(
            Operation(
                sql=f"ALTER TABLE {ddl.path(use.schema, use.table)} ALTER COLUMN {column} TYPE "
                f"{_path(wanted)} USING {column}::text::{_path(wanted)}",
                locks={(use.schema, use.table): Lock.ACCESS_EXCLUSIVE},
                work=Work.REWRITE,
                done=f"NOT {relations.type_exists(msgspec.structs.replace(present, name=old))}",
                excuses=excuses.of_conversion(Work.REWRITE),
            )
        )
    operations.append(relations.drop_type(msgspec.structs.replace(present, name=old), "DOMAIN"))
    yield step(
        f"replace the domain {_path(wanted)}",
        Phase.TYPES,
        operations,
        hazards=[] if context.short_way(*_tables(uses)) else [Hazard.REWRITE],
    )


def _is_as_wanted(item: Domain) -> str:
    """Return a condition: the domain has its type and its collation."""
    clause = ddl.collation(item.collation).removeprefix(" COLLATE ")
    collation = f"to_regcollation({string_literal(clause)})" if clause else "b.typcollation"
    return (
        "EXISTS (SELECT FROM pg_type d JOIN pg_type b ON b.oid = d.typbasetype"
        f" WHERE d.oid = to_regtype({string_literal(_path(item))})"
        f" AND format_type(d.typbasetype, d.typtypmod) = {string_literal(item.type)}"
        f" AND d.typcollation = {collation})"
    )
