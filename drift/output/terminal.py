"""The terminal, and how a command ends."""

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
    """What the options of this run say of standard error."""

    verbose = False


def set_verbose(verbose: bool) -> None:
    """Show progress, private details and tracebacks from now on, or not."""
    _State.verbose = verbose


def is_verbose() -> bool:
    """Tell whether -v was given."""
    return _State.verbose


def note(text: str) -> None:
    """Print a sentence about the progress to standard error."""
    _say(f"drift: {safe(text)}")


def error(text: str) -> None:
    """Print an error to standard error, one line for each line of `text`."""
    for line in safe(text).splitlines():
        _say(texts.clip(f"drift: error: {line}", texts.WORDS))


def _say(text: str) -> None:
    """Print to standard error; where that cannot be written to, the exit code must do."""
    with contextlib.suppress(OSError):
        click.echo(text, err=True)


NARROWEST, WIDEST = 40, 200
"""Columns of a text report: names need some room, and longer lines are hard to read."""


def width() -> int:
    """Return the terminal's width within bounds, whatever COLUMNS says; 80 without a terminal."""
    import shutil

    return min(max(NARROWEST, shutil.get_terminal_size((80, 24)).columns), WIDEST)


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
        sys.stdout.flush()
        _write_all(sys.stdout.buffer, text.encode(encoding, "replace"))
    except BrokenPipeError:
        raise BrokenPipeError from None  # without its number, by which click would take it
    except OSError as problem:
        give_up_output()
        raise UsageError(f"cannot print the report: {problem.strerror}") from None


def _write_all(stream: BinaryIO, data: bytes) -> None:
    """Write everything also where the stream is not buffered, and so may take a part only."""
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) or 0 :]
    stream.flush()


def give_up_output() -> None:
    """Let what is still to be printed vanish, so that the interpreter's end cannot fail on it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def words(problem: BaseException) -> str:
    """Return what standard error says of a problem: everything, for a person who looks at it."""
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
    """Print the traceback of what the models raised; once, though many targets share them."""
    for line in problem.trace:
        _say(texts.clip(safe(redaction.known().foreign(line)), texts.WORDS))
    problem.trace = ()


def _detailed() -> bool:
    """Tell whether a person reads standard error, or asked for all of it."""
    return is_verbose() or sys.stderr.isatty()
