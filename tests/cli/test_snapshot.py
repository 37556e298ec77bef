"""`drift snapshot` writes a file, with which a check needs no models; `drift sources` lists all."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from drift.demo.models import Base
from drift.sources import SOURCES
from tests.cli.messages import one_message
from tests.command import drift
from tests.report.contract import json_report
from tests.servers import Database, create_all

MODELS = """
import sqlalchemy as sa
metadata = sa.MetaData()
sa.Table("users", metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text),
)
"""
UNIMPORTED = 'import sqlalchemy as sa\n\n\nTable = sa.Table("orders", sa.MetaData())\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project, whose models are shop.models:metadata."""
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "models.py").write_text(MODELS)
    (package / "other.py").write_text(UNIMPORTED)
    (tmp_path / "drift.yaml").write_text(
        "models: shop.models:metadata\ndatabase: ${SHOP_URL}\nexpected: snapshot:db/schema.json\n"
    )
    return tmp_path


def frozen(project: Path, *words: str) -> str:
    done = drift("snapshot", *words, cwd=project)
    assert done.returncode == 0, done.stderr
    return done.stdout


def changed_lines(before: str, after: str) -> list[str]:
    old, new = before.splitlines(), after.splitlines()
    return [line for line in new if line not in old] + [line for line in old if line not in new]


def test_a_new_column_is_one_line_of_objects(project: Path) -> None:
    before = frozen(project)
    models = project / "shop" / "models.py"
    models.write_text(MODELS.replace(",\n)", ',\n    sa.Column("more", sa.Text),\n)'))
    located, *lines = sorted(
        changed_lines(before, frozen(project)), key=lambda it: "file" not in it
    )
    assert '"more": 3' in located
    assert [line for line in lines if "file" not in line] == [
        ',{"schema": "public", "table": "users", "name": "more", "type": "text", "nullable": true}'
    ]


def test_the_same_models_make_the_same_file(project: Path) -> None:
    frozen(project, "-o", "one.json")
    frozen(project, "models:shop.models:metadata", "--output", "two.json")
    one, two = ((project / name).read_text() for name in ("one.json", "two.json"))
    assert one == two
    assert sorted(path.name for path in project.glob("*.json")) == ["one.json", "two.json"]
    assert frozen(project, "--models", "shop.models:metadata") == one


def test_the_configurations_snapshot_is_relative_to_the_project(
    project: Path, database: Database
) -> None:
    frozen(project, "-o", "db/schema.json")
    database.execute("CREATE TABLE users (id serial PRIMARY KEY); CREATE TABLE orders ()")
    (project / "shop" / "models.py").write_text("raise SystemExit('imported')")
    environment = os.environ | {"SHOP_URL": database.url}
    inside = project / "shop"
    for folder, name in ((project, "db/schema.json"), (inside, str(project / "db/schema.json"))):
        done = drift("check", "--format", "json", cwd=folder, env=environment)
        assert done.returncode == 1, done.stderr
        [checked] = json_report(done.stdout)["checks"]
        assert checked["expected"] == {"source": "snapshot", "name": name, "label": "models"}
        locations = {finding["rule"]: finding["location"] for finding in checked["findings"]}
        assert locations == {
            "missing-column": {"file": "shop/models.py", "line": 6},
            "extra-table": {"file": "shop/other.py", "line": 4},
        }
        [extra] = [each for each in checked["findings"] if each["rule"] == "extra-table"]
        assert "shop/other.py:4 declares it, but that module was not imported" in extra["message"]


def test_the_command_lines_snapshot_is_relative_to_the_folder(
    project: Path, database: Database
) -> None:
    frozen(project, "-o", "shop/here.json")
    database.execute("CREATE TABLE users (id serial PRIMARY KEY, name text)")
    environment = os.environ | {"SHOP_URL": database.url}
    words = ("check", "--expected", "snapshot:here.json")
    done = drift(*words, cwd=project / "shop", env=environment)
    assert done.returncode == 0, done.stderr
    assert re.search(r"expected +snapshot here.json", done.stdout)
    one_message(drift(*words, cwd=project, env=environment), "here.json: cannot be read: No such")


def test_a_live_database_is_frozen_with_its_server_and_without_its_password(
    project: Path, database: Database, tmp_path: Path
) -> None:
    create_all(Base.metadata, database.url)
    role = database.role("reader")
    url = database.url_for(role)
    names = {"--database": database.name, url: database.name, "default": "default"}
    for words in (["--database", url], [url], ["default"]):
        done = drift("snapshot", *words, cwd=project, env=os.environ | {"SHOP_URL": url})
        assert done.returncode == 0, done.stderr
        document = json.loads(done.stdout)
        assert document["source"] == {"source": "database", "name": names[words[0]]}
        assert document["postgresql"]["number"] == database.server_version
        assert len(document["main"]["objects"]["table"]) == 8
        assert role not in done.stdout + done.stderr
    (tmp_path / "live.json").write_text(done.stdout)
    words = ["--expected", "snapshot:live.json", "--database", database.url]
    assert drift("check", *words, cwd=project).returncode == 0
    database.execute("ALTER TABLE users DROP COLUMN role")
    outcome = drift("check", *words, cwd=project, env=os.environ | {"SHOP_URL": ""})
    assert outcome.returncode == 1
    assert "missing-column" in outcome.stdout


def test_a_locked_table_is_not_frozen(project: Path, database: Database) -> None:
    import psycopg

    database.execute("CREATE TABLE held (id int CHECK (id > 0))")
    with psycopg.connect(database.url) as holder:
        holder.execute("LOCK TABLE held")
        done = drift("snapshot", database.url, cwd=project)
    one_message(done, "public.held is locked by another session", "try again")


def test_the_commit_is_that_of_the_folder(project: Path) -> None:
    assert "commit" not in json.loads(frozen(project))

    def git(*words: str) -> str:
        identity = ("-c", "user.name=x", "-c", "user.email=x@y")
        command = ["git", *identity, *words]
        return subprocess.run(
            command, cwd=project, check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "-q")
    assert "commit" not in json.loads(frozen(project))
    git("add", "shop")
    git("commit", "-qm", "x")
    commit = git("rev-parse", "HEAD")
    assert json.loads(frozen(project))["commit"] == commit
    (project / "shop" / "models.py").write_text(f"{MODELS}# more")
    assert json.loads(frozen(project))["commit"] == f"{commit}+dirty"
    without_git = {"PATH": str(project), "PYTHONPATH": ""}
    done = drift("snapshot", cwd=project, env=os.environ | without_git)
    assert "commit" not in json.loads(done.stdout)


def test_names_that_a_terminal_would_obey_are_escaped_and_survive(
    project: Path, database: Database
) -> None:
    database.execute('CREATE TABLE "a\x1b[31m\u202e" (id int); COMMENT ON TABLE "a\x1b[31m\u202e" '
                     "IS 'x\n::error::y'")  # fmt: skip
    text = frozen(project, database.url)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\n::error" not in text
    [table] = json.loads(text)["main"]["objects"]["table"]
    assert table["name"] == "a\x1b[31m\u202e"


def test_targets_with_different_models_must_be_chosen(project: Path) -> None:
    (project / "drift.yaml").write_text(
        "targets:\n  one: {models: shop.models:metadata, database: x}\n"
        "  two: {models: drift.demo.models:Base, database: x}\n"
    )
    done = drift("snapshot", cwd=project)
    one_message(done, "the targets have different models; select one with --target: one, two")
    assert "users" in frozen(project, "--target", "one")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["snapshot:x.json"], "snapshot:x.json is a snapshot already; copy the file"),
        ([""], "SOURCE is empty; name a source"),
        (["nowhere", "--database", "x"], "there is no target 'nowhere'"),
        (["models:shop.nothing:x"], "shop.nothing"),
        (["-o", "shop"], "cannot write shop: Is a directory"),
        (["-o", ""], "--output is empty"),
        (["--bind", "x"], "has no table of the bind x"),
        (["postgresql://x:secret-pass-word1@127.0.0.1:1/x"], "127.0.0.1"),
    ],
)
def test_bad_input_is_one_line(project: Path, words: list[str], says: str) -> None:
    done = drift("snapshot", *words, cwd=project)
    one_message(done, says)
    assert "secret-pass-word1" not in done.stderr
    assert done.stdout == ""


def test_a_file_that_cannot_be_written_stays_as_it_was(project: Path) -> None:
    (project / "schema.json").write_text("before")
    (project / "shop" / "models.py").write_text("raise ValueError")
    assert drift("snapshot", "-o", "schema.json", cwd=project).returncode == 2
    assert (project / "schema.json").read_text() == "before"


def test_a_check_against_a_snapshot_imports_neither_sqlalchemy_nor_the_application(
    project: Path, database: Database
) -> None:
    frozen(project, "-o", "db/schema.json")
    database.execute("CREATE TABLE users (id serial PRIMARY KEY)")
    heavy = ("sqlalchemy", "shop", "jinja2", "rich", "sentry_sdk", "urllib3", "alembic")
    code = (
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name.partition('.')[0] in {heavy!r}: raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        "from drift.cli.main import cli\n"
        "try: cli(['check', '--format', 'json'])\n"
        "except SystemExit as end: assert end.code == 1, end.code\n"
        f"print(set({heavy!r}) & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=project,
        env=os.environ | {"SHOP_URL": database.url},
    )  # fmt: skip
    assert done.stderr.splitlines()[-1] == "set()"
    [checked] = json_report(done.stdout)["checks"]
    assert [finding["rule"] for finding in checked["findings"]] == ["missing-column"]


def test_sources_lists_every_source_and_the_targets(project: Path, tmp_path: Path) -> None:
    printed = drift("sources", cwd=project).stdout
    for source in SOURCES.values():
        assert source.description in printed
        assert all(spelling in printed for spelling in source.spellings)
    assert "Targets: default" in printed
    (tmp_path / "empty").mkdir()
    (project / "drift.yaml").unlink()
    assert "Targets" not in drift("sources", cwd=tmp_path / "empty").stdout
    (project / "drift.yaml").write_text("nothing: 1")
    one_message(drift("sources", cwd=project), "drift.yaml:1: nothing: unknown key")
