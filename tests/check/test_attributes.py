"""An ignore entry for one attribute: the other changes of a finding remain."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from drift.check.covering import attributes, covers, is_about
from drift.config import IgnoreEntry
from drift.model import ObjectRef, Severity
from drift.report.finding import Finding
from tests.report.contract import json_report
from tests.servers import Database, create_all
from tests.system.checking import drift

METADATA = sa.MetaData()
sa.Table("teams", METADATA, sa.Column("id", sa.Integer, primary_key=True), comment="Teams")
sa.Table(
    "users",
    METADATA,
    sa.Column("id", sa.Integer, sa.Identity(start=5, increment=2, cache=3), primary_key=True),
    sa.Column("email", sa.Text, comment="The address"),
    sa.Column("team", sa.Integer, sa.ForeignKey("teams.id", name="fk", ondelete="CASCADE")),
)
DRIFTED = """
    ALTER TABLE users ALTER id SET START 7 SET INCREMENT 3;
    COMMENT ON COLUMN users.email IS 'Another';
    COMMENT ON TABLE teams IS 'Other teams';
    ALTER TABLE users DROP CONSTRAINT fk;
    ALTER TABLE users ADD CONSTRAINT fk FOREIGN KEY (team) REFERENCES teams
        ON DELETE SET NULL DEFERRABLE;
"""
MODELS = "models: tests.check.test_attributes:METADATA\n"
FOREIGN_KEY = "public.users.fk"


@pytest.fixture
def drifted(database: Database) -> str:
    create_all(METADATA, database.url)
    database.execute(DRIFTED)
    return database.url


def checked(url: str, folder: Any, *entries: dict[str, Any], **more: Any) -> Any:
    """Return the only check of a run with these ignore entries."""
    lines = [f"  - {json.dumps(entry)}" for entry in entries]
    text = "\n".join([MODELS, *(f"{k}: {v}" for k, v in more.items()), "ignore:", *lines])
    path = folder / "drift.yaml"
    path.write_text(text + "\n")
    outcome = drift("check", "-c", str(path), "--database", url, "--format", "json")
    [check] = json_report(outcome.stdout)["checks"]
    return check


def entry(pattern: str, attribute: str | None = None, **more: str) -> dict[str, Any]:
    only = {"attribute": attribute} if attribute else {}
    return {"rule": "*", "object": pattern, "reason": "known"} | only | more


def changes(findings: Any) -> dict[str, list[str]]:
    paths = ("schema", "table", "name")
    return {
        ".".join(
            finding["object"][part] for part in paths if finding["object"][part] is not None
        ): sorted(finding["changes"])
        for finding in findings
    }


KEY, EMAIL, ID = FOREIGN_KEY, "public.users.email", "public.users.id"
CASES: list[tuple[list[dict[str, Any]], dict[str, list[str]], dict[str, list[str]]]] = [
    ([entry(EMAIL, "comment")], {}, {EMAIL: ["comment"]}),
    ([entry(EMAIL, "type")], {EMAIL: ["comment"]}, {}),
    (
        [entry(KEY, "on_delete")],
        {KEY: ["deferrable"]},
        {KEY: ["on_delete"]},
    ),
    ([entry(KEY, "on_delete"), entry(KEY, "deferrable")], {}, {KEY: ["deferrable", "on_delete"]}),
    ([entry(KEY, "*")], {}, {KEY: ["deferrable", "on_delete"]}),
    (
        [entry(ID, "identity.start")],
        {ID: ["identity.increment"]},
        {ID: ["identity.start"]},
    ),
    ([entry(ID, "identity")], {}, {ID: ["identity.increment", "identity.start"]}),
    ([entry(ID, "iden")], {ID: ["identity.increment", "identity.start"]}, {}),
    (
        [entry("public.users", "on_delete")],
        {KEY: ["deferrable"]},
        {KEY: ["on_delete"]},
    ),
]


@pytest.mark.parametrize(("entries", "kept", "ignored"), CASES)
def test_a_finding_loses_only_the_attributes_that_entries_name(
    drifted: str,
    tmp_path: Any,
    entries: list[dict[str, Any]],
    kept: dict[str, list[str]],
    ignored: dict[str, list[str]],
) -> None:
    check = checked(drifted, tmp_path, *entries)
    every = {
        KEY: ["deferrable", "on_delete"],
        EMAIL: ["comment"],
        "public.teams.teams": ["comment"],
    }
    every[ID] = ["identity.increment", "identity.start"]
    named = kept.keys() | ignored.keys()
    rest = {path: names for path, names in every.items() if path not in named}
    assert changes(check["findings"]) == rest | kept
    assert changes(check["ignored_findings"]) == ignored
    assert {item["reason"] for item in check["ignored_findings"]} <= {"known"}


def test_what_remains_is_reported_as_if_the_rest_did_not_differ(
    drifted: str, tmp_path: Any
) -> None:
    whole = next(f for f in checked(drifted, tmp_path)["findings"] if f["object"]["name"] == "fk")
    check = checked(drifted, tmp_path, entry(KEY, "on_delete"))
    [part] = [f for f in check["findings"] if f["object"]["name"] == "fk"]
    [ignored] = check["ignored_findings"]
    assert "on delete" in whole["message"]
    assert "on delete" not in part["message"] + part["detail"]
    assert part["message"].startswith("foreign key fk: deferrable")
    assert "on delete" in ignored["message"]
    assert "deferrable" not in ignored["message"]
    assert whole["impact"] == ignored["impact"]
    assert part["impact"].startswith("No effect by itself: a transaction can defer")
    assert whole["fingerprint"] == part["fingerprint"] == ignored["fingerprint"]
    assert ignored["declared_at"].endswith("drift.yaml:4")


def test_the_severity_is_that_of_what_remains(drifted: str, tmp_path: Any) -> None:
    severities = {}
    for attribute in ("on_delete", "deferrable"):
        check = checked(drifted, tmp_path, entry(KEY, attribute))
        [part] = [f for f in check["findings"] if f["object"]["name"] == "fk"]
        severities[attribute] = part["severity"]
    whole = next(f for f in checked(drifted, tmp_path)["findings"] if f["object"]["name"] == "fk")
    ranks = ["error", "warning", "info"]
    assert whole["severity"] == min(severities.values(), key=ranks.index)
    chosen = checked(
        drifted, tmp_path, entry(KEY, "on_delete"), severity="{foreign-key-mismatch: info}"
    )
    [part] = [f for f in chosen["findings"] if f["object"]["name"] == "fk"]
    assert part["severity"] == "info"


def test_an_entry_for_a_kind_covers_a_table_and_not_its_columns(
    drifted: str, tmp_path: Any
) -> None:
    check = checked(drifted, tmp_path, entry("public.*", "comment", kind="table"))
    assert changes(check["ignored_findings"]) == {"public.teams.teams": ["comment"]}


def test_an_attribute_that_does_not_differ_is_an_unused_entry(drifted: str, tmp_path: Any) -> None:
    check = checked(drifted, tmp_path, entry(EMAIL, "type"))
    [unused] = check["unused_ignores"]
    assert (unused["object"], unused["attribute"]) == (EMAIL, "type")
    [note] = [note for note in check["notes"] if "matched nothing" in note]
    assert note.endswith("for * on public.users.email: type matched nothing; remove it")


def finding(**changed: Any) -> Finding:
    pairs = {name.replace("__", "."): (1, 2) for name in changed}
    return Finding(
        rule="column-identity-mismatch",
        severity=Severity.ERROR,
        object=ObjectRef("column", "public", "users", "id"),
        message="differs",
        impact="breaks",
        changes=pairs,
    )


def only(attribute: str | None) -> IgnoreEntry:
    return IgnoreEntry(rule="*", object="*", reason="known", attribute=attribute)


@pytest.mark.parametrize(
    ("attribute", "covered"),
    [
        ("identity", {"identity.start", "identity.cache"}),
        ("identity.*", {"identity.start", "identity.cache"}),
        ("identity.start", {"identity.start"}),
        ("*", {"identity.start", "identity.cache", "type"}),
        ("start", set()),
        (None, {"identity.start", "identity.cache", "type"}),
    ],
)
def test_an_attribute_covers_itself_and_what_is_within_it(
    attribute: str | None, covered: set[str]
) -> None:
    one = finding(identity__start=1, identity__cache=1, type=1)
    assert attributes(only(attribute), one) == covered
    assert is_about(only(attribute), one) is bool(covered)
    assert covers(only(attribute), one) is (len(covered) == 3)


def test_no_attribute_of_a_missing_object_differs() -> None:
    assert not is_about(only("*"), finding())
    assert covers(only(None), finding())


PROBLEMS = [
    ("attribute: 'a b'", "attribute: 'a b' is not a name such as comment or on_delete"),
    ("attribute: ''", "attribute: must not be empty"),
    ("attribute: [a]", "attribute: expected a string, not a list"),
    ("kind: Table", "kind: 'Table' is not a name such as comment or on_delete"),
    ("kind: 'a['", "kind: 'a[' has a [ without its ]"),
]


@pytest.mark.parametrize(("line", "problem"), PROBLEMS)
def test_a_wrong_value_is_an_error_with_its_line(tmp_path: Any, line: str, problem: str) -> None:
    path = tmp_path / "drift.yaml"
    path.write_text(f"{MODELS}ignore:\n  - {{rule: '*', object: a.b, reason: x,\n     {line}}}\n")
    outcome = drift("check", "-c", str(path), "--database", "postgresql:///x")
    assert outcome.exit_code == 2
    assert f"drift.yaml:4: ignore[0].{problem}" in outcome.stderr
