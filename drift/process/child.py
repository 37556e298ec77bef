"""Runs a command in a child process, so that no imported code can pass for a finished check.

Models are arbitrary code: they may call `os._exit(0)`, crash the interpreter, or leave a thread
that never ends. The parent imports nothing. It waits until the child has ended, and takes its exit
code from memory that both share; a child that stored none has not finished. This guards against
accidents: code that runs in the same process could always forge a report.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from os import _exit as leave_now  # before models could replace it
from types import FrameType
from typing import NoReturn, TypeAlias

from drift.process import signals
from drift.process.exit_codes import COULD_NOT_CHECK

Signals: TypeAlias = Iterable[int]
COMMANDS = ("check", "doctor")
"""The commands that import models."""

_MARKER = "_DRIFT_RESULT"
"""The variable that names a child's memory, where there is no `fork`."""

_PATIENCE = 3.0
"""Seconds that the child gets to end after a signal, before the parent kills it."""
_LAST = 1.0
"""Seconds that exit handlers of imported code get: the work is done, and its result is known."""


class _Memory:
    """Memory that parent and child share: the exit code, if there is one, and the current stage.

    A pipe would need file descriptors, which imported code may close, or hand on to other programs.
    """

    SIZE = 4096
    _KNOWN, _CODE, _STAGE = 0, 1, 2

    def __init__(self, path: str = "") -> None:
        """Share it with processes that are forked off, or that are given the path of a file."""
        import mmap

        if path:
            with open(path, "r+b") as file:  # noqa: PTH123 — pathlib takes time to import
                self._bytes = mmap.mmap(file.fileno(), self.SIZE)
        else:
            self._bytes = mmap.mmap(-1, self.SIZE)

    def close(self) -> None:
        """Let go of the file."""
        self._bytes.close()

    @property
    def code(self) -> int | None:
        """The exit code; None while the work is not done."""
        return self._bytes[self._CODE] if self._bytes[self._KNOWN] else None

    @code.setter
    def code(self, code: int) -> None:
        self._bytes[self._CODE] = code
        self._bytes[self._KNOWN] = 1

    @property
    def stage(self) -> str:
        """What the child was doing last."""
        return self._bytes[self._STAGE :].partition(b"\0")[0].decode(errors="replace")

    @stage.setter
    def stage(self, text: str) -> None:
        data = text.encode(errors="replace")[: self.SIZE - self._STAGE - 1] + b"\0"
        self._bytes[self._STAGE : self._STAGE + len(data)] = data


class _Child:
    """What a child knows of itself; in any other process there is no memory."""

    memory: _Memory | None = None
    number = 0


def needed(arguments: Sequence[str]) -> bool:
    """Tell whether the command line names a command that imports models."""
    return next((word for word in arguments if not word.startswith("-")), "") in COMMANDS


def stage(text: str) -> None:
    """Store what the process does from now on, for an error message of the parent's.

    A process that imported code forked off ends here: it must not make the check a second time.
    """
    if _Child.memory is not None:
        if os.getpid() != _Child.number:
            leave_now(COULD_NOT_CHECK)
        _Child.memory.stage = text


def unfinished(text: str) -> None:
    """End a child without a result: nothing can be printed here, and its parent says why."""
    if _Child.memory is not None:
        stage(text)
        leave_now(COULD_NOT_CHECK)


def run(main: Callable[[], object]) -> NoReturn:
    """Call `main` in a child process, and leave with its exit code, or with 2 if there is none."""
    if path := os.environ.pop(_MARKER, ""):
        _work(main, _Memory(path))
    if not hasattr(os, "fork"):
        sys.exit(_spawn())
    signals.have_streams()
    memory, parent = _Memory(), os.getpid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # if ignored, the child's end could not be seen
    heard = signals.wanted()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, heard)
    try:
        child = os.fork()
    except OSError as problem:
        _say(f"cannot start a process for the check: {problem.strerror}")
        sys.exit(COULD_NOT_CHECK)
    if child == 0:
        _end_with(parent)
        _work(main, memory, mask)
    sys.exit(_wait(child, memory, heard, mask))


def _spawn() -> int:
    """Do as `fork` does, where there is none: run the command again, with a file as the memory.

    Ctrl-C reaches both processes there; the child says what happened.
    """
    import subprocess
    import tempfile

    signal.signal(signal.SIGINT, lambda *_: None)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = os.path.join(folder, "result")  # noqa: PTH118
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(bytes(_Memory.SIZE))
        memory = _Memory(path)
        words = [sys.executable, "-m", "drift", *sys.argv[1:]]
        status = subprocess.call(words, env=os.environ | {_MARKER: path})  # noqa: S603
        code = _result(memory, status)
        memory.close()  # or the file could not be deleted
    return code


def _work(main: Callable[[], object], memory: _Memory, mask: Signals | None = None) -> NoReturn:
    """Do the work, as the child."""
    _Child.memory, _Child.number = memory, os.getpid()
    stage("starting")
    try:
        signals.run(main, _leave, mask)
    except SystemExit as end:
        _leave(end.code if isinstance(end.code, int) else COULD_NOT_CHECK)
    except BaseException as problem:  # noqa: BLE001 — such as a part of drift that is not installed
        reason = str(problem) if isinstance(problem, ImportError | OSError) else "no details"
        _say(f"the command failed: {type(problem).__name__}: {' '.join(reason.split())}")
    _leave(COULD_NOT_CHECK)


def _end_with(parent: int) -> None:
    """Let SIGTERM end this process when its parent is killed, where the system can do so."""
    if sys.platform == "linux":
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        leave_now(COULD_NOT_CHECK)


def _leave(code: int) -> NoReturn:
    """Store the exit code, give exit handlers a moment, and end the process without its threads."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    if _Child.memory is not None and os.getpid() == _Child.number:
        _Child.memory.code = code
    try:
        os.dup2(2, 1)  # the report is complete: nothing may be added to it
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
        signal.setitimer(signal.ITIMER_REAL, _LAST)
        atexit._run_exitfuncs()
    finally:
        leave_now(code)


def _wait(child: int, memory: _Memory, heard: Signals, mask: Signals) -> int:
    """Wait for the child, forward signals to it, and return the exit code."""
    first: list[int] = []

    def send(number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)

    def forward(number: int, _frame: FrameType | None) -> None:
        if not first:
            first.append(number)
            signal.setitimer(signal.ITIMER_REAL, _PATIENCE)
        send(number)

    signal.signal(signal.SIGALRM, lambda *_: send(signal.SIGKILL))
    for number in heard:
        signal.signal(number, forward)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    _, status = os.waitpid(child, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in heard:
        signal.signal(number, signal.SIG_IGN)
    if memory.code is None and first:
        _say(signals.WORDS[signal.Signals(first[0]).name])
        return 128 + first[0]
    return _result(memory, os.waitstatus_to_exitcode(status))


def _result(memory: _Memory, status: int) -> int:
    """Return the exit code of a child that has ended; say so if it has not finished its work."""
    if memory.code is not None:
        return memory.code
    _say(_unfinished(status, memory.stage))
    return COULD_NOT_CHECK


def _unfinished(code: int, stage: str) -> str:
    """Say how a child ended that has not finished its work."""
    if code >= 0:
        return (
            f"the process ended before the check was finished (exit code {code}, while {stage}): "
            "the models, or something that they import, end it"
        )
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    return (
        f"the process was killed by {name} before the check was finished (while {stage}): look "
        "for a lack of memory, or for a library of the models that crashes"
    )


def _say(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"drift: error: {text}\n")
        sys.stderr.flush()
