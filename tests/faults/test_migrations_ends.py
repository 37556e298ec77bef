"""Runs that end while migrations run: nothing of them stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scratch.test_server import assert_nothing_is_left, processes, psutil, until
from tests.servers import Database, hear_interrupts
from tests.sources.migrations.run_projects import SYNC, USERS, Project

ENV = f"""
import pathlib, time
pathlib.Path("stage").write_text("env.py")
{{wait}}
{SYNC}
"""


def start(project: Path, temp: Path, database: Database) -> subprocess.Popen[bytes]:
    """Check against the migrations in a process group of its own."""
    (project / "drift.yaml").write_text("expected: migrations\n")
    variables = {"TMPDIR": str(temp), "DATABASE_URL": database.url,
                 "PYTHONPATH": os.pathsep.join(sys.path)}  # fmt: skip
    with (project / "output").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "drift", "check"], cwd=project, env=os.environ | variables,
            stdout=output, stderr=output, start_new_session=True, preexec_fn=hear_interrupts,
        )  # fmt: skip


BODY = """import pathlib, time
pathlib.Path("stage").write_text("revision")
time.sleep(60)"""
QUERY = """import pathlib
pathlib.Path("stage").write_text("statement")
op.execute("SELECT pg_sleep(60)")"""


@pytest.mark.parametrize(
    ("stage", "number"),
    [
        ("env.py", signal.SIGINT),
        ("revision", signal.SIGTERM),
        ("statement", signal.SIGHUP),
        ("statement", signal.SIGKILL),
        ("revision", signal.SIGKILL),
    ],
)
def test_a_signal_leaves_nothing(
    tmp_path: Path, temp: Path, database: Database, stage: str, number: signal.Signals
) -> None:
    env = ENV.format(wait="time.sleep(60)" if stage == "env.py" else "")
    project = Project(tmp_path, env)
    project.revision("a1", None, QUERY if stage == "statement" else BODY)
    process = start(tmp_path, temp, database)
    mark = tmp_path / "stage"
    until(lambda: mark.exists() and mark.read_text() == stage, process)
    if number == signal.SIGKILL:
        process.kill()  # only the process that the user sees
    else:
        os.killpg(process.pid, number)
    assert process.wait(60) in {128 + number, -number}
    until(lambda: not processes(temp) and not processes(tmp_path))
    assert_nothing_is_left(temp)
    if number != signal.SIGKILL:
        assert (tmp_path / "output").read_text().count("\n") == 1


def test_it_ends_with_its_parent(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path, f"import time\ntime.sleep(60)  # {USERS}")
    script = (
        f"import sys; sys.path[:0] = {sys.path!r}\n"
        "from pathlib import Path\nfrom drift.config import Migrations\n"
        "from drift.sources.migrations.discovery import find\n"
        "from drift.sources.migrations.runner import run\n"
        f"with run(find([Path({str(project.root)!r})], Migrations()), {database.url!r}) as m:\n"
        "    print(m._process._process.pid, flush=True)\n    m.upgrade()"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    child.wait(timeout=20)
