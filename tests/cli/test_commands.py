"""What the commands print, write and exit with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from drift.demo import models
from tests.cli.audit import AUDIT
from tests.report.contract import json_report
from tests.servers import Database
from tests.system.checking import check, drift, found


def test_drift_exits_with_1_and_only_at_the_level_that_fails(audit: Database) -> None:
    audit.execute("ALTER TABLE users ADD COLUMN more text")
    arguments = ("check", "--database", audit.url, *AUDIT)
    assert drift(*arguments).exit_code == 1
    assert drift(*arguments, "--fail-on", "error").exit_code == 0
    assert drift(*arguments, "--fail-on", "info").exit_code == 1
    assert drift(*arguments, "--exit-zero").exit_code == 0


def test_exit_zero_does_not_hide_that_a_check_was_not_made(audit: Database) -> None:
    url = "postgresql://nobody@127.0.0.1:1/x"
    assert drift("check", "--database", url, *AUDIT, "--exit-zero").exit_code == 2


def test_json_alone_is_one_document(audit: Database) -> None:
    outcome = drift("check", "--database", audit.url, *AUDIT, "--format", "json", "-v")
    assert json_report(outcome.stdout)["checks"][0]["in_sync"] is True
    assert "reading the database" in outcome.stderr


def test_reports_are_written_to_files(audit: Database, tmp_path: Path) -> None:
    outputs = [f"json={tmp_path}/deep/report.json", f"text={tmp_path}/report.txt"]
    arguments = [word for output in outputs for word in ("--output", output)]
    assert drift("check", "--database", audit.url, *AUDIT, *arguments).exit_code == 0
    assert json_report((tmp_path / "deep" / "report.json").read_text())["version"] == 1
    assert "in sync" in (tmp_path / "report.txt").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "report.txt"]


def test_targets_ignores_and_severities_come_from_the_configuration(
    audit: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    audit.execute("ALTER TABLE users ADD legacy_a text, ADD more text; CREATE TABLE celery_x ()")
    Path("drift.yaml").write_text(
        f"""
models: drift.demo.models:Base
severity: {{extra-column: info}}
ignore:
  - {{rule: extra-table, object: public.celery_*, reason: Celery makes it}}
  - {{rule: extra-column, object: public.users.legacy_*, reason: goes soon, until: 2020-01-01}}
  - {{rule: "*", object: public.nothing, reason: was mended}}
targets:
  one: {{database: "{audit.url}"}}
  two: {{database: "${{NOT_SET_AT_ALL}}"}}
"""
    )
    outcome = drift("check", "one", "--format", "json")
    assert outcome.exit_code == 0, outcome.output
    [checked] = json_report(outcome.stdout)["checks"]
    assert checked["target"] == "one"
    assert checked["summary"] == {"error": 0, "warning": 0, "info": 2, "ignored": 1}
    notes = "\n".join(checked["notes"])
    assert "drift.yaml:6" in notes
    assert "expired on 2020-01-01" in notes
    assert "public.nothing" in notes
    assert drift("check").exit_code == 2


def test_one_targets_failure_does_not_stop_the_others(
    audit: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("drift.yaml").write_text(
        f"""
models: drift.demo.models:Base
targets:
  broken: {{database: "postgresql://x@127.0.0.1:1/x"}}
  good: {{database: "{audit.url}"}}
"""
    )
    outcome = drift("check")
    assert outcome.exit_code == 2
    assert "good: in sync" in outcome.stdout
    assert "drift: error: broken: " in outcome.stderr
    assert "name one of broken, good" in drift("check", "--database", "x").stderr


def test_show_prints_what_the_comparison_sees(audit: Database) -> None:
    printed = drift("show", "analyses", "--database", audit.url).stdout
    for words in (
        "public.analyses (table)",
        "batch_id             character varying(36) NOT NULL",
        "uq_batch_isbn  UNIQUE (batch_id, isbn_or_asin)",
        "analyses_batch_id_fkey  FOREIGN KEY (batch_id) REFERENCES public.batches (id)",
        "ck_velocity_range  CHECK",
        "analyses_pkey  PRIMARY KEY (id)",
    ):
        assert words in printed
    assert "users" not in printed


def test_show_without_a_name_prints_all_tables_and_enums(audit: Database) -> None:
    printed = drift("show", "--database", audit.url).stdout
    assert printed.count(" (table)") == 8
    assert "enum public.userrole (ADMIN, SOURCER)" in printed


def test_the_version_and_the_rules_can_be_asked_for() -> None:
    assert drift("--version").stdout.startswith("drift, version ")
    assert "missing-column" in drift("rules").stdout
    assert "fix" in drift("rules", "missing-column").stdout


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["check"],
        ["show"],
        ["snapshot"],
        ["sources"],
        ["rules"],
        ["demo"],
        ["merge"],
        ["doctor"],
        ["init"],
    ],
)
def test_help_has_examples(command: list[str]) -> None:
    outcome = drift(*command, "--help")
    assert outcome.exit_code == 0
    assert "Examples:" in outcome.stdout


@pytest.mark.parametrize("command", ["check", "show", "demo"])
def test_help_of_a_command_is_that_of_its_option(command: str) -> None:
    assert drift("help", command).stdout == drift(command, "--help").stdout
    assert drift("help", command).exit_code == 0


def test_help_lists_the_commands_and_knows_no_others() -> None:
    assert drift("help").stdout.startswith(drift("--help").stdout)
    outcome = drift("help", "chek")
    assert outcome.exit_code == 2
    assert outcome.stderr == "drift: error: unknown command or topic 'chek'; did you mean check?\n"


def test_a_filter_hides_differences_and_changes_neither_files_nor_the_exit_code(
    audit: Database, tmp_path: Path
) -> None:
    audit.execute("ALTER TABLE users DROP COLUMN role; ALTER TABLE batches DROP COLUMN name")
    outcome = drift(
        *("check", "--database", audit.url, *AUDIT, "--table", "batches", "--rule", "missing-*"),
        *("--output", f"json={tmp_path}/report.json"),
    )
    assert outcome.exit_code == 1
    assert "public.batches" in outcome.stdout
    assert "public.users" not in outcome.stdout
    assert "1 of 2 differences shown, 1 hidden" in outcome.stdout
    report = json_report((tmp_path / "report.json").read_text())
    assert len(report["checks"][0]["findings"]) == 2
    hidden = drift("check", "--database", audit.url, *AUDIT, "--table", "config", "--summary")
    assert hidden.exit_code == 1
    assert "0 of 2 differences shown" in hidden.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--summary", "--format", "json"),
            "--summary, --table, --rule and --cause need --format text",
        ),
        (("--table", "users", "--output", "html=-"), "--summary, --table, --rule and --cause need"),
        (("--rule", "extra-colum"), "there is no rule 'extra-colum'; did you mean extra-column?"),
        (("--rule", "nothing-*"), "there is no rule 'nothing-*'"),
    ],
)
def test_a_filter_that_cannot_be_applied_is_refused(
    arguments: tuple[str, ...], message: str
) -> None:
    outcome = drift("check", "--database", "postgresql://127.0.0.1:1/x", *AUDIT, *arguments)
    assert outcome.exit_code == 2
    assert message in outcome.stderr
    assert "refused" not in outcome.stderr


def test_an_undeclared_table_has_a_sentence_beside_its_name(audit: Database) -> None:
    audit.execute("CREATE TABLE more (id int)")
    [finding] = check(audit.url, models.Base.metadata).findings
    assert finding.detail == "exists in the database but no model declares it"
    assert finding.message == f"table more {finding.detail}"


def test_a_missing_schema_is_one_finding(database: Database) -> None:
    import sqlalchemy as sa

    metadata: Any = sa.MetaData()
    sa.Table("here", metadata, sa.Column("id", sa.Integer))
    for name in "abc":
        sa.Table(name, metadata, sa.Column("id", sa.Integer), schema="reports")
    database.execute("CREATE TABLE here (id int)")
    assert found(database.url, metadata) == ["error missing-schema reports"]


def test_a_model_that_was_never_imported_is_pointed_out(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    package = tmp_path / "forgotten"
    package.mkdir()
    base = "from sqlalchemy import Column, Integer\nfrom sqlalchemy.orm import declarative_base\n"
    model = (
        "class {0}(Base):\n    __tablename__ = '{0}'\n    id = Column(Integer, primary_key=True)\n"
    )
    (package / "__init__.py").write_text(
        base + "Base = declarative_base()\n" + model.format("here")
    )
    (package / "orders.py").write_text("raise SystemExit\n" + model.format("orders"))
    database.execute("CREATE TABLE here (id serial PRIMARY KEY); CREATE TABLE orders (id int)")
    arguments = ("check", "--database", database.url, "--format", "json")
    outcome = drift(*arguments, "--models", "forgotten:Base")
    [finding] = json_report(outcome.stdout)["checks"][0]["findings"]
    assert finding["rule"] == "extra-table"
    assert finding["location"] == {"file": "forgotten/orders.py", "line": 3}
    assert "not imported; import it, or name it in the option import" in finding["message"]


def test_every_table_that_was_compared_is_named(audit: Database) -> None:
    audit.execute("DROP TABLE users CASCADE")
    outcome = check(audit.url, models.Base.metadata)
    declared = {f"public.{table.name}" for table in models.Base.metadata.sorted_tables}
    assert set(outcome.tables) == declared
    assert len(outcome.tables) == outcome.compared["tables"] == len(declared)


def test_rules_takes_a_pattern() -> None:
    lines = drift("rules", "extra-*").stdout.splitlines()
    assert any(line.startswith("extra-table ") for line in lines)
    assert not any(line.startswith("missing-") for line in lines)
    assert "there is no rule 'extra-'" in drift("rules", "extra-").output
