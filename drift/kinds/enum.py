"""Enum types and their ordered labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from drift.kinds.base import Effect, Kind, presence_rules
from drift.kinds.facts import Facts, Strings, means
from drift.kinds.metadata.declaration import Declaration
from drift.kinds.shared_impacts import joined
from drift.kinds.sql_words import value_text
from drift.model import DatabaseObject, Severity


class Enum(DatabaseObject, frozen=True, kw_only=True):
    """An enum type; labels in their sort order."""

    labels: tuple[str, ...]
    managed: bool = False


class EnumFacts(Facts, frozen=True, kw_only=True):
    """An enum type."""

    labels: Annotated[Strings, means("The labels, in their sort order.")]


RULES = presence_rules(
    "enum",
    missing=(
        "Every statement that names the type fails: type does not exist.",
        "Run the migration that creates the type, or write it.",
    ),
    extra=(
        "No effect today; no model uses it.",
        "Drop the type, or add an ignore entry that says whose it is.",
    ),
    mismatch=(
        "Values that the models send or expect do not exist on the other side.",
        "ALTER TYPE … ADD VALUE or RENAME VALUE, or change the model.",
    ),
)

SQL = """
SELECT t.schema, t.name,
       ARRAY(SELECT e.enumlabel FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid
             ORDER BY e.enumsortorder) AS labels,
       t.oid IN (SELECT object FROM members
                 WHERE class = 'pg_catalog.pg_type'::regclass) AS managed
FROM types t WHERE t.typtype = 'e'
"""


class EnumKind(Kind[Enum]):
    """Enums are paired by schema and name."""

    name = "enum"
    struct = Enum
    sql = SQL
    rules = RULES
    facts = EnumFacts
    lives_in = "schema"

    def declare(self, declaration: Declaration) -> Iterable[Enum]:
        for (schema, name), type_ in sorted(declaration.named_types.items()):
            if hasattr(type_, "enums"):
                yield Enum(schema=schema, name=name, labels=tuple(map(str, type_.enums)))

    def reported_extra(self, item: Enum) -> bool:
        return not item.managed

    def effect_of_change(self, change: str, declared: Enum, live: Enum) -> Effect:
        known, live_labels = set(declared.labels), set(live.labels)
        orders = [
            [label for label in side.labels if label in known & live_labels]
            for side in (declared, live)
        ]
        cases = (
            (known - live_labels, "Writes of a label that only the models have fail."),
            (live_labels - known, "Reads of a label that only the database has fail."),
            (orders[0] != orders[1], "Labels sort and compare in another order than declared."),
        )
        impact = joined(sentence for holds, sentence in cases if holds)
        return Effect(None if known - live_labels else Severity.WARNING, impact)

    def describe(self, item: Enum) -> str:
        return f"ENUM {value_text('labels', item.labels)}"
