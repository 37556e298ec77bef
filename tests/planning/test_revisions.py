"""--alembic, --baseline and --causes through the command, in a project with migrations."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import alembic
import pytest

from tests import command as processes
from tests.cli.messages import one_message
from tests.planning.shop import ALL, LIVE, Shop
from tests.revisions.running import sqlalchemy_url
from tests.servers import Database
from tests.versions import DRIVER

ENV = """
from alembic import context
from sqlalchemy import create_engine
import os
from shop import metadata

with create_engine(os.environ["ALEMBIC_URL"]).connect() as connection:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
FIRST = '''
"""users"""
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.execute("CREATE TABLE users (id serial PRIMARY KEY, email varchar(100) NOT NULL, "
               "rank bigint)")


def downgrade():
    op.execute("DROP TABLE users")
'''
SECOND = '''
"""role"""
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute("ALTER TABLE users ADD role varchar(20) NOT NULL DEFAULT 'user'")


def downgrade():
    op.execute("ALTER TABLE users DROP role")
'''
MAKO = Path(str(alembic.__file__)).parent / "templates/generic/script.py.mako"


class Migrated:
    """The shop with an Alembic environment, whose database is at 0001 without `orders` by it."""

    def __init__(self, shop: Shop) -> None:
        """Write the environment."""
        self.shop, self.versions = shop, shop.folder / "migrations/versions"
        self.versions.mkdir(parents=True)
        (shop.folder / "migrations/env.py").write_text(ENV)
        (shop.folder / "migrations/script.py.mako").write_text(MAKO.read_text())
        (shop.folder / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")

    def at(self, revision: str) -> None:
        """Write both migrations, and say that the database is at one of them."""
        (self.versions / "0001_users.py").write_text(FIRST)
        (self.versions / "0002_role.py").write_text(SECOND)
        self.shop.database.execute(
            "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);"
            f"INSERT INTO alembic_version VALUES ('{revision}')"
        )

    def new(self) -> list[Path]:
        """Return the revisions that were written."""
        return sorted(p for p in self.versions.glob("*.py") if not p.name.startswith("000"))

    def alembic(self, database: Database, *arguments: str) -> None:
        """Run Alembic on a database."""
        url = sqlalchemy_url(database.url, DRIVER)
        variables = os.environ | {"ALEMBIC_URL": url, "PYTHONPATH": "."}
        done = processes.alembic(*arguments, cwd=self.shop.folder, env=variables)
        assert done.returncode == 0, done.stderr


@pytest.fixture
def migrated(shop: Shop) -> Migrated:
    """Return the shop with an Alembic environment that has no revision yet."""
    return Migrated(shop)


def test_a_plan_is_written_as_revisions_that_run(migrated: Migrated) -> None:
    shop = migrated.shop
    done = shop.plan("--alembic", "-m", "Close the drift", "--verify", *ALL)
    assert done.returncode == 0, done
    files = migrated.new()
    assert done.stderr.splitlines()[0].startswith("drift: wrote migrations/versions/")
    assert len(done.stderr.splitlines()) == len(files)
    assert all(path.read_text().startswith('"""Close the drift') for path in files)
    assert {shop.run("plan", "--apply-check", str(path)).returncode for path in files} == {0}
    migrated.alembic(shop.database, "upgrade", "head")
    assert shop.run("check").returncode == 0


def test_revisions_follow_the_head_that_is_named(migrated: Migrated) -> None:
    migrated.at("0002")
    branch = SECOND.replace('"0002"', '"0003"')
    (migrated.versions / "0003_other.py").write_text(branch)
    options = ["--alembic", "--rule", "missing-index"]
    refused = migrated.shop.plan(*options)
    assert refused.returncode == 2
    assert "no revision was written" in refused.stderr
    assert not migrated.new()
    assert migrated.shop.plan(*options, "--head", "0003").returncode == 0
    [made] = migrated.new()
    assert re.search(r"down_revision.* = '0003'", made.read_text())
    unknown = migrated.shop.plan(*options, "--head", "none")
    assert unknown.returncode == 2
    assert "none" in unknown.stderr


def test_a_failed_proof_writes_no_revision(migrated: Migrated) -> None:
    migrated.shop.change(
        'Column("rank", Integer)',
        'Column("rank", Integer), Column("code", Integer, server_default=text("next_code()"))',
    )
    done = migrated.shop.plan("--alembic", "--verify", *ALL)
    assert done.returncode == 1
    assert done.stderr == (
        "drift: error: no revision was written: the plan failed its proof; see above\n"
    )
    assert migrated.new() == []


def test_without_a_server_for_the_proof_no_revision_is_written(migrated: Migrated) -> None:
    closed = "postgresql://me@127.0.0.1:1/x"
    done = migrated.shop.run("plan", "--alembic", *ALL, SCRATCH=closed)
    words = ("sqlalchemy-drift[demo]", "scratch: in drift.yaml", "--no-verify")
    one_message(done, "no revision was written", *words)
    assert migrated.new() == []
    assert migrated.shop.plan("--alembic", "--no-verify", *ALL, SCRATCH=closed).returncode == 0
    assert migrated.new()


def test_the_hint_at_a_server_is_only_given_without_one(migrated: Migrated) -> None:
    database = migrated.shop.database
    weak = database.url_for(database.role("weak"))
    done = migrated.shop.run("plan", "--alembic", *ALL, SCRATCH=weak)
    one_message(done, "no revision was written", "must not create databases", "--no-verify")
    assert "[demo]" not in done.stderr
    assert migrated.new() == []


def test_a_pending_migration_is_no_change_of_the_models(migrated: Migrated) -> None:
    migrated.at("0001")
    done = migrated.shop.run("plan", "--adopt", "--rule", "pending-migration")
    assert done.returncode == 1, done
    assert done.stdout == ""
    [note] = done.stderr.splitlines()
    assert note.startswith("drift: not about the models: ")
    assert note.endswith("; run alembic upgrade head")


def test_pending_migrations_come_first(migrated: Migrated) -> None:
    migrated.at("0001")
    plain = migrated.shop.json()
    assert plain["notes"][0].startswith("migrations have not run on the database: run `alembic")
    assert "or plan with --causes" in plain["notes"][0]
    assert "add public.users.role" in [step["title"] for step in plain["steps"]]
    caused = migrated.shop.json("--causes")
    assert "add public.users.role" not in [step["title"] for step in caused["steps"]]
    reasons = {each["path"]: each["reason"] for each in caused["refusals"]}
    assert reasons["public.users.role"] == (
        "the pending migration 0002 closes it: alembic upgrade head"
    )
    assert not [note for note in caused["notes"] if "migrations have not run" in note]


def test_what_was_changed_by_hand_has_both_directions(migrated: Migrated) -> None:
    migrated.at("0002")
    [step] = [s for s in migrated.shop.json("--causes")["steps"] if "users.old" in s["title"]]
    [remark] = [text for text in step["remarks"] if "changed by hand" in text]
    command = remark.partition("change the models: ")[2].split()
    adopted = migrated.shop.run(*command[1:], "--causes")
    assert adopted.returncode == 0
    assert '+    Column("old", Text()),' in adopted.stdout


def test_what_no_migration_makes_is_created_where_it_is_missing(
    migrated: Migrated, admin: Any, dsn: str
) -> None:
    migrated.at("0002")
    shop = migrated.shop
    shop.database.execute(
        "ALTER TABLE users ADD role varchar(20) NOT NULL DEFAULT 'user';"
        "INSERT INTO users (email) VALUES ('a'); INSERT INTO orders DEFAULT VALUES"
    )
    refused = {each["path"]: each["reason"] for each in shop.json("--causes")["refusals"]}
    assert refused["public.orders"] == "drift plan --alembic --causes writes the migration"
    done = shop.plan("--alembic", "--causes", "--verify", *ALL)
    assert done.returncode == 0, done
    assert "if they are missing: public.orders" in " ".join(done.stdout.split())
    fresh = Database(admin, dsn)
    try:
        for database in (shop.database, fresh):
            migrated.alembic(database, "upgrade", "head")
            checked = shop.run("check", "--causes", SHOP=database.url)
            assert checked.returncode == 0, checked.stdout
        assert shop.database.fetch("SELECT id FROM orders") == [(1,)]
        migrated.alembic(shop.database, "downgrade", "0002")
        assert shop.database.fetch("SELECT id FROM orders") == [(1,)]
    finally:
        fresh.drop()


def test_what_a_revision_cannot_know_is_asked(migrated: Migrated) -> None:
    migrated.at("0002")
    shop = migrated.shop
    first = migrated.versions / "0001_users.py"
    first.write_text(first.read_text().replace("varchar(100)", "varchar(50)"))
    shop.change('Column("rank", Integer)', 'Column("code", Integer, nullable=False)')
    shop.database.execute(
        "ALTER TABLE users ADD role varchar(20) NOT NULL DEFAULT 'user', ADD code int NOT NULL,"
        " DROP rank"
    )
    options = ["--alembic", "--causes", "--allow", "drop"]
    refused = {each["path"]: each["reason"] for each in shop.json(*options)["refusals"]}
    assert "--decide public.users.code=SQL" in refused["public.users.code"]
    assert "the migrations make it differently" in refused["public.users.email"]
    for path in migrated.new():
        path.unlink()
    answered = shop.json(*options, "--decide", "public.users.code=7")
    left = {each["path"] for each in answered["refusals"]}
    assert left == {"public.users.email", "public.users.rank"}


def test_a_baseline_creates_what_is_live(migrated: Migrated, admin: Any, dsn: str) -> None:
    shop = migrated.shop
    done = shop.run("plan", "--baseline", "-m", "What was there")
    assert done.returncode == 0, done
    assert done.stdout == ""
    [made] = migrated.new()
    assert made.read_text().startswith('"""What was there')
    assert f"alembic stamp {made.name.partition('_')[0]}" in done.stderr
    fresh = Database(admin, dsn)
    try:
        migrated.alembic(fresh, "upgrade", "head")
        columns = (
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name <> 'alembic_version' ORDER BY 1, 2"
        )
        assert fresh.fetch(columns) == shop.database.fetch(columns)
        assert "CREATE TABLE orders" in LIVE
    finally:
        fresh.drop()
    again = shop.run("plan", "--baseline")
    assert again.returncode == 2
    assert "no revision was written" in again.stderr


def test_no_password_becomes_code(migrated: Migrated) -> None:
    secret = "tr0ub4dor-horse"
    migrated.shop.database.execute(f"ALTER TABLE users ALTER old SET DEFAULT '{secret}'")
    url = {"DATABASE_URL": f"postgresql://me:{secret}@h/x"}
    for options in (["--alembic", *ALL], ["--baseline"]):
        kind = ["--no-verify"] if "--alembic" in options else []
        done = migrated.shop.run("plan", *options, *kind, **url)
        assert done.returncode == 2, options
        assert "has a password" in done.stderr
        assert secret not in done.stdout + done.stderr
        assert migrated.new() == []


def test_a_project_without_an_environment_is_one_message(shop: Shop) -> None:
    one_message(shop.plan("--alembic", *ALL), "production: the project has no Alembic environment")
