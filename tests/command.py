"""Runs `drift` or `alembic` as a process of its own, without half a second of imports each time.

A server process imports what the command needs and then forks per run. The run gets the folder,
environment, arguments and streams of the caller, and ends as any process does.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]
_AT_START = ("PYTHON", "LC_", "LANG")
"""Variables that only a new interpreter reads."""
_KNOWN = {"PYTHONPATH", "PYTHONSAFEPATH", "PYTHONDONTWRITEBYTECODE"}
"""Those of them that a run sets for itself."""


def drift(
    *arguments: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    input: str | None = None,  # noqa: A002 — as in subprocess.run
    timeout: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Run the command; the arguments are those of `subprocess.run`. Raises TimeoutExpired."""
    return _run(["drift", *arguments], cwd, env, input, timeout)


def alembic(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run Alembic's command likewise."""
    return _run(["alembic", *arguments], cwd, env, None, timeout)


def _run(
    command: list[str],
    cwd: Path | None,
    env: Mapping[str, str] | None,
    text: str | None,
    timeout: float,
) -> subprocess.CompletedProcess[str]:
    variables = dict(os.environ if env is None else env)
    folder = str(cwd or Path.cwd())
    if _needs_interpreter(variables):
        return subprocess.run(
            [sys.executable, "-m", *command], cwd=folder, env=variables, input=text,
            timeout=timeout, text=True, capture_output=True, check=False,
        )  # fmt: skip
    with (
        tempfile.TemporaryFile() as stdin,
        tempfile.TemporaryFile() as stdout,
        tempfile.TemporaryFile() as stderr,
    ):
        stdin.write((text or "").encode())
        stdin.seek(0)
        code = _fork(command, folder, variables, (stdin, stdout, stderr), timeout)
        texts = [_text(stream) for stream in (stdout, stderr)]
    return subprocess.CompletedProcess(command, code, *texts)


def _needs_interpreter(variables: Mapping[str, str]) -> bool:
    """Return whether something differs that is read before any module is imported."""
    names = {
        name
        for name in {*variables, *os.environ}
        if name.startswith(_AT_START) and variables.get(name) != os.environ.get(name)
    }
    entries = variables.get("PYTHONPATH", "").split(os.pathsep)
    customized = any(Path(entry, "sitecustomize.py").exists() for entry in entries if entry)
    return customized or bool(names - _KNOWN)


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode()


def _fork(
    command: list[str],
    folder: str,
    variables: Mapping[str, str],
    streams: tuple[IO[bytes], ...],
    timeout: float,
) -> int:
    """Ask the server for a run; return its exit code, negative for the signal that ended it."""
    # Datagrams keep the two replies apart, however late they are read.
    own, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    own.settimeout(timeout)
    with own, other:
        request = json.dumps([command, folder, dict(variables)]).encode()
        descriptors = [other.fileno(), *(stream.fileno() for stream in streams)]
        server = _server()
        socket.send_fds(server, [len(request).to_bytes(4, "big")], descriptors)
        server.sendall(request)
        other.close()
        pid = int(own.recv(16).decode())
        try:
            return int(own.recv(16).decode())
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(command, timeout) from None


@cache
def _server() -> socket.socket:
    """Start the server; it ends with this process, whose end of the socket closes then."""
    own, other = socket.socketpair()
    with other:
        command = [sys.executable, "-m", "tests.command", str(other.fileno())]
        process = subprocess.Popen(command, pass_fds=[other.fileno()], cwd=ROOT)

    def end() -> None:
        own.close()
        process.wait()

    atexit.register(end)
    return own


def serve(requests: socket.socket) -> None:
    """Fork per request, until nobody can send one; return in each fork, which runs the command."""
    path = [entry for entry in sys.path if entry != str(ROOT)]
    runs = _Runs()
    while True:
        runs.wait_beside(requests)
        size, descriptors, _flags, _address = socket.recv_fds(requests, 4, 4)
        if not size:
            runs.report(0)
            os._exit(0)
        request = _read(requests, int.from_bytes(size, "big"))
        reply, *streams = descriptors
        if runs.fork(reply):
            requests.close()
            _become(json.loads(request), streams, path)
            return
        for descriptor in streams:
            os.close(descriptor)


class _Runs:
    """The runs that have not ended, and the descriptors to which their exit codes are sent.

    A process per run that waits for it would be a second fork, which takes longer than most runs.
    """

    def __init__(self) -> None:
        self._replies: dict[int, int] = {}
        self._ended, self._wake = socket.socketpair()
        self._wake.setblocking(False)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def fork(self, reply: int) -> bool:
        """Fork, and send the process id; return whether this is the run."""
        if pid := os.fork():
            self._replies[pid] = reply
            _send(reply, pid)
            return False
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._ended.close()
        self._wake.close()
        for descriptor in (reply, *self._replies.values()):
            os.close(descriptor)
        return True

    def wait_beside(self, requests: socket.socket) -> None:
        """Wait for a request, and report the runs that end meanwhile."""
        ready: list[socket.socket] = []
        while requests not in ready:
            ready = select.select([requests, self._ended], [], [])[0]
            if self._ended in ready:
                self._ended.recv(4096)
                self.report(os.WNOHANG)

    def report(self, options: int) -> None:
        """Send the exit code of each run that has ended; wait for all if `options` are 0."""
        with contextlib.suppress(ChildProcessError):
            while (run := os.waitpid(-1, options))[0]:
                reply = self._replies.pop(run[0])
                _send(reply, os.waitstatus_to_exitcode(run[1]))
                os.close(reply)


def _send(reply: int, number: int) -> None:
    with contextlib.suppress(OSError):  # nobody waits for it any more
        os.write(reply, str(number).encode())


def _read(requests: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += requests.recv(size - len(data))
    return data


def _become(
    request: tuple[list[str], str, dict[str, str]], streams: list[int], path: list[str]
) -> None:
    """Take over what a new process would have got."""
    command, folder, variables = request
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    time.tzset()
    sys.argv = command
    sys.dont_write_bytecode = bool(variables.get("PYTHONDONTWRITEBYTECODE"))
    given = [entry for entry in variables.get("PYTHONPATH", "").split(os.pathsep) if entry]
    own = [] if variables.get("PYTHONSAFEPATH") else [folder]
    sys.path[:] = [*own, *given, *path]
    sys.stdin = sys.__stdin__ = open(0, closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(  # type: ignore[misc]  # noqa: SIM115
        2, "w", buffering=1, errors="backslashreplace", closefd=False
    )


def end(main: Callable[[], object]) -> None:
    """Run the command and end as an interpreter does, which would also free all modules.

    To free them copies the memory that they share with the server, and takes longer than a run.
    """
    try:
        main()
        code: object = 0
    except SystemExit as exit_:
        code = exit_.code
        if isinstance(code, str):
            raise
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return  # the interpreter reports it
    os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    import gc
    import pkgutil

    import drift as package

    for module in pkgutil.walk_packages(package.__path__, "drift."):
        if not module.name.startswith(("drift.demo", "drift.__main__", "drift.scratch")):
            __import__(module.name)
    import deepdiff  # noqa: F401
    import psycopg  # noqa: F401
    import sqlalchemy.dialects.postgresql  # noqa: F401

    from drift.config import schema

    schema.text()  # fills the cache of the keys, which takes as long as many a run
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        serve(connection)
    if sys.argv[0] == "alembic":
        from alembic import config

        end(config.main)
    else:
        from drift.__main__ import main

        end(main)
