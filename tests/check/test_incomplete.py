"""A check that could not read everything says so in every report, and can be made to fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import psycopg
import pytest
import sqlalchemy as sa

from drift.formats import FORMATS
from tests.report.contract import json_report
from tests.servers import Database, create_all
from tests.system.checking import drift

METADATA = sa.MetaData()
sa.Table("users", METADATA, sa.Column("age", sa.Integer), sa.CheckConstraint("age > 0", name="ck"))
sa.Table("orders", METADATA, sa.Column("id", sa.Integer))
MODELS = ("--models", "tests.check.test_incomplete:METADATA")
ERROR = (
    "drift: error: default: incomplete, and --require-complete is set: something could not be read "
    "or compared; see the notes of the report, and retry\n"
)


@pytest.fixture
def locked(database: Database) -> Iterator[str]:
    """Yield the URL of a database in sync, one of whose tables another session has locked."""
    create_all(METADATA, database.url)
    with psycopg.connect(database.url) as other:
        other.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        yield database.url


SAYS = {
    "text": "default: in sync, incomplete; 2 tables and 2 columns compared",
    "markdown": "## ! `default`: in sync, incomplete",
    "html": "<title>default is in sync with its models, as far as it could be read · drift</title>",
    "annotations": "::warning title=schema drift::default: incomplete: not everything",
    "junit": "incomplete: not everything could be read or compared",
    "sarif": "incomplete: not everything could be read or compared",
    "json": '"complete": false',
    "gitlab": "default: incomplete: not everything could be read or compared",
    "csv": '"default","incomplete","warning"',
    "prometheus": 'drift_check_complete{target="default"} 0',
}


@pytest.mark.parametrize("name", SAYS)
def test_every_report_has_a_word_for_it(locked: str, name: str) -> None:
    outcome = drift("check", "--database", locked, *MODELS, "--format", name)
    assert outcome.exit_code == 0
    assert SAYS[name] in outcome.stdout
    if name in {"html", "markdown", "junit", "sarif", "text"}:
        words = outcome.stdout.replace("&#x27;", "'")
        assert "public.users is locked by another session" in words
    if name == "junit":
        assert ElementTree.fromstring(outcome.stdout).attrib["failures"] == "0"


@pytest.mark.parametrize("more", [(), ("--exit-zero",)])
def test_it_fails_where_that_is_asked_for(locked: str, more: tuple[str, ...]) -> None:
    outcome = drift("check", "--database", locked, *MODELS, "--require-complete", *more)
    assert outcome.exit_code == 2
    assert outcome.stderr.endswith(ERROR)
    assert "in sync, incomplete" in outcome.stdout


def test_what_is_complete_does_not_fail(database: Database) -> None:
    create_all(METADATA, database.url)
    outcome = drift("check", "--database", database.url, *MODELS, "--require-complete")
    assert outcome.exit_code == 0
    assert "incomplete" not in outcome.stdout.replace("test_incomplete", "")


def test_a_merged_report_keeps_it(locked: str, tmp_path: Path) -> None:
    part = tmp_path / "part.json"
    written = drift("check", "--database", locked, *MODELS, "--output", f"json={part}")
    assert written.exit_code == 0
    merged = drift("merge", str(part))
    assert (merged.exit_code, "default: in sync, incomplete" in merged.stdout) == (0, True)
    refused = drift("merge", str(part), "--require-complete")
    assert (refused.exit_code, refused.stderr) == (2, ERROR)


def test_a_role_that_may_only_connect_is_in_sync_and_complete(database: Database) -> None:
    create_all(METADATA, database.url)
    url = database.url_for(database.role("reader"))
    outcome = drift("check", "--database", url, *MODELS, "--format", "json", "--require-complete")
    assert outcome.exit_code == 0
    [found] = json_report(outcome.stdout)["checks"]
    assert (found["in_sync"], found["complete"], found["notes"]) == (True, True, [])


def test_a_table_without_select_is_a_remark_in_json_and_nowhere_else(
    database: Database, tmp_path: Path
) -> None:
    create_all(METADATA, database.url)
    url = database.url_for(database.role("reader"))
    report = tmp_path / "report.json"
    outcome = drift("check", "--database", url, *MODELS, "--output", f"json={report}")
    assert outcome.exit_code == 0, outcome.output
    assert "unreadable" not in outcome.output
    for document in (report.read_text(), drift("merge", str(report), "--format=json").stdout):
        [check] = json_report(document)["checks"]
        assert {finding["rule"] for finding in check["findings"]} == {"unreadable-table"}
        assert (check["in_sync"], check["summary"]["info"]) == (True, 0)
    for name in FORMATS:
        text = drift("merge", str(report), "--format", name, "--fail-on=info")
        assert text.exit_code == 0, name
        assert ("unreadable" in text.stdout) is (name == "json"), name


def test_a_table_without_select_counts_where_the_configuration_says_so(
    database: Database, tmp_path: Path
) -> None:
    create_all(METADATA, database.url)
    url = database.url_for(database.role("reader"))
    config = tmp_path / "drift.yaml"
    for text, code in (
        ("severity: {unreadable-table: error}", 1),
        ("ignore: [{rule: unreadable-table, object: public.*, reason: ours}]", 0),
    ):
        config.write_text(f"models: {MODELS[1]}\n{text}\n")
        outcome = drift("check", "-c", str(config), DATABASE_URL=url)
        assert outcome.exit_code == code, outcome.output
        assert "matched nothing" not in outcome.output
