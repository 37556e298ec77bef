"""The lines of a file that declare one model, without what may be secret in them.

A settings module often stands right above the models, in the same file. So what leaves the machine
is chosen by what it is, a class's head and its declarations, and not by how near it is.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from typing import TypeAlias

Lines: TypeAlias = dict[int, str]

_DECLARES = re.compile(r"(col|column|field|table|relationship|proxy|synonym)$", re.IGNORECASE)
_ABOUT_THE_TABLE = {"__tablename__", "__table__", "__table_args__", "__mapper_args__"}
_SECRET = re.compile(
    r"passw|passphrase|(?<![a-z])pass(?![a-z])|pwd|salt|secret|token|credential|dsn|api_?key|(private|access|signing)_?key"
    r"|crypt|cipher|fernet|conn(ection)?_?(str|ur[il])|database_?ur[il]",
    re.IGNORECASE,
)
_URL = re.compile(r"(?<=://)[^\s\"'/@]*:[^\s\"']*(?=@)")
_Owner: TypeAlias = ast.ClassDef | ast.FunctionDef
_SIMPLE = ast.Assign | ast.AnnAssign | ast.Expr | ast.Return
_TEXTS = {"JoinedStr", "TemplateStr"}
_MASK = '"***"'


class Source:
    """A parsed file. Raises ValueError where it is no Python."""

    def __init__(self, text: str) -> None:
        try:
            tree = ast.parse(text)
        except (SyntaxError, RecursionError, MemoryError):
            raise ValueError from None
        self._lines = [line.encode("utf-8", "replace") for line in text.split("\n")]
        self._at: dict[int, list[ast.stmt]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.stmt):
                for line in range(node.lineno, (node.end_lineno or 0) + 1):
                    self._at.setdefault(line, []).append(node)
        self._owned: dict[_Owner, Lines] = {}

    def declaration(self, line: int) -> Lines:
        """Return the lines, by their numbers, of the declaration at `line` and of its class."""
        around = self._at.get(line, [])
        shown: Lines = {}
        for owner in _owners(around):
            if owner not in self._owned:
                self._owned[owner] = self._all_of(owner)
            shown |= self._owned[owner]
        if around and line not in shown and isinstance(one := around[-1], _SIMPLE):
            shown |= self._cut(one, _secrets(one) if _declares(one) else _texts(one))
        return shown

    def _all_of(self, owner: _Owner) -> Lines:
        """Return an owner's head and its declarations."""
        shown = self._head(owner)
        for one in filter(_declares, owner.body):
            shown |= self._cut(one, _secrets(one))
        return shown

    def _head(self, owner: _Owner) -> Lines:
        first = owner.body[0]
        end = first.lineno, first.col_offset
        above = (
            min([first.lineno, *(one.lineno for one in getattr(first, "decorator_list", ()))]) - 1
        )
        if above >= owner.lineno:
            end = above, len(self._lines[above - 1])
        parts = (one for one in ast.iter_child_nodes(owner) if not isinstance(one, ast.stmt))
        texts = [text for one in parts for text in _texts(one) if text.lineno >= owner.lineno]
        return self._between((owner.lineno, owner.col_offset), end, texts)

    def _cut(self, node: ast.stmt, texts: Iterable[ast.expr]) -> Lines:
        end = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self._between((node.lineno, node.col_offset), end, texts)

    def _between(
        self, start: tuple[int, int], end: tuple[int, int], texts: Iterable[ast.expr]
    ) -> Lines:
        """Return the lines from one place to another, without comments and these texts."""
        lines = dict(enumerate(self._lines[start[0] - 1 : end[0]], start[0]))
        lines[end[0]] = lines[end[0]][: end[1]]
        lines[start[0]] = b" " * start[1] + lines[start[0]][start[1] :]
        _drop_comments(lines)
        for text in sorted(texts, key=lambda one: (one.lineno, one.col_offset), reverse=True):
            _mask(lines, text)
        return {
            number: _URL.sub("***", line.decode("utf-8", "replace"))
            for number, line in lines.items()
        }


def _owners(around: list[ast.stmt]) -> list[_Owner]:
    """Return the innermost class, and a function right at the line: it declares an attribute."""
    classes: list[_Owner] = [one for one in around if isinstance(one, ast.ClassDef)]
    last = around[-1] if around else None  # ast.walk comes to what is outside first
    if isinstance(last, ast.FunctionDef) and any(map(_declares, last.body)):
        return [*classes[-1:], last]
    return classes[-1:]


def _declares(node: ast.stmt) -> bool:
    """Tell whether a statement declares a column, a table or how they are mapped."""
    if isinstance(node, ast.AnnAssign):
        value = node.value
        if value is None or (isinstance(value, ast.Constant) and _text(value) is None):
            return True
    elif not isinstance(node, _SIMPLE):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else []
    if any(isinstance(one, ast.Name) and one.id in _ABOUT_THE_TABLE for one in targets):
        return True
    calls = (one.func for one in ast.walk(node) if isinstance(one, ast.Call))
    return any(_DECLARES.search(_name(one)) for one in calls)


def _name(node: ast.AST) -> str:
    """Return the name that a node holds or ends with."""
    names = (getattr(node, key, None) for key in ("id", "attr", "arg"))
    return next((name for name in names if isinstance(name, str)), "")


def _text(node: ast.AST) -> str | None:
    """Return the text of a literal; None for anything else, numbers included."""
    value = node.value if isinstance(node, ast.Constant) else None
    return repr(value) if isinstance(value, str | bytes) else None


def _secrets(node: ast.stmt) -> list[ast.expr]:
    """Return the literal texts beside a name that sounds secret, each column of a table alone."""
    return [
        text
        for unit in _units(node)
        if any(_SECRET.search(_text(one) or _name(one)) for one in ast.walk(unit))
        for text in _texts(unit)
    ]


def _units(node: ast.stmt) -> Iterator[ast.AST]:
    value = getattr(node, "value", None)
    if isinstance(value, ast.Call) and _name(value.func).lower().endswith("table"):
        yield from (*value.args, *value.keywords)
    else:
        yield node


def _texts(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the literal texts in a node, an f-string as one."""
    if isinstance(node, ast.expr) and (type(node).__name__ in _TEXTS or _text(node) is not None):
        yield node
        return
    for inner in ast.iter_child_nodes(node):
        yield from _texts(inner)


def _drop_comments(lines: dict[int, bytes]) -> None:
    """Cut each line where its comment begins; leave nothing where that cannot be told."""
    first = min(lines)
    text = b"\n".join(lines[number] for number in sorted(lines)).decode("utf-8", "replace")
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                number, column = token.start[0] + first - 1, token.start[1]
                lines[number] = lines[number].decode("utf-8", "replace")[:column].rstrip().encode()
    except (tokenize.TokenError, SyntaxError):
        for number in lines:
            lines[number] = b""


def _mask(lines: dict[int, bytes], node: ast.expr) -> None:
    """Replace a text, which may go over several lines, by a mask."""
    end = node.end_lineno or node.lineno
    rest = lines[end][node.end_col_offset or 0 :]
    for number in range(node.lineno + 1, end + 1):
        lines[number] = b""
    kept = lines[node.lineno][: node.col_offset] + _MASK.encode()
    if end == node.lineno:
        kept += rest
    else:
        lines[end] = rest
    lines[node.lineno] = kept
