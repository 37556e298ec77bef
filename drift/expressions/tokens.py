"""Splits SQL expressions into tokens, as PostgreSQL's own scanner does.

Unknown text is refused, never guessed: expressions for the server are put together again from
these tokens, so that nothing can hide in a comment or in a literal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from drift.lazy_regex import lazy_regex

Sort: TypeAlias = Literal["name", "string", "number", "operator", "mark"]
LONGEST = 100_000
"""Characters of one expression. A longer one costs the server and the client too much."""
NAME_BYTES = 63


class UnreadableError(Exception):
    """The expression cannot be read; the text says why, to be put after 'because'."""


class Token(NamedTuple):
    """One token. `value` is its meaning: the folded name, or the text as it is written."""

    sort: Sort
    text: str
    value: str

    @property
    def word(self) -> str:
        """The name if it is written without quotes, so that it can be a keyword; else ''."""
        return self.value if self.sort == "name" and self.text[0] != '"' else ""


_SCANNER = lazy_regex(
    r"""
      (?P<space>    [ \t\n\r\f\v]+ | --[^\n\r]* )
    | (?P<comment>  /\* )
    | (?P<refused>  [uU]&["'] | \$ )
    | (?P<string>   [eE]'(?:[^'\\]|''|\\.)*' | (?:[bBxXnN])?'(?:[^']|'')*' )
    | (?P<quoted>   "(?:[^"]|"")+" )
    | (?P<name>     [^\W\d][\w$]* )
    | (?P<number>   0[xXoObB][0-9a-fA-F_]+
                  | (?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)? )
    | (?P<cast>     :: )
    | (?P<mark>     [()\[\],.:] )
    | (?P<operator> [-+*/<>=~!@\#%^&|`?]+ )
    """,
    re.VERBOSE | re.DOTALL,
)


@lru_cache(maxsize=4096)
def tokenize(text: str) -> tuple[Token, ...]:
    """Return the tokens of an expression. Raises UnreadableError.

    >>> [token.text for token in tokenize("lower(name) <> 'a'::text -- a remark")]
    ['lower', '(', 'name', ')', '<>', "'a'", '::', 'text']
    """
    if len(text) > LONGEST:
        raise UnreadableError(f"it is longer than {LONGEST:,} characters")
    tokens = tuple(_scan(text))
    _require_balance(tokens)
    return tokens


def _scan(text: str) -> Iterator[Token]:
    position = 0
    while position < len(text):
        match = _SCANNER.match(text, position)
        sort = match and match.lastgroup
        if match is None or sort == "refused":
            raise UnreadableError(
                f"it holds {text[position : position + 2]!r}, which drift cannot read"
            )
        if sort == "comment":
            position = _comment_end(text, position)
            continue
        matched = _operator(match[0]) if sort == "operator" else match[0]
        position += len(matched)
        if sort != "space":
            yield _token(str(sort), matched)


def _token(sort: str, text: str) -> Token:
    if sort == "quoted":
        return Token("name", text, _cut(text[1:-1].replace('""', '"')))
    if sort == "name":
        # PostgreSQL folds ASCII letters only, wherever the encoding has several bytes
        return Token("name", text, _cut(re.sub("[A-Z]+", lambda upper: upper[0].lower(), text)))
    if sort == "cast":
        return Token("mark", text, text)
    assert sort in {"string", "number", "operator", "mark"}
    return Token(sort, text, text)  # type: ignore[arg-type]


def _cut(name: str) -> str:
    """Cut a name at 63 bytes, as the server does before it looks for it."""
    return name.encode("utf-8", "surrogatepass")[:NAME_BYTES].decode("utf-8", "ignore")


def _operator(run: str) -> str:
    """Return the operator at the beginning of a run of operator characters.

    A comment ends it; `+` and `-` at its end belong to the next token, unless it holds a
    character that no operator of standard SQL has.
    """
    for comment in ("--", "/*"):
        if (start := run.find(comment)) > 0:
            run = run[:start]
    while len(run) > 1 and run[-1] in "+-" and not re.search(r"[~!@#%^&|`?]", run):
        run = run[:-1]
    return run


def _comment_end(text: str, start: int) -> int:
    """Return the end of a comment, in which others may be nested."""
    depth = 0
    for mark in re.compile(r"/\*|\*/").finditer(text, start):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    raise UnreadableError("it holds a comment without an end")


def _require_balance(tokens: tuple[Token, ...]) -> None:
    """Refuse text that would close the parenthesis in which drift sends it to the server."""
    expected = [""]
    for token in tokens:
        if token.text in {"(", "["}:
            expected.append(")" if token.text == "(" else "]")
        elif token.text in {")", "]"} and expected.pop() != token.text:
            raise UnreadableError("its parentheses do not match")
    if len(expected) > 1:
        raise UnreadableError("its parentheses do not match")


def quote(name: str) -> str:
    """Return an identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'
