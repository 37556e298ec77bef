"""`drift accept`: writes entries that ignore the chosen differences."""

from __future__ import annotations

import datetime
import re

from tests.cli.accepting import HOSTILE, REASON, Project
from tests.cli.messages import one_message
from tests.servers import Database

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
    one_message(
        project.run("accept", "--table", "celery_*", *REASON),
        "no difference matches --table celery_*; 7 differences are accepted already",
    )


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
