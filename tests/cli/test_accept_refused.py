"""`drift accept` refuses choices, reasons and files that it cannot use, and writes nothing."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.cli.accepting import MODELS, REASON, Project
from tests.cli.messages import one_message

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
