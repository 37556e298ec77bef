"""Advice in whole checks: off by default, never drift, and everything that a finding can have."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import drift as drift_package
from drift import config
from drift.formats import FORMATS
from drift.kinds import RULES
from drift.kinds.advice import ADVISORS
from drift.report import json_v1
from drift.report.report import Report
from drift.sources.database import catalog
from drift.sources.database.scope import Scope
from tests.servers import Database, create_all
from tests.system.checking import brief, check, drift

MODELS = """
import sqlalchemy as sa
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()


class Parent(Base):
    __tablename__ = "parents"
    id = sa.Column(sa.Integer, primary_key=True)
    children = relationship(
        "Child",
        passive_deletes=True,
    )


class Child(Base):
    __tablename__ = "children"
    id = sa.Column(sa.Integer, primary_key=True)
    parent_id = sa.Column(
        sa.Integer,
        sa.ForeignKey("parents.id"),
    )
"""
SQL = """
CREATE TABLE parents (id serial PRIMARY KEY);
CREATE TABLE children (id serial PRIMARY KEY, parent_id int REFERENCES parents (id));
"""
KEY = "foreign-key-without-index"
DELETE = "delete-rule-contradiction"


@pytest.fixture
def project(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Return a database that is as the models of the working directory declare it."""
    database.execute(SQL)
    tmp_path.joinpath("adviceable.py").write_text(MODELS)
    monkeypatch.chdir(tmp_path)
    return database


def run(database: Database, configuration: str, *arguments: str) -> Any:
    """Run `drift check` with a configuration; return its result."""
    Path("drift.yaml").write_text(f"models: adviceable:Base\n{configuration}\n")
    return drift("check", *arguments, DATABASE_URL=database.url)


def rules_of(result: Any) -> list[str]:
    return [f["rule"] for check in json.loads(result.stdout)["checks"] for f in check["findings"]]


@pytest.mark.parametrize(
    ("configuration", "arguments", "rules"),
    [
        ("", (), []),
        ("advice: false", (), []),
        ("advice: true", (), [KEY, DELETE]),
        ("advice: foreign-key-*", (), [KEY]),
        (f"advice: [{DELETE}]", (), [DELETE]),
        ("", ("--advice",), [KEY, DELETE]),
        ("advice: false", ("--advice",), [KEY, DELETE]),
        ("advice: true\ntargets: {default: {advice: false}}", (), []),
        ("targets: {default: {advice: true}}", (), [KEY, DELETE]),
        (f"advice: true\nseverity: {{{KEY}: off}}", (), [DELETE]),
    ],
)
def test_it_is_given_if_it_is_asked_for(
    configuration: str, arguments: tuple[str, ...], rules: list[str], project: Database
) -> None:
    result = run(project, configuration, "--format", "json", *arguments)
    assert result.exit_code == 0, result.output
    assert rules_of(result) == rules
    [report] = json.loads(result.stdout)["checks"]
    assert report["in_sync"] is True
    assert sum(report["summary"][level] for level in ("error", "warning", "info")) == 0


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ("advice: foreign-key", "'foreign-key' matches no rule of advice"),
        ("advice: [true, missing-table]", "advice[1]: 'missing-table' matches no rule of advice"),
        ("advice: [narow-key]", "did you mean 'narrow-key'?"),
        ("advice: {a: b}", "advice: expected true, false or a rule"),
        ("advice: 1", "matches no rule of advice"),
    ],
)
def test_a_wrong_configuration_is_an_error(
    configuration: str, message: str, project: Database
) -> None:
    result = run(project, configuration)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "drift.yaml:2: " in result.stderr


def test_it_fails_nothing_unless_a_severity_says_so(project: Database) -> None:
    assert run(project, "advice: true", "--fail-on", "info").exit_code == 0
    raised = f"advice: true\nseverity: {{{KEY}: warning}}"
    result = run(project, raised, "--format", "json")
    assert result.exit_code == 1
    [report] = json.loads(result.stdout)["checks"]
    assert (report["in_sync"], report["summary"]["warning"]) == (False, 1)
    assert report["findings"][0]["fix"] is None
    planned = drift("plan", DATABASE_URL=project.url)
    assert planned.exit_code in {0, 1}
    assert "there is no step to prove" in planned.stdout


def test_an_ignore_entry_covers_it_and_is_used_only_with_it(project: Database) -> None:
    entry = "ignore: [{rule: foreign-key-without-index, object: public.children, reason: tiny}]"
    result = run(project, f"advice: true\n{entry}", "--format", "json")
    assert rules_of(result) == [DELETE]
    [report] = json.loads(result.stdout)["checks"]
    assert [f["reason"] for f in report["ignored_findings"]] == ["tiny"]
    without = run(project, entry)
    assert "matched nothing" not in without.output
    every = 'ignore: [{rule: "*", object: public.none, reason: tiny}]'
    assert "matched nothing" in run(project, every).output


def test_the_text_report_has_a_section_of_its_own(project: Database) -> None:
    result = run(project, "advice: true")
    text = result.stdout
    assert "Advice ──" in text
    assert "default: in sync, 2 suggestions; 2 tables and 3 columns compared" in text
    assert "adviceable.py" in text
    assert ":11" in text  # the line of the relationship
    assert ":20" in text  # that of the column
    only = run(project, "advice: true", "--rule", KEY)
    assert (KEY in only.stdout, DELETE in only.stdout) == (True, False)


@pytest.mark.parametrize("name", ["text", "json", "markdown", "html", "junit", "sarif"])
def test_other_formats_mention_it(name: str, project: Database) -> None:
    result = run(project, "advice: true", "--format", name)
    assert result.exit_code == 0
    assert KEY in result.stdout


def test_a_json_report_can_be_read_again(project: Database) -> None:
    outcome = check(project.url, keyless_metadata(), advice=("*",))
    assert brief(outcome.advice)
    report = Report(checks=(outcome,))
    assert json_v1.decode(json_v1.encode(report)).checks[0].advice == outcome.advice


def keyless_metadata() -> sa.MetaData:
    """Return two tables, of which the second one references the first one without an index."""
    metadata = sa.MetaData()
    sa.Table("parents", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "children",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("parents.id")),
    )
    return metadata


def test_differences_are_not_repeated_as_advice(database: Database) -> None:
    metadata = keyless_metadata()
    children = metadata.tables["children"]
    sa.Index("ix_children_parent_id", children.c.parent_id)
    create_all(metadata, database.url)
    database.execute(
        "DROP INDEX ix_children_parent_id; ALTER TABLE children DROP CONSTRAINT children_pkey;"
    )
    outcome = check(database.url, metadata, advice=("*",))
    assert brief(outcome.findings) == [
        "error missing-primary-key public.children.children_pkey",
        "warning missing-index public.children.ix_children_parent_id",
    ]
    assert not outcome.advice


def test_it_is_part_of_the_one_statement_and_only_if_it_is_on() -> None:
    without, with_it = (catalog.statement(Scope(details=each)) for each in (False, True))
    assert "pg_sequence_last_value" not in without
    assert "pg_sequence_last_value" in with_it
    assert with_it.count(";") == without.count(";")


def test_a_role_that_may_only_connect_reads_all_but_numbers(project: Database) -> None:
    url = project.url_for(project.role("reader"))
    outcome = check(url, keyless_metadata(), advice=("*",))
    assert [finding.rule for finding in outcome.advice] == [KEY]
    assert outcome.complete
    assert any("sequence-exhaustion: 2 sequences were not read" in note for note in outcome.notes)


def test_every_rule_is_listed_and_explained() -> None:
    listed = drift("rules").stdout
    for advisor in ADVISORS:
        rule = advisor.rule
        assert rule.id in listed
        assert RULES[rule.id] is rule
        assert f"{rule.id} (advice, info)" in drift("rules", rule.id).stdout


GUIDE = Path(drift_package.__file__).parent / "guide" / "advice.md"


def test_the_guide_names_every_rule_and_its_examples_are_valid(tmp_path: Path) -> None:
    text = GUIDE.read_text()
    for advisor in ADVISORS:
        assert f"| `{advisor.rule.id}` |" in text
    path = tmp_path / "drift.yaml"
    examples = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert len(examples) == 4
    for example in examples:
        path.write_text(example)
        assert config.load(path, environment={}, known_rules=RULES).targets[0].advice


HOSTILE = ["<script>alert(1)</script>", "a\x1b[31mb", "](http://x)", "::error::x", "ab\u202ecd"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_the_database_stay_text(name: str, database: Database) -> None:
    metadata = sa.MetaData()
    sa.Table("p", metadata, sa.Column(name, sa.Integer, primary_key=True))
    sa.Table("c", metadata, sa.Column(name, sa.Integer, sa.ForeignKey(f"p.{name}")))
    try:
        create_all(metadata, database.url)
    except sa.exc.ArgumentError:
        pytest.skip("SQLAlchemy cannot refer to such a name")
    report = Report(checks=(check(database.url, metadata, advice=("*",)),))
    assert {f.rule for f in report.checks[0].advice} == {KEY, "table-without-primary-key"}
    from drift.formats import Options, resolve

    for each in FORMATS:
        text = resolve(each)(report, Options())
        for line in text.splitlines() if each in {"html", "junit", "markdown"} else ():
            assert "<script>alert" not in line or line.startswith("> note: `"), each
        assert "\x1b[31mb" not in text
        assert not any(line.startswith("::error::") for line in text.splitlines())
