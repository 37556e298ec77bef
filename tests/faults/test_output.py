"""A report reaches every place that can take it, and each of the others is named with a reason."""

from __future__ import annotations

import json
import os
import resource
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from drift.demo import models
from drift.errors import UsageError
from drift.output import files
from tests.report.contract import json_report
from tests.servers import Database, create_all

SMALL = shlex.join([sys.executable, "-c", "import fcntl; fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 4096)"])
DRIFT = shlex.join([sys.executable, "-m", "drift"])
AUDIT = "--models drift.demo.models:Base"
TABLES = 300
"""So many that a report of any format is larger than two small pipes."""

linux = pytest.mark.skipif(sys.platform != "linux", reason="devices and mounts of Linux")


@pytest.fixture(scope="module")
def audited(admin: psycopg.Connection[Any], dsn: str) -> Iterator[Database]:
    """Yield the audit's database with so much that is extra that the report fills a small pipe.

    The tests only read it, and it takes longer to create than most of them.
    """
    database = Database(admin, dsn)
    try:
        create_all(models.Base.metadata, database.url)
        many = sa.MetaData()
        for number in range(TABLES):
            sa.Table(f"{'extra' * 8}_{number}", many, sa.Column("id", sa.Integer))
        create_all(many, database.url)
        yield database
    finally:
        database.drop()


@pytest.fixture
def drifted(audited: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Return that database, as the one of the environment, with an empty current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.setenv("DATABASE_URL", audited.url)
    return audited


def shell(
    script: str, *, limit: int | None = None, user: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a script with `drift` and `check` (of the audit) in it, in a real shell."""
    functions = f'drift() {{ {DRIFT} "$@"; }}; check() {{ drift check {AUDIT} "$@"; }}\n'

    def prepare() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        ["bash", "-c", functions + script], capture_output=True, text=True, timeout=60,
        check=False, preexec_fn=prepare, user=user,
    )  # fmt: skip


def whole(path: str | Path) -> bool:
    """Tell whether a file holds a whole report."""
    return len(json_report(Path(path).read_text())["checks"][0]["findings"]) == TABLES


@linux
def test_a_reader_that_leaves_after_a_line_ends_the_run_quietly(drifted: Database) -> None:
    done = shell(
        f"{{ {SMALL}; check --output json=whole.json; }} | head -1; exit ${{PIPESTATUS[0]}}"
    )
    assert (done.returncode, done.stderr) == (141, "")
    assert len(done.stdout.splitlines()) == 1
    assert whole("whole.json")


@linux
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["show", f"check {AUDIT} --format json"])
def test_so_it_does_for_every_command_and_however_output_is_buffered(
    drifted: Database, command: str, unbuffered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    done = shell(f"{{ {SMALL}; drift {command}; }} | head -c 1; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr) == (141, "")


@linux
@pytest.mark.parametrize("command", [
    "--help", "--version", "check --help", "rules", "rules missing-column", "show", "doctor",
    f"check {AUDIT}", f"check {AUDIT} --format html", "merge whole.json", "demo",
    "init --dry-run --models app:Base", f"check {AUDIT} --targets-from two.txt",
])  # fmt: skip
def test_output_that_nobody_reads_ends_every_command_alike(drifted: Database, command: str) -> None:
    targets = [json.dumps({"name": name, "database": drifted.url}) for name in ("one", "two")]
    Path("two.txt").write_text("\n".join(targets))
    if "whole.json" in command:
        shell(f"check {AUDIT} --output json=whole.json >/dev/null")
    done = shell(f"{{ sleep 0.3; drift {command}; }} | true; exit ${{PIPESTATUS[0]}}")
    assert done.returncode == 141, done.stderr
    expected = (
        "drift: starting",
        "drift: no file lists the project's requirements",
        "drift: the module app",
    )
    assert [line for line in done.stderr.splitlines() if not line.startswith(expected)] == []


@linux
def test_a_small_disk_that_is_full_is_said_and_keeps_the_report_before(drifted: Database) -> None:
    small = Path("small")
    small.mkdir()
    if subprocess.call(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(small)]):
        pytest.skip("only who may mount can have a small disk")
    try:
        (small / "report.json").write_text("the one before")
        done = shell("check --output json=small/report.json --output json=other.json >/dev/null")
        assert done.returncode == 2
        assert done.stderr == (
            "drift: error: cannot write small/report.json: No space left on device\n"
        )
        assert [path.name for path in small.iterdir()] == ["report.json"]
        assert (small / "report.json").read_text() == "the one before"
        assert whole("other.json")
    finally:
        subprocess.check_call(["umount", str(small)])


def test_a_limit_of_the_size_of_files_is_said(drifted: Database) -> None:
    done = shell("check --output json=report.json | cat; exit ${PIPESTATUS[0]}", limit=4096)
    assert done.returncode == 2
    assert done.stderr == "drift: error: cannot write report.json: File too large\n"
    assert "extra-table" in done.stdout
    assert os.listdir() == []  # noqa: PTH208


@linux
def test_an_error_that_cannot_be_printed_does_not_stop_the_check(drifted: Database) -> None:
    done = shell("check -v --output json=whole.json 2>/dev/full | tail -1; exit ${PIPESTATUS[0]}")
    assert done.returncode == 1
    assert f"{TABLES} warnings" in done.stdout
    assert whole("whole.json")
    assert shell("drift check --models nowhere:Base 2>/dev/full").returncode == 2


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_a_standard_stream_that_is_closed_is_done_without(drifted: Database, closed: str) -> None:
    done = shell(f"check --output json=whole.json {closed}")
    assert (done.returncode, done.stderr) == (1, "")
    assert (f"{TABLES} warnings" in done.stdout) is (">&-" not in closed.split())
    assert whole("whole.json")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_folder_that_only_others_may_write_to_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert "Permission denied" in refused(tmp_path / "report.json", nobody=True)


def refused(path: Path, *, nobody: bool = False) -> str:
    """Write to a path, as nobody at all where that is asked for; return why it was refused."""
    if nobody:
        os.seteuid(65534)
    try:
        with pytest.raises(UsageError) as raised:
            files.write_file(path, "text")
    finally:
        if nobody:
            os.seteuid(0)
    assert str(raised.value).startswith(f"cannot write {path}: ")
    return str(raised.value)


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a folder": (lambda place: place, "Is a directory"),
    "below a file": (lambda place: place / "file" / "a" / "b.json", "Not a directory"),
    "a link in a circle": (lambda place: place / "circle", "symbolic links"),
    "a name that is too long": (lambda place: place / ("n" * 300), "File name too long"),
    "a folder of the kernel's": (lambda _: Path("/proc/nowhere/x"), "No such file or directory"),
    "a stream that is not open": (lambda _: Path("/dev/fd/900"), "Bad file descriptor"),
    "a full device": (lambda _: Path("/dev/full"), "No space left on device"),
}


@linux
@pytest.mark.parametrize("what", BAD)
def test_a_place_that_cannot_be_a_file_is_named_with_the_reason(tmp_path: Path, what: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "circle").symlink_to("circle")
    path, reason = BAD[what]
    before = sorted(tmp_path.rglob("*"))
    assert reason in refused(path(tmp_path))
    assert sorted(tmp_path.rglob("*")) == before


def test_the_longest_name_that_there_is_will_do(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    files.write_file(path, "text")
    assert path.read_text() == "text"


def test_a_link_stays_a_link_and_its_file_is_replaced(tmp_path: Path) -> None:
    real, link = tmp_path / "deep" / "real.json", tmp_path / "link.json"
    link.symlink_to(real)
    real.parent.mkdir()
    files.write_file(link, "first")
    files.write_file(link, "second")
    assert link.is_symlink()
    assert real.read_text() == "second"


def test_a_file_keeps_its_rights_and_a_new_one_has_those_that_are_usual(tmp_path: Path) -> None:
    kept, made = tmp_path / "kept", tmp_path / "made"
    kept.touch(0o600)
    before = os.umask(0o027)
    try:
        files.write_file(kept, "text")
        files.write_file(made, "text")
    finally:
        os.umask(before)
    assert [path.stat().st_mode & 0o777 for path in (kept, made)] == [0o600, 0o640]


def test_a_pipe_with_a_name_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    files.write_file(pipe, "text")
    reader.join(10)
    assert read == ["text"]
    assert pipe.is_fifo()


def test_a_pipe_that_nobody_reads_is_given_up_and_the_other_files_are_written(
    drifted: Database,
) -> None:
    os.mkfifo("pipe")
    began = time.monotonic()
    done = shell("check --output json=pipe --output json=whole.json >/dev/null")
    assert time.monotonic() - began < 15
    assert done.returncode == 2
    assert done.stderr == (
        "drift: error: cannot write pipe: no program reads this pipe (waited 5 s)\n"
    )
    assert whole("whole.json")


def test_a_reader_may_come_late_and_read_slowly(drifted: Database) -> None:
    os.mkfifo("pipe")
    script = "(sleep 2; exec < pipe; sleep 1; cat > got.json) & check --output json=pipe; wait"
    assert shell(script).stderr == ""
    assert whole("got.json")


@linux
def test_a_device_stays_one() -> None:
    before = Path("/dev/null").stat()
    files.write_file(Path("/dev/null"), "text")
    after = Path("/dev/null").stat()
    assert (after.st_mode, after.st_ino) == (before.st_mode, before.st_ino)


@linux
@pytest.mark.parametrize(("path", "into"), [
    ("/dev/stdout", "| cat"), ("/dev/stdout", "> all; cat all"), ("/dev/fd/1", "> all; cat all"),
])  # fmt: skip
def test_the_terminals_own_path_follows_what_is_printed(
    drifted: Database, path: str, into: str
) -> None:
    done = shell(f"check --output json={path} {into}")
    text, brace, report = done.stdout.partition("\n{")
    assert f"{TABLES} warnings" in text
    assert len(json_report(brace + report)["checks"][0]["findings"]) == TABLES


def test_a_substituted_process_gets_its_report(drifted: Database) -> None:
    done = shell("check --output json=>(cat > got.json) --output text=>(wc -l > lines); sleep 0.3")
    assert done.stderr == ""
    assert whole("got.json")
    assert int(Path("lines").read_text()) > 100


def test_runs_at_once_on_the_same_files_leave_whole_ones(drifted: Database) -> None:
    script = "check --output json=same.json --output html=same.html >/dev/null"
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(shell, [script] * 3))
    assert [(one.returncode, one.stderr) for one in done] == [(1, "")] * 3
    assert whole("same.json")
    assert Path("same.html").read_text().rstrip().endswith("</html>")
    assert sorted(os.listdir()) == ["same.html", "same.json"]  # noqa: PTH208
