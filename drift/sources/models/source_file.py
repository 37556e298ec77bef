"""The classes that a Python file declares, read from its text: nothing of it is run."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path

from drift.lazy_regex import lazy_regex
from drift.sources.models.quiet import without_warnings
from drift.sources.models.source_parts import Part, parts

_SCOPES = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")
_CLASS = lazy_regex(r"class[\s\\]+(?=([^\s\\:(\[#]+))")
"""The name of a class; also the word after `class` in a text, or after `@dataclass`."""
_UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


class ClassStatement:
    """One `class` statement of a file."""

    def __init__(self, file: SourceFile, node: ast.ClassDef, above: int = 0) -> None:
        """Take the node, and the number of lines above the text that was parsed.

        The node is not kept: the trees of 1,000 classes take 150 MB.
        """
        statements = list(_statements(node))
        decorators = (each.lineno for each in node.decorator_list)
        self.file = file
        self.line = node.lineno + above
        self.first_line = min([node.lineno, *decorators]) + above
        """The line of the first decorator, which Python takes for the first line of the class."""
        self._last_line = (node.end_lineno or node.lineno) + above
        self.attributes = {name: line + above for name, line in _attributes(statements).items()}
        """The line of each name bound in the body; an assignment beats a bare annotation."""
        self.table_name = _table_name(statements)
        """The literal `__tablename__`."""
        flags = {k.arg for k in node.keywords if getattr(k.value, "value", None) is True}
        self.is_table = self.table_name is not None or "table" in flags
        """Whether the class names a table of its own, or is a SQLModel with `table=True`."""

    def starts_at(self, line: tuple[str, int] | None) -> bool:
        """Whether a file and line are those of the statement or of its decorators."""
        return (
            line is not None
            and self.first_line <= line[1] <= self.line
            and Path(line[0]) == self.file.path
        )

    def holds(self, line: tuple[str, int]) -> bool:
        """Whether a file and line are within the statement."""
        return self.first_line <= line[1] <= self._last_line and Path(line[0]) == self.file.path


class SourceFile:
    """A Python file that may be absent, unreadable or broken; then it declares nothing."""

    def __init__(self, path: Path) -> None:
        """Remember the path; nothing is read yet."""
        self.path = path
        # Findings of one table ask for the same few classes again and again.
        self.statements = cache(self._statements)
        # One part may hold all classes: to parse it for each of 300 took 19 s.
        self._read = cache(self._classes)

    @cached_property
    def text(self) -> str:
        """The decoded text; empty if it cannot be read."""
        try:
            with tokenize.open(self.path) as file:
                return file.read()
        except (OSError, SyntaxError, ValueError, LookupError):
            return ""

    @property
    def classes(self) -> dict[str, list[ClassStatement]]:
        """The `class` statements by qualified name, in the order of the file."""
        return self._read(Part(0, self.text)) or {}

    def _statements(self, name: str) -> list[ClassStatement]:
        """Return the `class` statements of a qualified name, in the order of the file.

        Only the parts of the file that mention it are parsed: to parse a file of 1,000 classes
        whole took three times as long as those that are tables, one by one.
        """
        statements: list[ClassStatement] = []
        for part in self._parts.get(name.rpartition(".")[2], {}):
            classes = self._read(part)
            if classes is None:
                return self.classes.get(name, [])
            statements += classes.get(name, [])
        return statements

    @cached_property
    def _parts(self) -> dict[str, dict[Part, None]]:
        """The parts of the file that mention a class, by its name."""
        mentioning: dict[str, dict[Part, None]] = {}
        for part in parts(self.text):
            for name in _CLASS.findall(part.text):
                mentioning.setdefault(_normal(name), {})[part] = None
        return mentioning

    def _classes(self, part: Part) -> dict[str, list[ClassStatement]] | None:
        """Return the `class` statements of a part by qualified name; None if it is no code."""
        classes: dict[str, list[ClassStatement]] = {}
        try:
            # Reading the user's file must not repeat the warnings that importing it gave.
            with without_warnings():
                tree = ast.parse(part.text)
            for name, node in _class_nodes(tree):
                classes.setdefault(name, []).append(ClassStatement(self, node, part.above))
        except _UNPARSABLE:
            return None
        return classes

    @cached_property
    def lines(self) -> list[str]:
        """The lines, as Python counts them."""
        return self.text.split("\n")

    def begins_class(self, number: int, name: str) -> bool:
        """Whether the class statement of this name begins on a line that runs."""
        line = self.lines[number - 1].lstrip() if number <= len(self.lines) else ""
        match = _CLASS.match(line)
        return match is not None and match[1] == name

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

    Without recursion, since long chains of `elif` nest deeper than Python's stack.
    """
    stack: list[tuple[ast.AST, str]] = [(tree, "")]
    while stack:
        node, scope = stack.pop()
        if isinstance(node, ast.ClassDef):
            yield scope + node.name, node
            scope += f"{node.name}."
        elif isinstance(node, _SCOPES):
            scope += f"{node.name}.<locals>."
        inside = filter(_has_body, _inside(node))
        stack.extend((child, scope) for child in reversed(list(inside)))


def _inside(node: ast.AST) -> list[ast.AST]:
    """Return the statements in a node, and its handlers and cases, in the order of the file."""
    return [child for block in _BLOCKS for child in getattr(node, block, ())]


def _has_body(node: ast.AST) -> bool:
    """Return whether a statement, a handler or a case holds statements."""
    return hasattr(node, "body") or isinstance(node, ast.Match)


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements that run in the node's own scope, in the order of the file."""
    stack = _inside(node)[::-1]
    while stack:
        child = stack.pop()
        if isinstance(child, ast.stmt):
            yield child
        if _has_body(child) and not isinstance(child, _SCOPES):
            stack += reversed(_inside(child))


def _normal(name: str) -> str:
    """Return a name as Python spells it."""
    if name.isascii():
        return name
    import unicodedata  # a library of 1 MB, and most names are ASCII

    return unicodedata.normalize("NFKC", name)


def _attributes(statements: Iterable[ast.stmt]) -> dict[str, int]:
    annotated: dict[str, int] = {}
    assigned: dict[str, int] = {}
    for statement in statements:
        bare = isinstance(statement, ast.AnnAssign) and statement.value is None
        (annotated if bare else assigned).update(_bound(statement))
    return annotated | assigned


def _table_name(statements: Iterable[ast.stmt]) -> str | None:
    for statement in statements:
        if "__tablename__" in _bound(statement):
            value = getattr(statement, "value", None)
            text = value.value if isinstance(value, ast.Constant) else None
            return text if isinstance(text, str) else None
    return None


def _names(target: ast.expr) -> list[ast.Name]:
    """Return the names in a target, which is one in most cases."""
    if isinstance(target, ast.Name):
        return [target]
    return [node for node in ast.walk(target) if isinstance(node, ast.Name)]


def _bound(statement: ast.stmt) -> dict[str, int]:
    """Return the names that a statement binds, with their lines."""
    if isinstance(statement, _SCOPES):
        return {statement.name: statement.lineno}
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    names = [node for target in targets for node in _names(target)]
    return {node.id: node.lineno for node in names if isinstance(node.ctx, ast.Store)}
