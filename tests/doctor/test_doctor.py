"""`drift doctor`: one line per subject, and a fix for what fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from drift.demo import models
from tests.guide.blocks import FOLDER, blocks
from tests.servers import Database, create_all
from tests.sources.migrations.projects import linear, project
from tests.system.checking import drift

AUDIT = ("--models", "drift.demo.models:Base")


@pytest.fixture(autouse=True)
def nothing_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "SENTRY_DSN", "GITHUB_TOKEN", "GH_TOKEN", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def audit(database: Database) -> Database:
    create_all(models.Base.metadata, database.url)
    return database


def statuses(text: str) -> dict[str, str]:
    """Return status by what the line is about: `default: server` → ok.

    Bases of other tests, whose modules this process has imported as well, are left out.
    """
    others = "compared; if the database has them"
    lines = [line.split(maxsplit=1) for line in text.splitlines() if others not in line]
    return {":".join(rest.split(":")[:2]): status for status, rest in lines}


def test_what_works_is_said_line_by_line(audit: Database) -> None:
    role = audit.role("reader")
    outcome = drift("doctor", "--database", audit.url_for(role), *AUDIT)
    found = statuses(outcome.stdout)
    assert outcome.exit_code == 0, outcome.output
    assert found["default: models"] == "ok", outcome.stdout
    assert found["default: connection"] == "ok"
    assert found["default: server"] == "ok"
    assert found["default: role"] == "ok"
    assert "8 of 8 declared tables exist" in outcome.stdout
    assert found["default: privileges"] == "note"
    assert "compares them all the same" in outcome.stdout


def test_a_version_table_that_cannot_be_read_is_noted(audit: Database, tmp_path: Path) -> None:
    role = audit.role("reader")
    audit.execute("CREATE TABLE alembic_version (version_num varchar(32))")
    project(tmp_path, linear("a1"))
    options = ("--database", audit.url_for(role), *AUDIT)
    outcome = drift("doctor", *options)
    assert statuses(outcome.stdout)["default: migrations"] == "note", outcome.output
    assert f"GRANT SELECT ON public.alembic_version TO {role}" in " ".join(outcome.stdout.split())
    audit.execute(f"GRANT SELECT ON alembic_version TO {role}")
    ready = drift("doctor", *options).stdout
    assert statuses(ready)["default: migrations"] == "ok"
    assert "migrations: the role can read public.alembic_version" in ready


def test_a_superuser_is_more_than_is_needed(audit: Database) -> None:
    outcome = drift("doctor", "--database", audit.url, *AUDIT)
    assert statuses(outcome.stdout)["default: role"] == "warn"
    assert outcome.exit_code == 0
    assert "alembic_version" not in outcome.stdout


def test_the_sql_of_the_role_is_that_of_the_guide(audit: Database, tmp_path: Path) -> None:
    audit.execute("CREATE TABLE alembic_version (version_num varchar(32))")
    project(tmp_path, linear("a1"))
    printed = " ".join(drift("doctor", "--database", audit.url, *AUDIT).stdout.split())
    shown = [text for _, text in blocks(FOLDER / "role.md", "sql")]
    assert len(shown) == 2
    statements = " ".join("".join(shown).split()).replace("DATABASE shop", f"DATABASE {audit.name}")
    assert statements in printed


def test_models_that_cannot_be_imported_do_not_hide_the_database(audit: Database) -> None:
    outcome = drift("doctor", "--database", audit.url, "--models", "nowhere.at_all:Base")
    found = statuses(outcome.stdout)
    assert outcome.exit_code == 2
    assert found["default: models"] == "FAIL"
    assert found["default: connection"] == "ok"


def test_a_database_that_does_not_answer_says_so_without_its_password() -> None:
    url = "postgresql://me:hunter2@127.0.0.1:1/shop"
    outcome = drift("doctor", "--database", url, *AUDIT)
    assert outcome.exit_code == 2
    assert statuses(outcome.stdout)["default: database"] == "FAIL"
    assert "refused" in outcome.stdout
    assert "hunter2" not in outcome.output


def test_a_variable_that_is_not_set_does_not_hide_the_models(tmp_path: Path) -> None:
    (tmp_path / "drift.yaml").write_text(f"models: {AUDIT[1]}\ndatabase: ${{NOWHERE}}\n")
    outcome = drift("doctor", NOWHERE=None)
    assert outcome.exit_code == 2
    assert statuses(outcome.stdout)["default: models"] == "ok"
    assert statuses(outcome.stdout)["default: database"] == "FAIL"
    assert "environment variable NOWHERE is not set or empty; set it\n" in outcome.stdout


def test_a_refused_connection_says_what_to_do(audit: Database) -> None:
    absent = audit.url.replace(audit.name, "drift_no_such")
    advice = {
        "postgresql://127.0.0.1:1/x": "check host and port, and that the server is running",
        "postgresql://nowhere.invalid/x": "check the name of the host",
        absent: "check the name of the database",
        audit.url_for("drift_nobody"): "check the user of the URL",
    }
    for url, words in advice.items():
        outcome = drift("doctor", "--database", url, *AUDIT)
        assert outcome.exit_code == 2
        assert words in " ".join(outcome.stdout.split()), outcome.stdout


def test_the_wrong_database_is_recognised(database: Database) -> None:
    outcome = drift("doctor", "--database", database.url, *AUDIT)
    assert outcome.exit_code == 2
    assert "0 of 8 declared tables exist: is this the right database" in outcome.stdout


def test_what_is_locked_or_left_out_is_named(audit: Database) -> None:
    audit.execute("CREATE VIEW names AS SELECT email FROM users")
    audit.execute("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    outcome = drift("doctor", "--database", audit.url, *AUDIT)
    assert "not compared: function (1)" in outcome.stdout


def test_receivers_without_a_key_are_not_looked_at(audit: Database) -> None:
    outcome = drift("doctor", "--database", audit.url, *AUDIT)
    assert "note  sentry: skipped; set SENTRY_DSN, or pass --report sentry" in outcome.stdout
    assert (
        "note  github: skipped; set GITHUB_TOKEN or GH_TOKEN, or pass --report github"
        in outcome.stdout
    )


def test_a_receiver_that_is_down_is_exit_3(audit: Database) -> None:
    outcome = drift(
        "doctor", "--database", audit.url, *AUDIT, SENTRY_DSN="http://k3y@127.0.0.1:1/1"
    )
    assert statuses(outcome.stdout).get("sentry: 127.0.0.1") or "FAIL  sentry" in outcome.stdout
    assert outcome.exit_code == 3
    assert "k3y" not in outcome.output


@pytest.mark.parametrize(
    ("report", "words"),
    [
        ("github", "no repository; set github.repository or GITHUB_REPOSITORY"),
        ("sentry", "no DSN for Sentry; set SENTRY_DSN, or sentry.dsn in the configuration"),
    ],
)
def test_a_receiver_that_was_asked_for_without_a_key_fails_as_in_a_check(
    audit: Database, report: str, words: str
) -> None:
    arguments = ("--database", audit.url, *AUDIT, "--report", report)
    looked, checked = drift("doctor", *arguments), drift("check", *arguments)
    assert f"FAIL  {report}: {words}" in looked.stdout
    assert words in checked.stderr
    assert (looked.exit_code, checked.exit_code) == (2, 2)


def test_several_targets_are_looked_at_one_after_the_other(audit: Database, tmp_path: Path) -> None:
    (tmp_path / "drift.yaml").write_text(
        "models: drift.demo.models:Base\ntargets:\n"
        f"  good: {{database: '{audit.url}'}}\n"
        "  bad: {database: 'postgresql://127.0.0.1:1/x'}\n"
    )
    outcome = drift("doctor")
    found = statuses(outcome.stdout)
    assert outcome.stdout.startswith("ok    configuration: ")
    assert found["good: connection"] == "ok"
    assert found["bad: database"] == "FAIL"
    assert outcome.exit_code == 2
