"""Triggers that the project declares as SQL."""

from __future__ import annotations

from typing import Annotated

from drift.kinds.base import Effect, presence_rules
from drift.kinds.facts import Facts, means
from drift.kinds.sql_object import SqlObject, SqlObjectKind
from drift.model import DatabaseObject, Severity


class Trigger(DatabaseObject, frozen=True, kw_only=True):
    """A trigger; `definition` is the statement that creates it."""

    definition: str | None = None
    state: str = "enabled"


class TriggerFacts(Facts, frozen=True, kw_only=True):
    """A trigger."""

    definition: Annotated[str | None, means("The CREATE TRIGGER statement.")]
    state: Annotated[
        str, means("`enabled`, `disabled`, `enabled on replicas` or `enabled everywhere`.")
    ]


RULES = presence_rules(
    "trigger",
    missing=(
        "Writes of the table do not fire the trigger.",
        "Run the migration that creates the trigger, or write it.",
    ),
    extra=(
        "Writes of the table do more than declared.",
        "Declare the trigger, drop it, or add an ignore entry that says whose it is.",
    ),
    mismatch=(
        "Writes of the table do something else than declared.",
        "CREATE OR REPLACE TRIGGER as declared, or change the declaration.",
    ),
)

SQL = """
SELECT r.schema, r.name AS "table", t.tgname AS name,
       pg_catalog.pg_get_triggerdef(t.oid) AS definition,
       CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'enabled on replicas'
            WHEN 'A' THEN 'enabled everywhere' ELSE 'enabled' END AS state
FROM relations r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid
-- neither those of constraints, nor those that a partition has of its table
WHERE NOT t.tgisinternal AND t.tgparentid = 0
  AND (r.managed IS NULL OR r.managed = 'partition')
"""


class TriggerKind(SqlObjectKind[Trigger]):
    """Triggers are paired by their names; views have them, too."""

    name = "trigger"
    struct = Trigger
    sql = SQL
    rules = RULES
    facts = TriggerFacts
    lives_in = "table"
    in_views = True

    def effect_of_change(self, change: str, declared: Trigger, live: Trigger) -> Effect:
        if change == "state" and live.state == "disabled":
            return Effect(Severity.ERROR, "The trigger does not run.")
        if change == "state":
            return Effect(Severity.WARNING, "The trigger runs in other sessions than declared.")
        return Effect()

    def create(self, item: Trigger) -> str:
        return item.definition or ""

    def can_be_copied(self, item: Trigger) -> bool:
        return (item.definition or "").startswith(("CREATE TRIGGER ", "CREATE CONSTRAINT TRIGGER "))

    def named(self, declared: SqlObject, default_schema: str) -> Trigger:
        schema = declared.schema or default_schema
        return Trigger(schema=schema, table=declared.table, name=declared.name)

    def describe(self, item: Trigger) -> str:
        return ""

    def cells(self, item: Trigger) -> dict[str, str]:
        state = "" if item.state == "enabled" else item.state
        return {"definition": item.definition or "", "state": state}
