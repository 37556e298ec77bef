"""The state of the migrations: projects and databases, and what a check says of them."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from drift.config import IgnoreEntry, Migrations
from drift.model import Severity
from tests import command as process
from tests.check.fleet import url_of
from tests.check.migrated import (
    OWN,
    PENDING,
    THREE,
    TOUCHES,
    TWO_HEADS,
    UNREAD,
    USERS,
    at,
    metadata,
    of,
)
from tests.servers import Database
from tests.sources.migrations.projects import linear, project, script, write
from tests.system.checking import brief, check
from tests.versions import DIALECT

ZZ = "warning unknown-revision public.alembic_version.zz"
HEADS = "warning multiple-heads public.alembic_version.heads"
OWN_PENDING = "warning pending-migration public.own."
CASES: dict[str, tuple[dict[str, str], str, str, list[str], str]] = {
    # scripts, env.py, SQL, findings, part of a note
    "at the head": (THREE, "", at("c3"), [], ""),
    "behind": (THREE, "", at("b2"), [PENDING + "c3"], ""),
    "far behind": (THREE, "", at("a1"), [PENDING + "b2", PENDING + "c3"], ""),
    "at the base": (THREE, "", at(), [PENDING + "a1", PENDING + "b2", PENDING + "c3"], ""),
    "an unknown revision": (THREE, "", at("zz"), [ZZ], ""),
    "unknown and known": (THREE, "", at("zz", "b2"), [PENDING + "c3", ZZ], ""),
    "a head of two": (TWO_HEADS, "", at("c3"), [HEADS, PENDING + "d4"], ""),
    "both heads": (TWO_HEADS, "", at("c3", "d4"), [HEADS], ""),
    "two bases on purpose": (THREE | linear("e5"), "", at("c3", "e5"), [], ""),
    "no version table": (
        THREE, "", "", ["warning missing-version-table public.alembic_version"], ""
    ),
    "no version table, scripts of other tables": (linear("a1", "b2"), "", "", [], ""),
    "another application's version table": (
        linear("a1", "b2"), "", at("zz"), [], "not compared: public.alembic_version has none"
    ),
    "an empty table of another application": (linear("a1", "b2"), "", at(), [], "not compared"),
    "no scripts and no version table": ({}, "", "", [], ""),
    "a name that is worked out, of another database": (
        linear("a1"), "f(version_table=x())", "", [], ""
    ),
    "two heads, and a table that cannot be read": (
        TWO_HEADS, "", at("c3") + "ALTER TABLE alembic_version ENABLE ROW LEVEL SECURITY",
        [HEADS], "row security",
    ),
    "two heads of another database": (
        linear("a1", "b2") | {"c3": script("c3", "a1")}, "",
        at("c3") + "ALTER TABLE alembic_version ENABLE ROW LEVEL SECURITY", [], "row security",
    ),
    "no scripts": (
        {}, "", at("zz"), [], "db/versions has no migrations; if env.py sets another folder"
    ),
    "a name in env.py": (THREE, OWN, at("b2", table="own"), [OWN_PENDING + "c3"], ""),
    "a name in env.py, and the default one of another": (
        THREE, OWN, at("b2", table="own") + at("zz"), [OWN_PENDING + "c3"], ""
    ),
    "a name in env.py, that is missing": (
        THREE, OWN, at("zz"), ["warning missing-version-table public.own"], ""
    ),
    "a name that is worked out": (
        THREE, "f(version_table=x())", at("b2", table="any_name"),
        ["warning pending-migration public.any_name.c3"], ""
    ),
    "a name that is worked out, and missing": (
        THREE, "f(version_table=x())", "", [], "env.py works out the name"
    ),
    "a name that is worked out, beside another application's": (
        THREE, "f(version_table=x())", at("b2", table="any_name") + at("zz"),
        ["warning pending-migration public.any_name.c3"], "",
    ),
    "a name that is worked out, and only another application's": (
        THREE, "f(version_table=x())", at("zz"), [], "public.alembic_version has none of their"
    ),
    "two that may be meant": (
        THREE, "f(version_table=x())", at("b2", table="one") + at("a1", table="two"), [],
        "public.one, public.two may be the version table",
    ),
    "another schema": (
        THREE, "f(version_table_schema='s')",
        "CREATE SCHEMA s;" + at("b2", table="s.alembic_version") + at("zz"),
        ["warning pending-migration s.alembic_version.c3"], "",
    ),
    "another schema that env.py does not name": (
        THREE, "", "CREATE SCHEMA s;" + at("b2", table="s.alembic_version"),
        ["warning pending-migration s.alembic_version.c3"], "",
    ),
    "two other schemas": (
        THREE, "", "CREATE SCHEMA s; CREATE SCHEMA t;"
        + at("b2", table="s.alembic_version") + at("c3", table="t.alembic_version"),
        [], "s.alembic_version, t.alembic_version may be",
    ),
    "the default one, and another application's in a schema": (
        THREE, "", "CREATE SCHEMA s;" + at("zz", table="s.alembic_version") + at("b2"),
        [PENDING + "c3"], "",
    ),
    "a view": (
        THREE, "", "CREATE VIEW alembic_version AS SELECT 'b2'::varchar AS version_num", [],
        "public.alembic_version: it is not an ordinary table",
    ),
    "row security": (
        THREE, "", at("b2") + "ALTER TABLE alembic_version ENABLE ROW LEVEL SECURITY", [],
        "row security",
    ),
    "a column of another type": (
        THREE, "", "CREATE TABLE alembic_version (version_num text)",
        ["warning extra-table public.alembic_version"], "not a varchar",
    ),
    "too many rows": (
        THREE, "", at() + "INSERT INTO alembic_version SELECT n FROM generate_series(1, 200) n",
        [], "more than 100 rows",
    ),
    "an unread script, at its revision": (THREE | UNREAD, "", at("x"), [], "cannot read the rev"),
    "an unread script": (THREE | UNREAD, "", at("b2"), [PENDING + "c3"], "db/versions/x.py"),
    "only an unread script": (UNREAD, "", at("b2"), [], "db/versions/x.py"),
    "a script that is gone": (
        linear("a1") | {"c3": script("c3", "b2")}, "", at("c3"), [],
        "c3.py needs the revision b2, which no script has",
    ),
    "two scripts of a revision": (
        THREE | {"z": script("c3", "b2")}, "", at("c3"), [], "several migrations have the"
    ),
    "a cycle": (
        {"a1": script("a1", "b2"), "b2": script("b2", "a1")}, "", at("a1"), [], "form a cycle"
    ),
    "the beginning of an id": (
        linear("abcdef", "bbbbbb"), "", at("abcd"), [PENDING + "bbbbbb"], ""
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_state_of_the_migrations(
    database: Database, tmp_path: Path, case: tuple[dict[str, str], str, str, list[str], str]
) -> None:
    scripts, env, ddl, expected, note = case
    database.execute(USERS + ddl)
    outcome = of(database, project(tmp_path, scripts, env))
    assert brief(outcome.findings) == expected
    notes = [text for text in outcome.notes if "superuser" not in text]
    assert note in " ".join(notes)
    assert bool(note) == bool(notes), notes
    assert outcome.complete


ENV = """
from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool
with create_engine(context.config.get_main_option("sqlalchemy.url"), poolclass=NullPool).connect() \
        as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


def test_a_project_of_alembics_own(database: Database, tmp_path: Path) -> None:
    """Alembic writes the scripts and the rows; drift agrees with it after each step."""
    url = url_of(database).replace("postgresql", DIALECT, 1).replace("%", "%%")
    write(tmp_path, {
        "alembic.ini": f"[alembic]\nscript_location = %(here)s/db\nsqlalchemy.url = {url}\n",
        "db/env.py": ENV,
        "db/script.py.mako": Path(sa.__file__).parents[1].joinpath(
            "alembic/templates/generic/script.py.mako").read_text(),
    })  # fmt: skip
    (tmp_path / "db/versions").mkdir()
    config = Config(str(tmp_path / "alembic.ini"), stdout=io.StringIO())
    database.execute(USERS)
    revisions: list[str] = []
    for message in ("add roles", "add teams"):
        made: Any = command.revision(config, message)
        revisions.append(made.revision)
        with Path(made.path).open("a") as file:
            file.write(TOUCHES)
    expected = ["warning missing-version-table public.alembic_version"]
    assert brief(of(database, tmp_path).findings) == expected
    command.upgrade(config, revisions[0])
    [finding] = of(database, tmp_path).findings
    assert finding.object.name == revisions[1]
    assert finding.message == f"migration {revisions[1]} (add teams) has not run"
    assert finding.location is not None
    line = Path(finding.location.file).read_text().splitlines()[finding.location.line - 1]
    assert line.startswith("revision")
    command.upgrade(config, "head")
    assert of(database, tmp_path).in_sync
    command.downgrade(config, "base")
    assert len(of(database, tmp_path).findings) == 2


def test_other_expected_sides_say_nothing_of_the_code(database: Database, tmp_path: Path) -> None:
    database.execute(USERS + at("a1"))
    folder = project(tmp_path, THREE)
    for expected, count in (("snapshot:x.json", 0), (database.url, 0), ("models", 2)):
        assert len(of(database, folder, expected=expected).findings) == count


def test_the_configuration_names_the_environment(database: Database, tmp_path: Path) -> None:
    database.execute(USERS + at("a1"))
    project(tmp_path / "one", THREE)
    project(tmp_path / "two", linear("a1"))
    assert of(database, tmp_path).in_sync
    for config, count in (("one/alembic.ini", 2), ("two/db", 0)):
        outcome = of(database, tmp_path, migrations=Migrations(config=config))
        assert len(outcome.findings) == count


def test_a_role_that_may_not_read_learns_how(database: Database, tmp_path: Path) -> None:
    role = database.role("Reader")
    database.execute(USERS + at("b2"))
    folder = project(tmp_path, THREE)
    outcome = check(database.url_for(role), metadata(), path=(str(folder),))
    assert brief(outcome.findings) == []
    [note] = outcome.notes
    database.execute(note.partition("run ")[2])
    try:
        outcome = check(database.url_for(role), metadata(), path=(str(folder),))
        assert brief(outcome.findings) == [PENDING + "c3"]
        assert outcome.compared["migrations"] == 3
        assert outcome.notes == ()
    finally:
        database.execute(f'DROP OWNED BY "{role}"')


def test_a_locked_version_table_is_not_waited_for(database: Database, tmp_path: Path) -> None:
    database.execute(USERS + at("b2"))
    folder = project(tmp_path, THREE)
    with psycopg.connect(database.url) as other:
        other.execute("LOCK TABLE alembic_version")
        outcome = of(database, folder, lock_timeout=30)
    assert outcome.findings == ()
    assert any("another session has locked it" in note for note in outcome.notes)


def test_severity_and_ignore_entries_apply(database: Database, tmp_path: Path) -> None:
    database.execute(USERS + at("a1"))
    folder = project(tmp_path, THREE)
    severity: dict[str, Severity | None] = {"pending-migration": Severity.ERROR}
    outcome = of(database, folder, severity=severity)
    assert [finding.severity for finding in outcome.findings] == [Severity.ERROR] * 2
    assert of(database, folder, severity={"pending-*": None}).in_sync
    entry = IgnoreEntry(rule="pending-migration", object="*.b2", reason="runs at night")
    outcome = of(database, folder, ignore=(entry,))
    assert brief(outcome.findings) == [PENDING + "c3"]
    assert [item.reason for item in outcome.ignored] == ["runs at night"]


def test_a_fingerprint_stays(database: Database, tmp_path: Path) -> None:
    database.execute(USERS + at("a1"))
    folder = project(tmp_path, THREE)
    before = {f.object.name: f.fingerprint for f in of(database, folder).findings}
    write(
        folder, {"db/versions/d4.py": script("d4", "c3"), "db/versions/c3.py": script("c3", "b2")}
    )
    database.execute("UPDATE alembic_version SET version_num = 'b2'")
    after = {f.object.name: f.fingerprint for f in of(database, folder).findings}
    assert after["c3"] == before["c3"]
    assert len({*before.values(), *after.values()}) == 3


def test_a_bind_without_a_version_table_of_its_own(database: Database, tmp_path: Path) -> None:
    """The scripts are those of the main database: they change none of the bind's tables."""
    database.execute("CREATE TABLE events (id int PRIMARY KEY)")
    assert of(database, project(tmp_path, THREE), metadata("events")).in_sync


def test_the_options_alone_name_a_check(database: Database, tmp_path: Path) -> None:
    """Without a configuration, the environment is that of the working directory, as for Alembic."""
    database.execute(USERS + at("b2"))
    project(tmp_path, THREE)
    write(tmp_path, {"shop.py": "from tests.check.migrated import metadata\nm = metadata()\n"})
    options = ("--database", database.url, "--models", "shop:m")
    path = os.pathsep.join((".", str(process.ROOT)))
    run = process.drift("check", *options, cwd=tmp_path, env=os.environ | {"PYTHONPATH": path})
    assert run.returncode == 1, run.stderr
    assert "c3  has not run" in run.stdout
