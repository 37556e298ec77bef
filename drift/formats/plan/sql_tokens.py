"""SQL in tokens, and in a spelling that is safe to read, to copy and to give to psql.

Names and texts in SQL come from a database. A terminal must not obey their characters, psql must
not take a part of a statement for one of its own commands or variables, and a statement must mean
the same if its lines are indented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from drift.formats.escape import visible

_TOKEN = re.compile(
    r"""(?P<space>[ \t\n\r\f\v]+)
      | (?P<comment>--[^\n\r]*)
      | (?P<escaped>[eE]'(?:[^'\\]|''|\\.)*')
      | (?P<raw>[uU]&(?:'(?:[^']|'')*'|"(?:[^"]|"")*")|[bBxXnN]'(?:[^']|'')*')
      | (?P<text>'(?:[^']|'')*')
      | (?P<name>"(?:[^"]|"")*")
      | (?P<dollar>\$(?P<tag>(?:[^\W\d]\w*)?)\$(?P<body>.*?)\$(?P=tag)\$)
      | (?P<word>\w[\w$]*)
      | (?P<colon>:+=?)
      | (?P<block>/\*)
      | (?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_UNSAFE_MARKS = frozenset("\\'\";$")
"""Outside of quotes: a command of psql, a quote without its end, the end of the statement."""


class Token(NamedTuple):
    """A word, a mark, a quoted text or the space between them."""

    kind: str
    text: str
    tag: str = ""
    body: str = ""


def tokens(sql: str) -> list[Token]:
    """Split SQL; no character is lost."""
    return [
        Token(str(match.lastgroup), match[0])
        if match["dollar"] is None
        else Token("dollar", match[0], match["tag"], match["body"])
        for match in _TOKEN.finditer(sql)
    ]


def runnable(sql: str) -> str:
    """Return an equal statement for psql, of visible characters only, with its end.

    A text with a control character becomes `E'…'`, a name with one `U&"…"`. psql passes what
    cannot be written safely to the server as a text, by its command `gexec`.
    """
    parts = tokens(sql)
    if is_opaque(parts):
        return f"SELECT {literal(sql)} \\gexec"
    return spelled(parts).strip() + ";"


def is_opaque(parts: Sequence[Token]) -> bool:
    """Whether psql may take a part of a statement for something else."""
    return any(
        token.kind == "block"
        or (token.kind == "mark" and (token.text in _UNSAFE_MARKS or not _printable(token.text)))
        for token in parts
    )


def _printable(text: str) -> bool:
    return visible(text) == text


def spelled(parts: Sequence[Token]) -> str:
    """Return tokens as text of visible characters; comments become a space."""
    return "".join(_spellings(parts))


def _spellings(parts: Sequence[Token]) -> Iterator[str]:
    for number, token in enumerate(parts):
        if token.kind == "comment":
            yield " "
        elif (
            token.kind == "space"
            and parts[number + 1 : number + 2]
            and (parts[number + 1].text == "::")
        ):
            continue  # A CI runner takes a line that begins with `::` for a command.
        elif token.text == ":" and parts[number + 1 : number + 2]:
            # psql replaces `:name`, also as the end of a slice: arr[1:name].
            yield ":" if parts[number + 1].kind == "space" else ": "
        else:
            yield _spelling(token)


def _spelling(token: Token) -> str:
    text = token.text
    if token.kind == "space":
        return text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4).strip("\f\v")
    if token.kind == "dollar":
        return f"${token.tag}${_body(tokens(token.body))}${token.tag}$"
    if _printable(text):
        return text
    return _hidden_token(token)


def _hidden_token(token: Token) -> str:
    """Return a token that has characters to hide."""
    text = token.text
    if token.kind == "text":
        return literal(text[1:-1].replace("''", "'"))
    if token.kind == "escaped":
        return _hidden(text)
    if token.kind == "name":
        return f'U&"{_hidden_in_name(text[1:-1])}"'
    return visible(text)


def _body(parts: Sequence[Token]) -> str:
    """Return the inside of dollar quotes, in which comments may stay."""
    comments = (token._replace(kind="raw") if token.kind == "comment" else token for token in parts)
    return spelled(list(comments))


def literal(text: str) -> str:
    """Return a text as a literal of one line: `E'…'` if it has a character to hide."""
    quoted = text.replace("'", "''")
    if _printable(text) and "\\" not in text:
        return f"'{quoted}'"
    return "E'" + _hidden(quoted.replace("\\", "\\\\")) + "'"


def _hidden(text: str) -> str:
    """Return the inside of E'…' without characters to hide; `\\x85` would be a byte there."""
    return "".join(
        character if _printable(character) else _code(character)
        for character in text.replace("##", "#\\x23")
    )


def _code(character: str) -> str:
    number = ord(character)
    if number < 0x80:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _hidden_in_name(text: str) -> str:
    """Return the inside of U&"…"."""
    return "".join(
        character
        if _printable(character)
        else f"\\{number:04x}"
        if (number := ord(character)) < 0x10000
        else f"\\+{number:06x}"
        for character in text.replace("\\", "\\\\").replace("##", "#\\0023")
    )
