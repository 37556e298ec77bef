"""Many machines: the merged report of all shards is the report of one run."""

from __future__ import annotations

import subprocess
import sys

import psycopg
import pytest

from tests.check.fleet import Fleet
from tests.report.contract import json_report
from tests.system.checking import timeless


@pytest.mark.parametrize("total", [1, 3, 4])
def test_shards_run_as_processes_and_merge_into_the_unsharded_report(
    fleet: Fleet, total: int
) -> None:
    absent = psycopg.conninfo.make_conninfo(fleet.databases[0].url, dbname="drift_no_such")
    fleet.configure(down=absent)
    formats = ("json", "text", "markdown", "html", "sarif", "junit")
    whole = fleet.run("check", *(f"--output={name}=whole/{name}" for name in formats))
    shards = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "drift", "check", "--shard", f"{number}/{total}"),
                *("--output", f"json=shard-{number}.json", "--exit-zero"),
            ],
            cwd=fleet.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for number in range(1, total + 1)
    ]
    codes = [shard.wait(120) for shard in shards]
    assert set(codes) <= {0, 2}
    parts = [f"shard-{number}.json" for number in range(1, total + 1)]
    merged = fleet.run("merge", *parts, *(f"--output={name}=merged/{name}" for name in formats))
    assert merged.returncode == whole.returncode == 2
    assert timeless(merged.stdout) == timeless(whole.stdout)
    for name in formats:
        one, other = (fleet.folder / side / name for side in ("whole", "merged"))
        assert timeless(one.read_text()) == timeless(other.read_text()), name


def test_shards_part_the_targets_and_never_change_their_mind(fleet: Fleet) -> None:
    seen: list[str] = []
    for number in (1, 2, 3):
        arguments = ("check", "--shard", f"{number}/3", "--format", "json")
        report = json_report(fleet.run(*arguments).stdout)
        names = [check["target"] for check in report["checks"]]
        fleet.configure(another=fleet.databases[0].url)
        again = json_report(fleet.run(*arguments).stdout)
        assert set(names) <= {check["target"] for check in again["checks"]}
        fleet.configure()
        seen += names
    assert sorted(seen) == [f"db{number}" for number in range(8)]


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3", "1/3/5"])
def test_a_shard_that_is_none_is_refused(project: Fleet, text: str) -> None:
    outcome = project.run("check", f"--shard={text}")
    assert outcome.returncode == 2
    assert "expected K/N with K from 1 to N" in outcome.stderr


def test_an_empty_shard_is_in_sync_and_says_so(fleet: Fleet) -> None:
    outcomes = [fleet.run("check", "db1", "--shard", f"{number}/2") for number in (1, 2)]
    [empty] = [one for one in outcomes if "has none of the 1 target" in one.stderr]
    assert empty.returncode == 0


@pytest.fixture
def shards(fleet: Fleet) -> Fleet:
    """Write the reports of three shards of two targets: one of them holds none."""
    for number in (1, 2, 3):
        arguments = ("db0", "db3", "--shard", f"{number}/3", f"--output=json={number}.json")
        assert fleet.run("check", *arguments).returncode == 0
    return fleet


def test_a_missing_shard_is_named_and_fails_the_merge(shards: Fleet) -> None:
    whole = shards.run("merge", "1.json", "2.json", "3.json")
    assert whole.returncode == 0, whole.stderr
    assert "has no targets" in whole.stderr
    missing = shards.run("merge", "3.json", "--output", "json=merged.json")
    assert missing.returncode == 2
    report = json_report((shards.folder / "merged.json").read_text())
    assert report["failures"] == [
        {
            "target": "missing shards",
            "reason": "no report of shards 1/3, 2/3; add every shard's report, or pass --partial",
        }
    ]
    partial = shards.run("merge", "3.json", "--partial")
    assert partial.returncode == 0
    assert "drift: merged without shards 1/3, 2/3" in partial.stderr


def test_shards_that_do_not_belong_together_are_refused(shards: Fleet) -> None:
    shards.run("check", "db0", "--shard", "1/2", "--output=json=other.json")
    outcome = shards.run("merge", "2.json", "other.json")
    assert outcome.returncode == 2
    assert "other.json is shard 1/2, and 2.json is shard 2/3: they are of" in outcome.stderr
    copy = (shards.folder / "2.json").read_text()
    (shards.folder / "copy.json").write_text(copy)
    outcome = shards.run("merge", "2.json", "copy.json")
    assert outcome.returncode == 2
    assert "is also in 2.json" in outcome.stderr
    (shards.folder / "copy.json").write_text(copy.replace('"2/3"', '"5/3"'))
    outcome = shards.run("merge", "copy.json")
    assert outcome.returncode == 2
    assert "copy.json: shard: 5/3 is not K/N with K from 1 to N" in outcome.stderr


def test_the_same_target_in_two_reports_is_refused(fleet: Fleet) -> None:
    fleet.run("check", "db1", "--output", "json=one.json")
    fleet.run("check", "db1", "db2", "--output", "json=two.json")
    outcome = fleet.run("merge", "one.json", "two.json")
    assert outcome.returncode == 2
    assert "two.json: the target db1 is also in one.json" in outcome.stderr
