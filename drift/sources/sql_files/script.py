"""Splits the text of an SQL file into statements, and psql's own commands, with their lines.

A server takes only statements; psql's commands and the data of COPY stand between them in a dump.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from drift.errors import MigrationsError
from drift.lazy_regex import lazy_regex


class Statement(NamedTuple):
    """A statement, and the line that it begins in; `is_command` if it is one of psql's."""

    text: str
    line: int
    is_command: bool = False


_TOKEN = lazy_regex(
    r"""
    (?P<comment>--[^\n]*)
    |(?P<block>/\*)
    |(?P<string>(?<![\w$])[eE]'(?:\\.|''|[^'\\])*'|'(?:''|[^'])*'|"(?:""|[^"])*")
    |(?P<dollar>(?<![\w$])\$(?:[^\W\d]\w*)?\$)
    |(?P<word>[^\W\d][\w$]*)
    |(?P<bracket>[()])
    |(?P<end>;)
    |(?P<command>\\[^\n]*)
    |(?P<open>['"])
    |(?P<space>\s+)
    |(?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_FROM_STDIN = lazy_regex(r"COPY\b.*\bFROM\s+STDIN\b", re.IGNORECASE | re.DOTALL)
_END_OF_DATA = lazy_regex(r"^\\\.\s*?$", re.MULTILINE)
_BLOCK = lazy_regex(r"/\*|\*/")
_MAKES_ROUTINE = lazy_regex(r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\b", re.IGNORECASE)


def statements(text: str, name: str) -> Iterator[Statement]:
    """Yield the statements of a file in order. Raises MigrationsError for text without an end.

    COPY from standard input is skipped with its data: a schema does not depend on it.
    """
    reader = _Reader(text, name)
    while statement := reader.next():
        if not statement.is_command and _FROM_STDIN.match(statement.text):
            reader.skip_data()
        else:
            yield statement


class _Reader:
    """Reads a text from statement to statement."""

    def __init__(self, text: str, name: str) -> None:
        self._text, self._name = text, name
        self._at, self._counted, self._line = 0, 0, 1

    def next(self) -> Statement | None:
        """Return the next statement or command; None at the end."""
        start: int | None = None
        depth, ends = 0, 0  # of brackets, and of BEGIN ATOMIC and CASE in a routine
        while self._at < len(self._text):
            match = self._token()
            kind, token = match.lastgroup, match[0]
            if kind in {"comment", "space", "block"} and start is None:
                continue
            if kind == "command":
                if start is None:
                    return Statement(token.strip(), self._line_of(match.start()), is_command=True)
                raise self._error(match.start(), f"psql's {token.split()[0]} is not supported here")
            if kind == "end" and depth <= 0 and ends <= 0:
                if start is None:
                    continue
                return Statement(self._text[start : match.start()], self._line_of(start))
            start = match.start() if start is None else start
            depth += {"(": 1, ")": -1}.get(token, 0)
            if kind == "word":
                ends += self._opened(token.upper(), start, ends)
        if start is None:
            return None
        return Statement(self._text[start:].rstrip(), self._line_of(start))

    def _token(self) -> re.Match[str]:
        """Return the next token, and go behind it and the text or comment that it opens."""
        match = _TOKEN.match(self._text, self._at)
        assert match is not None
        self._at = match.end()
        if match.lastgroup == "open":
            raise self._error(match.start(), f"the text that begins with {match[0]} has no end")
        if match.lastgroup == "block":
            self._skip_comment(match.start())
        if match.lastgroup == "dollar":
            end = self._text.find(match[0], self._at)
            if end < 0:
                raise self._error(match.start(), f"the text that begins with {match[0]} has no end")
            self._at = end + len(match[0])
        return match

    def _skip_comment(self, start: int) -> None:
        """Go behind a comment, which may hold others."""
        depth = 1
        while depth:
            match = _BLOCK.search(self._text, self._at)
            if match is None:
                raise self._error(start, "the comment that begins with /* has no end")
            depth += 1 if match[0] == "/*" else -1
            self._at = match.end()

    def _opened(self, word: str, start: int, ends: int) -> int:
        """Return how many more END a body needs after a word: BEGIN ATOMIC and CASE have one."""
        if word == "END" and ends:
            return -1
        if word == "CASE" and ends:
            return 1
        if word == "ATOMIC" and _MAKES_ROUTINE.match(self._text, start):
            return 1
        return 0

    def skip_data(self) -> None:
        """Go behind the data of COPY."""
        match = _END_OF_DATA.search(self._text, self._at)
        self._at = len(self._text) if match is None else match.end()

    def _line_of(self, at: int) -> int:
        """Return the number of a line; those before the last one asked for were counted."""
        if at < self._counted:
            return self._text.count("\n", 0, at) + 1
        self._line += self._text.count("\n", self._counted, at)
        self._counted = at
        return self._line

    def _error(self, at: int, text: str) -> MigrationsError:
        return MigrationsError(f"{self._name}:{self._line_of(at)}: {text}")
