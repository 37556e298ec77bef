"""Prometheus: numbers per target, and the time of the last success, which survives failures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from drift.formats import Options, resolve
from drift.model import Severity
from drift.output.files import previous
from drift.report.report import Check, Failure, Report
from tests.report.examples import HOSTILE, STARTED, check, finding, report
from tests.servers import Database
from tests.system.checking import drift

SUCCESS = "drift_last_success_timestamp_seconds"
DEAD = "postgresql://reader@127.0.0.1:1/shop"


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return the value of each series; a metric has type and help, and no series is there twice."""
    result: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        assert family.documentation
        assert family.samples
        for sample in family.samples:
            series = (sample.name, tuple(sorted(sample.labels.items())))
            assert series not in result
            result[series] = sample.value
    return result


def rendered(report: Report, before: str = "") -> str:
    return resolve("prometheus")(report, Options(previous=before))


def value(text: str, name: str, **labels: str) -> float | None:
    return samples(text).get((name, tuple(sorted(labels.items()))))


def of(*checks: Check, failed: Iterable[str] = ()) -> Report:
    failures = tuple(Failure(target=target, reason="no answer") for target in failed)
    return Report(checks=checks, failures=failures, started_at=STARTED, duration=1)


def test_a_check_is_a_few_numbers() -> None:
    mild = finding("b", severity=Severity.WARNING, rule="index-mismatch")
    text = rendered(report(finding("a"), finding("c"), mild))
    at = {"target": "production"}
    assert value(text, "drift_findings", **at, rule="missing-column", severity="error") == 2
    assert value(text, "drift_findings", **at, rule="index-mismatch", severity="warning") == 1
    assert value(text, "drift_differences", **at, severity="error") == 2
    assert value(text, "drift_differences", **at, severity="info") == 0
    assert value(text, "drift_differences", **at, severity="ignored") == 0
    assert value(text, "drift_in_sync", **at) == 0
    assert value(text, "drift_could_not_check", **at) == 0
    assert value(text, "drift_check_complete", **at) == 1
    assert value(text, "drift_check_duration_seconds", **at) == 0.25
    assert value(text, "drift_last_run_timestamp_seconds") == STARTED.timestamp()
    assert value(text, SUCCESS, **at) == STARTED.timestamp()


def test_in_sync_is_one_and_has_no_findings() -> None:
    text = rendered(report())
    assert value(text, "drift_in_sync", target="production") == 1
    assert "drift_findings" not in text


def test_a_failed_check_has_no_findings_and_is_not_in_sync() -> None:
    text = rendered(of(failed=["production"]))
    assert value(text, "drift_could_not_check", target="production") == 1
    for name in ("drift_in_sync", "drift_findings", "drift_differences", SUCCESS):
        assert name not in text


@pytest.mark.parametrize("target", ["production", HOSTILE, 'a"b\\c\nd', "\\", '"} 1'])
def test_the_last_success_survives_any_number_of_failures(target: str) -> None:
    text = rendered(of(check(target=target)))
    expected = [v for (name, _), v in samples(text).items() if name == SUCCESS]
    for _ in range(3):
        text = rendered(of(failed=[target]), text)
        assert [v for (name, _), v in samples(text).items() if name == SUCCESS] == expected


def test_each_target_keeps_its_own_time() -> None:
    later = STARTED.replace(year=2027)
    first = rendered(of(check(target="a"), check(target="b")))
    text = rendered(of(check(target="a", started_at=later), failed=["b"]), first)
    assert value(text, SUCCESS, target="a") == later.timestamp()
    assert value(text, SUCCESS, target="b") == STARTED.timestamp()


@pytest.mark.parametrize("before", ["", "<html>", f'{SUCCESS}{{target="a"}} NaN\n', "\x00" * 9])
def test_a_file_that_is_something_else_counts_as_none(before: str) -> None:
    text = rendered(of(failed=["a"]), before)
    assert SUCCESS not in text
    assert value(text, "drift_could_not_check", target="a") == 1


def test_what_is_no_file_has_no_earlier_text(tmp_path: Path) -> None:
    assert previous(tmp_path / "none") == ""
    assert previous(tmp_path) == ""
    assert previous(Path("/dev/null")) == ""


def test_the_command_keeps_the_time_in_the_file_that_it_replaces(
    database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "drift.prom"
    arguments = ("--models", "drift.demo.models:Base", f"--output=prometheus={path}")
    database.execute("CREATE TABLE users (id int)")
    outcome = drift("check", "--database", database.url, *arguments)
    assert outcome.exit_code == 1, outcome.output
    first = value(path.read_text(), SUCCESS, target="default")
    assert first
    assert drift("check", "--database", DEAD, *arguments).exit_code == 2
    text = path.read_text()
    assert value(text, SUCCESS, target="default") == first
    assert value(text, "drift_could_not_check", target="default") == 1
    assert sorted(item.name for item in tmp_path.iterdir()) == ["drift.prom"]
