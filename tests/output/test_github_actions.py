"""What a step of a workflow is told, and what it tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from drift.formats import Options
from drift.output import github_actions
from drift.report.report import Failure, Report
from tests.report.examples import finding, report

TOLD = {
    "GITHUB_SERVER_URL": "https://github.example.com/",
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_SHA": "abc123",
}


def test_files_become_links_at_the_commit() -> None:
    assert github_actions.links(TOLD) == "https://github.example.com/acme/shop/blob/abc123/"


@pytest.mark.parametrize("name", TOLD)
def test_without_one_of_the_three_there_are_no_links(name: str) -> None:
    assert github_actions.links({key: value for key, value in TOLD.items() if key != name}) == ""


def test_the_folder_is_the_working_directory_in_the_repository(tmp_path: Path) -> None:
    told = {"GITHUB_WORKSPACE": str(tmp_path)}
    inner = tmp_path / "services" / "shop"
    inner.mkdir(parents=True)
    assert github_actions.folder(told, inner) == "services/shop/"
    assert github_actions.folder(told, tmp_path) == ""
    assert github_actions.folder(told, tmp_path.parent) == ""
    assert github_actions.folder({}, inner) == ""


def test_the_repositorys_own_path_is_known_in_a_workflow_only(tmp_path: Path) -> None:
    assert github_actions.root({"GITHUB_WORKSPACE": str(tmp_path)}) == f"{tmp_path.resolve()}/"
    assert github_actions.root({}) == ""


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("false", False), (None, False)])
def test_a_step_knows_that_it_is_one(value: str | None, expected: bool) -> None:
    assert github_actions.present({} if value is None else {"GITHUB_ACTIONS": value}) is expected


def test_outputs_are_added_to_what_other_steps_have_said(tmp_path: Path) -> None:
    file = tmp_path / "output"
    file.write_text("other=1\n")
    github_actions.write_outputs(report(finding()), 1, {"GITHUB_OUTPUT": str(file)})
    assert file.read_text() == "other=1\nin_sync=false\nerrors=1\nwarnings=0\nexit_code=1\n"


def test_a_target_that_was_not_checked_is_not_in_sync(tmp_path: Path) -> None:
    file = tmp_path / "output"
    failed = Report(checks=(), failures=(Failure(target="a", reason="refused"),))
    github_actions.write_outputs(failed, 2, {"GITHUB_OUTPUT": str(file)})
    assert "in_sync=false\n" in file.read_text()
    github_actions.write_outputs(report(), 0, {"GITHUB_OUTPUT": str(file)})
    assert "in_sync=true\nerrors=0\n" in file.read_text()


def test_the_summary_is_added_to_the_jobs_page(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    file.write_text("before\n")
    github_actions.write_summary(report(finding()), Options(), {"GITHUB_STEP_SUMMARY": str(file)})
    text = file.read_text()
    assert text.startswith("before\n")
    assert "role" in text


def test_without_the_runners_files_nothing_is_written() -> None:
    github_actions.write_outputs(report(), 0, {})
    github_actions.write_summary(report(), Options(), {})
