"""Privileges of roles on tables and schemas, as the project's GRANT and REVOKE statements say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, TypeAlias

from msgspec.structs import replace

from drift.kinds.base import Ask, Effect, presence_rules
from drift.kinds.facts import Facts, Strings, means
from drift.kinds.grant import privileges
from drift.kinds.grant.statements import ALL_TABLES, Entry, Statement, parse
from drift.kinds.sql import types
from drift.kinds.sql_object import SqlObject, SqlObjectKind
from drift.model import DatabaseObject, Schema, Severity


class Grant(DatabaseObject, frozen=True, kw_only=True):
    """The privileges of a role, which is the name, on a table, or on a schema without a table.

    The role `public` stands for all roles; PostgreSQL reserves the name. `columns` are those of the
    table. `at_least`: the role may have more, but nothing that is `revoked`.
    """

    entries: tuple[Entry, ...] = ()
    columns: tuple[str, ...] = ()
    is_owner: bool = False
    at_least: bool = False
    revoked: tuple[tuple[str, str], ...] = ()


class GrantFacts(Facts, frozen=True, kw_only=True):
    """The privileges of a role on a table or a schema."""

    privileges: Annotated[
        Strings, means("Such as `SELECT`, or `UPDATE (email) WITH GRANT OPTION`, in order.")
    ]


RULES = presence_rules(
    "grant",
    missing=(
        "Statements of the role fail: permission denied.",
        "GRANT the privileges, in a migration.",
    ),
    extra=(
        "The role can do more than declared.",
        "REVOKE the privileges, declare them, or add an ignore entry that says whose they are.",
    ),
    mismatch=(
        "The role can do more than declared.",
        "GRANT and REVOKE as declared, or change the declaration.",
    ),
    severities=(Severity.ERROR, Severity.WARNING, Severity.WARNING),
)

SQL = """
SELECT o.schema, o."table",
       CASE o.grantee WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(o.grantee) END AS name,
       o.grantee = o.owner AS is_owner,
       pg_catalog.json_agg(pg_catalog.json_build_array(o.privilege_type, o."column", o.is_grantable)
                           ORDER BY o.privilege_type, o."column", o.is_grantable) AS entries,
       (SELECT coalesce(pg_catalog.json_agg(a.attname ORDER BY a.attnum), '[]')
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = o.relation AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM (
  SELECT r.schema, r.name AS "table", r.oid AS relation, c.relowner AS owner, '' AS "column",
         a.grantee, a.privilege_type, a.is_grantable
  FROM relations r JOIN pg_catalog.pg_class c ON c.oid = r.oid,
  -- no list at all stands for the owner's privileges
  pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))) a
  WHERE r.managed IS NULL
  UNION ALL
  SELECT r.schema, r.name, r.oid, c.relowner, t.attname, a.grantee, a.privilege_type, a.is_grantable
  FROM relations r JOIN pg_catalog.pg_class c ON c.oid = r.oid
  JOIN pg_catalog.pg_attribute t ON t.attrelid = r.oid AND t.attnum > 0 AND NOT t.attisdropped,
  pg_catalog.aclexplode(t.attacl) a
  WHERE r.managed IS NULL
  UNION ALL
  SELECT n.nspname, NULL, 0, s.nspowner, '', a.grantee, a.privilege_type, a.is_grantable
  FROM namespaces n JOIN pg_catalog.pg_namespace s ON s.oid = n.oid,
  pg_catalog.aclexplode(coalesce(s.nspacl, pg_catalog.acldefault('n', s.nspowner))) a
) o
GROUP BY o.schema, o."table", o.relation, o.grantee, o.owner
"""

Key: TypeAlias = "tuple[str, str | None, str]"
_OF_INITDB: Key = ("public", None, "public")
"""Each database has this one from the start."""


class GrantKind(SqlObjectKind[Grant]):
    """Privileges are paired by table, or schema, and role."""

    name = "grant"
    struct = Grant
    sql = SQL
    rules = RULES
    facts = GrantFacts
    lives_in = "table"
    in_views = True
    needs_server = False
    definitions = ()

    def comparable(self, item: Grant, ask: Ask) -> dict[str, Any]:
        del ask
        return {"privileges": privileges.shown(privileges.simplest(item.entries, item.columns))}

    def derived_facts(self, item: Grant) -> dict[str, Any]:
        return {"privileges": privileges.shown(item.entries)}

    def with_server_defaults(self, declared: Grant, live: Grant) -> Grant:
        entries = privileges.as_written(
            declared.entries, live.entries, declared.columns, live.columns
        )
        entries = privileges.with_newer(entries, live.entries)
        if live.is_owner:
            entries = live.entries
        elif declared.at_least:
            kept = privileges.without(live.entries, declared.revoked)
            entries = privileges.entries_of(privileges.by_name((*kept, *entries)))
        return replace(declared, entries=entries, columns=live.columns)

    def reported_extra(self, item: Grant) -> bool:
        """Return whether a grant is a difference: neither the owner's, nor that of initdb."""
        return not (item.is_owner or (item.schema, item.table, item.name) == _OF_INITDB)

    def effect_of_change(self, change: str, declared: Grant, live: Grant) -> Effect:
        if self._lacking(declared, live):
            return Effect(Severity.ERROR, "Statements of the role fail: permission denied.")
        return Effect()

    @staticmethod
    def _lacking(declared: Grant, live: Grant) -> list[Entry]:
        """Return the privileges that the live side lacks; a missing GRANT OPTION does not count."""
        own = privileges.by_name(privileges.simplest(live.entries, live.columns))
        wanted = privileges.simplest(declared.entries, declared.columns)
        return [entry for entry in wanted if entry[:2] not in own and (entry[0], "") not in own]

    def read(self, items: Sequence[SqlObject], declared: Schema, live: Schema) -> Iterable[Grant]:
        """Yield the privileges after all statements; "none" only if the live role has some."""
        at_least = {key for item in items if item.at_least for key in _keys(item, declared)}
        existing = {(each.schema, each.table, each.name) for each in live.objects.get("grant", ())}
        columns = _columns(declared)
        for key, history in _histories(items, declared).items():
            entries, revoked = privileges.result(history)
            only_revoked = all(statement.verb == "REVOKE" for statement in history)
            if not entries and key not in existing:
                continue
            yield Grant(
                schema=key[0],
                table=key[1],
                name=key[2],
                entries=entries,
                columns=columns.get(key[:2], ()),
                at_least=only_revoked or key in at_least or key == _OF_INITDB,
                revoked=revoked,
            )

    def repair(self, declared: Grant, live: Grant | None) -> str:
        wanted = privileges.by_name(declared.entries)
        own = privileges.by_name(live.entries if live else ())
        more = {name: False for name, flag in wanted.items() if name not in own and not flag}
        full = {name: True for name, flag in wanted.items() if flag and not own.get(name)}
        less = {name: False for name in own if name not in wanted}
        options = {name: False for name, flag in own.items() if flag and not wanted.get(name, True)}
        statements = [
            _sql("GRANT", more, declared, "TO"),
            _sql("GRANT", full, declared, "TO"),
            _sql("REVOKE", less, declared, "FROM"),
            _sql("REVOKE GRANT OPTION FOR", options, declared, "FROM"),
        ]
        return "; ".join(filter(None, statements))

    def removal(self, item: Grant) -> str:
        return f"REVOKE ALL ON {_object(item)} FROM {_role(item)}"

    def describe(self, item: Grant) -> str:
        return ", ".join(privileges.shown(item.entries))

    def cells(self, item: Grant) -> dict[str, str]:
        return {"definition": ", ".join(privileges.shown(item.entries))}


def _histories(items: Iterable[SqlObject], declared: Schema) -> Mapping[Key, list[Statement]]:
    """Return the statements about each role's privileges, in order."""
    histories: dict[Key, list[Statement]] = defaultdict(list)
    for item in items:
        statement = parse(item.statements[0])
        for key in _keys(item, declared) if statement else ():
            histories[key] += [statement] if statement else []
    return histories


def _keys(item: SqlObject, declared: Schema) -> Iterator[Key]:
    """Yield the keys of a statement; the tables of a schema are those that are declared."""
    schema = item.schema or declared.default_schema
    if item.table != ALL_TABLES:
        yield schema, item.table, item.name
        return
    for table in declared.objects.get("table", ()):
        if table.schema == schema:
            yield schema, str(table.name), item.name


def _columns(declared: Schema) -> Mapping[tuple[str, str | None], tuple[str, ...]]:
    columns: dict[tuple[str, str | None], tuple[str, ...]] = defaultdict(tuple)
    for column in declared.objects.get("column", ()):
        columns[column.schema, column.table] += (str(column.name),)
    return columns


def _sql(verb: str, known: privileges.Privileges, item: Grant, word: str) -> str:
    """Return one statement; "" for no privileges."""
    option = any(known.values())
    bare = privileges.entries_of(dict.fromkeys(known, False))
    if not bare:
        return ""
    end = " WITH GRANT OPTION" if option else ""
    listed = ", ".join(privileges.shown(bare))
    return f"{verb} {listed} ON {_object(item)} {word} {_role(item)}{end}"


def _object(item: Grant) -> str:
    schema = types.quote(item.schema)
    return f"SCHEMA {schema}" if item.table is None else f"{schema}.{types.quote(item.table)}"


def _role(item: Grant) -> str:
    return "PUBLIC" if item.name == "public" else types.quote(str(item.name))
