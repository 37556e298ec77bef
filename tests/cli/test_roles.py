"""The privileges and settings of the checking role change nothing that a check reports."""

from __future__ import annotations

from pathlib import Path

from drift.demo import models
from tests.cli.audit import AUDIT
from tests.servers import Database
from tests.system.checking import brief, check, drift, found


def test_a_role_that_may_only_connect_sees_the_same_differences(audit: Database) -> None:
    audit.execute("ALTER TABLE users DROP COLUMN role; CREATE TABLE more (id int)")
    role = audit.role("reader")
    owner = found(audit.url, models.Base.metadata)
    reader = found(audit.url_for(role), models.Base.metadata)
    assert reader == owner
    for schema in ("public",):
        audit.execute(f'GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO "{role}"')
    assert found(audit.url_for(role), models.Base.metadata) == owner


def test_rights_on_some_columns_only_change_nothing_and_grants_are_counted(
    audit: Database,
) -> None:
    role = audit.role("partial")
    before = check(audit.url, models.Base.metadata)
    for table in models.Base.metadata.sorted_tables:
        key = next(iter(table.primary_key)).name
        audit.execute(f'GRANT SELECT ("{key}") ON "{table.name}" TO "{role}"')
    audit.execute(f'GRANT SELECT, INSERT ON users TO "{role}"')
    outcome = check(audit.url_for(role), models.Base.metadata)
    assert brief(outcome.findings) == brief(before.findings)
    assert "grant" not in before.not_compared
    other = check(audit.url_for(audit.role("other")), models.Base.metadata)
    assert other.not_compared["grant"] == 1


def test_grants_that_a_check_needs_are_not_counted(audit: Database) -> None:
    role, other = audit.role("reader"), audit.role("other")
    audit.execute("CREATE TABLE alembic_version (version_num varchar(32))")
    audit.execute(f'GRANT SELECT ON alembic_version, users TO "{role}"')
    audit.execute(f'GRANT SELECT ON alembic_version TO "{other}"')
    reader = check(audit.url_for(role), models.Base.metadata)
    assert "grant" not in reader.not_compared
    assert check(audit.url_for(other), models.Base.metadata).not_compared["grant"] == 1


def test_a_declared_grant_to_the_role_that_checks_hides_no_other(
    audit: Database, tmp_path: Path
) -> None:
    role, other = audit.role("reader"), audit.role("other")
    audit.execute(f'GRANT SELECT ON users TO "{role}", "{other}"')
    (tmp_path / "grants.sql").write_text(f'GRANT SELECT ON users TO "{role}";')
    file = tmp_path / "drift.yaml"
    file.write_text(f"models: {AUDIT[1]}\nsql: [grants.sql]\n")
    outcome = drift("check", "--database", audit.url_for(role), "-c", str(file))
    assert outcome.exit_code == 0, outcome.output
    assert "not compared: 1 grant" in outcome.stdout


def test_the_search_path_of_a_role_changes_nothing(audit: Database) -> None:
    role = audit.role("elsewhere")
    for path in ("''", "nowhere", "pg_catalog"):
        audit.admin(f"ALTER ROLE {{}} SET search_path = {path}", role)
        outcome = check(audit.url_for(role), models.Base.metadata)
        assert outcome.in_sync
