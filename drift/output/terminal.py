"""Prints to standard output and standard error, as far as the terminal can show it."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import BinaryIO

import click

from drift import redaction, texts
from drift.check.reasons import classified, reason, safe
from drift.errors import DriftError, UsageError


class _State:
    """The options of this run about standard error."""

    verbose = False


def set_verbose(verbose: bool) -> None:
    """Show progress, private details and tracebacks from now on, or not."""
    _State.verbose = verbose


def is_verbose() -> bool:
    """Return whether -v was given."""
    return _State.verbose


def note(text: str) -> None:
    """Print a sentence about the progress to standard error."""
    _say(f"drift: {safe(text)}")


def error(text: str) -> None:
    """Print an error to standard error, one line per line of `text`."""
    for line in safe(text).splitlines():
        _say(texts.clip(f"drift: error: {line}", texts.WORDS))


def _say(text: str) -> None:
    """Print to standard error; if that is closed, the exit code must be enough."""
    with contextlib.suppress(OSError):
        click.echo(text, err=True)


NARROWEST, WIDEST = 40, 200
"""Columns of a text report: names need some room, and longer lines are hard to read."""


def width() -> int:
    """Return the width of the terminal, or of COLUMNS, within bounds; 80 without a terminal."""
    import shutil

    return min(max(NARROWEST, shutil.get_terminal_size((80, 24)).columns), WIDEST)


def color() -> bool:
    """Return whether standard output is a terminal with colours, and NO_COLOR is not set."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (
        sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    )


def write(text: str) -> None:
    """Print a report to standard output, with ? for characters that its encoding lacks.

    Raises UsageError if it cannot be written, BrokenPipeError if the reader has gone.
    """
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.flush()
        _write_all(sys.stdout.buffer, text.encode(encoding, "replace"))
    except BrokenPipeError:
        raise BrokenPipeError from None  # click recognises it by its errno
    except OSError as problem:
        discard_output()
        raise UsageError(f"cannot print the report: {problem.strerror}") from None


def _write_all(stream: BinaryIO, data: bytes) -> None:
    """Write everything: a stream without a buffer may take only a part at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) or 0 :]
    stream.flush()


def discard_output() -> None:
    """Discard the buffer: the interpreter fails if it cannot flush it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def describe(problem: BaseException) -> str:
    """Return the message for standard error: with private details, if a person reads it."""
    if not _detailed():
        return reason(problem)
    if isinstance(problem, DriftError):
        if is_verbose():
            _trace(problem)
        return redaction.known().foreign(problem.private) or str(problem)
    if is_verbose():
        import traceback

        _say(safe(redaction.known().foreign("".join(traceback.format_exception(problem)))))
    text = redaction.known().foreign(" ".join(str(problem).split()))
    return classified(problem, f"{type(problem).__name__}: {text}".removesuffix(": "))


def _trace(problem: DriftError) -> None:
    """Print the traceback of the models' exception, once even if many targets share it."""
    for line in problem.trace:
        _say(texts.clip(safe(redaction.known().foreign(line)), texts.WORDS))
    problem.trace = ()


def _detailed() -> bool:
    """Return whether a person reads standard error, or has asked for details with -v."""
    return is_verbose() or sys.stderr.isatty()
