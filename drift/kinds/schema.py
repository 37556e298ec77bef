"""Schemas that the models name."""

from __future__ import annotations

from collections.abc import Iterable

from drift.kinds.base import Kind
from drift.kinds.facts import Facts
from drift.kinds.metadata.declaration import Declaration
from drift.model import DatabaseObject, ObjectRef, Rule, Severity


class Namespace(DatabaseObject, frozen=True, kw_only=True):
    """A schema; its name is in `schema`."""


class SchemaFacts(Facts, frozen=True, kw_only=True):
    """A schema, of which only the name is compared."""


RULES = (
    Rule(
        id="missing-schema",
        severity=Severity.ERROR,
        summary="The models declare a schema that the database does not have.",
        impact="Every query by the models in this schema fails: schema does not exist.",
        remedy="CREATE SCHEMA and run the migrations, or check another database.",
    ),
)

SQL = "SELECT nspname AS schema FROM namespaces"


class SchemaKind(Kind[Namespace]):
    """A missing schema is one finding instead of one per table in it."""

    name = "schema"
    struct = Namespace
    sql = SQL
    rules = RULES
    facts = SchemaFacts
    lives_in = "database"

    def declare(self, declaration: Declaration) -> Iterable[Namespace]:
        for schema in sorted(declaration.schemas):
            yield Namespace(schema=schema)

    def reported_extra(self, item: Namespace) -> bool:
        return False

    def label(self, item: Namespace) -> str:
        return item.schema

    def ref(self, item: Namespace) -> ObjectRef:
        return ObjectRef("schema", item.schema, None, item.schema)
