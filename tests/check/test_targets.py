"""Many databases in one run: the models imported once, no failure stops the others."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

import pytest

from tests.check.fleet import Fleet
from tests.report.contract import json_report
from tests.system.checking import timeless


def test_all_are_checked_and_the_models_imported_once(fleet: Fleet) -> None:
    outcome = fleet.run("check", "--jobs", "3", "--format", "json")
    assert outcome.returncode == 1, outcome.stderr
    checks = json_report(outcome.stdout)["checks"]
    assert [check["target"] for check in checks] == [f"db{number}" for number in range(8)]
    assert [check["target"] for check in checks if not check["in_sync"]] == ["db2", "db5"]
    assert fleet.imports() == 1
    assert outcome.stderr == ""


def test_one_at_a_time_and_many_say_the_same(fleet: Fleet) -> None:
    one = fleet.run("check", "--jobs", "1", "--format", "json")
    other = fleet.run("check", "--jobs", "8", "--format", "json")
    assert timeless(other.stdout) == timeless(one.stdout)


def test_a_failure_stops_no_other_and_decides_the_exit_code(fleet: Fleet) -> None:
    fleet.configure(adown="postgresql://127.0.0.1:1/x", zdown="postgresql://127.0.0.1:1/y")
    outcome = fleet.run("check", "--format", "json")
    assert outcome.returncode == 2
    report = json_report(outcome.stdout)
    assert len(report["checks"]) == 8
    assert [failure["target"] for failure in report["failures"]] == ["adown", "zdown"]
    assert "drift: error: adown: " in outcome.stderr
    assert "refused" in outcome.stderr


def test_a_target_that_hangs_has_a_time_of_its_own(fleet: Fleet) -> None:
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        fleet.configure(silent=f"postgresql://127.0.0.1:{silent.getsockname()[1]}/x")
        outcome = fleet.run("check", "--jobs", "2", "--format", "json")
    assert outcome.returncode == 2
    report = json_report(outcome.stdout)
    assert len(report["checks"]) == 8
    assert [failure["target"] for failure in report["failures"]] == ["silent"]


def test_models_that_cannot_be_imported_fail_each_target_that_needs_them(fleet: Fleet) -> None:
    text = (fleet.folder / "drift.yaml").read_text()
    (fleet.folder / "drift.yaml").write_text(
        text + "  other: {models: 'nowhere:Base', database: 'postgresql:///x'}\n"
    )
    outcome = fleet.run("check", "--format", "json")
    assert outcome.returncode == 2
    [failure] = json_report(outcome.stdout)["failures"]
    assert failure["target"] == "other"
    assert "there is no module 'nowhere'" in failure["reason"]


def test_logs_are_told_how_far_it_is_and_a_terminal_sees_a_bar(fleet: Fleet) -> None:
    fleet.configure(**{f"again{number}": fleet.databases[0].url for number in range(4)})
    outcome = fleet.run("check")
    assert "drift: 12 of 12 targets checked" in outcome.stderr
    assert "\x1b" not in outcome.stderr
    master, slave = pty.openpty()
    try:
        subprocess.run(
            [sys.executable, "-m", "drift", "check"],
            cwd=fleet.folder,
            stdout=subprocess.DEVNULL,
            stderr=slave,
            timeout=60,
            check=False,
        )
        seen = os.read(master, 100_000).decode()
    finally:
        os.close(slave)
        os.close(master)
    assert "checking" in seen
    assert "100%" in seen


@pytest.mark.parametrize(("table", "noted"), [("users", False), ("nothing", True)])
def test_a_shared_ignore_entry_is_useless_only_if_no_target_needs_it(
    fleet: Fleet, table: str, noted: bool
) -> None:
    configuration = fleet.folder / "drift.yaml"
    entry = f"{{rule: extra-column, object: public.{table}.more_*, reason: Known.}}"
    configuration.write_text(f"{configuration.read_text()}ignore: [{entry}]\n")
    outcome = fleet.run("check", "db1", "db2", "--format", "json")
    notes = [check["notes"] for check in json.loads(outcome.stdout)["checks"]]
    unused = ["matched nothing here" in " ".join(texts) for texts in notes]
    assert unused == [noted, noted]
    alone = fleet.run("check", "db1")
    assert "matched nothing here" in " ".join(alone.stdout.split())
