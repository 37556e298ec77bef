"""Objects beyond tables in whole checks: mapped views, counts, privileges, tenants, plans."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from drift.check import target as app
from drift.config import Target
from drift.formats.vocabulary import compared
from drift.report.report import Check
from drift.scratch import Scratch
from drift.sources.models.loader import Models
from tests.mutations import functions, triggers, views
from tests.mutations.sql_objects import check, create_tenant, expected, metadata, prepare
from tests.servers import Database
from tests.system.checking import brief, drift

VIEW = "CREATE VIEW active_users AS SELECT id, name FROM users WHERE active"


@pytest.fixture(scope="module")
def scratch(admin: psycopg.Connection[Any], dsn: str) -> Iterator[Scratch]:
    with Scratch(dsn if admin.info.server_version >= 180000 else None) as made:
        yield made


def _mapped(**options: Any) -> sa.MetaData:
    """Return the tables of the cases, and a view that is mapped as one of them."""
    made = metadata()
    sa.Table(
        "active_users", made, sa.Column("id", sa.Integer), sa.Column("name", sa.String(50)),
        **options,
    )  # fmt: skip
    return made


def _check(database: Database, scratch: Scratch, made: Any, **target: Any) -> Check:
    return app.check(
        Target(name="test", database=database.url, **target),
        note=lambda _text: None,
        expected=expected([VIEW], scratch, made),
    )


@pytest.mark.parametrize("options", [{}, {"info": {"is_view": True}}])
def test_a_mapped_view_is_one_object(
    options: dict[str, Any], database: Database, scratch: Scratch
) -> None:
    prepare(database, [VIEW])
    assert not _check(database, scratch, _mapped(**options)).findings
    database.execute("DROP VIEW active_users")
    missing = _check(database, scratch, _mapped(**options))
    assert brief(missing.findings) == ["error missing-view public.active_users"]


def test_a_table_instead_of_a_mapped_view_is_missing_the_view(
    database: Database, scratch: Scratch
) -> None:
    prepare(database, [])
    database.execute("CREATE TABLE active_users (id int, name varchar(50))")
    outcome = _check(database, scratch, _mapped())
    assert brief(outcome.findings) == ["error missing-view public.active_users"]


def test_views_are_counted_and_named_as_the_projects(database: Database, scratch: Scratch) -> None:
    policy = "CREATE POLICY own ON users USING (active)"
    prepare(database, [VIEW, policy])
    outcome = check(database, [VIEW, policy], scratch)
    assert outcome.compared["views"] == outcome.compared["policies"] == 1
    assert compared(outcome).endswith("1 policy and 1 view")
    database.execute("DROP VIEW active_users")
    [finding] = check(database, [VIEW], scratch).findings
    assert "is declared by the project but missing from the database" in finding.message


def test_only_undeclared_objects_are_counted_as_not_compared(
    database: Database, scratch: Scratch
) -> None:
    declared = [*triggers.DECLARED, VIEW.replace("active_users", "second")]
    prepare(database, declared)
    assert check(database, declared, scratch).not_compared == {}
    database.execute(
        "CREATE VIEW more AS SELECT 1 AS a; CREATE FUNCTION more() RETURNS int LANGUAGE sql AS"
        " 'SELECT 1'; CREATE TRIGGER more AFTER INSERT ON users EXECUTE FUNCTION touch()"
    )
    counts = {"function": 1, "trigger": 1, "view": 1}
    assert check(database, declared, scratch).not_compared == counts
    assert check(database, [VIEW.replace("active_users", "second")], scratch).not_compared == {
        "function": 2, "trigger": 5, "view": 2,
    }  # fmt: skip
    strict = check(database, declared, scratch, strict=("all",))
    assert strict.not_compared == {}
    assert len(strict.findings) == 3
    for finding in strict.findings:
        assert "exists in the database but the project does not declare it" in finding.message


def test_a_role_without_privileges_suffices(database: Database, scratch: Scratch) -> None:
    declared = [*views.DECLARED, *functions.DECLARED, *triggers.DECLARED[:1],
                *triggers.DECLARED[2:3]]  # fmt: skip
    prepare(database, declared)
    database.execute("REVOKE ALL ON SCHEMA public FROM public")
    database.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM public")
    role = database.role("reader")
    outcome = app.check(
        Target(name="test", database=database.url_for(role)),
        note=lambda _text: None,
        expected=expected(declared, scratch),
    )
    assert brief(outcome.findings) == []


def test_tenants_have_their_own_objects(database: Database, scratch: Scratch) -> None:
    for tenant in ("tenant_a", "tenant_b", "tenant_c"):
        create_tenant(database, tenant)
        database.execute(f"SET search_path = {tenant}; {VIEW}")
    database.execute("CREATE OR REPLACE VIEW tenant_b.active_users AS SELECT id, name FROM"
                     " tenant_b.users")  # fmt: skip
    outcome = _check(database, scratch, metadata(), schemas=("tenant_*",))
    rules = [(finding.rule, finding.schemas) for finding in outcome.findings]
    assert ("view-mismatch", ("tenant_b",)) in rules
    assert len([rule for rule, _ in rules if "view" in rule]) == 1


def test_strict_kinds_need_no_declaration(database: Database) -> None:
    prepare(database, [VIEW])
    outcome = app.check(
        Target(name="test", database=database.url, strict=("view",)),
        note=lambda _text: None,
        expected=Models("test", [metadata()]),
    )
    assert brief(outcome.findings) == ["warning extra-view public.active_users"]


def test_a_schema_of_objects_alone_is_missed(database: Database, scratch: Scratch) -> None:
    declared = [f"CREATE VIEW reports.{name} AS SELECT 1 AS a" for name in ("a", "b")]
    prepare(database, [])
    missing = check(database, declared, scratch)
    assert brief(missing.findings) == ["error missing-schema reports"]
    database.execute(f"CREATE SCHEMA reports; {declared[0]}")
    half = check(database, declared, scratch)
    assert brief(half.findings) == ["error missing-view reports.b"]


def test_an_extension_is_created_in_its_schema(database: Database, scratch: Scratch) -> None:
    declared = ["CREATE VIEW spoken AS SELECT id, levenshtein(name, 'a') AS far FROM users"]
    prepare(database, [])
    database.execute(
        "CREATE SCHEMA extensions; CREATE EXTENSION fuzzystrmatch SCHEMA extensions;"
        "CREATE VIEW spoken AS SELECT id, extensions.levenshtein(name, 'a'::text) AS far"
        " FROM users"
    )
    same = check(database, declared, scratch)
    assert (brief(same.findings), same.notes[:-1]) == ([], ())
    database.execute(
        "CREATE OR REPLACE VIEW spoken AS SELECT id, extensions.levenshtein(name, 'b') AS far"
        " FROM users"
    )
    other = check(database, declared, scratch)
    assert brief(other.findings) == ["warning view-mismatch public.spoken"]
    assert "could not" not in other.findings[0].message


def test_what_cannot_be_judged_is_a_warning(database: Database, scratch: Scratch) -> None:
    prepare(database, [VIEW])
    database.execute(
        "CREATE TABLE hidden (id int); CREATE OR REPLACE VIEW active_users AS"
        " SELECT id, name FROM users WHERE id IN (SELECT id FROM hidden)"
    )
    findings = check(database, [VIEW], scratch).findings
    assert brief(findings) == [
        "warning extra-table public.hidden", "warning view-mismatch public.active_users",
    ]  # fmt: skip
    [finding] = [each for each in findings if each.object.kind == "view"]
    assert finding.severity == "warning"
    assert "could not be compared" in finding.message
    assert 'relation "public.hidden" does not exist' in finding.message


def test_an_overload_that_cannot_be_created_hides_no_other(
    database: Database, scratch: Scratch
) -> None:
    declared = [
        f"CREATE FUNCTION slug(a {type_}) RETURNS int LANGUAGE sql AS 'SELECT 1'"
        for type_ in ("text", "int", "elsewhere.kind")
    ]
    prepare(database, declared[:2])
    outcome = check(database, declared, scratch)
    assert brief(outcome.findings) == []
    assert any("only the name is compared of function slug" in note for note in outcome.notes)
    assert not outcome.complete
    database.execute("DROP FUNCTION slug(int)")
    missing = check(database, declared, scratch)
    assert brief(missing.findings) == ["error missing-function public.slug(integer)"]
    database.execute("DROP FUNCTION slug(text)")
    assert len(check(database, declared, scratch).findings) == 3


ENV = """
import os
from alembic import context
from sqlalchemy import create_engine
with create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = """
revision = "a1"
down_revision = None
from alembic import op
def upgrade():
    op.execute("CREATE TABLE users (id int PRIMARY KEY, name text, active bool NOT NULL)")
    op.execute("CREATE VIEW active_users AS SELECT id, name FROM users WHERE active")
"""
SHOP = """
import sqlalchemy as sa
metadata = sa.MetaData()
sa.Table("users", metadata, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
         sa.Column("name", sa.Text), sa.Column("active", sa.Boolean, nullable=False))
"""


def test_the_causes_of_views_are_found(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "migrations" / "versions").mkdir(parents=True)
    files = {
        "drift.yaml": f"models: shop_sql:metadata\ndatabase: {database.url!r}\nsql: [views.sql]",
        "alembic.ini": "[alembic]\nscript_location = migrations",
        "migrations/env.py": ENV, "migrations/versions/a1.py": REVISION, "shop_sql.py": SHOP,
        "views.sql": f"{VIEW};\nCREATE VIEW more AS SELECT id FROM users",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    database.execute(
        "CREATE TABLE users (id int PRIMARY KEY, name text, active bool NOT NULL);"
        "CREATE VIEW active_users AS SELECT id, name FROM users;"
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);"
        "INSERT INTO alembic_version VALUES ('a1')"
    )
    outcome = drift("check", "--causes", "--format", "json")
    findings = json.loads(outcome.stdout)["checks"][0]["findings"]
    causes = {finding["object"]["name"]: finding["cause"] for finding in findings}
    assert causes == {"active_users": "changed-by-hand", "more": "missing-migration"}


@pytest.mark.parametrize(
    "function",
    [
        "pg_get_viewdef(oid)", "pg_get_functiondef(oid)", "pg_get_function_arguments(oid)",
        "pg_get_function_result(oid)", "pg_get_function_sqlbody(oid)", "pg_get_triggerdef(oid)",
    ],
)  # fmt: skip
def test_a_definition_that_may_not_be_printed_is_not_compared(
    function: str, database: Database, scratch: Scratch
) -> None:
    declared = [*functions.DECLARED[:2], *triggers.DECLARED]
    prepare(database, declared)
    database.execute(f"REVOKE EXECUTE ON FUNCTION pg_catalog.{function} FROM public")
    role = database.role("reader")
    outcome = app.check(
        Target(name="test", database=database.url_for(role)),
        note=lambda _text: None,
        expected=expected(declared, scratch),
    )
    assert brief(outcome.findings) == []
