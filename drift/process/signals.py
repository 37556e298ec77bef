"""Ends the program in order when a signal asks for it, whatever it is doing at that moment."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterable
from typing import NoReturn

WORDS = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "hung up"}
_AGAIN = 0.3
"""Seconds after which a signal that nothing came of is raised again.

Python drops an exception that is raised in a callback of C code or in `__del__`, a project's
models may have an `except:` around everything, and a `with` may wait for a thread that hangs.
"""
_PATIENCE = 1.0
"""Seconds that the interpreter gets to end when all is cleaned up."""


class Stopped(BaseException):
    """A signal came: neither an Exception nor a KeyboardInterrupt, which others take for theirs."""


class _Asked:
    """The first signal that came, and whether the alarm has just raised it again."""

    number = 0
    again = False


def run(
    main: Callable[[], object],
    leave: Callable[[int], NoReturn] | None = None,
    mask: Iterable[int] | None = None,
) -> object:
    """Call `main`; a signal ends it with one line and the exit code that shells know it by.

    `leave` ends the process with an exit code; `mask` holds the signals to be blocked from now on.
    """
    leave = leave or _leave
    have_streams()
    heard = _hear()
    if mask is not None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    try:
        try:
            return main()
        finally:
            _set(heard, signal.SIG_IGN if _Asked.number else signal.SIG_DFL)
    except Stopped:
        _set(heard, signal.SIG_IGN)
        _end(leave)
    except BaseException:
        if not _Asked.number:
            raise
        _end(leave)


def have_streams() -> None:
    """Open the null device where a standard stream is closed, or a socket would become one."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)  # the lowest free number: this stream's
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8"))  # noqa: PTH123, SIM115


def wanted() -> list[int]:
    """Return the signals that end a run, except those that whoever started us wants ignored."""
    numbers = [getattr(signal, name) for name in WORDS if hasattr(signal, name)]
    return [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]


def _hear() -> list[int]:
    """Let signals raise Stopped."""
    heard = wanted()
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _raise_again)
    for number in heard:
        signal.signal(number, _stop)
    return heard


def _raise_again(_number: int, _frame: object) -> None:
    _Asked.again = True
    signal.raise_signal(_Asked.number)


def _stop(number: int, _frame: object) -> None:
    """Raise Stopped, and see to it that it is raised again while `run` has not caught it.

    A terminal, and a parent that forwards signals, send the same one twice within a moment: the
    second must not interrupt what cleans up.
    """
    if hasattr(signal, "setitimer"):
        if _Asked.number and not _Asked.again:
            return
        signal.setitimer(signal.ITIMER_REAL, _AGAIN)
    _Asked.number, _Asked.again = _Asked.number or number, False
    sys.unraisablehook = lambda _: None
    raise Stopped


def _set(numbers: list[int], action: signal.Handlers) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)
    for number in numbers:
        signal.signal(number, action)


def _end(leave: Callable[[int], NoReturn]) -> NoReturn:
    """Say what happened and leave."""
    with contextlib.suppress(OSError, ValueError):
        word = WORDS[signal.Signals(_Asked.number).name]
        sys.stderr.write(f"drift: error: {word}\n")
        sys.stderr.flush()
    leave(128 + _Asked.number)


def _leave(code: int) -> NoReturn:
    """End the process, at last without the threads that still wait for something."""
    import threading

    watchdog = threading.Timer(_PATIENCE, os._exit, [code])
    watchdog.daemon = True
    watchdog.start()
    sys.exit(code)
