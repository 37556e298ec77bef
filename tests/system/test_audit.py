"""The audit's story: the demonstration finds what the audit found, and nothing that it did not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from drift.demo import models
from tests.report.contract import json_report
from tests.servers import Database, create_all, hear_interrupts
from tests.system.checking import drift

MODELS = ("--models", "drift.demo.models:Base")


def report(database: Database) -> Any:
    outcome = drift("check", "--database", database.url, *MODELS, "--format", "json")
    assert outcome.exit_code in {0, 1}, outcome.output
    return json_report(outcome.stdout)["checks"][0]


@pytest.fixture
def findings(database: Database) -> list[Any]:
    database.execute(files("drift.demo").joinpath("production.sql").read_text("utf-8"))
    return list(report(database)["findings"])


def test_users_miss_ten_columns_hold_two_obsolete_ones_and_three_of_another_type(
    findings: list[Any],
) -> None:
    about_users = [f for f in findings if f["object"]["table"] == "users"]
    assert Counter(f["rule"] for f in about_users) == {
        "missing-column": 10,
        "extra-column": 2,
        "column-type-mismatch": 3,
    }
    mismatched = {f["object"]["name"] for f in about_users if "type" in f["changes"]}
    assert mismatched == {"id", "created_at", "updated_at"}


def test_each_missing_column_is_located_in_the_model(findings: list[Any]) -> None:
    missing = [f for f in findings if f["rule"] == "missing-column"]
    assert len(missing) == 10
    for finding in missing:
        path, line = finding["location"]["file"], finding["location"]["line"]
        source = Path(path).read_text(encoding="utf-8").splitlines()[line - 1]
        assert source.strip().startswith(f"{finding['object']['name']} = Column(")


@pytest.mark.parametrize(
    ("table", "column", "target"),
    [
        ("keepa_snapshots", "product_id", "keepa_products.id"),
        ("batches", "user_id", "users.id"),
        ("analyses", "batch_id", "batches.id"),
    ],
)
def test_the_foreign_keys_that_cannot_be_made_are_missing_and_say_why(
    findings: list[Any], table: str, column: str, target: str
) -> None:
    about = {f["rule"]: f for f in findings if f["object"]["table"] == table}
    assert "missing-foreign-key" in about
    message = about["foreign-key-type-mismatch"]["message"]
    assert f"{table}.{column} is uuid and {target} is character varying" in message


def test_nothing_is_said_about_alembics_own_table(findings: list[Any]) -> None:
    assert "alembic_version" not in json.dumps(findings)


def test_after_create_all_the_database_is_in_sync(database: Database) -> None:
    create_all(models.Base.metadata, database.url)
    outcome = drift("check", "--database", database.url, *MODELS)
    assert outcome.exit_code == 0, outcome.output
    assert "in sync" in outcome.stdout
    assert report(database)["in_sync"] is True


def demo(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "drift", "demo", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=hear_interrupts, **options,
    )  # fmt: skip


def test_the_demonstration_prints_its_report_and_leaves_nothing_behind(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with tempfile.TemporaryDirectory(prefix="d") as folder:
        Path(folder).chmod(0o755)
        process = demo(env=os.environ | {"TMPDIR": folder})
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 1
        assert "public.users" in out
        assert list(Path(folder).iterdir()) == []


@pytest.mark.parametrize("seconds", [0, 0.7, 1.5])
@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demonstration_leaves_nothing_behind(seconds: float, signal_: int) -> None:
    with tempfile.TemporaryDirectory(prefix="d") as folder:
        Path(folder).chmod(0o755)
        process = demo(env=os.environ | {"TMPDIR": folder})
        assert process.stderr is not None
        assert "starting" in process.stderr.readline()
        time.sleep(seconds)
        process.send_signal(signal_)
        _, error = process.communicate(timeout=60)
        assert process.returncode in {128 + signal_, 1, -signal_}, error
        assert "Traceback" not in error
        assert list(Path(folder).iterdir()) == []
        running = subprocess.run(
            ["ps", "ax", "-o", "args"], capture_output=True, text=True, check=True
        )
        assert folder not in running.stdout


def test_a_kept_demonstration_goes_on_and_says_how_to_use_it() -> None:
    with tempfile.TemporaryDirectory(prefix="d") as folder:
        Path(folder).chmod(0o755)
        process = demo("--keep", env=os.environ | {"TMPDIR": folder})
        _, error = process.communicate(timeout=120)
        [home] = Path(folder).iterdir()
        try:
            url = error.split("--database '")[1].split("'")[0]
            outcome = drift("show", "users", "--database", url)
            assert outcome.exit_code == 0
            assert "username" in outcome.stdout
        finally:
            number = (home / "data" / "postmaster.pid").read_text().split()[0]
            os.kill(int(number), signal.SIGQUIT)
            while (home / "data" / "postmaster.pid").exists():
                time.sleep(0.05)
