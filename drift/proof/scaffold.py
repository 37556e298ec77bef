"""The statements for dependencies of tables: schemas, enums, domains and sequences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from drift.kinds.sequence.kind import called_sequences
from drift.kinds.sql import types
from drift.model import Schema
from drift.plan import ddl
from drift.plan.operation import TableName
from drift.plan.surroundings import Surroundings


class Statement(NamedTuple):
    """One statement. `what` names the object in messages, `table` the table that it belongs to.

    If the statement fails, those of `otherwise` are run: they make a part of it.
    """

    sql: str
    what: str
    table: TableName | None = None
    otherwise: tuple[Statement, ...] = ()


def schemas(live: Schema) -> Iterator[Statement]:
    """Yield the schemas, also those of sequences elsewhere."""
    names = {item.schema for items in live.objects.values() for item in items}
    names |= {c.sequence.schema for c in live.objects.get("column", ()) if c.sequence}
    for schema in sorted(names):
        if not schema.startswith("pg_") and schema != "information_schema":
            name = types.quote(schema)
            yield Statement(f"CREATE SCHEMA IF NOT EXISTS {name}", f"the schema {name}")


def named_types(live: Schema, surroundings: Surroundings) -> Iterator[Statement]:
    """Yield the enums and domains, without those of extensions."""
    for enum in live.objects.get("enum", ()):
        if not enum.managed:
            yield Statement(ddl.enum(enum), f"the enum {_path(enum)}")
    for domain in live.objects.get("domain", ()):
        if not domain.managed:
            yield from _domain(domain, surroundings)


def _domain(domain: Any, surroundings: Surroundings) -> Iterator[Statement]:
    """Yield the domain, and its checks with their names and states, if these are known."""
    known = [
        check
        for check in surroundings.domain_checks
        if (check.schema, check.domain) == (domain.schema, domain.name)
    ]
    name = f"the domain {_path(domain)}"
    if not known:
        yield Statement(ddl.domain(domain), name)
        return
    yield Statement(ddl.domain(msgspec.structs.replace(domain, checks=())), name)
    for check in known:
        not_valid = "" if check.validated else " NOT VALID"
        yield Statement(
            f"ALTER DOMAIN {_path(domain)} ADD CONSTRAINT {types.quote(check.name)}"
            f" CHECK ({ddl.domain_check(check.expression)}){not_valid}",
            f"the check {types.quote(check.name)} of {name}",
        )


def sequences(live: Schema) -> Iterator[Statement]:
    """Yield the sequences, without those that an identity makes by itself."""
    made: set[TableName] = set()
    for column in live.objects.get("column", ()):
        if column.default:
            made.update(called_sequences(column.default, live.default_schema))
        if column.sequence:
            counter = column.sequence
            made.add((counter.schema, counter.name))
            if not counter.schema.startswith("pg_"):
                yield Statement(
                    f"CREATE SEQUENCE IF NOT EXISTS {ddl.path(counter.schema, counter.name)}"
                    f" AS {counter.type} {ddl.sequence_options(counter.options)}",
                    f"the sequence {ddl.path(counter.schema, counter.name)}",
                )
    for sequence in live.objects.get("sequence", ()):
        if not sequence.owned or (sequence.schema, sequence.name) in made:
            yield Statement(ddl.sequence(sequence), f"the sequence {_path(sequence)}")


def _path(item: Any) -> str:
    return ddl.path(item.schema, str(item.name))
