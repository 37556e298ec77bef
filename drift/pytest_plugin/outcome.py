"""The outcome of a test as pytest prints it: a text, and one line for the summary."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from drift import redaction
from drift.errors import DriftError


class DriftedError(AssertionError):
    """A table that differs. `text` is its report, `summary` the number of differences."""

    def __init__(self, text: str, summary: str) -> None:
        super().__init__(text)
        self.text = text
        self.summary = summary


class Crash(NamedTuple):
    """The line for pytest's short summary, and for the message in JUnit's XML."""

    message: str

    def __str__(self) -> str:
        return self.message


class Text:
    """A failure without a traceback, in the interface of pytest's representations."""

    def __init__(self, text: str, summary: str) -> None:
        """Take the text, and a line that sums it up."""
        self._text = text
        self.reprcrash = Crash(summary)

    def toterminal(self, tw: Any) -> None:
        """Write the text."""
        tw.line(self._text)

    def __str__(self) -> str:
        return self._text


def reason(problem: DriftError, config: pytest.Config) -> str:
    """Return why a check could not be made; with -v, with details for its user only."""
    text = str(problem)
    if problem.private:
        is_verbose = config.getoption("verbose") > 0
        details = "\n".join((problem.private, *problem.trace))
        text = details if is_verbose else problem.hint("pytest -v prints it")
    return redaction.known().message(text)
