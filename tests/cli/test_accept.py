"""`drift accept`: writes entries that ignore the chosen differences, and refuses all else."""

from __future__ import annotations

import datetime
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.messages import one_message
from tests.servers import Database

MODELS = """
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text
metadata = MetaData()
Table("teams", metadata, Column("id", Integer, primary_key=True), comment="Teams")
Table(
    "users", metadata, Column("id", Integer, primary_key=True),
    Column("email", Text, comment="Address"), Column("role", Text, nullable=False),
    Column("team", Integer, ForeignKey("teams.id", name="fk", ondelete="CASCADE")),
    comment="Users",
)
"""
TABLES = """
    CREATE TABLE teams (id serial PRIMARY KEY);
    CREATE TABLE users (id serial PRIMARY KEY, email text, team int, old text, "a*b" text,
        CONSTRAINT fk FOREIGN KEY (team) REFERENCES teams ON DELETE SET NULL DEFERRABLE);
    COMMENT ON TABLE teams IS 'Teams';
"""
HOSTILE = """
    CREATE TABLE "we[i]rd?" ("x y" int, "${HOME}" int, "::error::a
b" int, "aXb" int);
    CREATE TABLE "weird1" (id int);
"""
REASON = ("--reason", "known since spring")


class Project:
    """A project with a configuration, and the command run in its folder."""

    def __init__(self, run: Any, folder: Path, urls: dict[str, str]) -> None:
        self._run, self.folder, self.urls = run, folder, urls
        (folder / "shop.py").write_text(MODELS)
        lines = [f'  {name}:\n    database: "{url}"\n' for name, url in urls.items()]
        self.write(
            f"# Our checks.\nmodels: shop:metadata   # all of them\ntargets:\n{''.join(lines)}"
        )

    @property
    def path(self) -> Path:
        return self.folder / "drift.yaml"

    def write(self, text: str) -> None:
        self.path.write_text(text)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        outcome: subprocess.CompletedProcess[str] = self._run(*arguments, **environment)
        return outcome

    def checks(self) -> dict[str, Any]:
        report = json.loads(self.run("check", "--format", "json").stdout)
        return {check["target"]: check for check in report["checks"]}

    def left(self) -> dict[str, list[str]]:
        return {name: briefs(check["findings"]) for name, check in self.checks().items()}

    def ignored(self) -> dict[str, list[str]]:
        return {name: briefs(check["ignored_findings"]) for name, check in self.checks().items()}

    def fingerprint(self, brief: str, target: str = "default") -> str:
        [found] = [f for f in self.checks()[target]["findings"] if brief in briefs([f])]
        return str(found["fingerprint"])

    def config(self) -> Any:
        return yaml.safe_load(self.path.read_text())


def briefs(findings: Any) -> list[str]:
    """Return `rule schema.table.name` for each finding; of a table, both names."""
    names = ("schema", "table", "name")
    paths = [
        [f["object"][name] for name in names[f["object"]["kind"] == "table" :] if f["object"][name]]
        for f in findings
    ]
    return sorted(f"{f['rule']} {'.'.join(path)}" for f, path in zip(findings, paths, strict=True))


@pytest.fixture
def project(run: Any, tmp_path: Path, database: Database) -> Project:
    """Return a project with one target, named by nothing."""
    database.execute(TABLES)
    made = Project(run, tmp_path, {"default": database.url})
    made.write(f'# Our checks.\nmodels: shop:metadata   # all\ndatabase: "{database.url}"\n')
    return made


@pytest.fixture
def two(run: Any, tmp_path: Path, database: Database, admin: Any, dsn: str) -> Any:
    """Yield a project with two targets, one of which has an extra table."""
    other = Database(admin, dsn)
    database.execute(TABLES)
    other.execute(f"{TABLES}; CREATE TABLE celery_tasks (id int)")
    yield Project(run, tmp_path, {"staging": database.url, "production": other.url})
    other.drop()


ALL = {
    "comment-mismatch users.users",
    "comment-mismatch public.users.email",
    "extra-column public.users.a*b",
    "extra-column public.users.old",
    "foreign-key-mismatch public.users.fk",
    "missing-column public.users.role",
}


def test_all_differences_are_accepted_and_a_new_one_fails(
    project: Project, database: Database
) -> None:
    assert project.run("check").returncode == 1
    before = project.path.read_text()
    outcome = project.run("accept", "--all", *REASON)
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert outcome.stdout.startswith("drift.yaml has 6 new ignore entries for 6 differences\n")
    assert project.path.read_text().startswith(before)
    assert set(project.ignored()["default"]) == ALL
    assert project.run("check", "--strict-ignores").returncode == 0
    database.execute("ALTER TABLE users ADD more text; COMMENT ON COLUMN users.old IS 'x'")
    assert project.left() == {"default": ["extra-column public.users.more"]}
    assert project.run("accept", "--all", *REASON).returncode == 0
    again = project.run("accept", "--all", *REASON)
    assert again.stdout == "nothing to accept: 7 differences accepted already\n"


def test_the_entries_are_sorted_and_say_whose_they_are(project: Project) -> None:
    until = "2099-12-31"
    project.run("accept", "--all", *REASON, "--until", until)
    entries = project.config()["ignore"]
    keys = [(entry["object"], entry["rule"]) for entry in entries]
    assert keys == sorted(keys)
    assert {entry["reason"] for entry in entries} == {"known since spring"}
    assert {entry["until"] for entry in entries} == {datetime.date(2099, 12, 31)}
    comments = re.findall(
        r"  # (error|warning|info) [0-9a-f]{16}\n  - rule", project.path.read_text()
    )
    assert len(comments) == 6


def test_one_fingerprint_is_one_entry(project: Project) -> None:
    fingerprint = project.fingerprint("extra-column public.users.a*b")
    outcome = project.run("accept", fingerprint.upper(), fingerprint, *REASON)
    assert outcome.stdout.splitlines() == [
        "drift.yaml has 1 new ignore entry for 1 difference",
        "  extra-column on public.users.a[*]b",
    ]
    assert project.ignored() == {"default": ["extra-column public.users.a*b"]}
    assert project.left() == {"default": sorted(ALL - {"extra-column public.users.a*b"})}


def test_an_entry_for_a_table_covers_none_of_its_columns(project: Project) -> None:
    outcome = project.run("accept", project.fingerprint("comment-mismatch users.users"), *REASON)
    assert outcome.returncode == 0
    assert project.config()["ignore"][0]["kind"] == "table"
    assert project.ignored() == {"default": ["comment-mismatch users.users"]}


def test_rules_and_tables_are_patterns(project: Project) -> None:
    outcome = project.run("accept", "--rule", "extra-*", "--table", "public.use*", *REASON)
    assert outcome.returncode == 0
    assert project.ignored() == {
        "default": ["extra-column public.users.a*b", "extra-column public.users.old"]
    }


def test_a_single_attribute(project: Project) -> None:
    fingerprint = project.fingerprint("foreign-key-mismatch public.users.fk")
    outcome = project.run("accept", fingerprint, "--attribute", "on_delete", *REASON)
    assert "foreign-key-mismatch on public.users.fk: on_delete" in outcome.stdout
    check = project.checks()["default"]
    [kept] = [f for f in check["findings"] if f["rule"] == "foreign-key-mismatch"]
    assert list(kept["changes"]) == ["deferrable"]
    again = project.run("accept", fingerprint, "--attribute", "deferrable", *REASON)
    assert again.returncode == 0
    assert project.run("check", "--strict-ignores", "--exit-zero").stderr == ""
    one_message(
        project.run("accept", "--rule", "extra-*", "--attribute", "comment", *REASON),
        "no difference matches --rule extra-* and differs in comment",
    )


def test_a_report_is_enough(project: Project, database: Database) -> None:
    project.run("check", "--output", "json=report.json")
    fingerprint = project.fingerprint("missing-column public.users.role")
    project.write("models: shop:metadata\ndatabase: ${NOT_SET}\n")
    outcome = project.run("accept", fingerprint, "--from", "report.json", *REASON)
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert project.path.read_text() == (
        "models: shop:metadata\ndatabase: ${NOT_SET}\nignore:\n"
        f"  # error {fingerprint}\n  - rule: missing-column\n    object: public.users.role\n"
        "    reason: known since spring\n"
    )


def test_a_dry_run_prints_the_change_and_writes_nothing(project: Project) -> None:
    before = project.path.read_bytes()
    outcome = project.run("accept", "--rule", "missing-*", "--dry-run", *REASON)
    assert outcome.returncode == 0
    lines = outcome.stdout.splitlines()
    assert lines[:2] == ["--- drift.yaml", "+++ drift.yaml"]
    assert "+  - rule: missing-column" in lines
    assert not [line for line in lines[2:] if line.startswith("-")]
    assert "drift.yaml would get 1 new ignore entry for 1 difference" in lines
    assert project.path.read_bytes() == before


def test_differences_of_all_targets_are_shared_and_others_are_the_targets_own(
    two: Project,
) -> None:
    outcome = two.run("accept", "--all", *REASON)
    assert outcome.returncode == 0, outcome.stderr
    assert "7 new ignore entries for 13 differences" in outcome.stdout
    config = two.config()
    assert len(config["ignore"]) == 6
    assert [e["object"] for e in config["targets"]["production"]["ignore"]] == [
        "public.celery_tasks"
    ]
    assert "ignore" not in config["targets"]["staging"]
    assert "in 2 targets\n" in two.path.read_text()
    assert two.left() == {"production": [], "staging": []}


def test_one_target_gets_its_own_entries(two: Project) -> None:
    outcome = two.run("accept", "--rule", "missing-*", "--target", "staging", *REASON)
    assert outcome.returncode == 0
    config = two.config()
    assert "ignore" not in config
    assert len(config["targets"]["staging"]["ignore"]) == 1
    left = two.left()
    assert "missing-column public.users.role" in left["production"]
    assert "missing-column public.users.role" not in left["staging"]


def test_a_shared_entry_is_not_written_again(two: Project) -> None:
    two.path.write_text(
        two.path.read_text()
        + "ignore: [{rule: extra-column, object: public.users.old, reason: x}]\n"
    )
    outcome = two.run("accept", "--rule", "extra-column", *REASON)
    assert "1 new ignore entry for 2 differences (2 accepted already)" in outcome.stdout
    assert two.path.read_text().count("public.users.old") == 1


def test_hostile_names_are_written_and_read_back(project: Project, database: Database) -> None:
    database.execute(HOSTILE)
    outcome = project.run("accept", "--rule", "extra-table", "--table", "we[[]*", *REASON)
    assert outcome.returncode == 0, outcome.stderr
    assert project.ignored() == {"default": ["extra-table we[i]rd?.we[i]rd?"]}
    assert not re.search(r"^\s*::", outcome.stdout, re.MULTILINE)
    models = (project.folder / "shop.py").read_text()
    table = 'Table("we[i]rd?", metadata, Column("aXb", Integer))\n'
    (project.folder / "shop.py").write_text(models + table)
    columns = project.run("accept", "--table", "we[[]*", *REASON, HOME="/root")
    assert columns.returncode == 0, columns.stderr
    assert "extra-column on public.we[[]i]rd[?].${HOME}" in columns.stdout
    assert not re.search(r"^\s*::", columns.stdout, re.MULTILINE)
    left = project.left()["default"]
    assert not [brief for brief in left if "we[i]rd" in brief]
    assert "extra-table weird1.weird1" in left


def test_line_breaks_and_marks_of_the_file_stay(project: Project) -> None:
    text = project.path.read_text() + "# end"
    project.path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    outcome = project.run("accept", "--rule", "missing-*", *REASON)
    assert outcome.returncode == 0
    after = project.path.read_bytes()
    assert after.startswith(b"\xef\xbb\xbf# Our checks.\r\n")
    assert after.endswith(b"# end")
    assert after.count(b"\n") == after.count(b"\r\n") > 5


def test_a_link_and_the_mode_of_the_file_stay(project: Project) -> None:
    real = project.folder / "real.yaml"
    project.path.rename(real)
    project.path.symlink_to(real)
    real.chmod(0o640)
    assert project.run("accept", "--rule", "missing-*", *REASON).returncode == 0
    assert project.path.is_symlink()
    assert "missing-column" in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o640
    assert sorted(file.name for file in project.folder.iterdir() if "drift-" in file.name) == []


REFUSED = {
    "nothing chosen": ((), "name a FINGERPRINT, --rule, --table or --all"),
    "two ways": (("0123456789abcdef", "--all"), "choose by FINGERPRINT"),
    "an unknown rule": (("--rule", "extra-colum"), "did you mean extra-column?"),
    "an unknown table": (("--table", "user"), "no difference matches --table user"),
    "no fingerprint": (("0123456789abcdef",), "no such finding among 6 differences"),
    "a past date": (("--all", "--until", "2020-01-01"), "2020-01-01 is over"),
    "no date": (("--all", "--until", "soon"), "--until: 'soon' is not a date"),
    "no such date": (("--all", "--until", "2099-02-30"), "--until: '2099-02-30' is not a date"),
    "an unknown target": (("--all", "--target", "x"), "there is no target 'x'"),
    "no report": (("--all", "--from", "none.json"), "none.json: cannot be read"),
    "another file": (("--all", "--from", "shop.py"), "shop.py: "),
    "no configuration": (("--all", "-c", "none.yaml"), "none.yaml: cannot be read"),
    "a folder": (("--all", "-c", "."), "is a directory"),
    "a device": (("--all", "-c", "/dev/null"), "/dev/null is not a file"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_accepted_is_an_error(project: Project, name: str) -> None:
    arguments, reason = REFUSED[name]
    before = project.path.read_bytes()
    one_message(project.run("accept", *arguments, *REASON), reason)
    assert project.path.read_bytes() == before


@pytest.mark.parametrize("reason", ["", "  ", "a\x1bb"])
def test_a_reason_must_say_something(project: Project, reason: str) -> None:
    one_message(project.run("accept", "--all", "--reason", reason), "--reason")


def test_a_mistyped_fingerprint_is_corrected(project: Project) -> None:
    fingerprint = project.fingerprint("missing-column public.users.role")
    other = fingerprint[:-1] + ("0" if fingerprint[-1] != "0" else "1")
    meant = f"{fingerprint} (missing-column on public.users.role in default)"
    for text in (other, fingerprint[:8]):
        one_message(project.run("accept", text, *REASON), f"did you mean {meant}")


def test_a_configuration_with_problems_is_not_changed(project: Project) -> None:
    project.write(project.path.read_text() + "ignore: [{rule: nope, object: a.b}]\n")
    outcome = project.run("accept", "--all", *REASON)
    assert outcome.returncode == 2
    assert "drift.yaml:4: ignore[0]" in outcome.stderr


def test_without_a_configuration_there_is_nothing_to_write_to(run: Any) -> None:
    one_message(run("accept", "--all", *REASON), "create it with drift init")


def test_a_target_that_fails_prevents_a_choice_by_patterns_only(two: Project) -> None:
    fingerprint = two.fingerprint("extra-table celery_tasks.celery_tasks", "production")
    two.write(two.path.read_text() + '  gone:\n    database: "postgresql://127.0.0.1:1/x"\n')
    refused = two.run("accept", "--all", *REASON)
    assert refused.returncode == 2
    assert "gone could not be checked, so that nothing was accepted" in refused.stderr
    assert "rule: " not in two.path.read_text()
    accepted = two.run("accept", fingerprint, *REASON)
    assert accepted.returncode == 0
    own = two.config()["targets"]["production"]["ignore"]
    assert [entry["object"] for entry in own] == ["public.celery_tasks"]


def test_a_report_of_a_diff_has_no_entries(project: Project) -> None:
    project.run("diff", "models", "default", "--output", "json=diff.json")
    one_message(
        project.run("accept", "--all", "--from", "diff.json", *REASON),
        "is a report of drift diff",
    )


def test_a_file_that_changes_meanwhile_is_not_overwritten(project: Project) -> None:
    models = project.folder / "shop.py"
    models.write_text(f"{MODELS}open('drift.yaml', 'a').write('# another hand\\n')\n")
    one_message(
        project.run("accept", "--all", *REASON),
        "drift.yaml was changed meanwhile; nothing was written, retry",
    )
    assert project.path.read_text().endswith("# another hand\n")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_may_not_be_written(project: Project) -> None:
    project.path.chmod(0o444)
    one_message(project.run("accept", "--all", *REASON), "cannot write drift.yaml")


def test_an_expired_entry_does_not_count(project: Project) -> None:
    old = "{rule: missing-column, object: public.users.role, reason: x, until: 2020-01-01}"
    project.write(f"{project.path.read_text()}ignore:\n- {old}\n")
    outcome = project.run("accept", "--rule", "missing-*", *REASON, "--until", "2099-01-01")
    assert outcome.returncode == 0
    assert len(project.config()["ignore"]) == 2
    assert "missing-column public.users.role" in project.ignored()["default"]
