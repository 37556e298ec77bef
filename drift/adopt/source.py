"""The text of a Python file, with the positions of its parts, while it is changed.

Texts keep their line endings. Offsets count characters; `ast` counts bytes of UTF-8.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from drift.adopt.subject import NotAdoptedError

_NEWLINE = re.compile(r"\r\n|\n")
_LEAST_WIDTH, _MOST_WIDTH = 88, 120


class Edit(NamedTuple):
    """A part of a text that another one replaces."""

    start: int
    end: int
    text: str


class Token(NamedTuple):
    """A token of Python with its offsets."""

    type: int
    string: str
    start: int
    end: int


class Source:
    """A text that parses; each change makes the next one."""

    def __init__(self, text: str) -> None:
        """Parse the text. Raises NotAdoptedError if it is no Python."""
        self.text = text
        self.starts = [0, *(match.end() for match in _NEWLINE.finditer(text))]
        if re.search(r"\r(?!\n)|\f", text):
            raise NotAdoptedError("the file has line endings that drift cannot keep")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.tree = ast.parse(text)
            self.tokens = list(self._tokens())
        except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError):
            raise NotAdoptedError("the file cannot be parsed") from None

    def _tokens(self) -> Iterable[Token]:
        lines = io.StringIO(self.text, newline="").readline
        for token in tokenize.generate_tokens(lines):
            if token.start[0] <= len(self.starts):  # not the ends that no character stands for
                start, end = map(self._of_token, (token.start, token.end))
                yield Token(token.type, token.string, start, end)

    def _of_token(self, position: tuple[int, int]) -> int:
        row, column = position
        return self.starts[row - 1] + column if row <= len(self.starts) else len(self.text)

    @property
    def newline(self) -> str:
        """The line ending that most lines have."""
        windows = self.text.count("\r\n")
        return "\r\n" if windows * 2 > self.text.count("\n") else "\n"

    @property
    def quote(self) -> str:
        """The quotes that most strings have."""
        counts = Counter(
            text[-1]
            for token in self.tokens
            if token.type == tokenize.STRING and not (text := token.string).endswith(('"""', "'''"))
        )
        return "'" if counts["'"] > counts['"'] else '"'

    @property
    def width(self) -> int:
        """The characters of a line: those of the longest one, between 88 and 120."""
        longest = max(map(len, _NEWLINE.split(self.text)))
        return min(max(longest, _LEAST_WIDTH), _MOST_WIDTH)

    def span(self, node: ast.expr | ast.stmt | ast.keyword | ast.alias) -> tuple[int, int]:
        """Return the offsets of a node."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self._offset(node.lineno, node.col_offset), self._offset(end_line, end_column)

    def _offset(self, line: int, column: int) -> int:
        start = self.starts[line - 1]
        ahead = self.text[start : start + column]
        if ahead.isascii():
            return start + column
        return start + len(ahead.encode()[:column].decode())

    def segment(self, node: ast.expr | ast.stmt | ast.keyword | ast.alias) -> str:
        """Return the text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def line_start(self, offset: int) -> int:
        """Return the offset at which the line of an offset begins."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Return the offset at which the line of an offset ends, before its line ending."""
        match = _NEWLINE.search(self.text, offset)
        return match.start() if match else len(self.text)

    def next_line(self, offset: int) -> int:
        """Return the offset at which the next line begins."""
        match = _NEWLINE.search(self.text, offset)
        return match.end() if match else len(self.text)

    def is_first(self, offset: int) -> bool:
        """Return whether only space stands before an offset in its line."""
        return not self.text[self.line_start(offset) : offset].strip()

    def indent(self, offset: int) -> int:
        """Return the number of spaces at the start of the line of an offset."""
        line = self.text[self.line_start(offset) : self.line_end(offset)]
        return len(line) - len(line.lstrip())

    def has_comment(self, start: int, end: int) -> bool:
        """Return whether a comment stands between two offsets."""
        return any(t.type == tokenize.COMMENT and start <= t.start < end for t in self.tokens)

    def changed(self, edits: Iterable[Edit]) -> Source:
        """Return the text after edits that do not overlap, with the file's line endings."""
        text = self.text
        for edit in sorted(edits, key=lambda each: (each.start, each.end), reverse=True):
            new = edit.text.replace("\r\n", "\n").replace("\n", self.newline)
            text = text[: edit.start] + new + text[edit.end :]
        return Source(text)
