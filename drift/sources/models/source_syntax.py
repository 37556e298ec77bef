"""The pieces of a syntax tree that declare classes, tables and columns."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

Aliases: TypeAlias = Mapping[str, str]
Function = ast.FunctionDef | ast.AsyncFunctionDef

COLUMNS = frozenset({"Column", "mapped_column", "unmapped_column"})


@dataclass(frozen=True, eq=False)
class ClassSource:
    """One `class` statement."""

    node: ast.ClassDef
    aliases: Aliases

    @property
    def line(self) -> int:
        """The line of the `class` keyword."""
        return self.node.lineno

    @property
    def first_line(self) -> int:
        """The line of the first decorator, which Python takes for the first line of the class."""
        return min([self.line, *(decorator.lineno for decorator in self.node.decorator_list)])

    @cached_property
    def attributes(self) -> dict[str, int]:
        """The line of each name bound in the body; an assignment beats a bare annotation."""
        annotated: dict[str, int] = {}
        assigned: dict[str, int] = {}
        for statement in _statements(self.node):
            bare = isinstance(statement, ast.AnnAssign) and statement.value is None
            (annotated if bare else assigned).update(_bound(statement))
        return annotated | assigned

    @cached_property
    def columns(self) -> dict[str, int]:
        """The line of each `Column("name", …)` that stands in the body with a literal name."""
        return _column_lines(self.node, self.aliases)

    @cached_property
    def table_name(self) -> str | None:
        """The literal `__tablename__`."""
        for statement in _statements(self.node):
            if "__tablename__" in _bound(statement):
                return literal(getattr(statement, "value", None))
        return None

    @property
    def is_table(self) -> bool:
        """Whether the class names a table of its own, or is a SQLModel with `table=True`."""
        flags = {k.arg for k in self.node.keywords if getattr(k.value, "value", None) is True}
        return self.table_name is not None or "table" in flags


@dataclass(frozen=True, eq=False)
class TableCall:
    """A call that makes a table; `target` is the module's name for what it returns."""

    node: ast.Call
    aliases: Aliases
    target: str | None

    @property
    def line(self) -> int:
        """The line where the call starts."""
        return self.node.lineno

    @property
    def is_table(self) -> bool:
        """Whether this is `Table(…)` itself, and not a function that may return one."""
        return called(self.node, self.aliases) == "Table"

    @property
    def name(self) -> str | None:
        """The literal name."""
        return literal(_argument(self.node, "name", first=True))

    @property
    def schema(self) -> str | None:
        """The literal `schema=`."""
        return literal(_argument(self.node, "schema"))

    @cached_property
    def columns(self) -> dict[str, int]:
        """The line of each column with a literal name."""
        return _column_lines(self.node, self.aliases)


@dataclass(frozen=True)
class Addition:
    """`owner.name = Column(…)` or `owner.append_column(Column("name"))`."""

    owner: str
    name: str
    line: int


def called(call: ast.Call, aliases: Aliases) -> str:
    """Return the last name of what is called, as its own module spells it."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return aliases.get(call.func.id, call.func.id) if isinstance(call.func, ast.Name) else ""


def literal(node: ast.expr | None) -> str | None:
    """Return the text of a string literal, also one inside `quoted_name(…)`."""
    if isinstance(node, ast.Call) and called(node, {}) == "quoted_name":
        node = _argument(node, "value", first=True)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def column_name(node: ast.expr, aliases: Aliases) -> str | None:
    """Return the literal name in `Column("name", …)` or `mapped_column("name", …)`."""
    if isinstance(node, ast.Call) and called(node, aliases) in COLUMNS:
        return literal(_argument(node, "name", first=True))
    return None


def _argument(call: ast.Call, name: str, *, first: bool = False) -> ast.expr | None:
    if first and call.args:
        return call.args[0]
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _column_lines(node: ast.AST, aliases: Aliases) -> dict[str, int]:
    lines: dict[str, int] = {}
    stack = list(ast.iter_child_nodes(node))
    while stack:
        child = stack.pop()
        if isinstance(child, ast.ClassDef):
            continue
        if isinstance(child, ast.Call):
            if called(child, aliases) == "Table":
                continue
            if name := column_name(child, aliases):
                lines[name] = min(child.lineno, lines.get(name, child.lineno))
        stack.extend(ast.iter_child_nodes(child))
    return lines


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements that run in the node's own scope."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        if not isinstance(child, ast.expr | ast.ClassDef | Function):
            yield from _statements(child)


def _bound(statement: ast.stmt) -> dict[str, int]:
    """Return the names that a statement binds, with their lines."""
    if isinstance(statement, ast.ClassDef | Function):
        return {statement.name: statement.lineno}
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    names = [node for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
    return {node.id: node.lineno for node in names if isinstance(node.ctx, ast.Store)}
