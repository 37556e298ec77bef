"""Ends the program in order when a signal asks for it, at any moment."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterable
from typing import NoReturn

MESSAGES = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "hung up"}
_RAISE_AGAIN = 0.3
"""Seconds after which the exception of a signal is raised again, if `run` has not caught it.

Python drops an exception that is raised in a callback of C code or in `__del__`, a project's
models may have an `except:` around everything, and a `with` may wait for a thread that hangs.
"""
_EXIT_WITHIN = 1.0
"""Seconds that the interpreter gets to end after `run` has cleaned up."""


class Stopped(BaseException):
    """A signal came: neither an Exception nor a KeyboardInterrupt, which other code may catch."""


class _Received:
    """The first signal that came, and whether the alarm has just raised it again."""

    number = 0
    again = False


def run(
    main: Callable[[], object],
    leave: Callable[[int], NoReturn] | None = None,
    mask: Iterable[int] | None = None,
) -> object:
    """Call `main`; a signal ends it with one line and the exit code that shells expect (128 + n).

    `leave` ends the process with an exit code; `mask` holds the signals to be blocked from now on.
    """
    leave = leave or _leave
    open_missing_streams()
    handled = _install_handlers()
    if mask is not None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    # Twice `try`: a signal may come inside the inner `finally`, too.
    try:
        try:
            return main()
        finally:
            _replace_handlers(handled, signal.SIG_IGN if _Received.number else signal.SIG_DFL)
    except Stopped:
        _replace_handlers(handled, signal.SIG_IGN)
        _end(leave)
    except BaseException:
        if not _Received.number:
            raise
        _end(leave)  # other code turned Stopped into an exception of its own


def open_missing_streams() -> None:
    """Open the null device for a standard stream that is closed.

    Otherwise the next file or socket would get its number, and output would be written into it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)  # the lowest free number: this stream's
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8"))  # noqa: PTH123, SIM115


def ending_signals() -> list[int]:
    """Return the signals that end a run, except those that the caller's process set to be ignored.

    `nohup` ignores SIGHUP, and a shell ignores SIGINT for a job in the background.
    """
    numbers = [getattr(signal, name) for name in MESSAGES if hasattr(signal, name)]
    return [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]


def _install_handlers() -> list[int]:
    """Let signals raise Stopped."""
    handled = ending_signals()
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _raise_again)
    for number in handled:
        signal.signal(number, _stop)
    return handled


def _raise_again(_number: int, _frame: object) -> None:
    _Received.again = True
    signal.raise_signal(_Received.number)


def _stop(number: int, _frame: object) -> None:
    """Raise Stopped, and set the alarm that raises it again while `run` has not caught it.

    A terminal, and a parent that forwards signals, send the same one twice within a moment: the
    second must not interrupt the clean-up.
    """
    if hasattr(signal, "setitimer"):
        if _Received.number and not _Received.again:
            return
        signal.setitimer(signal.ITIMER_REAL, _RAISE_AGAIN)
    _Received.number, _Received.again = _Received.number or number, False
    # Python would print "Exception ignored in …" for each Stopped that it drops.
    sys.unraisablehook = lambda _: None
    raise Stopped


def _replace_handlers(numbers: list[int], action: signal.Handlers) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)
    for number in numbers:
        signal.signal(number, action)


def _end(leave: Callable[[int], NoReturn]) -> NoReturn:
    """Print the signal's message and leave."""
    with contextlib.suppress(OSError, ValueError):
        message = MESSAGES[signal.Signals(_Received.number).name]
        sys.stderr.write(f"drift: error: {message}\n")
        sys.stderr.flush()
    leave(128 + _Received.number)


def _leave(code: int) -> NoReturn:
    """End the process, after a moment also without the threads that still wait for something."""
    import threading

    watchdog = threading.Timer(_EXIT_WITHIN, os._exit, [code])
    watchdog.daemon = True
    watchdog.start()
    sys.exit(code)
