"""The lines of a file that declare one model, without texts that may be secret.

A settings module often stands right above the models, in the same file. So the lines that
leave the machine are chosen by syntax, a class's head and its declarations, and not by distance.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from typing import TypeAlias

Lines: TypeAlias = dict[int, str]
"""Lines by their numbers."""

_DECLARES = re.compile(r"(col|column|field|table|relationship|proxy|synonym)$", re.IGNORECASE)
_ABOUT_THE_TABLE = {"__tablename__", "__table__", "__table_args__", "__mapper_args__"}
_SECRET = re.compile(
    r"passw|passphrase|(?<![a-z])pass(?![a-z])|pwd|salt|secret|token|credential|dsn|api_?key|(private|access|signing)_?key"
    r"|crypt|cipher|fernet|conn(ection)?_?(str|ur[il])|database_?ur[il]",
    re.IGNORECASE,
)
_URL_CREDENTIALS = re.compile(r"(?<=://)[^\s\"'/@]*:[^\s\"']*(?=@)")
_Owner: TypeAlias = ast.ClassDef | ast.FunctionDef
_SIMPLE = ast.Assign | ast.AnnAssign | ast.Expr | ast.Return
_INTERPOLATED = {"JoinedStr", "TemplateStr"}
_MASK = b'"***"'


class SourceFile:
    """A parsed file. Raises ValueError if it is not valid Python."""

    def __init__(self, text: str) -> None:
        try:
            tree = ast.parse(text)
        except (SyntaxError, RecursionError, MemoryError):
            raise ValueError from None
        # Bytes, because the columns that ast tells count bytes of UTF-8.
        self._lines = [line.encode("utf-8", "replace") for line in text.split("\n")]
        self._statements: dict[int, list[ast.stmt]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.stmt):
                for line in range(node.lineno, (node.end_lineno or 0) + 1):
                    self._statements.setdefault(line, []).append(node)
        self._declarations: dict[_Owner, Lines] = {}

    def declaration(self, line: int) -> Lines:
        """Return the lines of the declaration at `line` and of its class."""
        around = self._statements.get(line, [])
        shown: Lines = {}
        for owner in _owners(around):
            if owner not in self._declarations:
                self._declarations[owner] = self._head(owner) | self._body(owner)
            shown |= self._declarations[owner]
        if around and line not in shown and isinstance(last := around[-1], _SIMPLE):
            shown |= self._statement(last, _secrets(last) if _declares(last) else _strings(last))
        return shown

    def _head(self, owner: _Owner) -> Lines:
        """Return an owner's lines up to its first statement, which may be on the same line."""
        first = owner.body[0]
        decorators = [node.lineno for node in getattr(first, "decorator_list", ())]
        above = min([first.lineno, *decorators]) - 1
        end = first.lineno, first.col_offset
        if above >= owner.lineno:
            end = above, len(self._lines[above - 1])
        parts = (node for node in ast.iter_child_nodes(owner) if not isinstance(node, ast.stmt))
        strings = [text for node in parts for text in _strings(node) if text.lineno >= owner.lineno]
        return self._between((owner.lineno, owner.col_offset), end, strings)

    def _body(self, owner: _Owner) -> Lines:
        shown: Lines = {}
        for statement in filter(_declares, owner.body):
            shown |= self._statement(statement, _secrets(statement))
        return shown

    def _statement(self, node: ast.stmt, masked: Iterable[ast.expr]) -> Lines:
        end = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self._between((node.lineno, node.col_offset), end, masked)

    def _between(
        self, start: tuple[int, int], end: tuple[int, int], masked: Iterable[ast.expr]
    ) -> Lines:
        """Return the lines between two positions, without comments, these strings masked."""
        lines = dict(enumerate(self._lines[start[0] - 1 : end[0]], start[0]))
        lines[end[0]] = lines[end[0]][: end[1]]
        lines[start[0]] = b" " * start[1] + lines[start[0]][start[1] :]
        _drop_comments(lines)
        # From the end, so that the columns of the others stay right.
        for string in sorted(masked, key=lambda node: (node.lineno, node.col_offset), reverse=True):
            _mask(lines, string)
        return {
            number: _URL_CREDENTIALS.sub("***", line.decode("utf-8", "replace"))
            for number, line in lines.items()
        }


def _owners(around: list[ast.stmt]) -> list[_Owner]:
    """Return the innermost class, and a function right at the line that declares an attribute."""
    classes: list[_Owner] = [node for node in around if isinstance(node, ast.ClassDef)]
    last = around[-1] if around else None  # ast.walk visits outer statements first
    if isinstance(last, ast.FunctionDef) and any(map(_declares, last.body)):
        return [*classes[-1:], last]
    return classes[-1:]


def _declares(node: ast.stmt) -> bool:
    """Return whether a statement declares a column, a table or how they are mapped."""
    if isinstance(node, ast.AnnAssign):
        value = node.value
        if value is None or (isinstance(value, ast.Constant) and not _is_string(value)):
            return True
    elif not isinstance(node, _SIMPLE):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else []
    if any(isinstance(name, ast.Name) and name.id in _ABOUT_THE_TABLE for name in targets):
        return True
    called = (call.func for call in ast.walk(node) if isinstance(call, ast.Call))
    return any(_DECLARES.search(_name(function)) for function in called)


def _name(node: ast.AST) -> str:
    """Return the name that a node holds or ends with."""
    names = (getattr(node, field, None) for field in ("id", "attr", "arg"))
    return next((name for name in names if isinstance(name, str)), "")


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def _secrets(node: ast.stmt) -> list[ast.expr]:
    """Return the strings next to a name that suggests a secret, each column of a table alone."""
    value = getattr(node, "value", None)
    units: Iterable[ast.AST] = [node]
    if isinstance(value, ast.Call) and _name(value.func).lower().endswith("table"):
        units = [*value.args, *value.keywords]
    return [
        string
        for unit in units
        if any(_SECRET.search(_secret_hint(inner)) for inner in ast.walk(unit))
        for string in _strings(unit)
    ]


def _secret_hint(node: ast.AST) -> str:
    """Return the text of a string, or the name that a node holds."""
    return repr(node.value) if isinstance(node, ast.Constant) and _is_string(node) else _name(node)


def _strings(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the string literals in a node, an f-string as one."""
    if isinstance(node, ast.expr) and (type(node).__name__ in _INTERPOLATED or _is_string(node)):
        yield node
        return
    for inner in ast.iter_child_nodes(node):
        yield from _strings(inner)


def _drop_comments(lines: dict[int, bytes]) -> None:
    """Cut each line at its comment; leave nothing if that cannot be told."""
    first = min(lines)
    text = b"\n".join(lines[number] for number in sorted(lines)).decode("utf-8", "replace")
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                number, column = token.start[0] + first - 1, token.start[1]
                lines[number] = lines[number].decode("utf-8", "replace")[:column].rstrip().encode()
    except (tokenize.TokenError, SyntaxError):
        lines.update(dict.fromkeys(lines, b""))


def _mask(lines: dict[int, bytes], node: ast.expr) -> None:
    """Replace a string, which may go over several lines, by a mask."""
    end = node.end_lineno or node.lineno
    rest = lines[end][node.end_col_offset or 0 :]
    kept = lines[node.lineno][: node.col_offset] + _MASK
    for number in range(node.lineno, end + 1):
        lines[number] = b""
    lines[end] = rest
    lines[node.lineno] = kept + lines[node.lineno]
