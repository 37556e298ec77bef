"""The cause of each difference, on a real project with five Alembic revisions and a branch."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, NamedTuple

import pytest

from drift.report import causes
from tests.check.causes_project import BEFORE, CHANGES, MODELS, write
from tests.command import drift
from tests.servers import Database

HEAD = "0005"


def built(database: Database, changes: bool, version: str | None, undo: str = "") -> None:
    """Make the database as the revisions make it, with or without the changes."""
    database.execute(BEFORE)
    database.execute('ALTER TABLE base ADD "left" integer, ADD "right" integer')
    database.execute("CREATE INDEX ix_last ON base (id)")
    for change in CHANGES.values() if changes else ():
        database.execute(change.do)
    if undo:
        database.execute(undo)
    if version is not None:
        database.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
        database.execute(f"INSERT INTO alembic_version VALUES ('{version}')")


def run(database: Database, folder: Path, *arguments: str) -> CompletedProcess[str]:
    command = ("check", "--models", "shop:metadata", "--causes", *arguments)
    variables = os.environ | {"DATABASE_URL": database.url}
    (folder / "drift.yaml").write_text(f"scratch: {json.dumps(database.url)}\n")
    return drift(*command, cwd=folder, env=variables, timeout=200)


def checked(database: Database, folder: Path) -> dict[str, Any]:
    done = run(database, folder, "--format", "json")
    assert done.returncode in {0, 1}, done.stderr
    [check] = json.loads(done.stdout)["checks"]
    return dict(check)


ALL = frozenset(CHANGES)
UNDONE = "; ".join(change.undo for change in CHANGES.values())


class Situation(NamedTuple):
    """A database and a project; `cause` is that of all differences.

    `changes_in` is the revision that makes the changes, None if there is no such revision.
    """

    cause: str
    changes_in: str | None
    changes: bool
    version: str | None
    undo: str = ""
    rules: frozenset[str] = ALL
    revision: str = ""


SITUATIONS = {
    "pending": Situation(causes.PENDING, "0004", False, "0003b", revision="0004"),
    "no migration": Situation(causes.MISSING, None, False, HEAD),
    "undone by hand": Situation(causes.BY_HAND, "0002", True, HEAD, undo=UNDONE),
    "stamped": Situation(causes.STAMPED, "0005", False, HEAD, revision="0005"),
    "no version table": Situation(causes.CREATED, "0002", False, None),
    "deleted revision": Situation(causes.DELETED, "0002", False, "gone"),
    "made by hand": Situation(
        causes.UNMIGRATED, None, True, HEAD, rules=frozenset({"not-in-migrations"})
    ),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_kind_of_object_has_the_cause(name: str, database: Database, tmp_path: Path) -> None:
    situation = SITUATIONS[name]
    write(tmp_path, changes_in=situation.changes_in)
    built(database, situation.changes, situation.version, situation.undo)
    if name == "stamped":
        database.execute("DROP INDEX ix_last")
    if name == "pending":
        database.execute("INSERT INTO alembic_version VALUES ('0003a'); DROP INDEX ix_last")
    check = checked(database, tmp_path)
    differences = [f for f in check["findings"] if f["object"]["kind"] != "migration"]
    known = [f for f in differences if f["object"]["name"] != "ix_last"]
    assert {f["cause"] for f in known} == {situation.cause}, known
    assert {f["rule"] for f in known} == situation.rules
    assert {f["revision"] for f in known} == {situation.revision}
    if name == "made by hand":
        assert len(known) == len(CHANGES)


def test_a_migration_that_fails_hides_no_difference(database: Database, tmp_path: Path) -> None:
    write(tmp_path, changes_in="0004")
    script = tmp_path / "migrations" / "versions" / "0005_last.py"
    script.write_text(script.read_text().replace("CREATE INDEX", "CREATE NONSENSE"))
    built(database, changes=False, version="0004")
    check = checked(database, tmp_path)
    assert len(check["findings"]) > len(CHANGES)
    assert not check["complete"]
    [note] = [note for note in check["notes"] if note.startswith("the causes are not known")]
    assert "0005_last.py" in note
    assert "CREATE NONSENSE" in note or "syntax error" in note
    strict = ("--require-complete",)
    done = run(database, tmp_path, *strict)
    assert done.returncode == 2


def test_without_migrations_the_causes_cannot_be_asked_for(
    database: Database, tmp_path: Path
) -> None:
    (tmp_path / "shop.py").write_text(MODELS)
    database.execute(BEFORE)
    done = run(database, tmp_path)
    assert done.returncode == 2
    assert "set migrations: config: to the path of alembic.ini" in done.stderr
    assert "Traceback" not in done.stderr
    environment = os.environ | {"DATABASE_URL": database.url}
    implied = ("check", "--models", "shop:metadata", "--cause", causes.MIXED)
    assert drift(*implied, cwd=tmp_path, env=environment).stderr == done.stderr


def test_a_snapshot_has_no_causes(database: Database, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(MODELS)
    frozen = ("snapshot", "--models", "shop:metadata", "-o", "s.json")
    assert drift(*frozen, cwd=tmp_path).returncode == 0
    database.execute(BEFORE)
    done = run(database, tmp_path, "--expected", "snapshot:s.json")
    assert done.returncode == 2
    assert "remove --expected" in done.stderr


def test_tables_may_be_in_another_schema_than_public(database: Database, tmp_path: Path) -> None:
    """The search path decides, of production as of the scratch server."""
    write(tmp_path, changes_in="0004")
    database.execute("CREATE SCHEMA app")
    database.execute(f'ALTER DATABASE "{database.name}" SET search_path = app')
    built(database, changes=False, version="0003b")
    database.execute("INSERT INTO app.alembic_version VALUES ('0003a'); DROP INDEX app.ix_last")
    check = checked(database, tmp_path)
    differences = [f for f in check["findings"] if f["object"]["kind"] != "migration"]
    assert {f["object"]["schema"] for f in differences} == {"app", "other"}
    assert {f["cause"] for f in differences} == {causes.PENDING}


def test_a_database_that_create_all_made_is_recognised(database: Database, tmp_path: Path) -> None:
    write(tmp_path, changes_in="0002")
    built(database, changes=True, version=None)
    [finding] = checked(database, tmp_path)["findings"]
    assert (finding["rule"], finding["cause"]) == ("missing-version-table", causes.CREATED)
    assert finding["evidence"].endswith("it has exactly what create_all makes of the models")


def test_git_shows_migrations_that_were_edited_or_deleted(
    database: Database, tmp_path: Path
) -> None:
    write(tmp_path, changes_in="0002")
    script = tmp_path / "migrations" / "versions" / "0002_first.py"
    text = script.read_text()
    script.write_text(text.replace("ADD added varchar(20)", "ADD added varchar(10)"))
    gone = script.with_name("dead_end.py")
    gone.write_text(text.replace("'0002'", "'dead'"))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    script.write_text(text)
    gone.unlink()
    git(tmp_path, "commit", "-qam", "second")
    built(database, changes=True, version=HEAD, undo="ALTER TABLE of_column DROP added")
    database.execute("ALTER TABLE of_column ADD added varchar(10)")
    [finding] = checked(database, tmp_path)["findings"]
    assert finding["cause"] == causes.BY_HAND
    assert "0002_first.py was edited after it was added (commit " in finding["evidence"]

    database.execute("UPDATE alembic_version SET version_num = 'dead'")
    findings = checked(database, tmp_path)["findings"]
    unknown = next(f for f in findings if f["rule"] == "unknown-revision")
    assert "the file of dead was deleted (commit " in unknown["evidence"]


def git(folder: Path, *arguments: str) -> None:
    author = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", *author, *arguments], cwd=folder, check=True)
