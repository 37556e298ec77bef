"""Extensions that the project declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any

from msgspec.structs import replace

from drift.kinds.base import Ask, Effect, presence_rules
from drift.kinds.facts import Facts, means
from drift.kinds.sql import types
from drift.kinds.sql.names import folded
from drift.kinds.sql.text import pieces
from drift.kinds.sql_object import SqlObject, SqlObjectKind
from drift.model import DatabaseObject, Schema, Severity


class Extension(DatabaseObject, frozen=True, kw_only=True):
    """An extension. Its own `schema` is "": there is only one of a name in a database.

    Options that the declaration leaves open are None.
    """

    schema: str = ""
    objects_in: str | None = None
    version: str | None = None


class ExtensionFacts(Facts, frozen=True, kw_only=True):
    """An extension."""

    objects_in: Annotated[str | None, means("The schema of its objects; null if not declared.")]
    version: Annotated[str | None, means("The version; null if not declared.")]


RULES = presence_rules(
    "extension",
    missing=(
        "Every query of the extension's types, functions and operators fails.",
        "CREATE EXTENSION, in a migration.",
    ),
    extra=(
        "No effect today; nothing that the project declares needs it.",
        "Declare the extension, drop it, or add an ignore entry that says whose it is.",
    ),
    mismatch=(
        "The extension's functions can do something else than declared.",
        "ALTER EXTENSION as declared, or change the declaration.",
    ),
    severities=(Severity.ERROR, Severity.WARNING, Severity.WARNING),
)

SQL = """
SELECT ''::text AS schema, e.extname AS name, n.nspname AS objects_in, e.extversion AS version
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
"""

_BUILT_IN = "plpgsql"
"""The extension that every new database has."""


class ExtensionKind(SqlObjectKind[Extension]):
    """Extensions are paired by their names; schema and version are compared if declared."""

    name = "extension"
    struct = Extension
    sql = SQL
    rules = RULES
    facts = ExtensionFacts
    lives_in = "database"
    needs_server = False
    definitions = ()

    def comparable(self, item: Extension, ask: Ask) -> dict[str, Any]:
        del ask
        return {"objects_in": item.objects_in, "version": item.version}

    def with_server_defaults(self, declared: Extension, live: Extension) -> Extension:
        return replace(
            declared,
            objects_in=declared.objects_in or live.objects_in,
            version=declared.version or live.version,
        )

    def reported_extra(self, item: Extension) -> bool:
        return item.name != _BUILT_IN

    def effect_of_change(self, change: str, declared: Extension, live: Extension) -> Effect:
        if change == "objects_in":
            return Effect(
                None, "Queries that do not find the other schema by the search path fail."
            )
        return Effect()

    def read(
        self, items: Sequence[SqlObject], declared: Schema, live: Schema
    ) -> Iterable[Extension]:
        del declared, live
        known: dict[str, Extension] = {}
        for item in items:
            made = _extension(item)
            before = known.get(item.name, made)
            known[item.name] = self.with_server_defaults(made, before)
        return known.values()

    def is_meant(self, item: Extension, declared: SqlObject, default_schema: str) -> bool:
        del default_schema
        return item.name == declared.name

    def repair(self, declared: Extension, live: Extension | None) -> str:
        name = types.quote(str(declared.name))
        if live is None:
            schema = f" SCHEMA {types.quote(declared.objects_in)}" if declared.objects_in else ""
            return f"CREATE EXTENSION {name}{schema}"
        statements = []
        if declared.objects_in not in {None, live.objects_in}:
            statements += [f"ALTER EXTENSION {name} SET SCHEMA {types.quote(declared.objects_in)}"]
        if declared.version not in {None, live.version}:
            statements += [f"ALTER EXTENSION {name} UPDATE TO {types.quote(declared.version)}"]
        return "; ".join(statements)

    def removal(self, item: Extension) -> str:
        return f"DROP EXTENSION {types.quote(str(item.name))}"

    def cells(self, item: Extension) -> dict[str, str]:
        parts = {"SCHEMA": item.objects_in, "VERSION": item.version}
        return {"definition": " ".join(f"{word} {text}" for word, text in parts.items() if text)}


def _extension(item: SqlObject) -> Extension:
    options = _options(item.statements[0])
    return Extension(
        name=item.name, objects_in=options.get("SCHEMA"), version=options.get("VERSION")
    )


def _options(statement: str) -> Mapping[str, str]:
    """Return the schema and the version that a CREATE EXTENSION names."""
    words = pieces(statement)
    return {
        word.word: folded(value.text)
        for word, value in pairwise(words)
        if word.word in {"SCHEMA", "VERSION"}
    }
