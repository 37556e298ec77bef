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
COMMANDS = ("accept", "check", "diff", "doctor", "plan", "snapshot")
"""The commands that import models."""

_MEMORY_FILE = "_DRIFT_RESULT"
"""The environment variable that names the shared memory's file, on systems without `fork`."""

_KILL_AFTER = 3.0
"""Seconds that the child gets to end after a signal, before the parent kills it."""
_EXIT_HANDLERS = 1.0
"""Seconds that exit handlers of imported code get: the work is done, and its result is known."""


class _SharedMemory:
    """Memory that parent and child share: the exit code, if there is one, and the current stage.

    A pipe would need file descriptors, which imported code may close, or pass on to other programs.
    """

    SIZE = 4096
    _HAS_CODE, _CODE, _STAGE = 0, 1, 2  # the offsets

    def __init__(self, path: str = "") -> None:
        """Share it with processes that are forked off, or that are given the path of a file."""
        import mmap

        if path:
            with open(path, "r+b") as file:  # noqa: PTH123 — pathlib takes time to import
                self._bytes = mmap.mmap(file.fileno(), self.SIZE)
        else:
            self._bytes = mmap.mmap(-1, self.SIZE)

    def close(self) -> None:
        """Close the file."""
        self._bytes.close()

    @property
    def code(self) -> int | None:
        """The exit code; None while the work is not done."""
        return self._bytes[self._CODE] if self._bytes[self._HAS_CODE] else None

    @code.setter
    def code(self, code: int) -> None:
        # The code first: if the child is killed between the two lines, it has stored none.
        self._bytes[self._CODE] = code
        self._bytes[self._HAS_CODE] = 1

    @property
    def stage(self) -> str:
        """The last stage that the child began."""
        return self._bytes[self._STAGE :].partition(b"\0")[0].decode(errors="replace")

    @stage.setter
    def stage(self, text: str) -> None:
        data = text.encode(errors="replace")[: self.SIZE - self._STAGE - 1] + b"\0"
        self._bytes[self._STAGE : self._STAGE + len(data)] = data


class _Child:
    """The child's memory and process id; no other process has a memory."""

    memory: _SharedMemory | None = None
    pid = 0


def imports_models(arguments: Sequence[str]) -> bool:
    """Return whether a command line names a command that imports models.

    That is the first argument that is not an option: click is only imported in the child.
    """
    return next((text for text in arguments if not text.startswith("-")), "") in COMMANDS


def stage(text: str) -> None:
    """Store the stage that begins, for the parent's message if the process dies in it.

    A process that imported code forked off ends here: it must not make the check a second time.
    """
    if _Child.memory is not None:
        if os.getpid() != _Child.pid:
            leave_now(COULD_NOT_CHECK)
        _Child.memory.stage = text


def unfinished(text: str) -> None:
    """End a child without a result: nothing can be printed here, and its parent says why."""
    if _Child.memory is not None:
        stage(text)
        leave_now(COULD_NOT_CHECK)


def run(main: Callable[[], object]) -> NoReturn:
    """Call `main` in a child process, and leave with its exit code, or with 2 if it stores none."""
    if path := os.environ.pop(_MEMORY_FILE, ""):
        _run_as_child(main, _SharedMemory(path))
    if not hasattr(os, "fork"):
        sys.exit(_spawn())
    signals.open_missing_streams()
    memory, parent = _SharedMemory(), os.getpid()
    # If SIGCHLD was ignored when drift started, the kernel drops the child's status: waitpid fails.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    handled = signals.ending_signals()
    # Blocked until both processes have their handlers: a signal in between would be lost on one.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, handled)
    try:
        child = os.fork()
    except OSError as problem:
        _print_error(f"cannot start a process for the check: {problem.strerror}")
        sys.exit(COULD_NOT_CHECK)
    if child == 0:
        _end_with(parent)
        _run_as_child(main, memory, mask)
    sys.exit(_wait(child, memory, handled, mask))


def _spawn() -> int:
    """Do as `fork` does on systems without it: run the command again, with a file as the memory.

    Ctrl-C reaches both processes there; the child prints the message.
    """
    import subprocess
    import tempfile

    signal.signal(signal.SIGINT, lambda *_: None)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = os.path.join(folder, "result")  # noqa: PTH118
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(bytes(_SharedMemory.SIZE))
        memory = _SharedMemory(path)
        command = [sys.executable, "-m", "drift", *sys.argv[1:]]
        status = subprocess.call(command, env=os.environ | {_MEMORY_FILE: path})  # noqa: S603
        code = _result(memory, status)
        memory.close()  # or the file could not be deleted
    return code


def _run_as_child(
    main: Callable[[], object], memory: _SharedMemory, mask: Signals | None = None
) -> NoReturn:
    """Call `main`, store its exit code, and end the process."""
    _Child.memory, _Child.pid = memory, os.getpid()
    stage("starting")
    try:
        signals.run(main, _leave, mask)
    except SystemExit as end:
        _leave(end.code if isinstance(end.code, int) else COULD_NOT_CHECK)
    except BaseException as problem:  # noqa: BLE001 — such as a part of drift that is not installed
        reason = str(problem) if isinstance(problem, ImportError | OSError) else "no details"
        _print_error(f"the command failed: {type(problem).__name__}: {' '.join(reason.split())}")
    _leave(COULD_NOT_CHECK)


def _end_with(parent: int) -> None:
    """Let SIGTERM end this process when its parent is killed, if the system can do so."""
    if sys.platform == "linux":
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:  # the parent was killed before prctl
        leave_now(COULD_NOT_CHECK)


def _leave(code: int) -> NoReturn:
    """Store the exit code, give exit handlers a moment, and end the process without its threads."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    if _Child.memory is not None and os.getpid() == _Child.pid:
        _Child.memory.code = code
    try:
        os.dup2(2, 1)  # the report is complete: exit handlers must not add to it
        # The alarm's default action ends the process, even while an exit handler waits.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
        signal.setitimer(signal.ITIMER_REAL, _EXIT_HANDLERS)
        # Not sys.exit(), which joins the threads that imported code left first.
        atexit._run_exitfuncs()
    finally:
        leave_now(code)


def _wait(child: int, memory: _SharedMemory, handled: Signals, mask: Signals) -> int:
    """Wait for the child, forward signals to it, and return the exit code."""
    received: list[int] = []

    def send(number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)

    def forward(number: int, _frame: FrameType | None) -> None:
        if not received:
            received.append(number)
            signal.setitimer(signal.ITIMER_REAL, _KILL_AFTER)
        send(number)

    signal.signal(signal.SIGALRM, lambda *_: send(signal.SIGKILL))
    for number in handled:
        signal.signal(number, forward)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    _, status = os.waitpid(child, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in handled:  # the result is known: a late signal must not replace it
        signal.signal(number, signal.SIG_IGN)
    if memory.code is None and received:
        _print_error(signals.MESSAGES[signal.Signals(received[0]).name])
        return 128 + received[0]
    return _result(memory, os.waitstatus_to_exitcode(status))


def _result(memory: _SharedMemory, status: int) -> int:
    """Return the exit code of a child that has ended; print an error if it did not finish."""
    if memory.code is not None:
        return memory.code
    _print_error(_reason(status, memory.stage))
    return COULD_NOT_CHECK


def _reason(status: int, stage: str) -> str:
    """Describe how a child ended that did not finish its work."""
    if status >= 0:
        return (
            f"the process ended before the check was finished (exit code {status}, while {stage}): "
            "the models, or a module that they import, end it; remove that call"
        )
    name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
    return (
        f"the process was killed by {name} before the check was finished (while {stage}); check "
        "for a lack of memory, or for a library of the models that crashes"
    )


def _print_error(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"drift: error: {text}\n")
        sys.stderr.flush()
