"""GRANT and REVOKE statements are read as PostgreSQL reads them."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from drift.kinds.grant.privileges import result, shown, simplest
from drift.kinds.grant.statements import default_grantees, parse
from drift.kinds.policy_roles import without_roles

READ = {
    "GRANT SELECT ON users TO a": ("SELECT", ["users"], ["a"]),
    "grant select, insert on table S.Users to A, public": ("INSERT SELECT", ["s.users"],
                                                           ["a", "public"]),
    'GRANT SELECT ON "S"."U,s" TO GROUP "A b" WITH GRANT OPTION':
        ("SELECT WITH GRANT OPTION", ["S.U,s"], ["A b"]),
    "GRANT UPDATE (a, \"B\"), SELECT ON t TO a GRANTED BY b":
        ('SELECT UPDATE ("B", a)', ["t"], ["a"]),
    "GRANT ALL ON t, u TO a": (
        "DELETE INSERT REFERENCES SELECT TRIGGER TRUNCATE UPDATE", ["t", "u"], ["a"]),
    "GRANT ALL PRIVILEGES (c) ON t TO a": (
        "INSERT (c) REFERENCES (c) SELECT (c) UPDATE (c)", ["t"], ["a"]),
    "GRANT ALL ON SCHEMA s, t TO a": ("CREATE USAGE", ["s", "t"], ["a"]),
    "GRANT SELECT ON ALL TABLES IN SCHEMA s TO a": ("SELECT", ["s.*"], ["a"]),
    "/* x */ GRANT SELECT ON t -- y\n TO a": ("SELECT", ["t"], ["a"]),
    "GRANT SELECT ON schema TO a": ("SELECT", ["schema"], ["a"]),
}  # fmt: skip
OTHERS = (
    "GRANT a TO b", "GRANT EXECUTE ON FUNCTION f() TO a", "GRANT USAGE ON SEQUENCE s TO a",
    "GRANT SELECT ON SEQUENCE s TO a", "GRANT CONNECT ON DATABASE d TO a",
    "GRANT SELECT ON t TO CURRENT_USER", "GRANT USAGE ON TYPE t TO a", "GRANT", "REVOKE a FROM b",
    "GRANT SELECT ON ALL SEQUENCES IN SCHEMA s TO a", "GRANT SELECT ON t TO",
    "GRANT USAGE ON FOREIGN SERVER s TO a", "GRANT SELECT ON LARGE OBJECT 1 TO a", "",
)  # fmt: skip


@pytest.mark.parametrize("statement", READ)
def test_a_statement_is_read(statement: str) -> None:
    parsed = parse(statement)
    assert parsed is not None
    targets = [
        ".".join(filter(None, (target.schema, "*" if target.all_tables else target.table)))
        for target in parsed.targets
    ]
    privileges = " ".join(shown(sorted(parsed.entries)))
    assert (privileges, targets, list(parsed.grantees)) == READ[statement]


@pytest.mark.parametrize("statement", OTHERS)
def test_other_statements_are_not_read(statement: str) -> None:
    assert parse(statement) is None


HISTORIES = {
    "a privilege again": (["GRANT SELECT ON t TO pg_monitor WITH GRANT OPTION",
                           "GRANT SELECT ON t TO pg_monitor"], "SELECT WITH GRANT OPTION"),
    "the option revoked": (["GRANT SELECT, INSERT ON t TO pg_monitor WITH GRANT OPTION",
                            "REVOKE GRANT OPTION FOR SELECT ON t FROM pg_monitor"],
                           "INSERT WITH GRANT OPTION, SELECT"),
    "all revoked": (["GRANT ALL ON t TO pg_monitor", "GRANT SELECT (a) ON t TO pg_monitor",
                     "REVOKE ALL ON t FROM pg_monitor"], ""),
    "a column revoked from a table": (["GRANT SELECT ON t TO pg_monitor",
                                       "REVOKE SELECT (a) ON t FROM pg_monitor"], "SELECT"),
    "columns revoked with their table": (["GRANT SELECT (a), UPDATE (a) ON t TO pg_monitor",
                                          "REVOKE SELECT ON t FROM pg_monitor"], "UPDATE (a)"),
    "revoked and granted": (["REVOKE ALL ON t FROM pg_monitor",
                             "GRANT DELETE ON t TO pg_monitor"], "DELETE"),
}  # fmt: skip
_LIVE = """
SELECT a.privilege_type, '' AS c, a.is_grantable FROM pg_class c, aclexplode(c.relacl) a
WHERE c.oid = 't'::regclass AND a.grantee = 'pg_monitor'::regrole
UNION ALL SELECT a.privilege_type, t.attname, a.is_grantable
FROM pg_attribute t, aclexplode(t.attacl) a
WHERE t.attrelid = 't'::regclass AND a.grantee = 'pg_monitor'::regrole
"""


@pytest.mark.parametrize("name", HISTORIES)
def test_statements_do_what_postgresql_does(name: str, admin: psycopg.Connection[Any]) -> None:
    statements, expected = HISTORIES[name]
    parsed = [each for each in map(parse, statements) if each]
    entries, _ = result(parsed)
    assert ", ".join(shown(entries)) == expected
    with admin.transaction(force_rollback=True):
        admin.execute("CREATE TEMP TABLE t (a int, b int)")
        for statement in statements:
            admin.execute(statement.encode())
        live = admin.execute(_LIVE.encode()).fetchall()
    assert ", ".join(shown(sorted(live))) == expected


def test_every_column_is_the_table() -> None:
    columns = [("SELECT", "a", False), ("SELECT", "b", True)]
    assert simplest(columns, ("a", "b")) == (("SELECT", "", False), ("SELECT", "b", True))
    assert simplest(columns, ("a", "b", "c")) == tuple(columns)
    assert simplest([("SELECT", "a", False)], ()) == (("SELECT", "a", False),)


@pytest.mark.parametrize(
    ("statement", "roles"),
    [
        ("ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO a, b", ("a", "b")),
        ("ALTER DEFAULT PRIVILEGES FOR ROLE o REVOKE SELECT ON TABLES FROM a", ()),
        ("ALTER TABLE t RENAME TO u", ()),
    ],
)
def test_roles_of_default_privileges(statement: str, roles: tuple[str, ...]) -> None:
    assert default_grantees(statement) == roles


@pytest.mark.parametrize(
    ("end", "roles"),
    [
        ("", ("public",)),
        (" FOR ALL TO b, \"A\" WITH CHECK (a > 'TO')", ("A", "b")),
        (" TO public", ("public",)),
        (" TO SESSION_USER USING (true)", None),
        (' USING (a IN (SELECT "TO" FROM t))', ("public",)),
    ],
)
def test_roles_of_a_policy(end: str, roles: tuple[str, ...] | None) -> None:
    statement, read = without_roles(f'CREATE POLICY "TO" ON t{end}')
    assert read == roles
    assert " TO " not in statement.replace("'TO'", "")
