"""Ctrl-C and SIGTERM end a run within moments at every stage, with one line and nothing left."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest

import drift
from drift.demo import models
from tests.servers import Database, create_all, hear_interrupts

psutil = pytest.importorskip("psutil", reason="comes with the embedded server")

WITHIN = 10
"""Seconds that a clean stop may take on a busy machine; what it interrupts takes a minute."""

INTERRUPT, TERMINATE = signal.SIGINT, signal.SIGTERM
LINES = {INTERRUPT: "drift: error: interrupted\n", TERMINATE: "drift: error: terminated\n"}
AUDIT = ("--models", "drift.demo.models:Base")
both = pytest.mark.parametrize("number", [INTERRUPT, TERMINATE], ids=["SIGINT", "SIGTERM"])


@contextlib.contextmanager
def started(
    temp: Path,
    *words: str,
    python: tuple[str, ...] = ("-m", "drift"),
    environment: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[str]]:
    """Run drift, or another program of Python's, in the folder; output and errors in its files."""
    path = os.pathsep.join((str(Path(drift.__file__).parent.parent), *sys.path))
    cleared = {"TMPDIR": str(temp), "PYTHONPATH": path, "GITHUB_ACTIONS": ""}
    with (temp / "out").open("w") as out, (temp / "err").open("w") as err:
        process = subprocess.Popen(
            [sys.executable, *python, *words], cwd=temp, stdout=out, stderr=err, text=True,
            env=os.environ | cleared | dict(environment or {}), preexec_fn=hear_interrupts,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait for what must come about soon, while the process lives."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        assert process.poll() is None, process.returncode
        time.sleep(0.005)


def stopped(process: subprocess.Popen[str], number: signal.Signals, temp: Path) -> str:
    """Send a signal; see that the end is clean and soon, and return what stands in `err`."""
    began = time.monotonic()
    process.send_signal(number)
    assert process.wait(60) == 128 + number, (temp / "err").read_text()
    assert time.monotonic() - began < WITHIN
    said = (temp / "err").read_text()
    assert said.count("drift: error:") == 1, said
    assert said.endswith(LINES[number]), said
    assert "Traceback" not in said
    return said


def left(temp: Path) -> set[str]:
    """Return the files in the folder that the test itself did not make."""
    return {path.name for path in temp.iterdir()} - {"out", "err", "slow.py", "__pycache__"}


class Silent:
    """A listener that takes connections and what comes, and never answers."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0)
        self.port = self._listener.getsockname()[1]
        self._taken: list[socket.socket] = []

    def called(self) -> bool:
        """Tell whether somebody has connected."""
        with contextlib.suppress(BlockingIOError):
            self._taken.append(self._listener.accept()[0])
        return bool(self._taken)

    def close(self) -> None:
        for one in (*self._taken, self._listener):
            one.close()


@pytest.fixture
def silent() -> Iterator[Silent]:
    made = Silent()
    yield made
    made.close()


@both
@pytest.mark.parametrize("module", ["drift.errors", "click", "msgspec"])
def test_while_the_program_itself_is_imported(
    temp: Path, number: signal.Signals, module: str
) -> None:
    python = ("-X", "importtime", "-m", "drift")
    with started(temp, "check", python=python) as process:
        seen = f"| {module}\n"
        until(lambda: seen in (temp / "err").read_text().replace("|   ", "| ").replace("  ", ""),
              process)  # fmt: skip
        process.send_signal(number)
        code = process.wait(60)
    lines = (temp / "err").read_text().splitlines(keepends=True)
    said = [line for line in lines if not line.startswith("import time:")]
    assert (code, said) == (128 + number, [LINES[number]])


SLOW = {
    "asleep": "time.sleep(60)",
    "swallowing": "try: time.sleep(60)\nexcept BaseException: pass\ntime.sleep(60)",
    "in a finalizer": "class A:\n def __del__(self): time.sleep(60)\nA()\ntime.sleep(60)",
    "in a thread's wait": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor() as pool: pool.submit(time.sleep, 60).result()"
    ),
    "in a callback of C code": (
        "import ctypes\n"
        "def compare(a, b): time.sleep(60); return 0\n"
        "kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)\n"
        "ctypes.CDLL(None).qsort((ctypes.c_int * 2)(2, 1), 2, 4, kind(compare))\n"
        "time.sleep(60)"
    ),
}


@pytest.mark.parametrize(
    ("how", "number"), [("asleep", INTERRUPT), *((how, TERMINATE) for how in SLOW)]
)
def test_while_the_models_are_imported(temp: Path, number: signal.Signals, how: str) -> None:
    (temp / "slow.py").write_text(f"import time\nprint('began', flush=True)\n{SLOW[how]}\n")
    arguments = ("check", "--database", "postgresql://127.0.0.1:1/x", "--models", "slow:Base")
    with started(temp, *arguments) as process:
        until(lambda: "began\n" in (temp / "err").read_text(), process)
        assert stopped(process, number, temp) == f"began\n{LINES[number]}"
    assert (temp / "out").read_text() == ""
    assert not left(temp)


@both
def test_while_a_connection_is_made(temp: Path, number: signal.Signals, silent: Silent) -> None:
    url = f"postgresql://user:s3cret@127.0.0.1:{silent.port}/shop"
    arguments = ("check", "--database", url, *AUDIT, f"--output=json={temp}/report.json")
    with started(temp, *arguments) as process:
        until(silent.called, process)
        assert "s3cret" not in stopped(process, number, temp)
    assert not left(temp)


@pytest.fixture
def audit(database: Database) -> Database:
    create_all(models.Base.metadata, database.url)
    return database


def backends(database: Database, condition: str) -> int:
    [(count,)] = database.fetch(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        f"AND application_name = 'drift' AND {condition}"
    )
    return int(count)


@both
def test_while_the_catalog_is_read(temp: Path, number: signal.Signals, audit: Database) -> None:
    arguments = (
        "check",
        "--database",
        audit.url,
        *AUDIT,
        f"--output=json={temp}/report.json",
    )
    with psycopg.connect(audit.url) as other:
        other.execute("LOCK TABLE pg_catalog.pg_attrdef")
        with started(temp, *arguments) as process:
            until(lambda: backends(audit, "wait_event_type = 'Lock'"), process)
            assert stopped(process, number, temp) == LINES[number]
        cancelled = time.monotonic() + 10  # though the lock is still held
        while backends(audit, "true"):
            assert time.monotonic() < cancelled
            time.sleep(0.05)
        assert not left(temp)


@both
def test_while_a_report_is_written(temp: Path, number: signal.Signals, audit: Database) -> None:
    os.mkfifo(temp / "pipe")
    outputs = (f"--output=json={temp}/report.json", f"--output=json={temp}/pipe")
    with started(temp, "check", "--database", audit.url, *AUDIT, *outputs) as process:
        until((temp / "report.json").exists, process)
        time.sleep(0.1)
        stopped(process, number, temp)
    assert left(temp) == {"pipe", "report.json"}


@both
def test_while_a_receiver_hangs(
    temp: Path, number: signal.Signals, audit: Database, silent: Silent
) -> None:
    arguments = ("check", "--database", audit.url, *AUDIT, "--report=sentry", "--report=github")
    environment = {
        "SENTRY_DSN": f"http://k3y@127.0.0.1:{silent.port}/1",
        "GITHUB_API_URL": f"http://127.0.0.1:{silent.port}",
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_TOKEN": "t0ken",
    }
    with started(temp, *arguments, environment=environment) as process:
        until(silent.called, process)
        said = stopped(process, number, temp)
    assert "k3y" not in said
    assert "t0ken" not in said


def processes(temp: Path) -> list[str]:
    """Return the command lines of what runs in the folder."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            line = " ".join(process.cmdline())
            if str(temp) in line or str(temp) in process.cwd():
                found.append(line)
    return found


DEMO: dict[str, Callable[[Path], Any]] = {
    "the directory is made": lambda temp: any(temp.glob("drift-*")),
    "the data is being written": lambda temp: any(temp.glob("drift-*/data/global/*")),
    "the server is starting": lambda temp: any(temp.glob("drift-*/data/postmaster.pid")),
    "the database is being built": lambda temp: len([*temp.glob("drift-*/data/base/*")]) > 3,
}


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("stage", DEMO)
def test_while_the_demos_server_is_there(temp: Path, stage: str, times: int) -> None:
    number = TERMINATE if times == 1 else INTERRUPT
    with started(temp, "demo") as process:
        until(lambda: DEMO[stage](temp), process)
        for _ in range(times - 1):
            process.send_signal(number)
            time.sleep(0.05)
        if process.poll() is None:
            stopped(process, number, temp)
    assert processes(temp) == []
    assert not left(temp)
    assert (temp / "err").read_text().count(LINES[number]) == 1


def test_what_is_ignored_by_whoever_starts_it_stays_ignored(temp: Path, silent: Silent) -> None:
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "from drift.__main__ import main; main()"
    )
    url = f"postgresql://127.0.0.1:{silent.port}/shop"
    with started(temp, "check", "--database", url, *AUDIT, python=("-c", code)) as process:
        until(silent.called, process)
        process.send_signal(INTERRUPT)
        time.sleep(0.5)
        assert process.poll() is None
        stopped(process, TERMINATE, temp)
