"""How a command ends: whatever is raised becomes one message and an exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from drift.errors import DriftError
from drift.output import terminal
from drift.process.exit_codes import COULD_NOT_CHECK
from drift.process.signals import Stopped


@contextmanager
def guarded() -> Iterator[None]:
    """Turn whatever is raised into one message and an exit code."""
    try:
        yield
    except DriftError as problem:
        terminal.error(terminal.words(problem))
        sys.exit(COULD_NOT_CHECK)
    except BrokenPipeError:
        terminal.give_up_output()
        sys.exit(128 + signal.SIGPIPE)
    except (Stopped, SystemExit):
        raise
    except BaseException as problem:  # noqa: BLE001 — the last resort: a message, no traceback
        internal_error(problem)
        sys.exit(COULD_NOT_CHECK)


@contextmanager
def unread() -> Iterator[None]:
    """Tell `guarded` that output is not read any more; click would exit with 1, which is drift."""
    try:
        yield
    except BrokenPipeError:
        raise BrokenPipeError from None  # without its number, by which click would take it


def finished(work: Callable[[], int]) -> NoReturn:
    """End the command with the exit code that `work` returns, and with that only.

    An exit or an interrupt that imported code raises, such as a handler of log records, must not
    pass for a check that was made.
    """
    try:
        code = work()
    except (DriftError, BrokenPipeError, Stopped):
        raise
    except BaseException as problem:  # noqa: BLE001 — click would take some of them for its own
        internal_error(problem)
        code = COULD_NOT_CHECK
    raise SystemExit(code)


def internal_error(problem: BaseException, place: str = "") -> None:
    """Print what nobody foresaw."""
    terminal.error(f"{f'{place}: ' if place else ''}{terminal.words(problem)}")
