"""Undoes changes that imported models made to the process, and that would break a check.

Models freeze the clock, patch sockets and threads for an event loop, change the folder, clear the
environment or replace standard output. A check that went on with that could hang, or compare with
the wrong database.
"""

from __future__ import annotations

import contextlib
import locale
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from drift.errors import ModelsError, UsageError
from drift.process.child import unfinished

_PYTHON = frozenset(
    "_thread builtins datetime io os queue select selectors signal socket ssl subprocess sys "
    "threading time".split()
)
"""Modules of Python whose functions and classes a check calls: they must be the real ones."""

_OURS = frozenset("concurrent drift http psycopg psycopg_binary sentry_sdk urllib3".split())
"""Packages that import those functions by name: freezing the clock replaces these names too."""

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGPIPE", "SIGCHLD")
Undo = Callable[[], object]


def folder() -> str:
    """Return the current folder. Raises UsageError if it no longer exists."""
    try:
        return os.getcwd()  # noqa: PTH109 — Path.cwd() does the same
    except OSError as problem:
        raise UsageError(
            f"the current folder cannot be used: {problem.strerror}; change to another folder"
        ) from None


@contextmanager
def process_restored() -> Iterator[None]:
    """Undo the changes of the block at its end. Its output goes to standard error.

    Raises ModelsError if the block removed the current folder.
    """
    with contextlib.ExitStack() as stack:
        for save in _SAVES:
            stack.callback(save())
        yield


def _folder() -> Undo:
    here = folder()

    def undo() -> None:
        try:
            os.chdir(here)
        except OSError as problem:
            raise ModelsError(
                f"the current folder {here} cannot be used after the import of the models: "
                f"{problem.strerror}; do not let them remove or rename it"
            ) from None

    return undo


def _functions() -> Undo:
    """Save Python's own functions and classes, under every name that a check calls them by."""
    functions = {
        id(value)
        for name in _PYTHON & sys.modules.keys()
        for value in vars(sys.modules[name]).values()
        if callable(value)
    }
    saved = [
        (vars(module), key, value)
        for name, module in list(sys.modules.items())
        if name in _PYTHON or name.partition(".")[0] in _OURS
        for key, value in list(getattr(module, "__dict__", {}).items())
        # The lock is not a function, but patching threads for an event loop replaces it too.
        if id(value) in functions or key == "_active_limbo_lock"
    ]

    def undo() -> None:
        for names, key, value in saved:
            if names.get(key) is not value:
                names[key] = value

    return undo


def _modules() -> Undo:
    """Save the imported modules, and the path and finders of imports.

    Modules that the models added stay: they are the models.
    """
    modules, path, finders = dict(sys.modules), list(sys.path), list(sys.meta_path)

    def undo() -> None:
        for name, module in modules.items():
            if name not in sys.modules or name.partition(".")[0] == "drift":
                sys.modules[name] = module
        sys.path += [entry for entry in path if entry not in sys.path]
        sys.meta_path += [finder for finder in finders if finder not in sys.meta_path]

    return undo


def _interpreter() -> Undo:
    """Save settings of the interpreter and the process."""
    limit, hooks = sys.getrecursionlimit(), (sys.excepthook, sys.unraisablehook)
    thread_hook, language = threading.excepthook, locale.setlocale(locale.LC_ALL, None)
    mask = os.umask(0o077)  # the umask can only be read by setting it
    os.umask(mask)

    def undo() -> None:
        sys.setrecursionlimit(max(limit, sys.getrecursionlimit()))
        sys.excepthook, sys.unraisablehook = hooks
        threading.excepthook = thread_hook
        os.umask(mask)
        with contextlib.suppress(locale.Error):
            locale.setlocale(locale.LC_ALL, language)

    return undo


def _signals() -> Undo:
    """Save the handlers of signals; Python lets only the main thread set them."""
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    handlers = {number: signal.getsignal(number) for number in numbers}
    has_mask = hasattr(signal, "pthread_sigmask")
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, []) if has_mask else set()

    def undo() -> None:
        signal.set_wakeup_fd(-1)  # an event loop's: each signal would be written to its socket
        for number, handler in handlers.items():
            if handler is not None and signal.getsignal(number) != handler:
                signal.signal(number, handler)
        if has_mask:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    return undo


def _environment() -> Undo:
    """Save the environment variables.

    Those that the models added stay, such as PGPASSWORD from their settings.
    """
    environment, saved = os.environ, dict(os.environ)

    def undo() -> None:
        os.environ = environment  # noqa: B003 — the object that was there before
        changed = {name: value for name, value in saved.items() if environment.get(name) != value}
        environment.update(changed)

    return undo


def _warnings() -> Undo:
    """Save which warnings are errors."""
    caught = warnings.catch_warnings()
    caught.__enter__()
    return lambda: caught.__exit__(None, None, None)


def _logs() -> Undo:
    """Keep log records of the libraries that drift uses from handlers of the models.

    Such a handler could exit, or send records of drift to a log service of the application.
    """

    def undo() -> None:
        import logging

        for name in _OURS:
            logging.getLogger(name).propagate = False

    return undo


def _streams() -> Undo:
    """Save the standard streams, and send output meanwhile to standard error.

    The file descriptors too: other programs and libraries in C know nothing of `sys.stdout`.
    """
    saved = {name: getattr(sys, name) for name in ("stdin", "stdout", "stderr")}
    _flush()
    copies = [os.dup(number) for number in range(3)]
    os.dup2(2, 1)
    sys.stdout = sys.stderr

    def undo() -> None:
        _flush()
        for number, copy in enumerate(copies):
            _restore(copy, number)
        for number, (name, stream) in enumerate(saved.items()):
            if stream.closed:
                stream = open(number, "r" if number == 0 else "w", closefd=False)  # noqa: PLW2901, SIM115
            setattr(sys, name, stream)

    return undo


def _restore(copy: int, number: int) -> None:
    try:
        os.dup2(copy, number)
        os.close(copy)
    except OSError:
        unfinished("restoring the standard streams, which the models closed")
        raise ModelsError("the models closed file descriptors that they did not open") from None


def _flush() -> None:
    for stream in (sys.__stdout__, sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()  # type: ignore[union-attr]


_SAVES = (
    _folder, _streams, _logs, _warnings, _environment, _signals, _interpreter, _modules, _functions,
)  # fmt: skip
"""Each saves something and returns the function that restores it.

The last is restored first: the others call Python's functions, which must be real by then.
"""
