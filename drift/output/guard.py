"""Turns every exception into one message and an exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from drift.errors import DriftError
from drift.process.exit_codes import COULD_NOT_CHECK
from drift.process.signals import Stopped


@contextmanager
def guarded() -> Iterator[None]:
    """Turn every exception into one message and an exit code."""
    try:
        yield
    except DriftError as problem:
        print_problem(problem)
        sys.exit(COULD_NOT_CHECK)
    except BrokenPipeError:
        from drift.output import terminal

        terminal.discard_output()
        sys.exit(128 + signal.SIGPIPE)
    except (Stopped, SystemExit):
        raise
    except BaseException as problem:  # noqa: BLE001 — the last resort: a message, no traceback
        print_problem(problem)
        sys.exit(COULD_NOT_CHECK)


@contextmanager
def unread() -> Iterator[None]:
    """Leave a closed pipe to `guarded`: click would exit with 1, which means drift."""
    try:
        yield
    except BrokenPipeError:
        raise BrokenPipeError from None  # click recognises it by its errno


def finished(work: Callable[[], int]) -> NoReturn:
    """End the command with the exit code that `work` returns, and with no other.

    Imported code may raise SystemExit(0) or KeyboardInterrupt, in a log handler for instance. That
    must not look like a finished check.
    """
    try:
        code = work()
    except (DriftError, BrokenPipeError, Stopped):
        raise
    except BaseException as problem:  # noqa: BLE001 — click would handle some of them itself
        print_problem(problem)
        code = COULD_NOT_CHECK
    raise SystemExit(code)


def print_problem(problem: BaseException, subject: str = "") -> None:
    """Print the message of an exception."""
    from drift.output import terminal  # with all that makes a message harmless

    terminal.error(f"{f'{subject}: ' if subject else ''}{terminal.describe(problem)}")
