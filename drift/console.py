"""The terminal and the files that reports are written to."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import click

from drift.errors import DriftError, UsageError

_secrets: list[str] = []
COULD_NOT_CHECK = 2


def keep_secret(secrets: Iterable[str]) -> None:
    """Make sure that none of `secrets` is ever printed by this module."""
    _secrets.extend(secrets)


def safe(text: str) -> str:
    """Return text for a terminal: no secret, and no control character from a database's names."""
    from drift.formats.escape import visible

    for secret in sorted(_secrets, key=len, reverse=True):
        for spelling in (secret, repr(secret)[1:-1], quote(secret), quote(secret, safe="")):
            text = text.replace(spelling, "***")
    return "\n".join(visible(line) for line in text.split("\n"))


def note(text: str) -> None:
    """Print a sentence about the progress to standard error."""
    click.echo(f"drift: {safe(text)}", err=True)


def error(text: str) -> None:
    """Print an error to standard error, one line for each line of `text`."""
    for line in safe(text).splitlines():
        click.echo(f"drift: error: {line}", err=True)


def width() -> int:
    """Return the terminal's width; 80 where there is none."""
    return max(40, shutil.get_terminal_size((80, 24)).columns)


def color() -> bool:
    """Tell whether standard output takes colour: a terminal, and neither NO_COLOR nor dumb."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (
        sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    )


def write(text: str) -> None:
    """Print a report to standard output, also where its encoding lacks a character.

    Raises UsageError where it cannot be written, BrokenPipeError where nobody reads it.
    """
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as problem:
        _give_up_output()
        raise UsageError(f"cannot print the report: {problem.strerror}") from None


def _give_up_output() -> None:
    """Let what is still to be printed vanish, so that the interpreter's end cannot fail on it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_file(path: Path, text: str) -> None:
    """Write a file whole or not at all; make the folders above it. Raises UsageError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise UsageError(f"cannot write {path}: {problem.strerror or problem}") from None


@contextmanager
def guarded() -> Iterator[None]:
    """Turn whatever is raised into one message and an exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    except DriftError as problem:
        error(str(problem))
        sys.exit(COULD_NOT_CHECK)
    except KeyboardInterrupt:
        error("interrupted")
        sys.exit(128 + signal.SIGINT)
    except _Terminated:
        error("terminated")
        sys.exit(128 + signal.SIGTERM)
    except BrokenPipeError:
        _give_up_output()
        sys.exit(128 + signal.SIGPIPE)
    except Exception as problem:  # noqa: BLE001 — the last resort: a message, never a traceback
        internal_error(problem)
        sys.exit(COULD_NOT_CHECK)


class _Terminated(BaseException):
    """SIGTERM came: not an Exception, so that nobody takes it for one of their own."""


def _terminate(_number: int, _frame: object) -> None:
    raise _Terminated


def internal_error(problem: Exception, place: str = "") -> str:
    """Print what nobody foresaw, with its traceback only where that was asked for; return it."""
    if {"-v", "--verbose"} & set(sys.argv):
        click.echo(safe("".join(traceback.format_exception(problem))), err=True)
    reason = f"internal error: {type(problem).__name__}: {' '.join(str(problem).split())}"
    where = f"{place}: " if place else ""
    hint = "(this is a bug in drift; run again with -v for the details to report)"
    error(f"{where}{reason} {hint}")
    return reason
