"""The terminal, and how a command ends."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, ClassVar, NoReturn, TypeVar

import click

from drift import texts
from drift.errors import DriftError, UsageError
from drift.redaction import Redactor
from drift.stopping import Stopped

COULD_NOT_CHECK = 2
T = TypeVar("T")


class _Known:
    """The secrets of this run, and what takes them out of text."""

    secrets: ClassVar[set[str]] = set()
    redactor = Redactor()


def keep_secret(secrets: Iterable[str]) -> None:
    """Make sure that none of `secrets` is ever printed or published."""
    _Known.secrets.update(secrets)
    _Known.redactor = Redactor(_Known.secrets)
    texts.hide_with(hide)


def safe(text: str) -> str:
    """Return a message for a terminal: no secret, and no control character from a name."""
    from drift.formats.escape import visible

    return "\n".join(visible(line) for line in _Known.redactor.message(text).split("\n"))


def hide(text: str) -> str:
    """Return text of a report without any secret, however it is spelled."""
    return _Known.redactor.text(text)


def published(value: T) -> T:
    """Return a report, or a text of one, without secrets, which a database may quote as well."""
    return texts.changed(value, hide)


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
        _give_up_output()
        raise UsageError(f"cannot print the report: {problem.strerror}") from None


def _write_all(stream: BinaryIO, data: bytes) -> None:
    """Write everything also where the stream is not buffered, and so may take a part only."""
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) or 0 :]
    stream.flush()


def _give_up_output() -> None:
    """Let what is still to be printed vanish, so that the interpreter's end cannot fail on it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def guarded() -> Iterator[None]:
    """Turn whatever is raised into one message and an exit code."""
    try:
        yield
    except DriftError as problem:
        error(words(problem))
        sys.exit(COULD_NOT_CHECK)
    except BrokenPipeError:
        _give_up_output()
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
    error(f"{f'{place}: ' if place else ''}{words(problem)}")


def words(problem: BaseException) -> str:
    """Return what standard error says of a problem: everything, for a person who looks at it."""
    if not _detailed():
        return reason(problem)
    if isinstance(problem, DriftError):
        if _verbose():
            _trace(problem)
        return _Known.redactor.foreign(problem.private) or str(problem)
    if _verbose():
        import traceback

        _say(safe(_Known.redactor.foreign("".join(traceback.format_exception(problem)))))
    text = _Known.redactor.foreign(" ".join(str(problem).split()))
    return _classified(problem, f"{type(problem).__name__}: {text}".removesuffix(": "))


def _trace(problem: DriftError) -> None:
    """Print the traceback of what the models raised; once, though many targets share them."""
    for line in problem.trace:
        _say(texts.clip(safe(_Known.redactor.foreign(line)), texts.WORDS))
    problem.trace = ()


def reason(problem: BaseException) -> str:
    """Return what reports say of a problem, without what an exception of others may quote."""
    if isinstance(problem, DriftError):
        return str(problem)
    return _classified(problem, f"{type(problem).__name__}{_line(problem)}")


def _classified(problem: BaseException, text: str) -> str:
    """Return what a problem is: the system's, the models', or a bug of drift."""
    if isinstance(problem, OSError | MemoryError):
        system = getattr(problem, "strerror", None)
        text += f": {system}" if system and system not in text else ""
        return f"the system refused an operation: {text} (run again with -v for details)"
    if not isinstance(problem, Exception):
        return f"{text}, raised by code that the models import (run again with -v for details)"
    return f"internal error: {text} {_BUG}"


_BUG = "(this is a bug in drift; run again with -v for the details to report)"


def _line(problem: BaseException) -> str:
    """Return the last line of drift that took part; "" where none did."""
    import traceback

    here = Path(__file__).parent
    frames = traceback.extract_tb(problem.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(here)]
    if not ours:
        return ""
    return f" in drift/{Path(ours[-1].filename).relative_to(here)}:{ours[-1].lineno}"


def _detailed() -> bool:
    """Tell whether a person reads standard error, or asked for all of it."""
    return _verbose() or sys.stderr.isatty()


def _verbose() -> bool:
    return bool({"-v", "--verbose"} & set(sys.argv))
