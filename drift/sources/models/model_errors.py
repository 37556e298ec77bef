"""Describes an exception of the models by its line and its type, without its message.

The message may quote the value of any setting, and reports are published: it is stored separately,
for the person who runs the command.
"""

from __future__ import annotations

import sys
import traceback
import warnings
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from drift.errors import HIDDEN, DriftError, ModelsError
from drift.process.child import stage
from drift.process.signals import Stopped
from drift.redaction import Redactor
from drift.sources.models.own_code import DRIFT, display_path, is_own, top_level

_RECURSION = 1000
"""Python's usual limit of recursion: a smaller one of the models' must not hide an error."""
_LONGEST_CHAIN = 10
"""Exceptions of a chain of causes that a traceback shows."""


@contextmanager
def models_errors(doing: str, names: Iterable[str] = ()) -> Iterator[None]:
    """Turn anything that code of the models raises into a ModelsError; only a signal ends the run.

    `doing` is drift's activity meanwhile, and `names` are the models or modules that it is about.
    """
    stage(doing)
    try:
        yield
    except (DriftError, Stopped):
        raise
    except BaseException as error:
        raise models_error(doing, error, names) from error


def models_error(doing: str, error: BaseException, names: Iterable[str] = ()) -> ModelsError:
    """Return the error for an exception that the models raised while drift was `doing` something.

    `names` are the models or modules, whose packages are the user's own even if installed.
    """
    from drift.sources.models.advice import advice

    packages = set(map(top_level, names))
    summary = f"{doing}: {_line(error, packages)}{type(error).__name__}"
    hint = advice(error, packages)
    public = f"{summary}: {hint.text}" if hint.text else summary
    return ModelsError(
        public if hint.complete else f"{public} ({HIDDEN})",
        private=f"{summary}: {_message(error)}{f' ({hint.text})' if hint.text else ''}",
        trace=_trace(error),
    )


def is_of_models(error: BaseException) -> bool:
    """Return whether the models, or SQLAlchemy for them, raised an exception; else it is a bug."""
    known = {"drift", "sqlalchemy", *sys.stdlib_module_names}
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    modules = {top_level(str(frame.f_globals.get("__name__"))) for frame in frames}
    return not modules <= known or type(error).__module__.startswith("sqlalchemy.")


def _message(error: BaseException) -> str:
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION))
    try:
        return " ".join(str(error).split()) or "no reason given"
    except Stopped:
        raise
    except BaseException as other:  # noqa: BLE001 — __str__ is code of the models, too
        return f"its message cannot be read: {type(other).__name__}"


def _trace(error: BaseException) -> tuple[str, ...]:
    """Return the lines of a traceback, causes first, without drift's frames and Python's importer.

    Source lines are left out: they may hold a secret as text.
    """
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain and len(chain) < _LONGEST_CHAIN:
        chain.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    lines: list[str] = []
    for cause in reversed(chain):
        lines.append("Traceback (most recent call last):")
        for frame, line in traceback.walk_tb(cause.__traceback__):
            file, function = frame.f_code.co_filename, frame.f_code.co_name
            importer = frame.f_globals.get("__name__") == "importlib" or file.startswith("<frozen ")
            if not (importer or Path(file).is_relative_to(DRIFT)):
                lines.append(f'  File "{display_path(file)}", line {line}, in {function}')
        lines.append(f"{type(cause).__name__}: {_message(cause)}")
    return tuple(lines)


def _line(error: BaseException, packages: Container[str]) -> str:
    """Return `file:line: ` of the last frame that is the user's own; "" if there is none."""
    if isinstance(error, SyntaxError) and error.filename and not error.filename.startswith("<"):
        return f"{display_path(error.filename)}:{error.lineno}: "
    frames = [(f.f_code.co_filename, line) for f, line in traceback.walk_tb(error.__traceback__)]
    for file, line in reversed(frames):
        if is_own(file, packages):
            return f"{display_path(file)}:{line}: "
    return ""


@contextmanager
def noted_warnings(note: Callable[[str], None]) -> Iterator[None]:
    """Pass on the models' warnings without secrets; Python would print their source lines, too."""

    def show(  # noqa: PLR0913, PLR0917 — as Python calls it
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        text = Redactor().foreign(" ".join(str(message).split()))
        note(f"{display_path(filename)}:{lineno}: {category.__name__}: {text}")

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield
