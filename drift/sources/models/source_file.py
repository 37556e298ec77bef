"""The classes that a Python file declares, read from its text: nothing of it is run."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from drift.sources.models.quiet import without_warnings

_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


class ClassStatement:
    """One `class` statement of a file."""

    def __init__(self, file: SourceFile, node: ast.ClassDef) -> None:
        """Take the node; its body is read when it is first asked."""
        self.file = file
        self._node = node
        self.line = node.lineno
        self.first_line = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        """The line of the first decorator, which Python takes for the first line of the class."""

    def starts_at(self, line: tuple[str, int] | None) -> bool:
        """Whether a file and line are those of the statement or of its decorators."""
        return (
            line is not None
            and self.first_line <= line[1] <= self.line
            and Path(line[0]) == self.file.path
        )

    def holds(self, line: tuple[str, int]) -> bool:
        """Whether a file and line are within the statement."""
        last = self._node.end_lineno or self.line
        return self.first_line <= line[1] <= last and Path(line[0]) == self.file.path

    @cached_property
    def attributes(self) -> dict[str, int]:
        """The line of each name bound in the body; an assignment beats a bare annotation."""
        annotated: dict[str, int] = {}
        assigned: dict[str, int] = {}
        for statement in _statements(self._node):
            bare = isinstance(statement, ast.AnnAssign) and statement.value is None
            (annotated if bare else assigned).update(_bound(statement))
        return annotated | assigned

    @cached_property
    def table_name(self) -> str | None:
        """The literal `__tablename__`."""
        for statement in _statements(self._node):
            if "__tablename__" in _bound(statement):
                value = getattr(statement, "value", None)
                text = value.value if isinstance(value, ast.Constant) else None
                return text if isinstance(text, str) else None
        return None

    @property
    def is_table(self) -> bool:
        """Whether the class names a table of its own, or is a SQLModel with `table=True`."""
        flags = {k.arg for k in self._node.keywords if getattr(k.value, "value", None) is True}
        return self.table_name is not None or "table" in flags


class SourceFile:
    """A Python file that may be absent, unreadable or broken; then it declares nothing."""

    def __init__(self, path: Path) -> None:
        """Remember the path; nothing is read yet."""
        self.path = path

    @cached_property
    def text(self) -> str:
        """The decoded text; empty if it cannot be read."""
        try:
            with tokenize.open(self.path) as file:
                return file.read()
        except (OSError, SyntaxError, ValueError):
            return ""

    @cached_property
    def classes(self) -> dict[str, list[ClassStatement]]:
        """The `class` statements by qualified name, in the order of the file."""
        classes: dict[str, list[ClassStatement]] = {}
        try:
            # Reading the user's file must not repeat the warnings that importing it gave.
            with without_warnings():
                for name, node in _class_nodes(ast.parse(self.text)):
                    classes.setdefault(name, []).append(ClassStatement(self, node))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return {}
        return classes

    @cached_property
    def lines(self) -> list[str]:
        """The lines, as Python counts them."""
        return self.text.split("\n")

    def begins_class(self, number: int, name: str) -> bool:
        """Whether the class statement of this name begins on a line that runs."""
        words = self.lines[number - 1].split(None, 1) if number <= len(self.lines) else []
        return words[:1] == ["class"] and re.match(rf"{re.escape(name)}\b", words[-1]) is not None

    def is_in_body(self, number: int, first: int) -> bool:
        """Whether a line is surely in the body of the class statement on the line `first`.

        The indents tell that in most cases, and are far cheaper to read than the file to parse.
        """
        text = self.lines[first - 1]
        indent = text[: len(text) - len(text.lstrip())]
        own = self.lines[number - 1].lstrip() if first < number <= len(self.lines) else "class"
        return not own.startswith(("class", "@")) and all(
            line.startswith((f"{indent} ", f"{indent}\t")) or not line.strip()
            for line in self.lines[first:number]
        )

    def mentions(self, pattern: str) -> bool:
        """Whether the text matches, which is far cheaper to ask than to parse."""
        return re.search(pattern, self.text) is not None


def _class_nodes(tree: ast.Module) -> Iterator[tuple[str, ast.ClassDef]]:
    """Yield every class with its qualified name, in the order of the file.

    An expression, which is most of a tree, holds no `class` statement. Without recursion, since
    long chains of `elif` nest deeper than Python's stack.
    """
    stack: list[tuple[ast.AST, str]] = [(tree, "")]
    while stack:
        node, scope = stack.pop()
        if isinstance(node, ast.ClassDef):
            yield scope + node.name, node
            scope += f"{node.name}."
        elif isinstance(node, _FUNCTIONS):
            scope += f"{node.name}.<locals>."
        inside = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr)]
        stack.extend((child, scope) for child in reversed(inside))


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements that run in the node's own scope."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        if not isinstance(child, ast.expr | ast.ClassDef | _FUNCTIONS):
            yield from _statements(child)


def _names(target: ast.expr) -> list[ast.Name]:
    """Return the names in a target, which is one in most cases."""
    if isinstance(target, ast.Name):
        return [target]
    return [node for node in ast.walk(target) if isinstance(node, ast.Name)]


def _bound(statement: ast.stmt) -> dict[str, int]:
    """Return the names that a statement binds, with their lines."""
    if isinstance(statement, ast.ClassDef | _FUNCTIONS):
        return {statement.name: statement.lineno}
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    names = [node for target in targets for node in _names(target)]
    return {node.id: node.lineno for node in names if isinstance(node.ctx, ast.Store)}
