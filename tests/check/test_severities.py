"""`severity:` in a file: names, patterns and `off`, at the top level and in a target."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from drift import config
from drift.check.policy import apply
from drift.errors import ConfigurationError
from drift.kinds import RULES
from tests.report.examples import finding

SHARED = "models: a:b\n"
CASES = [
    ("{}", "{}", "error"),
    ("{extra-table: info}", "{}", "info"),
    ("{extra-*: info}", "{}", "info"),
    ("{extra-*: off}", "{}", None),
    ("{extra-*: 'off'}", "{}", None),
    ("{extra-table: OFF}", "{}", None),
    ("{missing-*: off}", "{}", "error"),
    ("{'*': off, extra-*: warning}", "{}", "warning"),
    ("{extra-*: warning, '*': off}", "{}", None),
    ("{extra-table: info, '*': off}", "{}", "info"),
    ("{'*': off, extra-table: info}", "{}", "info"),
    ("{extra-table: info}", "{extra-table: warning}", "warning"),
    ("{extra-table: info}", "{extra-*: off}", None),
    ("{extra-table: off}", "{'*': warning}", "warning"),
    ("{extra-*: off}", "{extra-table: warning}", "warning"),
    ("{'*-table': off}", "{extra-*: info}", "info"),
    ("{extra-*: off}", "{missing-*: info}", None),
    ("{extra-table: off}", "{missing-*: info}", None),
    ("{extra-*: off}", "{extra-*: info}", "info"),
    ("{extra-*: off, '*': warning}", "{extra-*: info}", "info"),
]


@pytest.mark.parametrize(("shared", "own", "level"), CASES)
def test_a_name_wins_over_patterns_and_a_target_over_the_top_level(
    tmp_path: Path, shared: str, own: str, level: str | None
) -> None:
    path = tmp_path / "drift.yaml"
    path.write_text(f"{SHARED}severity: {shared}\ntargets:\n  one:\n    severity: {own}\n")
    [target] = config.load(path, environment={}, known_rules=RULES).targets
    today = datetime.date(2026, 6, 15)
    one = finding(rule="extra-table")
    outcome = apply([one], ignore=(), severity=target.severity, today=today)
    assert [str(kept.severity) for kept in outcome.kept] == ([level] if level else [])
    assert len(outcome.ignored) == (level is None)


PROBLEMS = [
    ("extra-tabel: info", "severity.extra-tabel: unknown rule; did you mean 'extra-table'?"),
    ("ekstra-*: info", "severity.ekstra-*: unknown rule"),
    ("extra-*: on", "severity.extra-*: 'on' is not a severity"),
    ("extra-*: worse", "severity.extra-*: 'worse' is not a severity; write one of error"),
]


@pytest.mark.parametrize(("line", "problem"), PROBLEMS)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "drift.yaml"
    path.write_text(f"{SHARED}severity:\n  {line}\n")
    with pytest.raises(ConfigurationError) as raised:
        config.load(path, environment={}, known_rules=RULES)
    assert f"drift.yaml:3: {problem}" in str(raised.value)
