"""The text of a YAML document with its nodes, its tokens and their positions."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import takewhile
from typing import TypeAlias

import msgspec
import yaml

from drift.errors import UsageError

Pair: TypeAlias = tuple[yaml.Node, yaml.Node]

BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
OPENING = (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken)
CLOSING = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)


class Edit(msgspec.Struct, frozen=True):
    """The new text between two positions."""

    start: int
    end: int
    text: str


class Document:
    """A text that holds one YAML document, whose root is a mapping."""

    def __init__(self, text: str) -> None:
        """Parse the text, which is a valid configuration."""
        self.text = text
        self.root: yaml.Node = yaml.compose(text, Loader=yaml.SafeLoader)  # type: ignore[assignment]
        self._tokens = [
            token
            for token in yaml.scan(text, Loader=yaml.SafeLoader)
            if token.end_mark.index > token.start_mark.index
        ]
        self._starts = [token.start_mark.index for token in self._tokens]
        first = BREAK.search(text)
        self.newline = first[0] if first else "\n"

    def between(self, start: int, end: int) -> list[yaml.Token]:
        """Return the tokens that begin between two positions."""
        return self._tokens[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def within(self, node: yaml.Node) -> list[yaml.Token]:
        """Return the tokens of a node."""
        return self.between(node.start_mark.index, node.end_mark.index)

    def is_in_brackets(self, position: int) -> bool:
        """Return whether a position is within brackets or braces, where lines mean nothing."""
        before = self.between(0, position)
        opened = sum(isinstance(token, OPENING) for token in before)
        return opened > sum(isinstance(token, CLOSING) for token in before)

    def pair(self, mapping: yaml.Node, name: str, label: str) -> Pair | None:
        """Return a key of a mapping and its value; None if it does not have the key.

        Raises UsageError if the value is shared with another key by an alias.
        """
        pairs = mapping.value if isinstance(mapping, yaml.MappingNode) else ()
        pair: Pair | None = next((pair for pair in pairs if pair[0].value == name), None)
        if pair is None:
            return None
        key, value = pair
        line = key.start_mark.line + 1
        if value.start_mark.index < key.start_mark.index:
            raise UsageError(f":{line}: {label} is an alias; write its value there, and retry")
        if other := self._line_of_alias(value):
            raise UsageError(
                f":{line}: {label} is also used by the alias on line {other}; write the value "
                "there instead, and retry"
            )
        return pair

    def _line_of_alias(self, value: yaml.Node) -> int:
        """Return the line of an alias of a value; 0 if it has none."""
        properties = takewhile(_is_property, self.within(value))
        names = {token.value for token in properties if isinstance(token, yaml.AnchorToken)}
        for token in self._tokens if names else ():
            if isinstance(token, yaml.AliasToken) and token.value in names:
                return int(token.start_mark.line) + 1
        return 0

    def below(self, position: int, lines: str, column: int | None = None) -> Edit:
        """Return the edit that inserts lines below the line of a position.

        Comments directly below it that are indented more than `column` belong to it.
        """
        cut = self._next_line(position)
        while column is not None and (comment := self._comment(cut, column)):
            cut = self._next_line(comment)
        if cut and not BREAK.fullmatch(self.text[cut - 1]):
            lines = self.newline + lines.removesuffix(self.newline)
        return Edit(cut, cut, lines)

    def below_block(self, node: yaml.Node, lines: str, column: int) -> Edit:
        """Return the edit that inserts lines below the last line of a block."""
        last = self.within(node)[-1]
        return self.below(len(self.text[: last.end_mark.index].rstrip()), lines, column)

    def _next_line(self, position: int) -> int:
        match = BREAK.search(self.text, position)
        return match.end() if match else len(self.text)

    def _comment(self, start: int, column: int) -> int:
        """Return the position of a comment whose line is indented more than a column; else 0."""
        match = re.compile(r" *(?=#)").match(self.text, start)
        return match.end() if match and len(match[0]) > column else 0


def _is_property(token: yaml.Token) -> bool:
    """Return whether a token precedes the value that it is about."""
    return isinstance(token, yaml.AnchorToken | yaml.TagToken)


def applied(text: str, edits: list[Edit]) -> str:
    """Return the text after edits that do not overlap; those at one position in their order."""
    parts, position = [], 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        parts += [text[position : edit.start], edit.text]
        position = edit.end
    return "".join((*parts, text[position:]))
