"""Removes servers and databases if drift is killed: a second process waits for the end of drift.

The process reads lines of JSON. At the end of its input, which is when drift ends in any way, it
removes everything that was added and not taken away.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

_PATIENCE = 5.0
"""Seconds for programs that still write into a directory to end."""


class Reaper:
    """The process, started with the first thing that it must remove."""

    def __init__(self, conninfo: str = "") -> None:
        """Take the address of the server for databases that must be dropped."""
        self._conninfo = conninfo
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def add(self, name: str) -> None:
        """Remove a directory with its server, or a database, if this process is killed."""
        self._send("add", name)

    def remove(self, name: str) -> None:
        """Leave it alone: it is gone, or it must stay."""
        self._send("remove", name)

    def close(self) -> None:
        """End the process; it removes everything that was not taken away."""
        with self._lock:  # another thread may still drop its database
            process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
            process.wait()

    def _send(self, action: str, name: str) -> None:
        with self._lock, contextlib.suppress(OSError):
            if self._process is None:
                if action == "remove":
                    return
                self._process = _start()
                self._write(["server", self._conninfo])
            self._write([action, name])

    def _write(self, line: list[str]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line).encode() + b"\n")
        self._process.stdin.flush()


def _start() -> subprocess.Popen[bytes]:
    """Start it in a session of its own, so that signals of a terminal do not end it."""
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-I", __file__],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
        start_new_session=True,
    )  # fmt: skip


def serve(lines: Iterable[bytes]) -> None:
    """Read to the end of the input, and remove everything that was added and not taken away."""
    conninfo, left = "", dict[str, None]()
    for line in lines:
        action, name = json.loads(line)
        if action == "server":
            conninfo = name
        elif action == "add":
            left[name] = None
        else:
            left.pop(name, None)
    for name in left:
        if conninfo:
            _drop(conninfo, name)
        else:
            _delete(Path(name))


def _drop(conninfo: str, name: str) -> None:
    import psycopg
    from psycopg import sql

    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with (
        contextlib.suppress(psycopg.Error),
        psycopg.connect(conninfo, autocommit=True) as connection,
    ):
        connection.execute(statement)


def _delete(home: Path) -> None:
    """Stop the server of a directory and delete it, as soon as no program writes into it."""
    deadline = time.monotonic() + _PATIENCE
    while home.exists() and time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((home / "data" / "postmaster.pid").read_text().split()[0])
            os.kill(pid, signal.SIGQUIT)
            time.sleep(0.1)
        shutil.rmtree(home, ignore_errors=True)
        time.sleep(0.1)


if __name__ == "__main__":
    serve(sys.stdin.buffer)
