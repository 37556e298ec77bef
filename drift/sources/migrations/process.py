"""Starts the process that runs env.py, talks to it, and ends it with all that it started."""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import IO, Any

import msgspec

from drift.errors import MigrationsError, UsageError
from drift.redaction import known
from drift.sources.migrations.failures import Problem
from drift.texts import clip

_KEPT_LINES, _LONGEST_LINE = 20, 500
_LOOK_SECONDS = 0.2
_LONGEST_REPLY = 16_000_000


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the process: a result, an exception, or an address that it refused."""

    done: Any = None
    failed: Problem | None = None
    refused: str | None = None


class Process:
    """A process that runs env.py."""

    def __init__(self, environment: Mapping[str, str], *, isolated: bool) -> None:
        """Start it. With `isolated`, it gets no network, if the system can do so."""
        if os.name != "posix":
            raise UsageError("migrations can only be run on Linux, macOS or WSL")
        requests, self._commands = os.pipe()
        self._replies, results = os.pipe()
        words = [str(requests), str(results), str(os.getpid()), "isolated" if isolated else ""]
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-m", "drift.sources.migrations.child", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=dict(environment), pass_fds=(requests, results), start_new_session=True,
        )  # fmt: skip
        atexit.register(self._kill)
        os.close(requests)
        os.close(results)
        self.refused: list[str] = []
        self._is_idle = self._is_ended = False
        self._data = b""
        self._output: deque[str] = deque(maxlen=_KEPT_LINES)
        assert self._process.stdout is not None
        self._reader = threading.Thread(
            target=_read, args=(self._process.stdout, self._output), daemon=True
        )
        self._reader.start()

    @property
    def output(self) -> Sequence[str]:
        """The last lines that env.py printed, without secrets."""
        self._reader.join(_LOOK_SECONDS)
        return tuple(known().foreign(clip(line, _LONGEST_LINE)) for line in list(self._output))

    def send(self, line: bytes) -> None:
        """Send a command."""
        self._is_idle = False
        with contextlib.suppress(BrokenPipeError):  # the reply says how it ended
            line += b"\n"
            while line:  # a signal may end a write of a long line early
                line = line[os.write(self._commands, line) :]

    def receive(self, doing: str, seconds: float) -> Any:
        """Return the result of a command. Raises MigrationsError if it fails or takes too long."""
        deadline = time.monotonic() + seconds
        while True:
            line = self._line(doing, deadline, seconds)
            try:
                reply = msgspec.json.decode(line, type=Reply)
            except msgspec.DecodeError:
                raise self._error(
                    f"{doing}: env.py wrote into a file descriptor that it did not open"
                ) from None
            if reply.refused is not None:
                self.refused.append(reply.refused)
                continue
            self._is_idle = True
            if reply.failed is not None:
                raise Failed(reply.failed, reply.failed.error(doing, self.refused, self.output))
            return reply.done

    def _line(self, doing: str, deadline: float, seconds: float) -> bytes:
        while b"\n" not in self._data:
            ready, _, _ = select.select([self._replies], [], [], _LOOK_SECONDS)
            data = os.read(self._replies, 65536) if ready else b""
            self._data += data
            ended = self._process.poll() is not None and not data
            if ended or (ready and not data) or len(self._data) > _LONGEST_REPLY:
                raise self._ended(doing)
            if time.monotonic() > deadline:
                raise self._error(
                    f"{doing}: not finished after {seconds:g} s; raise migrations: timeout:, or "
                    "check whether a migration waits for something"
                )
        line, _, self._data = self._data.partition(b"\n")
        return line

    def _ended(self, doing: str) -> MigrationsError:
        """Return the error for a process that ended without a reply."""
        try:
            code = self._process.wait(_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            return self._error(f"{doing}: env.py closed file descriptors that it did not open")
        if code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
            return self._error(f"{doing}: the process was killed by {name}; check the memory")
        return self._error(
            f"{doing}: env.py, or a module that it imports, ended the process (exit code {code}); "
            "remove that call"
        )

    def _error(self, summary: str) -> MigrationsError:
        head, _, rest = summary.partition(": ")
        return Problem(summary=rest).error(head, self.refused, self.output)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        """End the process, which does so at once if it waits for a command, and all it started."""
        if self._is_ended:
            return
        self._is_ended = True
        with contextlib.suppress(OSError):
            os.close(self._commands)
        if self._is_idle:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_LOOK_SECONDS)
        self._kill()
        self._process.wait()
        self._reader.join(_LOOK_SECONDS)
        with contextlib.suppress(OSError):
            os.close(self._replies)
        atexit.unregister(self._kill)
        self._commands = self._replies = -1


class Failed(Exception):  # noqa: N818 — not an error for the user, which it holds
    """An exception in the process, and the error that it makes."""

    def __init__(self, problem: Problem, error: MigrationsError) -> None:
        super().__init__()
        self.problem, self.error = problem, error


def _read(stream: IO[bytes], lines: deque[str]) -> None:
    """Keep the last lines; endless output only takes this thread's time."""
    with stream, contextlib.suppress(OSError, ValueError):
        while data := stream.readline(_LONGEST_LINE * 4):
            text = data.decode(errors="replace").strip()
            if text:
                lines.append(text)
