"""Every format, and the command, show the state of the migrations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from drift.formats import FORMATS, Options, resolve
from drift.report import json_v1
from drift.report.report import Report
from tests import command as process
from tests.check.migrated import (
    THREE,
    TOUCHES,
    USERS,
    at,
    of,
)
from tests.formats.readers import NUMBERS_ONLY
from tests.servers import Database
from tests.sources.migrations.projects import linear, project, script, write

HOSTILE = 'x"]]>\u202e\x1b[31m<script>`|'


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_shows_migrations(database: Database, tmp_path: Path, name: str) -> None:
    many = linear("a1", *(f"m{number:02}" for number in range(30)))
    scripts = many | {"a1": script("a1") + TOUCHES, "e5": script("e5", "m03", message=HOSTILE)}
    database.execute(USERS + at("m02", "zz"))
    outcome = of(database, project(tmp_path, scripts))
    assert len(outcome.findings) == 30
    text = resolve(name)(Report(checks=(outcome,)), Options(width=200))
    for word in ("pending-migration", "unknown-revision", "multiple-heads"):
        assert word in text or (name == "annotations" and "more warnings" in text), word
    assert "m29" in text or "more" in text or name in NUMBERS_ONLY
    assert "\x1b[31m" not in text
    assert "\u202e" not in text
    if name == "json":
        assert json_v1.decode(text.encode()).checks[0].findings == outcome.findings
        [finding] = [f for f in json.loads(text)["checks"][0]["findings"]
                     if f["object"]["name"] == "m05"]  # fmt: skip
        assert finding["expected"] == {"revision": "m05", "down_revision": ["m04"], "message": ""}


def test_the_command_reports_the_state(database: Database, tmp_path: Path) -> None:
    database.execute(USERS + at("b2"))
    project(tmp_path, THREE)
    write(tmp_path, {
        "shop.py": "import sqlalchemy as sa\nm = sa.MetaData()\n"
        "sa.Table('users', m, sa.Column('id', sa.Integer, primary_key=True, "
        "autoincrement=False))\n",
        "drift.yaml": f"models: shop:m\ndatabase: {json.dumps(database.url)}\n",
    })  # fmt: skip
    run = process.drift("check", cwd=tmp_path)
    assert run.returncode == 1, run.stderr
    assert "public.alembic_version" in run.stdout
    assert "c3  has not run" in run.stdout
    assert "db/versions/c3.py" in run.stdout
    assert "1 table, 1 column and 3 migrations compared" in run.stdout
    write(tmp_path, {"drift.yaml": f"models: shop:m\ndatabase: {json.dumps(database.url)}\n"
                     "migrations:\n  config: gone.ini\n"})  # fmt: skip
    run = process.drift("check", cwd=tmp_path)
    assert run.returncode == 2
    assert "migrations.config: gone.ini does not exist" in run.stderr
    assert "Traceback" not in run.stderr
