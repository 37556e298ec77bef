"""What one Python file declares; it is read and parsed when that is first asked."""

from __future__ import annotations

import ast
import re
import tokenize
import warnings
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from drift.sources.models.source_syntax import (
    COLUMNS,
    Addition,
    ClassSource,
    Function,
    TableCall,
    column_name,
)

_DECLARING = COLUMNS | {"Table"}
_LEAVES = (ast.Name, ast.Constant, ast.expr_context, ast.operator, ast.cmpop, ast.boolop)
"""Nodes that declare nothing and hold nothing that does: most of a tree."""


class SourceIndex:
    """The classes by qualified name, the table calls and the later additions of one module."""

    def __init__(self, tree: ast.Module) -> None:
        """Walk the whole tree once."""
        self.classes: dict[str, list[ClassSource]] = {}
        self.tables: list[TableCall] = []
        self.additions: list[Addition] = []
        self._aliases: dict[str, str] = {}
        self._targets: dict[ast.Call, str] = {}
        for node, scope in _walk(tree):
            self._take(node, scope)

    def _take(self, node: ast.AST, scope: str) -> None:
        match node:
            case ast.ImportFrom():
                renamed = {name.asname: name.name for name in node.names if name.asname}
                self._aliases |= {k: v for k, v in renamed.items() if v in _DECLARING}
            case ast.ClassDef():
                source = ClassSource(node, self._aliases)
                self.classes.setdefault(scope + node.name, []).append(source)
            case ast.Assign(targets=[target], value=ast.Call() as call):
                self._assigned(target, call, scope)
            case ast.AnnAssign(target=target, value=ast.Call() as call):
                self._assigned(target, call, scope)
            case ast.Call():
                self._called(node)

    def _assigned(self, target: ast.expr, call: ast.Call, scope: str) -> None:
        if isinstance(target, ast.Attribute):
            owner = ast.unparse(target.value)
            self.additions.append(Addition(owner, target.attr, target.lineno))
        elif isinstance(target, ast.Name) and not scope:
            self._targets[call] = target.id

    def _called(self, node: ast.Call) -> None:
        call = TableCall(node, self._aliases, self._targets.get(node))
        if call.is_table or call.target:
            self.tables.append(call)
        match node:
            case ast.Call(func=ast.Attribute(attr="append_column", value=owner), args=[column, *_]):
                if name := column_name(column, self._aliases):
                    self.additions.append(Addition(ast.unparse(owner), name, column.lineno))


def _walk(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield every node but leaves, in the order of the source, with the prefix that names get.

    Without recursion, since long sums of strings nest deeper than Python's stack.
    """
    stack: list[tuple[ast.AST, str]] = [(tree, "")]
    while stack:
        node, scope = stack.pop()
        yield node, scope
        if isinstance(node, ast.ClassDef):
            scope += f"{node.name}."
        elif isinstance(node, Function):
            scope += f"{node.name}.<locals>."
        inside = [child for child in ast.iter_child_nodes(node) if not isinstance(child, _LEAVES)]
        stack.extend((child, scope) for child in reversed(inside))


class SourceFile:
    """A Python file that may be absent, unreadable or broken; then it declares nothing."""

    def __init__(self, path: Path) -> None:
        """Remember the path; nothing is read yet."""
        self.path = path

    @cached_property
    def text(self) -> str:
        """The decoded text, empty when there is none."""
        try:
            with tokenize.open(self.path) as file:
                return file.read()
        except (OSError, SyntaxError, ValueError):
            return ""

    @cached_property
    def index(self) -> SourceIndex:
        """What the file declares."""
        try:
            # Reading the user's file must not repeat the warnings that importing it gave.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return SourceIndex(ast.parse(self.text))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return SourceIndex(ast.Module(body=[], type_ignores=[]))

    def mentions(self, pattern: str) -> bool:
        """Whether the text matches, which is far cheaper to ask than to parse."""
        return re.search(pattern, self.text) is not None
