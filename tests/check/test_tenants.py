"""A schema for each tenant: one statement, alike ones compared once, one report of them all."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from drift.config import IgnoreEntry
from drift.errors import DatabaseError
from drift.formats import FORMATS, Options, resolve
from drift.report.report import Check, Report
from tests.formats.readers import NUMBERS_ONLY
from tests.servers import Database
from tests.system.checking import brief, check, drift

TENANT = """
CREATE SCHEMA T;
CREATE TYPE T.mood AS ENUM ('glad', 'sad');
CREATE TABLE T.users (
  id serial PRIMARY KEY,
  mood T.mood DEFAULT 'glad',
  email varchar(100) CONSTRAINT long CHECK (length(email) > 3),
  plan_id int REFERENCES shared.plans (id)
);
CREATE INDEX ix_users_email ON T.users (email);
CREATE TABLE T.orders (id serial PRIMARY KEY, user_id int REFERENCES T.users (id));
"""


def models() -> sa.MetaData:
    """Return tables of the tenants', and one that all share."""
    metadata = sa.MetaData()
    plan = sa.Table(
        "plans", metadata, sa.Column("id", sa.Integer, primary_key=True), schema="shared"
    )
    users = sa.Table(
        "users",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("mood", sa.Enum("glad", "sad", name="mood"), server_default="glad"),
        sa.Column("email", sa.String(100), index=True),
        sa.Column("plan_id", sa.ForeignKey(plan.c.id)),
        sa.CheckConstraint("length(email) > 3", name="long"),
    )
    sa.Table(
        "orders",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.ForeignKey(users.c.id)),
    )
    return metadata


@pytest.fixture
def tenants(database: Database) -> Database:
    """Return a database with ten tenants that are as declared."""
    database.execute("CREATE SCHEMA shared; CREATE TABLE shared.plans (id serial PRIMARY KEY)")
    for name in [*(f"tenant_{number}" for number in range(9)), '"tenant_A b"']:
        database.execute(TENANT.replace("T.", f"{name}.").replace("SCHEMA T", f"SCHEMA {name}"))
    return database


def of(database: Database, *schemas: str, **target: object) -> Check:
    return check(database.url, models(), schemas=schemas or ("tenant_*",), **target)


def test_tenants_that_are_alike_are_in_sync(tenants: Database) -> None:
    outcome = of(tenants)
    assert brief(outcome.findings) == []
    assert outcome.compared == {"schemas": 10, "tables": 3, "columns": 7}
    assert outcome.notes[0] == "all 10 schemas tenant_* are in sync"
    assert set(outcome.tables) == {"tenant_*.users", "tenant_*.orders", "shared.plans"}


def test_what_differs_is_said_once_with_the_tenants(tenants: Database) -> None:
    for name in ("tenant_1", "tenant_2", "tenant_3", "tenant_4"):
        tenants.execute(f"ALTER TABLE {name}.users DROP COLUMN email")
    tenants.execute('ALTER TABLE "tenant_A b".users DROP COLUMN email')
    tenants.execute('ALTER TABLE "tenant_A b".orders ADD COLUMN more text')
    tenants.execute("ALTER TABLE shared.plans ADD COLUMN price int")
    outcome = of(tenants)
    found = {finding.object.path: finding for finding in outcome.findings}
    column = found["tenant_*.users.email"]
    assert column.schemas == ("tenant_1", "tenant_2", "tenant_3", "tenant_4", "tenant_A b")
    words = "(in 5 of 10: tenant_1, tenant_2, tenant_3 and 2 more)"
    assert column.message.endswith(words)
    assert column.detail.endswith(words)
    assert found["tenant_*.orders.more"].detail.endswith("(in 1 of 10: tenant_A b)")
    assert found["shared.plans.price"].schemas == ()
    assert outcome.notes[0] == "5 of 10 schemas tenant_* differ, in 2 ways"
    assert [drawing.path for drawing in outcome.drawings] == [
        "shared.plans",
        "tenant_*.orders",
        "tenant_*.users",
    ]


def test_what_is_the_same_in_all_is_said_so(tenants: Database) -> None:
    for number in range(9):
        tenants.execute(f"ALTER TABLE tenant_{number}.orders DROP COLUMN user_id")
    tenants.execute('ALTER TABLE "tenant_A b".orders DROP COLUMN user_id')
    [column] = [one for one in of(tenants).findings if one.rule == "missing-column"]
    assert column.detail.endswith("(in all 10 schemas)")


def test_the_words_are_those_of_the_first_tenant(tenants: Database) -> None:
    for number in range(9):
        tenants.execute(
            f"ALTER TABLE tenant_{number}.orders DROP CONSTRAINT orders_user_id_fkey; "
            f"ALTER TABLE tenant_{number}.users ALTER mood DROP DEFAULT"
        )
    outcome = of(tenants)
    report = Report(checks=(outcome,))
    assert len(outcome.findings) == 2
    for finding in outcome.findings:
        assert finding.object.schema == "tenant_*"
        assert "tenant_1" not in finding.message.partition(" (in 9 of 10")[0]
    for name in FORMATS.keys() - NUMBERS_ONLY:
        assert "9 of 10" in resolve(name)(report, Options(width=200)), name


ACME = """
CREATE SCHEMA {0};
CREATE TYPE {0}.mood AS ENUM ('acme', '{0}.x');
CREATE TABLE {0}.users (id serial PRIMARY KEY, acme text DEFAULT 'acme', mood {0}.mood,
  site text DEFAULT 'https://acme.com', "acme.x" int CHECK ("acme.x" > 0));
COMMENT ON TABLE {0}.users IS 'of acme. and others';
"""


def acme() -> sa.MetaData:
    """Return models that use a tenant's name for other things."""
    metadata = sa.MetaData()
    sa.Table(
        "users",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("acme", sa.Text, server_default="acme"),
        sa.Column("mood", sa.Enum("acme", "acme.x", name="mood")),
        sa.Column("site", sa.Text, server_default="https://acme.com"),
        sa.Column("acme.x", sa.Integer),
        sa.CheckConstraint('"acme.x" > 0'),
        comment="of acme. and others",
    )
    return metadata


USERS = "ALTER TABLE {0}.users "
NAMED = [
    (USERS + "DROP acme", "missing-column ac*.users.acme"),
    (USERS + "ALTER acme SET DEFAULT '{0}x'", "column-default-mismatch ac*.users.acme"),
    (USERS + "ALTER site SET DEFAULT 'https://{0}.org'", "column-default-mismatch ac*.users.site"),
    (USERS + "ALTER site SET DEFAULT ' {0}.org'", "column-default-mismatch ac*.users.site"),
    (USERS + "ADD {0}x int", "extra-column ac*.users.{0}x"),
    ("COMMENT ON TABLE {0}.users IS 'of {0}. and me'", "comment-mismatch ac*.users"),
    (
        "ALTER TYPE {0}.mood RENAME VALUE 'acme' TO '{0} 2'",
        "enum-mismatch ac*.mood",
    ),
]


@pytest.mark.parametrize(("change", "expected"), NAMED)
def test_a_tenants_name_is_a_name_only_where_it_is_a_schema(
    database: Database, change: str, expected: str
) -> None:
    """Texts stay as they are, and two tenants are alike only if their texts are."""
    for name in ("acme", "acorn"):
        database.execute(ACME.format(name))
    database.execute("ALTER TYPE acorn.mood RENAME VALUE 'acorn.x' TO 'acme.x'")
    target = {"schemas": ("ac*",)}
    assert brief(check(database.url, acme(), **target).findings) == []
    database.execute(change.format("acme"))
    outcome = check(database.url, acme(), **target)
    [finding] = outcome.findings
    assert f"{finding.rule} {finding.object.path}" == expected.format("acme")
    assert finding.schemas == ("acme",)
    path = finding.object.path.replace("ac*", "acme")
    for covered in (path, finding.object.path):
        entry = IgnoreEntry(rule="*", object=covered, reason="known")
        assert check(database.url, acme(), ignore=(entry,), **target).in_sync
    assert "*" not in finding.message
    database.execute(change.format("acorn"))
    schemas = [one.schemas for one in check(database.url, acme(), **target).findings]
    apart = (
        [("acme",), ("acorn",)] if "{0}" in change.replace("{0}.", "", 1) else [("acme", "acorn")]
    )
    assert schemas == apart


def test_a_fingerprint_does_not_change_with_the_number_of_tenants(tenants: Database) -> None:
    tenants.execute("ALTER TABLE tenant_1.orders ADD COLUMN more text")
    [before] = of(tenants).findings
    tenants.execute("ALTER TABLE tenant_2.orders ADD COLUMN more text")
    [after] = of(tenants).findings
    assert before.fingerprint == after.fingerprint
    assert len(after.schemas) == 2


def test_one_tenant_may_be_excused(tenants: Database) -> None:
    for name in ("tenant_1", "tenant_2"):
        tenants.execute(f"ALTER TABLE {name}.orders ADD COLUMN more text")
    entry = IgnoreEntry(rule="*", object="tenant_1.*", reason="a pilot")
    outcome = of(tenants, ignore=(entry,))
    [kept] = outcome.findings
    [ignored] = outcome.ignored
    assert kept.schemas == ("tenant_2",)
    assert ignored.finding.schemas == ("tenant_1",)
    assert outcome.notes[0] == "1 of 10 schemas tenant_* differs, in one way"
    everybody = IgnoreEntry(rule="*", object="tenant_*.orders", reason="on its way")
    outcome = of(tenants, ignore=(everybody,))
    assert outcome.in_sync
    words = "all 10 schemas tenant_* are in sync, except for ignored differences in 2"
    assert outcome.notes[0] == words


def test_types_of_the_tenant_and_other_schemas_are_told_apart(tenants: Database) -> None:
    tenants.execute(
        "ALTER TABLE tenant_5.users ALTER mood DROP DEFAULT, "
        "ALTER mood TYPE tenant_6.mood USING mood::text::tenant_6.mood"
    )
    found = brief(of(tenants).findings)
    assert any(line.endswith("column-type-mismatch tenant_*.users.mood") for line in found)


def test_patterns_that_match_nothing_are_an_error(tenants: Database) -> None:
    with pytest.raises(DatabaseError, match=r"no schema of database .* matches customer_\*"):
        of(tenants, "customer_*")


def test_patterns_are_not_regular_expressions(tenants: Database) -> None:
    assert of(tenants, "tenant_[0-3]").compared["schemas"] == 4
    assert of(tenants, "tenant_?").compared["schemas"] == 9
    with pytest.raises(DatabaseError):
        of(tenants, "tenant.*")


def test_the_command_takes_a_pattern(tenants: Database, tmp_path: Path) -> None:
    (tmp_path / "drift.yaml").write_text(
        f"models: tests.check.test_tenants:models\nschemas: tenant_*\ndatabase: '{tenants.url}'\n"
    )
    tenants.execute("ALTER TABLE tenant_1.orders ADD COLUMN more text")
    outcome = drift("check", "-c", str(tmp_path / "drift.yaml"))
    assert outcome.exit_code == 1, outcome.output
    assert "note: 1 of 10 schemas tenant_* differs, in one way" in outcome.stdout
    assert "10 schemas, 3 tables and 7 columns compared" in outcome.stdout
    shown = drift("show", "orders", "--schema", "tenant_*", "--database", tenants.url)
    assert "user_id" in shown.stdout
    looked = drift("doctor", "-c", str(tmp_path / "drift.yaml"))
    assert "3 of 3 declared tables exist" in looked.stdout
