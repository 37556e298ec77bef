"""Nothing of a report is lost, whatever happens to one of the places it goes to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from drift.demo import models
from drift.formats import FORMATS
from drift.reporters import REPORTERS
from tests.formats.readers import NUMBERS_ONLY
from tests.report.contract import json_report
from tests.servers import Database, create_all
from tests.system.checking import drift

AUDIT = ("--models", "drift.demo.models:Base")
DOWN = {
    "SENTRY_DSN": "http://k3y@127.0.0.1:1/1",
    "GITHUB_API_URL": "http://127.0.0.1:1",
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_TOKEN": "t0ken",
    "SLACK_WEBHOOK_URL": "http://127.0.0.1:1/services/t0kenxkcdqrzt",
    "DRIFT_WEBHOOK_URL": "http://127.0.0.1:1/t0kenxkcdqrzt",
    "DRIFT_WEBHOOK_SECRET": "k3yxkcdqrzt",
}


@pytest.fixture
def drifted(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Return the audit's database without a column, where no configuration is found."""
    monkeypatch.chdir(tmp_path)
    create_all(models.Base.metadata, database.url)
    database.execute("ALTER TABLE users DROP COLUMN role")
    return database


def outputs(folder: Path) -> list[str]:
    """Return options that write every format into a folder that is still to be made."""
    return [f"--output={name}={folder / 'reports' / name}" for name in FORMATS]


def run(
    *arguments: str, stdout: int = subprocess.PIPE, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "drift", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | dict(environment or {}),
        timeout=60,
        check=False,
    )


def test_every_format_is_written_in_one_run(drifted: Database, tmp_path: Path) -> None:
    outcome = drift("check", "--database", drifted.url, *AUDIT, *outputs(tmp_path))
    assert outcome.exit_code == 1
    for name in FORMATS:
        word = "missing-column" if name in NUMBERS_ONLY else "role"
        assert word in (tmp_path / "reports" / name).read_text(), name


def test_with_all_receivers_down_the_report_is_printed_and_written(
    drifted: Database, tmp_path: Path
) -> None:
    arguments = ("check", "--database", drifted.url, *AUDIT, *outputs(tmp_path))
    reports = [f"--report={name}" for name in REPORTERS]
    outcome = run(*arguments, *reports, environment=DOWN)
    assert outcome.returncode == 3, outcome.stderr
    assert "role" in outcome.stdout
    assert all((tmp_path / "reports" / name).stat().st_size for name in FORMATS)
    for name in REPORTERS:
        assert f"drift: error: {name}: " in outcome.stderr
    assert "127.0.0.1" in outcome.stderr
    assert "k3y" not in outcome.stderr
    assert "t0ken" not in outcome.stderr


def test_a_reader_that_goes_away_does_not_keep_the_files_from_being_written(
    drifted: Database, tmp_path: Path
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    arguments = ("check", "--database", drifted.url, *AUDIT, *outputs(tmp_path))
    try:
        outcome = run(*arguments, stdout=writing)
    finally:
        os.close(writing)
    assert outcome.returncode == 141
    assert outcome.stderr == ""
    assert json_report((tmp_path / "reports" / "json").read_text())["checks"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_is_said_and_the_other_files_are_written(
    drifted: Database, tmp_path: Path
) -> None:
    arguments = ("check", "--database", drifted.url, *AUDIT, *outputs(tmp_path))
    with Path("/dev/full").open("w") as full:
        outcome = run(*arguments, stdout=full.fileno())
    assert outcome.returncode == 2
    assert outcome.stderr == "drift: error: cannot print the report: No space left on device\n"
    assert (tmp_path / "reports" / "json").exists()


def test_a_file_that_cannot_be_written_is_known_before_the_check(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, no folder")
    arguments = ("check", "--database", "postgresql://127.0.0.1:1/x", *AUDIT)
    for bad, reason in (
        (tmp_path / "taken" / "x.json", "Not a directory"),
        (tmp_path, "Is a direc"),
    ):
        outcome = drift(*arguments, f"--output=json={bad}", f"--output=html={tmp_path}/page")
        assert outcome.exit_code == 2
        assert f"cannot write {bad}: " in outcome.stderr
        assert reason in outcome.stderr
        assert "refused" not in outcome.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_an_output_may_be_standard_output(drifted: Database, tmp_path: Path) -> None:
    arguments = ("check", "--database", drifted.url, *AUDIT)
    for more in ((), ("--format", "json"), (f"--output=html={tmp_path}/page",)):
        outcome = drift(*arguments, "--output=json=-", *more)
        assert outcome.exit_code == 1
        assert json_report(outcome.stdout)["checks"]
    for more in (("--format", "html"), ("--output=html=-",)):
        outcome = drift(*arguments, "--output=json=-", *more)
        assert outcome.exit_code == 2
        assert "standard output takes one format, not " in outcome.stderr


def test_a_workflow_gets_annotations_a_summary_and_outputs(
    drifted: Database, tmp_path: Path
) -> None:
    summary, told = tmp_path / "summary", tmp_path / "told"
    outcome = run(
        *("check", "--database", drifted.url, *AUDIT),
        environment={
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(Path(models.__file__).parents[3]),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_OUTPUT": str(told),
        },
    )
    assert outcome.returncode == 1
    place = "::error file=drift/demo/models/user.py,line="
    assert any(line.startswith(place) for line in outcome.stdout.splitlines())
    assert "role" in summary.read_text()
    assert told.read_text() == "in_sync=false\nerrors=1\nwarnings=0\nexit_code=1\n"


def test_a_summary_that_cannot_be_written_is_an_error_that_names_it(
    drifted: Database, tmp_path: Path
) -> None:
    outcome = run(
        *("check", "--database", drifted.url, *AUDIT),
        environment={
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(tmp_path / "no" / "folder"),
        },
    )
    assert outcome.returncode == 2
    assert "drift: error: summary: No such file or directory" in outcome.stderr


def test_a_receiver_that_cannot_be_tried_is_said_before_anything_is_checked(
    drifted: Database,
) -> None:
    outcome = drift(
        *("check", "--database", drifted.url, *AUDIT, "--report", "sentry"), SENTRY_DSN=None
    )
    assert outcome.exit_code == 2
    assert outcome.stdout == ""
    assert "SENTRY_DSN" in outcome.stderr
