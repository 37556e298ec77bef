"""Describes an exception of the models: where it was raised and its type, without its message.

Its message may quote the value of any setting, and reports are published: it is kept apart, for
the person who runs the command.
"""

from __future__ import annotations

import os
import re
import sys
import sysconfig
import traceback
import warnings
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from drift.errors import ModelsError
from drift.process.signals import Stopped
from drift.redaction import Redactor
from drift.sources.models.hints import advice

_HIDDEN = "its message may hold secrets; -v prints it"
_DEPTH = 1000
"""Python's usual limit of recursion: a smaller one of the models' must not hide an error."""
_CHAIN = 10
"""Exceptions of a chain of causes that a traceback shows."""
_PYTHON = Path(sysconfig.get_path("stdlib"))
_OURS = Path(__file__).parents[2]


def raised(doing: str, error: BaseException, names: Iterable[str] = ()) -> ModelsError:
    """Return the error for what the models raised while drift was `doing` something.

    `names` are the models or modules, whose packages are the user's own even where installed.
    """
    roots = {re.split("[:.]", name)[0] for name in names}
    kind = type(error).__name__
    where = f"{doing}: {_place(error, roots)}{kind}"
    hint = advice(error, roots)
    words = f": {hint.text}" if hint.text else ""
    return ModelsError(
        f"{where}{words}" if hint.complete else f"{where}{words} ({_HIDDEN})",
        private=f"{where}: {_message(error)}{f' ({hint.text})' if hint.text else ''}",
        trace=_trace(error),
    )


def _message(error: BaseException) -> str:
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _DEPTH))
    try:
        return " ".join(str(error).split()) or "no reason given"
    except Stopped:
        raise
    except BaseException as other:  # noqa: BLE001 — what makes the text is the models' own, too
        return f"its message cannot be read: {type(other).__name__}"


def _trace(error: BaseException) -> tuple[str, ...]:
    """Return the lines of a traceback, causes first, without drift's frames and Python's importer.

    Source lines are left out: they may hold a secret as text.
    """
    lines: list[str] = []
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain and len(chain) < _CHAIN:
        chain.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    for one in reversed(chain):
        lines.append("Traceback (most recent call last):")
        for frame, line in traceback.walk_tb(one.__traceback__):
            file, function = frame.f_code.co_filename, frame.f_code.co_name
            importer = frame.f_globals.get("__name__") == "importlib" or file.startswith("<frozen ")
            if not (importer or Path(file).is_relative_to(_OURS)):
                lines.append(f'  File "{shown(file)}", line {line}, in {function}')
        lines.append(f"{type(one).__name__}: {_message(one)}")
    return tuple(lines)


def _place(error: BaseException, roots: Container[str]) -> str:
    """Return `file:line: ` of the last frame that is the user's own; "" where there is none."""
    if isinstance(error, SyntaxError) and error.filename and not error.filename.startswith("<"):
        return f"{shown(error.filename)}:{error.lineno}: "
    frames = (
        (frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)
    )
    own = [(file, line) for file, line in frames if is_own(file, roots)]
    return f"{shown(own[-1][0])}:{own[-1][1]}: " if own else ""


def is_own(file: str, roots: Container[str]) -> bool:
    """Tell the user's code from Python's, from drift's, and from libraries that are installed."""
    if file.startswith("<"):
        return False
    if library := re.search(r"[/\\](?:site|dist)-packages[/\\](\w+)", file):
        return library[1] in roots
    path = Path(file)
    return not (path.is_relative_to(_PYTHON) or path.is_relative_to(_OURS))


def shown(filename: str) -> str:
    """Return a path as the user would type it: from the working directory, where inside it."""
    with suppress(OSError):  # the models may have removed the folder
        path = os.path.relpath(filename)
        return filename if path.startswith("..") else path
    return filename


@contextmanager
def warning(note: Callable[[str], None]) -> Iterator[None]:
    """Pass on the models' warnings without secrets, which Python would print with their lines."""

    def show(  # noqa: PLR0913, PLR0917 — as Python calls it
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        text = " ".join(str(message).split())
        note(f"{shown(filename)}:{lineno}: {category.__name__}: {Redactor().foreign(text)}")

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield
