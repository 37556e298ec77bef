"""Policies, extensions and grants in whole checks: tenants, counts, strict kinds, locks, plans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from drift.check import target as app
from drift.check.planned import planned
from drift.config import Target
from drift.plan.context import Options
from drift.plan.step import Hazard
from drift.scratch import Scratch
from drift.sources.models.loader import Models
from tests.mutations import extensions, grants, policies
from tests.mutations.sql_objects import check, create_tenant, expected, metadata, prepare
from tests.servers import Database
from tests.system.checking import brief

POLICY = "CREATE POLICY own ON users USING (active)"
GRANT = "GRANT SELECT ON users TO pg_monitor"
_STATEMENT = re.compile(r"^plans do not \w+ \w+; write (?:into a migration: )?| into a migration$")


@pytest.fixture(scope="module")
def scratch(admin: psycopg.Connection[Any], dsn: str) -> Iterator[Scratch]:
    with Scratch(dsn if admin.info.server_version >= 180000 else None) as made:
        yield made


def test_only_undeclared_objects_are_counted(database: Database, scratch: Scratch) -> None:
    declared = [*policies.DECLARED, *grants.DECLARED]
    prepare(database, declared)
    assert check(database, declared, scratch).not_compared == {}
    database.execute(
        "CREATE POLICY more ON users USING (true); GRANT SELECT ON users TO pg_read_all_data;"
        "GRANT USAGE ON SCHEMA app TO pg_read_all_data"
    )
    assert check(database, declared, scratch).not_compared == {"grant": 1, "policy": 1}
    strict = check(database, declared, scratch, strict=("all",))
    assert strict.not_compared == {}
    assert brief(strict.findings) == [
        "error extra-policy public.users.more",
        "warning extra-grant app.pg_read_all_data",
        "warning extra-grant public.users.pg_read_all_data",
    ]


@pytest.mark.parametrize(
    ("grants", "count"),
    [
        ("GRANT SELECT ON v TO pg_monitor, PUBLIC", 0),
        ("GRANT ALL ON v TO PUBLIC; GRANT SELECT ON v TO pg_monitor", 1),
        ("GRANT SELECT, UPDATE ON v TO pg_monitor; GRANT DELETE ON v TO PUBLIC", 2),
        ("GRANT SELECT ON v TO pg_monitor WITH GRANT OPTION", 1),
        ("GRANT SELECT ON users TO PUBLIC; GRANT ALL ON v TO CURRENT_USER", 1),
    ],
)
@pytest.mark.parametrize("declares", [False, True])
def test_on_version_tables_only_select_is_not_counted(
    database: Database, scratch: Scratch, grants: str, count: int, *, declares: bool
) -> None:
    """A check needs SELECT there; declared grants on these tables are not compared."""
    prepare(database, ["CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)"])
    database.execute(grants.replace(" v ", " alembic_version "))
    declared = ["GRANT ALL ON alembic_version TO PUBLIC, pg_monitor"] if declares else []
    outcome = check(database, declared, scratch)
    assert brief(outcome.findings) == []
    assert outcome.not_compared == ({"grant": count} if count else {})


def test_strict_kinds_need_no_declaration(database: Database) -> None:
    prepare(database, [POLICY, GRANT, "CREATE EXTENSION citext"])
    outcome = app.check(
        Target(name="test", database=database.url, strict=("policy", "extension", "grant")),
        note=lambda _text: None,
        expected=Models("test", [metadata()]),
    )
    assert brief(outcome.findings) == [
        "error extra-policy public.users.own",
        "warning extra-extension citext",
        "warning extra-grant public.users.pg_monitor",
    ]


def test_tenants_have_their_own_policies_and_grants(database: Database, scratch: Scratch) -> None:
    for tenant in ("tenant_a", "tenant_b", "tenant_c"):
        create_tenant(database, tenant)
        database.execute(
            f"SET search_path = {tenant}; {POLICY}; {GRANT};"
            "ALTER TABLE users ENABLE ROW LEVEL SECURITY"
        )
    declared = [POLICY, GRANT, "CREATE EXTENSION citext"]
    database.execute("CREATE EXTENSION citext")
    target = {"schemas": ("tenant_*",)}
    assert not check(database, declared, scratch, **target).findings
    database.execute("ALTER POLICY own ON tenant_b.users USING (true); DROP EXTENSION citext")
    database.execute("REVOKE SELECT ON tenant_c.users FROM pg_monitor")
    outcome = check(database, declared, scratch, **target)
    rules = sorted((each.rule, each.schemas) for each in outcome.findings)
    assert [rule for rule in rules if rule[0] != "missing-extension"] == [
        ("missing-grant", ("tenant_c",)), ("policy-mismatch", ("tenant_b",)),
    ]  # fmt: skip
    assert [each.object.path for each in outcome.findings if "extension" in each.rule] == ["citext"]


def test_a_lock_hides_policies_and_grants_stay_compared(
    database: Database, scratch: Scratch
) -> None:
    declared = [*policies.DECLARED, GRANT]
    prepare(database, declared)
    database.execute("ALTER POLICY own ON users USING (true); REVOKE SELECT ON users FROM"
                     " pg_monitor")  # fmt: skip
    with psycopg.connect(database.url) as other:
        other.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        outcome = check(database, declared, scratch)
    assert brief(outcome.findings) == ["error missing-grant public.users.pg_monitor"]


@pytest.mark.parametrize(
    ("declared", "sql", "statement"),
    [
        (policies.DECLARED, "DROP POLICY own ON users", "CREATE POLICY own ON public.users FOR ALL"
         " TO PUBLIC USING ((name)::text = CURRENT_USER)"),
        (policies.DECLARED, "ALTER POLICY awake ON users USING (true)", "DROP POLICY awake ON"
         " public.users; CREATE POLICY awake ON public.users AS RESTRICTIVE FOR UPDATE TO PUBLIC"
         " USING (active) WITH CHECK (active AND (email IS NOT NULL))"),
        (policies.DECLARED, "ALTER TABLE users FORCE ROW LEVEL SECURITY",
         "ALTER TABLE public.users NO FORCE ROW LEVEL SECURITY"),
        (policies.DECLARED[:2], "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
         "ALTER TABLE public.users ENABLE ROW LEVEL SECURITY"),
        (policies.DECLARED, "CREATE POLICY more ON users USING (true)",
         "DROP POLICY more ON public.users"),
        (extensions.DECLARED, "DROP EXTENSION citext", "CREATE EXTENSION citext SCHEMA public"),
        (extensions.DECLARED, "CREATE SCHEMA other; ALTER EXTENSION citext SET SCHEMA other",
         "ALTER EXTENSION citext SET SCHEMA public"),
        (extensions.DECLARED, "CREATE EXTENSION pg_trgm", "DROP EXTENSION pg_trgm"),
        (grants.DECLARED, "REVOKE INSERT ON users FROM pg_monitor; GRANT DELETE, UPDATE (name) ON"
         " users TO pg_monitor", "GRANT INSERT ON public.users TO pg_monitor; REVOKE DELETE,"
         " UPDATE (name) ON public.users FROM pg_monitor"),
        (grants.DECLARED, "REVOKE USAGE ON SCHEMA app FROM pg_monitor",
         "GRANT USAGE ON SCHEMA app TO pg_monitor"),
        (grants.DECLARED, "GRANT SELECT ON orders TO pg_read_all_data",
         "REVOKE ALL ON public.orders FROM pg_read_all_data"),
    ],
)  # fmt: skip
def test_statements_for_a_migration_close_the_difference(
    declared: tuple[str, ...], sql: str, statement: str, database: Database, scratch: Scratch
) -> None:
    prepare(database, declared)
    database.execute(sql)
    target = Target(name="test", database=database.url, strict=("all",))
    examined = app.examine(target, note=lambda _text: None, expected=expected(declared, scratch))
    made = planned(target, examined, examined.report.findings, Options(allow=frozenset(Hazard)))
    statements = [_STATEMENT.sub("", refusal.reason) for refusal in made.plan.refusals]
    assert statement in statements
    for each in statements:
        database.execute(each)
    assert not check(database, declared, scratch, strict=("all",)).findings
