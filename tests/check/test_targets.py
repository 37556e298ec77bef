"""Many databases in one run, and on many machines: the same report, whoever makes it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.servers import Database
from tests.system.checking import timeless

MODELS = """
from pathlib import Path
from sqlalchemy import Column, Integer, MetaData, Table, Text
with Path("imported").open("a") as file:
    file.write("once\\n")
metadata = MetaData()
for name in ("users", "orders"):
    Table(name, metadata, Column("id", Integer, primary_key=True), Column("name", Text))
"""
TABLES = (
    "CREATE TABLE users (id serial PRIMARY KEY, name text);"
    "CREATE TABLE orders (id serial PRIMARY KEY, name text)"
)


class Fleet:
    """Eight databases, two of which have drifted, and a folder with the models."""

    def __init__(self, admin: psycopg.Connection[Any], dsn: str, folder: Path) -> None:
        self.folder = folder
        self.databases = [Database(admin, dsn) for _ in range(8)]
        for number, database in enumerate(self.databases):
            database.execute(TABLES)
            if number in {2, 5}:
                database.execute(f"ALTER TABLE users ADD COLUMN more_{number} text")
        (folder / "shop.py").write_text(MODELS)
        self.configure()

    def configure(self, **more: str) -> None:
        targets = {f"db{n}": database.url for n, database in enumerate(self.databases)} | more
        lines = [f"  {name}: {{database: {json.dumps(url)}}}\n" for name, url in targets.items()]
        (self.folder / "drift.yaml").write_text(
            f"models: shop:metadata\nconnect_timeout: 1s\ntargets:\n{''.join(lines)}"
        )

    def run(self, *arguments: str, **given: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "drift", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **given,
        )

    def imports(self) -> int:
        return len((self.folder / "imported").read_text().splitlines())


@pytest.fixture
def fleet(admin: psycopg.Connection[Any], dsn: str, tmp_path: Path) -> Iterator[Fleet]:
    made = Fleet(admin, dsn, tmp_path)
    yield made
    for database in made.databases:
        database.drop()


def test_all_are_checked_and_the_models_imported_once(fleet: Fleet) -> None:
    outcome = fleet.run("check", "--jobs", "3", "--format", "json")
    assert outcome.returncode == 1, outcome.stderr
    checks = json.loads(outcome.stdout)["checks"]
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
    report = json.loads(outcome.stdout)
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
        began = time.monotonic()
        outcome = fleet.run("check", "--jobs", "2", "--format", "json")
    assert outcome.returncode == 2
    assert len(json.loads(outcome.stdout)["checks"]) == 8
    assert time.monotonic() - began < 20


def test_models_that_cannot_be_imported_fail_each_target_that_needs_them(fleet: Fleet) -> None:
    text = (fleet.folder / "drift.yaml").read_text()
    (fleet.folder / "drift.yaml").write_text(
        text + "  other: {models: 'nowhere:Base', database: 'postgresql:///x'}\n"
    )
    outcome = fleet.run("check", "--format", "json")
    assert outcome.returncode == 2
    [failure] = json.loads(outcome.stdout)["failures"]
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


def test_targets_come_from_a_list(fleet: Fleet) -> None:
    lines = [
        "# a comment",
        "",
        *(
            database.url.replace("dbname=", "") and _url(database)
            for database in fleet.databases[:2]
        ),
        json.dumps({"name": "named", "database": "${THIRD}"}),
    ]
    (fleet.folder / "list").write_text("\n".join(lines))
    environment = os.environ | {"THIRD": fleet.databases[2].url}
    outcome = fleet.run("check", "--targets-from", "list", "--format", "json", env=environment)
    assert outcome.returncode == 1, outcome.stderr
    names = [check["target"] for check in json.loads(outcome.stdout)["checks"]]
    assert len(names) == 3
    assert "named" in names
    piped = fleet.run(
        *("check", "--targets-from", "-", "--format", "json"),
        env=environment,
        input="\n".join(lines),
    )
    assert timeless(piped.stdout) == timeless(outcome.stdout)


def _url(database: Database) -> str:
    """Return a URL; a socket's folder is a parameter of it."""
    from urllib.parse import quote

    parts = psycopg.conninfo.conninfo_to_dict(database.url)
    host = quote(str(parts.get("host") or ""), safe="")
    port = parts.get("port") or 5432
    return (
        f"postgresql://{parts.get('user', 'postgres')}@/{parts['dbname']}?host={host}&port={port}"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nonsense", "list:1: write a URL"),
        ("\n{}", "list:2: no target: Object missing required field `database`"),
        ("{", "list:1: no target: "),
        ('{"database": "${NO_SUCH}"}', "list:1: "),
        ('{"database": "x", "passwort": "hunter2"}', "list:1: no target: "),
        (
            "postgresql://me:hunter2@h/x\npostgresql://you:hunter2@h/x",
            "list:2: line 1 is named h.x",
        ),
        ("# nothing", "list: names no target"),
    ],
)
def test_a_list_that_cannot_be_used_names_the_line(fleet: Fleet, text: str, problem: str) -> None:
    (fleet.folder / "list").write_text(text)
    outcome = fleet.run("check", "--targets-from", "list")
    assert outcome.returncode == 2
    assert problem in outcome.stderr
    assert "hunter2" not in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_an_unreadable_url_of_a_list_is_named_by_its_line(fleet: Fleet) -> None:
    lines = ["# hosts", "postgresql://u:geheim/rest@h/x", _url(fleet.databases[0])]
    (fleet.folder / "list").write_text("\n".join(lines))
    formats = ("text", "json", "markdown", "html", "annotations", "sarif", "junit")
    outputs = [word for name in formats for word in ("--output", f"{name}={name}.out")]
    outcome = fleet.run("check", "--targets-from", "list", *outputs)
    assert outcome.returncode == 2
    reason = "line-2: the database URL cannot be read: special characters of the password must be"
    assert reason in outcome.stderr
    texts = [(fleet.folder / f"{name}.out").read_text() for name in formats]
    for text in (outcome.stdout, outcome.stderr, *texts):
        assert "geheim" not in text
        assert "rest@" not in text
        assert "rest-" not in text
    assert all("line-2" in text for text in texts)
    assert len(json.loads(texts[1])["checks"]) == 1


def test_a_list_excludes_targets_of_other_origin(fleet: Fleet) -> None:
    for more in (("db1",), ("--database", "postgresql:///x")):
        outcome = fleet.run("check", "--targets-from", "list", *more)
        assert outcome.returncode == 2
        assert "leave out TARGET and --database" in outcome.stderr
    assert "No such file" in fleet.run("check", "--targets-from", "nowhere").stderr


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
        report = json.loads(fleet.run(*arguments).stdout)
        names = [check["target"] for check in report["checks"]]
        fleet.configure(another=fleet.databases[0].url)
        again = json.loads(fleet.run(*arguments).stdout)
        assert set(names) <= {check["target"] for check in again["checks"]}
        fleet.configure()
        seen += names
    assert sorted(seen) == [f"db{number}" for number in range(8)]


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3", "1/3/5"])
def test_a_shard_that_is_none_is_refused(fleet: Fleet, text: str) -> None:
    outcome = fleet.run("check", f"--shard={text}")
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
    assert "holds no target" in whole.stderr
    missing = shards.run("merge", "3.json", "--output", "json=merged.json")
    assert missing.returncode == 2
    report = json.loads((shards.folder / "merged.json").read_text())
    assert report["failures"] == [
        {
            "target": "missing shards",
            "reason": "no report of shard 1/3, 2/3; merge it as well, or pass --partial",
        }
    ]
    partial = shards.run("merge", "3.json", "--partial")
    assert partial.returncode == 0
    assert "drift: merged without shard 1/3, 2/3" in partial.stderr


def test_shards_that_do_not_belong_together_are_refused(shards: Fleet) -> None:
    shards.run("check", "db0", "--shard", "1/2", "--output=json=other.json")
    outcome = shards.run("merge", "2.json", "other.json")
    assert outcome.returncode == 2
    assert "other.json is shard 1/2, and 2.json is shard 2/3: they are parts of" in outcome.stderr
    copy = (shards.folder / "2.json").read_text()
    (shards.folder / "copy.json").write_text(copy)
    outcome = shards.run("merge", "2.json", "copy.json")
    assert outcome.returncode == 2
    assert "is in 2.json too" in outcome.stderr
    (shards.folder / "copy.json").write_text(copy.replace('"2/3"', '"5/3"'))
    outcome = shards.run("merge", "copy.json")
    assert outcome.returncode == 2
    assert "copy.json: shard: 5/3 is not K/N with K from 1 to N" in outcome.stderr


def test_the_same_target_in_two_reports_is_refused(fleet: Fleet) -> None:
    fleet.run("check", "db1", "--output", "json=one.json")
    fleet.run("check", "db1", "db2", "--output", "json=two.json")
    outcome = fleet.run("merge", "one.json", "two.json")
    assert outcome.returncode == 2
    assert "two.json: the target db1 is in one.json too" in outcome.stderr
