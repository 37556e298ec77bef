"""The meaning of each hook: which differences it excludes, and which it leaves."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.servers import Database
from tests.sources.migrations.hooks.hooked import USERS, HookedProject, excluded, findings

OBJECT = "def include_object(object, name, type_, reflected, compare_to):\n    "
NAME = "def include_name(name, type_, parent_names):\n    "
TYPE = "def compare_type(context, live_column, column, live_type, type_):\n    "
DEFAULT = "def compare_server_default(context, live_column, column, live, default, rendered):\n    "


class Case(NamedTuple):
    """Hooks, models, SQL; the findings that stay, and the ones that are excluded."""

    hook: str
    sql: str
    kept: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    models: str = ""
    options: str = ""


def column(text: str) -> str:
    """Return models with one more column of users."""
    return f"\nUser.more = {text}\n"


OTHER = """
class Other(Base):
    __tablename__ = 'other'
    __table_args__ = {'info': {'is_view': %s}}
    id = sa.Column(sa.Integer, primary_key=True)
"""
SCHEMA = "CREATE SCHEMA audit; CREATE TABLE audit.log (id int);"
CASES = {
    "spatial_ref_sys": Case(
        OBJECT + "return not (type_ == 'table' and name == 'spatial_ref_sys')",
        "CREATE TABLE spatial_ref_sys (srid int)",
        excluded=("extra-table public.spatial_ref_sys",),
    ),
    "views by info": Case(
        OBJECT + "return not object.info.get('is_view')",
        "",
        excluded=("missing-table public.other",),
        models=OTHER % True,
    ),
    "info skip_autogenerate of a column": Case(
        OBJECT + "return not object.info.get('skip_autogenerate')",
        "",
        excluded=("missing-column public.users.more",),
        models=column("sa.Column(sa.Integer, info={'skip_autogenerate': True})"),
    ),
    "extra columns": Case(
        OBJECT + "return not (type_ == 'column' and reflected and compare_to is None)",
        "ALTER TABLE users ADD old int; ALTER TABLE users ALTER name TYPE varchar(9)",
        kept=("column-type-mismatch public.users.name",),
        excluded=("extra-column public.users.old",),
    ),
    "a column by its table and type": Case(
        OBJECT + "return not (type_ == 'column' and object.table.name == 'users' and "
        "compare_to is not None and str(compare_to.type) == 'VARCHAR(9)')",
        "ALTER TABLE users ALTER name TYPE varchar(9)",
        excluded=("column-type-mismatch public.users.name",),
    ),
    "an extra table by its columns": Case(
        OBJECT + "return not (type_ == 'table' and 'tenant_id' in object.columns)",
        "CREATE TABLE a (tenant_id int); CREATE TABLE b (id int)",
        kept=("extra-table public.b",),
        excluded=("extra-table public.a",),
    ),
    "an extra table by its comment": Case(
        OBJECT + "return object.comment != 'partner'",
        "CREATE TABLE a (id int); COMMENT ON TABLE a IS 'partner'",
        excluded=("extra-table public.a",),
    ),
    "all within a table": Case(
        OBJECT + "return not (type_ == 'table' and name == 'users')",
        "ALTER TABLE users ADD old int; CREATE INDEX extra ON users (name); "
        "ALTER TABLE users ADD CONSTRAINT positive CHECK (id > 0)",
        excluded=(
            "extra-check public.users.positive", "extra-column public.users.old",
            "extra-index public.users.extra",
        ),
    ),
    "indexes": Case(
        OBJECT + "return not (type_ == 'index' and reflected and name.endswith('_old'))",
        "CREATE INDEX users_old ON users (name); CREATE INDEX users_new ON users (name, id)",
        kept=("extra-index public.users.users_new",),
        excluded=("extra-index public.users.users_old",),
    ),
    "indexes by expression and uniqueness": Case(
        OBJECT + "return not (type_ == 'index' and object.unique)",
        "CREATE UNIQUE INDEX a ON users (lower(name)); CREATE INDEX b ON users (upper(name))",
        kept=("extra-index public.users.b",),
        excluded=("extra-index public.users.a",),
    ),
    "a missing index": Case(
        OBJECT + "return name != 'wanted'",
        "",
        excluded=("missing-index public.users.wanted",),
        models="\nsa.Index('wanted', User.name)\n",
    ),
    "unique constraints": Case(
        OBJECT + "return not (type_ == 'unique_constraint' and reflected)",
        "ALTER TABLE users ADD CONSTRAINT u UNIQUE (name)",
        excluded=("extra-unique public.users.u",),
    ),
    "foreign keys": Case(
        OBJECT + "return not (type_ == 'foreign_key_constraint' and "
        "object.referred_table.name == 'users')",
        "ALTER TABLE users ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES users (id)",
        excluded=("extra-foreign-key public.users.f",),
    ),
    "a foreign key to a table with dots and capitals": Case(
        OBJECT + "return not (type_ == 'foreign_key_constraint' and "
        "object.referred_table.name == 'A.b')",
        'CREATE SCHEMA "X.y"; CREATE TABLE "X.y"."A.b" ("c.D" int PRIMARY KEY);'
        'ALTER TABLE users ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES "X.y"."A.b"',
        excluded=("extra-foreign-key public.users.f",),
    ),
    "an extra table by the labels of an enum": Case(
        OBJECT + "return not (type_ == 'table' and ['a', 'b'] in "
        "[getattr(c.type, 'enums', None) for c in object.columns])",
        "CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE a (mood mood)",
        kept=("extra-enum public.mood",),
        excluded=("extra-table public.a",),
    ),
    "a missing foreign key without a name": Case(
        OBJECT + "return not (type_ == 'foreign_key_constraint' and name is None)",
        "ALTER TABLE users ADD more int",
        excluded=("missing-foreign-key public.users.users_more_fkey",),
        models=column("sa.Column(sa.Integer, sa.ForeignKey('users.id'))"),
    ),
    "a hook that refuses all types that it does not know": Case(
        OBJECT + "return type_ in {'table', 'column'}",
        "ALTER TABLE users ADD CONSTRAINT positive CHECK (id > 0); CREATE INDEX i ON users (name)",
        kept=("extra-check public.users.positive",),
        excluded=("extra-index public.users.i",),
    ),
    "names of tables": Case(
        NAME + "return type_ != 'table' or name in {'users'}",
        "CREATE TABLE a (id int)",
        excluded=("extra-table public.a",),
    ),
    "names are those of the database": Case(
        NAME + "return type_ != 'table' or name != 'other'",
        "",
        kept=("missing-table public.other",),
        models=OTHER % False,
    ),
    "names with their parents": Case(
        NAME + "return (type_, name, parent_names.get('schema_qualified_table_name')) != "
        "('column', 'old', 'users')",
        "ALTER TABLE users ADD old int",
        excluded=("extra-column public.users.old",),
    ),
    "names of schemas": Case(
        NAME + "return type_ != 'schema' or name in (None, 'audit')",
        SCHEMA + "CREATE SCHEMA other; CREATE TABLE other.log (id int)",
        kept=("extra-table audit.log",),
        excluded=("extra-table other.log",),
        options="include_schemas=True, ",
    ),
    "objects of schemas": Case(
        OBJECT + "return not (type_ == 'table' and object.schema == 'audit')",
        SCHEMA + "CREATE TABLE a (id int)",
        kept=("extra-table public.a",),
        excluded=("extra-table audit.log",),
        options="include_schemas=True, ",
    ),
    "the default schema alone": Case(
        OBJECT + "return True", SCHEMA + "CREATE TABLE a (id int)", kept=("extra-table public.a",)
    ),
    "types that are alike": Case(
        TYPE + "return False",
        "ALTER TABLE users ALTER name TYPE varchar(9); ALTER TABLE users ALTER name SET NOT NULL",
        kept=("column-nullability-mismatch public.users.name",),
        excluded=("column-type-mismatch public.users.name",),
    ),
    "types by their classes": Case(
        TYPE + "return False if type(live_type).__name__ == 'VARCHAR' else None",
        "ALTER TABLE users ALTER name TYPE varchar(9); ALTER TABLE users ALTER id TYPE bigint",
        kept=("column-type-mismatch public.users.id",),
        excluded=("column-type-mismatch public.users.name",),
    ),
    "types that the hook leaves to Alembic": Case(
        TYPE + "return None",
        "ALTER TABLE users ALTER name TYPE varchar(9)",
        kept=("column-type-mismatch public.users.name",),
    ),
    "types that differ for the hook alone": Case(TYPE + "return True", ""),
    "defaults that are alike": Case(
        DEFAULT + "return False if live == \"'b'::text\" and rendered == 'a' else None",
        "ALTER TABLE users ADD more text DEFAULT 'b'",
        excluded=("column-default-mismatch public.users.more",),
        models=column("sa.Column(sa.Text, server_default='a')"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_hook(tmp_path: Path, database: Database, dsn: str, case: Case) -> None:
    project = HookedProject(tmp_path, database, dsn)
    hook = case.hook.partition("(")[0].removeprefix("def ")
    project.env(case.hook, f"{case.options}{hook}={hook}")
    with (tmp_path / "models.py").open("a") as file:
        file.write(case.models)
    database.execute(USERS + case.sql)
    check = project.check()
    assert findings(check) == sorted(case.kept)
    assert excluded(check) == [
        f"{each}: excluded by {hook} of db/env.py" for each in sorted(case.excluded)
    ]


@pytest.mark.parametrize("schema", [None, "audit"])
def test_the_version_table_is_not_reported(
    tmp_path: Path, database: Database, dsn: str, schema: str | None
) -> None:
    project = HookedProject(tmp_path, database, dsn)
    options = f"version_table='our_' + 'versions', version_table_schema={schema!r}"
    project.env(options=f"{options}, include_schemas=True")
    named = f"{schema}.our_versions" if schema else "our_versions"
    if schema:
        database.execute("CREATE SCHEMA audit")
        before = (tmp_path / "db/env.py").read_text()
        begin = "with connectable.connect() as connection:\n"
        create = "        connection.exec_driver_sql('CREATE SCHEMA IF NOT EXISTS audit')\n"
        (tmp_path / "db/env.py").write_text(before.replace(begin, begin + create))
    database.execute(f"{USERS} CREATE TABLE {named} (version_num text, more int)")
    check = project.check()
    assert [f for f in findings(check) if "table" in f] == []
    assert all("version table of db/env.py" in each for each in excluded(check))
