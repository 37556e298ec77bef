"""The age of each finding is that of a naive model, whatever the runs were."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from drift.history import History
from drift.model import Severity
from drift.report.report import Check, Report
from tests.history.runs import run

TARGETS, NAMES = ("a", "b", "c"), ("x", "y", "z")
CASES: list[tuple[str, list[str | None], dict[str, str], list[str], list[str]]] = [
    ("the first run", ["x y"], {"x": "new 0", "y": "new 0"}, [], []),
    ("still there", ["x", "x"], {"x": "still 1"}, [], []),
    ("new beside old", ["x", "x y"], {"x": "still 1", "y": "new 0"}, [], []),
    ("gone", ["x y", "x y", "x"], {"x": "still 2"}, ["y 2"], []),
    ("gone only once", ["x", "", ""], {}, [], []),
    ("back", ["x", "", "", "x"], {"x": "back 0"}, [], []),
    ("back, and still there", ["x", "", "x", "x"], {"x": "still 1"}, [], []),
    ("a failure says nothing", ["x", None, "x"], {"x": "still 2"}, [], []),
    ("new after a failure", ["x", None, "x y"], {"x": "still 2", "y": "new 0"}, [], []),
    ("an incomplete check loses nothing", ["x y", "~x", "x y"], {"x": "still 2", "y": "still 2"},
     [], []),
    ("an incomplete check finds", ["x", "~x y"], {"x": "still 1", "y": "new 0"}, [], []),
    ("ignored", ["x y", "x ! y"], {"x": "still 1"}, [], ["y 1"]),
    ("ignored only once", ["x y", "x ! y", "x ! y"], {"x": "still 2"}, [], []),
    ("ignored from the start", ["! x"], {}, [], []),
    ("fixed while it was ignored", ["x", "! x", ""], {}, [], []),
    ("not ignored any more", ["x", "! x", "x"], {"x": "back 0"}, [], []),
    ("another severity", ["x", "x?"], {"x": "still 1"}, [], []),
]  # fmt: skip


def replay(path: Path, reports: list[Report]) -> Report:
    """Record the runs one after the other; return the last report, with its ages."""
    for report in reports:
        history = History(path)
        aged = history.aged(report)
        history.record(aged)
    return aged


def ages(check: Check) -> dict[str, str]:
    return {item.object.name: f"{item.status} {item.days}" for item in check.findings}


@pytest.mark.parametrize(
    ("texts", "expected", "gone", "ignored"),
    [case[1:] for case in CASES],
    ids=[c[0] for c in CASES],
)
def test_each_finding_has_its_age(
    tmp_path: Path,
    texts: list[str | None],
    expected: dict[str, str],
    gone: list[str],
    ignored: list[str],
) -> None:
    runs = [run(day, {"a": text}) for day, text in enumerate(texts)]
    [check] = replay(tmp_path / "history", runs).checks
    assert ages(check) == expected
    assert check.changes is not None
    assert [f"{item.path[-1]} {item.days}" for item in check.changes.gone] == gone
    assert [f"{item.path[-1]} {item.days}" for item in check.changes.ignored] == ignored
    assert check.changes.first is (len(texts) == 1)


def test_a_target_of_another_run_is_neither_gone_nor_new(tmp_path: Path) -> None:
    runs = [run(0, {"a": "x", "b": "x"}), run(1, {"b": "x"}), run(2, {"a": "x", "c": ""})]
    a, c = replay(tmp_path / "history", runs).checks
    assert ages(a) == {"x": "still 2"}
    assert c.changes is not None
    assert c.changes.first


def test_an_ignored_finding_has_the_day_from_which_on_it_is_ignored(tmp_path: Path) -> None:
    runs = [run(0, {"a": "x"}), run(3, {"a": "! x"}), run(5, {"a": "! x"})]
    [check] = replay(tmp_path / "history", runs).checks
    [ignored] = check.ignored
    assert (ignored.finding.status, ignored.finding.days) == ("ignored", 2)


def test_a_cause_that_was_not_asked_for_is_no_change(tmp_path: Path) -> None:
    def caused(day: int, cause: str) -> Report:
        report = run(day, {"a": "x"})
        [check] = report.checks
        findings = tuple(replace(item, cause=cause) for item in check.findings)
        return replace(report, checks=(replace(check, findings=findings),))

    path = tmp_path / "history"
    replay(path, [caused(0, "mixed"), caused(1, ""), caused(2, "mixed")])
    assert path.read_text().count("missing-column") == 1
    replay(path, [caused(3, "changed-by-hand")])
    assert path.read_text().count("missing-column") == 2


def test_a_clock_that_was_set_back_makes_no_negative_age(tmp_path: Path) -> None:
    [check] = replay(tmp_path / "history", [run(9, {"a": "x"}), run(0, {"a": "x y"})]).checks
    assert ages(check) == {"x": "still 0", "y": "new 0"}


def test_the_days_of_the_last_year_begin_with_the_number_before_it(tmp_path: Path) -> None:
    path = tmp_path / "history"
    days = [run(0, {"a": "x y"}), run(30, {"a": "x"}), run(400, {"a": "x"}), run(500, {"a": "x z"})]
    [check] = replay(path, days).checks
    assert check.changes is not None
    assert [(day.date.isoformat(), day.error) for day in check.changes.days] == [
        ("2026-10-28", 1), ("2027-10-28", 2),
    ]  # fmt: skip
    [check] = replay(path, [run(1_000, {"a": "x z"})]).checks
    assert check.changes is not None
    assert [(day.date.isoformat(), day.error) for day in check.changes.days] == [("2028-03-11", 2)]


def test_a_report_without_fingerprints_has_ages(tmp_path: Path) -> None:
    def plain(day: int) -> Report:
        report = run(day, {"a": "x"})
        [check] = report.checks
        findings = tuple(replace(item, fingerprint="") for item in check.findings)
        return replace(report, checks=(replace(check, findings=findings),))

    [check] = replay(tmp_path / "history", [plain(0), plain(2)]).checks
    assert ages(check) == {"x": "still 2"}


STATES = st.sampled_from(["absent", "open", "ignored"])
DAYS = st.lists(
    st.dictionaries(
        st.sampled_from(TARGETS),
        st.tuples(st.sampled_from(["whole", "incomplete", "failed"]), st.tuples(*[STATES] * 3)),
        min_size=1,
    ),
    min_size=1,
    max_size=8,
)


@given(DAYS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_runs_give_the_ages_of_a_naive_model(tmp_path: Path, days: list[Any]) -> None:
    path = tmp_path / "history"
    path.unlink(missing_ok=True)
    first: dict[tuple[str, str], int] = {}
    status: dict[tuple[str, str], tuple[str, int]] = {}
    for day, targets in enumerate(days):
        report = replay(path, [run(day, {name: _text(*given) for name, given in targets.items()})])
        for target, (how, states) in targets.items():
            if how == "failed":
                continue
            for name, state in zip(NAMES, states, strict=True):
                _model(first, status, (target, name), state, day, whole=how == "whole")
        for check in report.checks:
            for item in (*check.findings, *(entry.finding for entry in check.ignored)):
                key = check.target, item.object.name
                assert _day(item.first_seen) == first[key]
                assert _day(item.since) == status[key][1]
            _plot_agrees(check)


def _text(how: str, states: tuple[str, ...]) -> str | None:
    if how == "failed":
        return None
    names = dict(zip(NAMES, states, strict=True))
    open_ = " ".join(name for name in NAMES if names[name] == "open")
    ignored = " ".join(name for name in NAMES if names[name] == "ignored")
    return f"{'~' if how == 'incomplete' else ''}{open_} ! {ignored}"


def _model(
    first: dict[tuple[str, str], int],
    status: dict[tuple[str, str], tuple[str, int]],
    key: tuple[str, str],
    state: str,
    day: int,
    *,
    whole: bool,
) -> None:
    """Keep, for one finding, the first day, and the day from which on it has its state."""
    if state == "absent" and (not whole or key not in first):
        return
    first.setdefault(key, day)
    if status.get(key, ("", 0))[0] != state:
        status[key] = state, day


def _day(moment: datetime.datetime | None) -> int:
    assert moment is not None
    return (moment.date() - datetime.date(2026, 6, 15)).days


def _plot_agrees(check: Check) -> None:
    """The last point of the plot is the number of findings, if the check was complete."""
    assert check.changes is not None
    last = check.changes.days[-1]
    if check.complete:
        numbers = [check.summary[level] for level in Severity]
        assert [last.error, last.warning, last.info] == numbers
    dates = [day.date for day in check.changes.days]
    assert dates == sorted(set(dates))
