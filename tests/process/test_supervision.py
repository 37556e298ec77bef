"""The two processes of a check end together, whichever of them a signal reaches."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drift.demo import models as demo
from tests.process.project import PACKAGES
from tests.servers import Database, create_all, hear_interrupts

psutil = pytest.importorskip("psutil", reason="comes with the embedded server")
linux = pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
STUBBORN = """
import os, signal, sys, time
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
"""
ASLEEP = "import os, time\nopen('began', 'w').write(str(os.getpid()))\ntime.sleep(60)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(ASLEEP)
    return tmp_path


def start(folder: Path, **options: object) -> subprocess.Popen[str]:
    """Start a check, and wait until it imports the models."""
    process = subprocess.Popen(
        [sys.executable, "-m", "drift", "check", "--database=postgresql:///x", "--models=app:Base"],
        cwd=folder, text=True, stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": PACKAGES},
        preexec_fn=hear_interrupts, **options,
    )  # type: ignore[call-overload]  # fmt: skip
    while not (folder / "began").exists() or not (folder / "began").read_text():
        assert process.poll() is None
        time.sleep(0.01)
    return process  # type: ignore[no-any-return]


def worker(folder: Path) -> int:
    return int((folder / "began").read_text())


def gone(number: int) -> bool:
    """Wait until a process has ended."""
    deadline = time.monotonic() + 10
    while psutil.pid_exists(number) and psutil.Process(number).status() != "zombie":
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@linux
def test_the_work_ends_when_its_parent_is_killed(folder: Path) -> None:
    process = start(folder)
    assert worker(folder) != process.pid
    process.kill()
    assert process.communicate(timeout=10)[1] == "drift: error: terminated\n"
    assert process.returncode == -signal.SIGKILL
    assert gone(worker(folder))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_models_that_ignore_signals_are_ended_all_the_same(
    folder: Path, number: signal.Signals
) -> None:
    (folder / "app.py").write_text(STUBBORN + ASLEEP)
    process = start(folder)
    began = time.monotonic()
    process.send_signal(number)
    said = process.communicate(timeout=20)[1]
    assert time.monotonic() - began < 6
    word = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "hung up"}[number.name]
    assert (process.returncode, said) == (128 + number, f"drift: error: {word}\n")
    assert gone(worker(folder))


def test_a_signal_to_both_processes_ends_them_with_one_line(folder: Path) -> None:
    """Send it to the group, as `timeout` and terminals do."""
    process = start(folder, start_new_session=True)
    os.killpg(process.pid, signal.SIGTERM)
    said = process.communicate(timeout=20)[1]
    assert (process.returncode, said) == (143, "drift: error: terminated\n")


def test_the_work_that_is_killed_is_an_error(folder: Path) -> None:
    process = start(folder)
    os.kill(worker(folder), signal.SIGKILL)
    said = process.communicate(timeout=20)[1]
    assert process.returncode == 2
    assert said == (
        "drift: error: the process was killed by SIGKILL before the check was finished (while "
        "importing app); check for a lack of memory, or for a library of the models that crashes\n"
    )


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    ends = pty.openpty()
    yield ends
    for end in ends:
        os.close(end)


def test_ctrl_c_at_a_terminal_ends_both_with_one_line(
    folder: Path, terminal: tuple[int, int]
) -> None:
    master, slave = terminal
    control = (
        "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
        "os.execv(sys.executable, [sys.executable, '-m', 'drift', *sys.argv[1:]])"
    )
    arguments = ["check", "--database=postgresql:///x", "--models=app:Base"]
    process = subprocess.Popen(
        [sys.executable, "-c", control, *arguments], cwd=folder, stdin=slave, text=True,
        stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": PACKAGES},
        preexec_fn=hear_interrupts,
    )  # fmt: skip
    while not (folder / "began").exists():
        assert process.poll() is None
        time.sleep(0.01)
    os.write(master, b"\x03")
    said = process.communicate(timeout=20)[1]
    assert (process.returncode, said) == (130, "drift: error: interrupted\n")


WITHOUT_FORK = "import os; del os.fork; from drift.__main__ import main; main()"


@pytest.mark.parametrize(
    ("models", "code", "words"),
    [
        ("import os; os._exit(0)", 2, "(exit code 0, while importing app)"),
        (
            "import sys; sys.exit(0)",
            2,
            "cannot import app: app.py:1: SystemExit: the models end the program",
        ),
        (None, 1, ""),
    ],
)
def test_systems_without_fork_run_the_work_in_another_way(
    folder: Path, database: Database, models: str | None, code: int, words: str
) -> None:
    create_all(demo.Base.metadata, database.url)
    database.execute("CREATE TABLE extra ()")
    (folder / "app.py").write_text(models or "from drift.demo.models import Base")
    arguments = ["check", f"--database={database.url}", "--models=app:Base"]
    temporary = folder / "temporary"
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_FORK, *arguments], cwd=folder, capture_output=True,
        text=True, check=False, timeout=60,
        env=os.environ | {"PYTHONPATH": PACKAGES, "TMPDIR": str(temporary), "GITHUB_ACTIONS": ""},
    )  # fmt: skip
    assert (done.returncode, words in done.stderr) == (code, True), done.stderr
    assert ("public.extra" in done.stdout) == (code == 1)
    assert len(done.stderr.splitlines()) == (code == 2)
    assert list(temporary.iterdir()) == []
