"""Reads tokens from left to right; the base class of parsers and rewriters."""

from __future__ import annotations

from collections.abc import Sequence

from drift.expressions.tokens import Token, UnreadableError

END = Token("mark", "", "")
"""The token after the last one, and before the first one."""


class Cursor:
    """A position among tokens; `position` is the index of the next one."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.position = 0

    def peek(self, ahead: int = 0) -> Token:
        """Return the next token, or one after it, without moving."""
        position = self.position + ahead
        return self.tokens[position] if 0 <= position < len(self.tokens) else END

    def take(self) -> Token:
        """Return the next token and move past it. Raises UnreadableError at the end."""
        if self.position >= len(self.tokens):
            raise UnreadableError("it ends too early")
        self.position += 1
        return self.tokens[self.position - 1]

    def skip(self, *texts: str) -> bool:
        """Move past the next token if it is one of these keywords or marks, and return whether."""
        token = self.peek()
        matches = token.word in texts if token.sort == "name" else token.text in texts
        self.position += matches
        return matches

    def expect(self, word: str) -> None:
        """Move past a keyword or a mark. Raises UnreadableError for anything else."""
        if not self.skip(word):
            raise UnreadableError(f"it has no {word} in the right position")


def closing_positions(tokens: Sequence[Token]) -> dict[int, int]:
    """Return the end of each opening parenthesis; the tokenizer has refused unbalanced ones."""
    closing: dict[int, int] = {}
    waiting: list[int] = []
    for position, token in enumerate(tokens):
        if token.text == "(":
            waiting.append(position)
        elif token.text == ")":
            closing[waiting.pop()] = position
    return closing
