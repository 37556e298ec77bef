"""The repository's own workflows: what they may do, in which order, and what their steps say."""

from __future__ import annotations

import ast
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.actions.runner import GITHUB, ROOT, Outcome, document, expressions, run, step
from tests.actions.steps import fake_python
from tests.servers import Database

NIGHTLY = document(GITHUB / "workflows" / "nightly.yml")
CI = document(GITHUB / "workflows" / "ci.yml")
RELEASE = document(GITHUB / "workflows" / "release.yml")
URL = "secrets.PRODUCTION_DATABASE_URL"


def triggers(workflow: Any) -> Any:
    return workflow[True]  # YAML 1.1 takes `on` for true


def steps(job: Any, **wanted: str) -> list[Any]:
    """Return the steps of a job in which the named keys begin with these values."""
    return [
        one
        for one in job["steps"]
        if all(str(one.get(key, "")).startswith(value) for key, value in wanted.items())
    ]


def plan(folder: Path, **values: str) -> Outcome:
    (found,) = steps(NIGHTLY["jobs"]["drift"], id="plan")
    reported = "github.event_name == 'schedule' || inputs.report"
    known = {URL: "", "secrets.SENTRY_DSN": "", reported: "true", **values}
    return run(found, known, folder)


def test_the_nightly_check_runs_off_the_hour_when_its_monitor_expects_it() -> None:
    (cron,) = [entry["cron"] for entry in triggers(NIGHTLY)["schedule"]]
    assert int(cron.split()[0]) % 15 != 0
    example = yaml.safe_load((ROOT / "config" / "drift.yaml").read_text())
    assert example["sentry"]["monitor"]["schedule"] == cron
    assert set(triggers(NIGHTLY)["workflow_dispatch"]["inputs"]) == {"fail-on", "report"}
    assert NIGHTLY["concurrency"]["cancel-in-progress"] is False


def test_each_job_may_do_no_more_than_it_needs() -> None:
    assert NIGHTLY["permissions"] == RELEASE["permissions"] == {}
    rights = {name: job["permissions"] for name, job in RELEASE["jobs"].items()}
    assert NIGHTLY["jobs"]["drift"]["permissions"] == {"contents": "read", "issues": "write"}
    assert rights == {
        "gate": {"contents": "read"},
        "build": {"contents": "read"},
        "attest": {"id-token": "write", "attestations": "write"},
        "publish": {"id-token": "write"},
        "release": {"contents": "write"},
    }
    assert all("timeout-minutes" in job for job in [*RELEASE["jobs"].values()])


def test_nothing_is_built_before_the_gate_and_nothing_published_before_the_build() -> None:
    jobs = RELEASE["jobs"]
    order = {name: job.get("needs") for name, job in jobs.items()}
    assert order == {
        "gate": None, "build": "gate", "attest": "build", "publish": "attest", "release": "publish"
    }  # fmt: skip
    assert "if" not in jobs["build"]
    for name in ("attest", "publish", "release"):
        assert jobs[name]["if"] == "github.event_name == 'push' && github.ref_type == 'tag'"
        used = [one.get("uses", "") for one in jobs[name]["steps"]]
        assert not any(action.startswith(("actions/checkout@", "./")) for action in used)
    assert all("run" not in one for name in ("attest", "publish") for one in jobs[name]["steps"])
    [upload] = steps(jobs["publish"], uses="pypa/gh-action-pypi-publish@")
    assert upload["with"] == {"attestations": True}
    assert jobs["publish"]["environment"] == "pypi"


def test_the_tools_of_a_release_have_the_versions_of_the_lock(tmp_path: Path) -> None:
    (tmp_path / "requirements-dev.txt").write_text(
        "# comment\nbuild==1.6.1 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n    # via x\n"
        "colorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:22\ntwine==7.0.0\n"
    )
    (locked,) = steps(RELEASE["jobs"]["build"], name="Install the tools")
    outcome = run(locked, {}, tmp_path, RUNNER_TEMP=str(tmp_path), **fake_python(tmp_path))
    assert outcome.code == 0, outcome.log
    assert (tmp_path / "locked.txt").read_text().splitlines() == [
        "build==1.6.1", "colorama==0.4.6 ; sys_platform == 'win32'", "twine==7.0.0"
    ]  # fmt: skip
    assert "-c" in (tmp_path / "calls").read_text().splitlines()


def test_the_report_is_kept_also_where_the_check_failed() -> None:
    for job in (NIGHTLY["jobs"]["drift"], RELEASE["jobs"]["gate"]):
        (check,) = steps(job, uses="./")
        (upload,) = steps(job, uses="actions/upload-artifact@")
        assert upload["if"].startswith("always()")
        assert upload["with"]["retention-days"] >= 30
        for kind in ("html", "json"):
            assert check["with"][kind].startswith(upload["with"]["path"])


def test_secrets_reach_steps_by_the_environment_only() -> None:
    for workflow in (NIGHTLY, RELEASE):
        for job in workflow["jobs"].values():
            for one in job["steps"]:
                rest = {key: value for key, value in one.items() if key != "env"}
                assert "secrets." not in json.dumps(rest)


def test_without_a_database_the_night_is_skipped_and_says_so(tmp_path: Path) -> None:
    outcome = plan(tmp_path)
    assert outcome.code == 0
    assert "::notice title=Skipped::Check skipped: the secret PRODUCTION" in outcome.log
    assert "Check skipped" in outcome.summary
    assert outcome.outputs == {}


@pytest.mark.parametrize(
    ("sentry", "wanted", "report"),
    [("", "true", "github"), ("dsn", "true", "github sentry"), ("dsn", "false", "")],
)
def test_the_night_reports_to_whom_there_is_a_key_for(
    tmp_path: Path, sentry: str, wanted: str, report: str
) -> None:
    outcome = plan(
        tmp_path,
        **{
            URL: "postgresql://me:hunter2@db/x",
            "secrets.SENTRY_DSN": sentry,
            "github.event_name == 'schedule' || inputs.report": wanted,
        },
    )
    assert outcome.outputs == {"check": "true", "report": report}
    assert "hunter2" not in outcome.log


@pytest.mark.parametrize(
    "value", ["$(touch pwned)", "`touch pwned`", "'\"; touch pwned #", "x\ncheck=pwned", "-n"]
)
def test_no_value_of_the_night_is_run_or_becomes_an_output(value: str, tmp_path: Path) -> None:
    reported = "github.event_name == 'schedule' || inputs.report"
    outcome = plan(tmp_path, **{URL: value, "secrets.SENTRY_DSN": value, reported: value})
    assert outcome.code == 0, outcome.log
    assert outcome.outputs == {"check": "true", "report": ""}
    assert value not in outcome.log + outcome.summary
    outcome = plan(tmp_path, **{URL: value, "secrets.SENTRY_DSN": value})
    assert outcome.outputs == {"check": "true", "report": "github sentry"}
    assert not list(tmp_path.rglob("pwned*"))


def test_without_a_database_there_is_no_release(tmp_path: Path) -> None:
    (gate,) = steps(RELEASE["jobs"]["gate"], name="Require a database")
    outcome = run(gate, {URL: ""}, tmp_path)
    assert outcome.code == 1
    assert "::error title=Not released::" in outcome.log
    assert run(gate, {URL: "postgresql://db/x"}, tmp_path).code == 0


@pytest.mark.parametrize("job", [NIGHTLY["jobs"]["drift"], RELEASE["jobs"]["gate"]])
def test_what_the_workflows_ask_for_finds_what_the_audit_found(
    job: Any, tmp_path: Path, database: Database
) -> None:
    (asked,) = steps(job, uses="./")
    database.execute(files("drift.demo").joinpath("production.sql").read_text("utf-8"))
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "drift.yaml").write_text((ROOT / "config" / "drift.yaml").read_text())
    given = {k: "" if "${{" in v else v for k, v in asked["with"].items()}
    environment = {"PRODUCTION_DATABASE_URL": database.url, "PYTHONPATH": str(ROOT)}
    outcome = run(step("check"), expressions(given), tmp_path, **environment)
    assert outcome.code == 1, outcome.log
    assert outcome.outputs["errors"] == "22"
    (found,) = json.loads((tmp_path / "drift-report" / "drift.json").read_text())["checks"]
    assert found["target"] == "production"
    assert (tmp_path / "drift-report" / "drift.html").is_file()


def tagged(folder: Path, tag: str, built: str) -> Outcome:
    """Run the step that compares what was built with a tag; pip and the program are fakes."""
    programs = folder / "temp" / "fresh" / "bin"
    programs.mkdir(parents=True)
    for name, script in (
        ("drift", f"echo 'drift, version {built}'"),
        ("python", "exit 0"),
    ):
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    (compared,) = steps(RELEASE["jobs"]["build"], name="Verify that the built version")
    (value,) = compared["env"].values()
    return run(
        compared,
        {value.removeprefix("${{ ").removesuffix(" }}"): tag},
        folder,
        RUNNER_TEMP=str(folder / "temp"),
        PATH=f"{programs}:/usr/bin:/bin",
    )


@pytest.mark.parametrize(
    ("tag", "code"),
    [("v1.2.3", 0), ("", 0), ("v1.2.4", 1), ("v1.2", 1), ("v1.2.*", 1), ("v$(touch pwned)", 1)],
)
def test_only_the_version_that_the_tag_says_is_released(
    tag: str, code: int, tmp_path: Path
) -> None:
    outcome = tagged(tmp_path, tag, "1.2.3")
    assert outcome.code == code, outcome.log
    assert ("::error title=Not released::" in outcome.log) == bool(code)
    assert not list(tmp_path.rglob("pwned*"))


def test_no_test_is_skipped_in_ci_for_want_of_a_program() -> None:
    tested = [job for job in CI["jobs"].values() if steps(job, run="python -m pytest")]
    assert len(tested) == 2
    for job in tested:
        assert job["env"]["DRIFT_TEST_STRICT"] == "1"
        assert steps(job, run="sudo apt-get update")


def test_each_sqlalchemy_is_tested_with_an_alembic_that_supports_it() -> None:
    [text] = re.findall(r"^SQLALCHEMY = (.*)$", (ROOT / "noxfile.py").read_text(), re.MULTILINE)
    matrix = CI["jobs"]["sqlalchemy"]["strategy"]["matrix"]
    assert matrix["sqlalchemy"] == ast.literal_eval(text)
    pinned = {each["sqlalchemy"]: each["alembic"] for each in matrix["include"]}
    assert pinned == {version: "<1.20" for version in matrix["sqlalchemy"] if version < "2"}
