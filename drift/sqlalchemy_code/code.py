"""An expression of Python with the imports that it needs, and its layout over several lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

WIDTH = 88
"""Characters of a line, if the caller knows no better."""
_UNIT = 4
_PIECE = re.compile(r".{1,60}(?:(?<=\s)|$)|.{1,60}", re.DOTALL)
"""A part of a long string: up to the last space within 60 characters, if there is one."""


class Import(msgspec.Struct, frozen=True, order=True):
    """`import module`, or `from module import name`; with `alias`, under that name."""

    module: str
    name: str = ""
    alias: str = ""

    @property
    def statement(self) -> str:
        """The statement as Python has it.

        >>> Import("sqlalchemy", alias="sa").statement, Import("sqlalchemy", "text").statement
        ('import sqlalchemy as sa', 'from sqlalchemy import text')
        """
        if self.name:
            module, _, name = f"from {self.module} import {self.name}".rpartition(" ")
        else:
            module, _, name = f"import {self.module}".rpartition(" ")
        return f"{module} {name}" + (f" as {self.alias}" if self.alias else "")


class Code(msgspec.Struct, frozen=True):
    """An expression on one line; if it has `parts`, it can be written over several.

    Then it begins with `opening`, ends with `closing`, and `separator` follows each part.
    """

    text: str
    imports: frozenset[Import] = frozenset()
    opening: str = ""
    parts: tuple[Code, ...] = ()
    closing: str = ""
    separator: str = ","

    def laid_out(self, indent: int = 0, *, before: int | None = None, width: int = WIDTH) -> str:
        """Return the text, broken if it does not fit into a line of `width` characters.

        `indent` is that of the line, `before` the number of characters in front of the text.
        """
        start = indent if before is None else before
        if not self.parts or start + len(self.text) <= width:
            return self.text
        inner = indent + _UNIT
        lines = (
            " " * inner + part.laid_out(inner, width=width - len(self.separator)) + self.separator
            for part in self.parts
        )
        return "\n".join((self.opening, *lines, " " * indent + self.closing))


def joined(opening: str, parts: Iterable[Code], closing: str, *, tail: str = "") -> Code:
    """Return parts with commas between them; `tail` follows the last one on a single line."""
    parts = tuple(parts)
    text = ", ".join(part.text for part in parts)
    imports = frozenset[Import]().union(*(part.imports for part in parts))
    return Code(f"{opening}{text}{tail}{closing}", imports, opening, parts, closing)


def call(
    function: Code, arguments: Iterable[Code] = (), options: Mapping[str, Code] | None = None
) -> Code:
    """Return the call of a function with positional arguments and options by name."""
    arguments = tuple(arguments)
    named_ = tuple(keyword(name, code) for name, code in (options or {}).items())
    whole = joined(f"{function.text}(", (*arguments, *named_), ")")
    whole = msgspec.structs.replace(whole, imports=whole.imports | function.imports)
    if len(arguments) == 1 and not named_ and _is_string(arguments[0]):
        # the pieces of a long string need no parentheses of their own
        return msgspec.structs.replace(whole, parts=arguments[0].parts, separator="")
    return whole


def _is_string(code: Code) -> bool:
    """Return whether code is a string in pieces, and no call of its own."""
    return not code.separator and code.opening == "("


def keyword(name: str, code: Code) -> Code:
    """Return `name=code`."""
    return msgspec.structs.replace(
        code, text=f"{name}={code.text}", opening=f"{name}={code.opening}"
    )


def literal(value: str | int | bool | None, quote: str = "'") -> Code:
    """Return a literal of Python; a string in these quotes, unless that needs more backslashes.

    >>> literal("it's").text, literal("a", '"').text, literal(None).text
    ('"it\\'s"', '"a"', 'None')
    """
    if not isinstance(value, str):
        return Code(repr(value))
    text = _quoted(value, quote)
    if len(text) <= 2 * _UNIT + 60:
        return Code(text)
    parts = tuple(Code(_quoted(piece, quote)) for piece in _PIECE.findall(value))
    return Code(text, frozenset(), "(", parts, ")", "")


def _quoted(value: str, quote: str) -> str:
    text = repr(value)
    return text if text[0] == quote or '"' in text else f'"{text[1:-1]}"'


def sequence(values: Iterable[Code]) -> Code:
    """Return a list."""
    return joined("[", values, "]")


def mapping(values: Mapping[str, Code], quote: str = "'") -> Code:
    """Return a dict whose keys are strings."""
    items = (
        msgspec.structs.replace(
            code,
            text=f"{_quoted(name, quote)}: {code.text}",
            opening=f"{_quoted(name, quote)}: {code.opening}",
        )
        for name, code in values.items()
    )
    return joined("{", items, "}")
