"""The progress of a run, on standard error: a bar on a terminal, else a line now and then."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import click

from drift.check.reasons import safe
from drift.output import terminal

MANY = 10
"""With at least so many targets, a log gets a line per tenth of them."""


_CLEARED = "\r\x1b[K"
"""Moves to the start of a terminal's line, and empties it."""
Note: TypeAlias = Callable[[str], None]


class Progress:
    """The observer of `check.targets.run`, for a person or a log."""

    def __init__(self, total: int, bar: Any = None) -> None:
        """Start at none of `total` targets; `bar` is click's progress bar on a terminal."""
        self._total, self._bar, self._count = total, bar, 0

    def note(self, text: str) -> None:
        """Print a sentence about the progress, with -v only."""
        if terminal.is_verbose():
            terminal.note(text)

    def failed(self, target: str, problem: BaseException) -> None:
        """Print why a target could not be checked, above the bar if there is one."""
        text = terminal.describe(problem).removeprefix(f"{target}: ")
        if self._bar is not None:
            click.echo(_CLEARED, err=True, nl=False)
        terminal.error(f"{target}: {text}")

    def finished(self) -> None:
        """Move the bar; without a terminal, print a line per tenth of many targets."""
        self._count += 1
        if self._bar is not None:
            self._bar.update(1)
        elif self._is_tenth():
            terminal.note(f"{self._count} of {self._total} targets checked")

    def _is_tenth(self) -> bool:
        tenths = self._count * 10 // self._total > (self._count - 1) * 10 // self._total
        return self._total >= MANY and tenths


@contextmanager
def stages() -> Iterator[Note]:
    """Yield a function that shows the stage of a long run: one line on a terminal, all with -v.

    The line is gone before anything else is printed.
    """
    if terminal.is_verbose():
        yield terminal.note
    elif sys.stderr.isatty():
        try:
            yield _show_stage
        finally:
            click.echo(_CLEARED, err=True, nl=False)
    else:
        yield lambda _text: None


def _show_stage(text: str) -> None:
    line = " ".join(safe(f"drift: {text}").split())
    click.echo(_CLEARED + line[: terminal.width() - 1], err=True, nl=False)


@contextmanager
def progress(total: int) -> Iterator[Progress]:
    """Yield an observer that shows the progress of `total` targets."""
    if total > 1 and sys.stderr.isatty():
        with click.progressbar(length=total, label="checking", file=sys.stderr) as bar:
            yield Progress(total, bar)
    else:
        yield Progress(total)
